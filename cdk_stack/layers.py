"""The functions' third-party packages, one layer for each dependency group, built by uv without
Docker for the Lambda platform.

Compiled here by our own interpreter: the functions run the same minor version of Python, and byte
code does not depend on the processor. Without it an import takes about twice as long.
"""

import hashlib
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from cdk_stack.built_folders import built_once
from cdk_stack.function_specs import Weight
from cdk_stack.settings import ROOT

BUILT = ROOT / "build" / "layers"
LAMBDA_PLATFORM = "aarch64-manylinux2014"
PYTHON = "3.11"


class LayerNotBuilt(Exception):
    """uv is missing or could not install a group's packages; the message holds its words."""


def uv_program() -> str:
    """The path's uv, or the one of `make install`, or the user's. Raises LayerNotBuilt."""
    for folder in (None, ROOT / ".uv" / "bin", Path.home() / ".local" / "bin"):
        found = shutil.which("uv", path=folder)
        if found is not None:
            return found
    raise LayerNotBuilt("uv is not there; `make install` brings it.")


def layer(weight: Weight, platform: str | None = LAMBDA_PLATFORM) -> Path:
    """The folder of a layer (`python/…` in it), built once per lock file and platform.

    `platform` None builds for this machine.
    """
    locked = _locked_requirements(weight)
    target = platform or sysconfig.get_platform()
    digest = hashlib.sha256(f"{target}\n{locked}".encode()).hexdigest()[:16]

    def fill(folder: Path) -> None:
        packages = folder / "python"
        packages.mkdir()
        requirements = folder / "requirements.txt"
        requirements.write_text(locked, encoding="utf-8")
        _install(requirements, packages, platform)
        _compile(packages)

    return built_once(BUILT / f"{weight}-{target}-{digest}", fill)


def layer_hash(folder: Path) -> str:
    """The hash in the folder's name: the lock file decides, not the bytes of a compiled file."""
    return hashlib.sha256(folder.name.encode()).hexdigest()


def _locked_requirements(weight: Weight) -> str:
    """The group's packages with their hashes, as the lock file has them."""
    return _uv(
        "export", "--frozen", "--no-header", "--no-annotate", "--only-group", weight, "--quiet"
    )


def _install(requirements: Path, packages: Path, platform: str | None) -> None:
    _uv(
        *("pip", "install", "--quiet", "--no-deps", "--require-hashes"),
        *("--only-binary", ":all:", "--python-version", PYTHON, "--link-mode", "copy"),
        *(("--python-platform", platform) if platform else ()),
        *("--target", str(packages), "--requirement", str(requirements)),
    )


def _compile(packages: Path) -> None:
    if sys.version_info[:2] != tuple(int(part) for part in PYTHON.split(".")):
        raise LayerNotBuilt(
            f"Layers are compiled by Python {PYTHON}, not {sys.version.split()[0]}."
        )
    command = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    # -s: no path of this machine in a traceback, and the same bytes on every machine.
    subprocess.run([*command, "-s", str(packages), str(packages)], check=True)  # noqa: S603 - our own interpreter


def _uv(*arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - uv with arguments of ours
        [uv_program(), *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LayerNotBuilt(done.stderr.strip())
    return done.stdout
