"""What a function is made of: its package's own files and what they import, nothing else.

The import graph decides (grimp, as in the import linter), so an edit changes the hash of the
functions that import the edited file, and of no other. Imports made from strings are not seen; the
house rules forbid them.
"""

import hashlib
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import grimp

from cdk_stack.built_folders import built_once
from cdk_stack.function_specs import FunctionSpec
from cdk_stack.settings import ROOT

STAGED = ROOT / "build" / "functions"
_OUR_PACKAGES = ("lambda_functions", "shared_utils")


class PackagingFailed(Exception):
    """A function cannot be packed: its handler or a data file it reads is not there."""


def stage(package: str, functions: Sequence[FunctionSpec]) -> Path:
    """A folder with everything the package's functions need; two triggers share it.

    Named by its content, so the same content is staged once.
    """
    files = files_of(functions)

    def fill(folder: Path) -> None:
        for file in files:
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / file, target)

    return built_once(STAGED / f"{package.replace('/', '-')}-{_digest(files)}", fill)


def files_of(functions: Sequence[FunctionSpec]) -> tuple[str, ...]:
    """The project's files that the functions need, by their paths, in order."""
    files = {file for function in functions for file in function.data_files}
    for function in functions:
        if not (ROOT / function.file).is_file():
            raise PackagingFailed(f"{function.name} has no handler: {function.file} is missing.")
        files |= {_file_of(module) for module in _closure(function.module)}
    missing = sorted(file for file in files if not (ROOT / file).is_file())
    if missing:
        raise PackagingFailed(f"A file that a function reads is missing: {missing[0]}.")
    return tuple(sorted(files))


def _closure(module: str) -> set[str]:
    wanted = {module} | _graph().find_upstream_modules(module)
    parents = {
        ".".join(parts[:length])
        for parts in (name.split(".") for name in wanted)
        for length in range(1, len(parts))
    }
    return wanted | parents


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph(*_OUR_PACKAGES, exclude_type_checking_imports=True, cache_dir=None)


def _file_of(module: str) -> str:
    path = Path(*module.split("."))
    package = ROOT / path / "__init__.py"
    return str(path / "__init__.py") if package.is_file() else f"{path}.py"


def _digest(files: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.encode())
        digest.update((ROOT / file).read_bytes())
        digest.update(b"\0")
    return digest.hexdigest()[:16]
