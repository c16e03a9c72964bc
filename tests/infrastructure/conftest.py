"""Each environment is synthesised once for the whole run, without credentials."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cdk_stack.settings import ROOT
from tests.infrastructure.assemblies import COMPLETE, VARIANTS, Assembly


@pytest.fixture(scope="session")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Assembly]:
    folder = _shared_by_all_workers(tmp_path_factory)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            _synthesise_into(folder)
            (folder / "done").touch()
    return {name: Assembly(folder / name, VARIANTS[name][0]) for name in VARIANTS}


@pytest.fixture(params=sorted(VARIANTS))
def assembly(request: pytest.FixtureRequest, assemblies: dict[str, Assembly]) -> Assembly:
    """Each environment in turn."""
    return assemblies[request.param]


@pytest.fixture(params=COMPLETE)
def complete(request: pytest.FixtureRequest, assemblies: dict[str, Assembly]) -> Assembly:
    """Each assembly that has all three stacks, in turn."""
    return assemblies[request.param]


@pytest.fixture
def production(assemblies: dict[str, Assembly]) -> Assembly:
    return assemblies["production"]


@pytest.fixture
def local(assemblies: dict[str, Assembly]) -> Assembly:
    return assemblies["local"]


def _shared_by_all_workers(factory: pytest.TempPathFactory) -> Path:
    base = factory.getbasetemp()
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    folder = (base.parent if worker else base) / "assemblies"
    folder.mkdir(exist_ok=True)
    return folder


def _synthesise_into(folder: Path) -> None:
    no_credentials = {key: value for key, value in os.environ.items() if "AWS" not in key.upper()}
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "tests.infrastructure.synthesise_all", str(folder)],
        cwd=ROOT,
        env={**no_credentials, "AWS_EC2_METADATA_DISABLED": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"Synthesis failed:\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}")
