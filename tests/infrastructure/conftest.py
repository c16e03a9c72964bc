"""Each environment is synthesised once for the whole run, two at a time, without credentials."""

import fcntl
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cdk_stack.settings import ROOT
from tests.infrastructure.assemblies import Assembly

# The environments as they are deployed, and those with our own stack 1 where it is imported.
VARIANTS = {
    "local": ("local", ()),
    "dev": ("dev", ()),
    "staging": ("staging", ()),
    "production": ("production", ()),
    "dev-created": ("dev", ("auth_broker.mode=create",)),
    "production-created": ("production", ("auth_broker.mode=create",)),
}
_CREATED = ("local", "dev-created", "production-created")


@pytest.fixture(scope="session")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Assembly]:
    folder = _shared_by_all_workers(tmp_path_factory)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with ThreadPoolExecutor(max_workers=2) as pool:
            list(pool.map(lambda name: _synthesise(name, folder / name), VARIANTS))
    return {name: Assembly(folder / name, VARIANTS[name][0]) for name in VARIANTS}


@pytest.fixture(params=sorted(VARIANTS))
def assembly(request: pytest.FixtureRequest, assemblies: dict[str, Assembly]) -> Assembly:
    """Each environment in turn."""
    return assemblies[request.param]


@pytest.fixture(params=_CREATED)
def complete(request: pytest.FixtureRequest, assemblies: dict[str, Assembly]) -> Assembly:
    """Each assembly that has all three stacks, in turn."""
    return assemblies[request.param]


@pytest.fixture
def production(assemblies: dict[str, Assembly]) -> Assembly:
    return assemblies["production-created"]


@pytest.fixture
def local(assemblies: dict[str, Assembly]) -> Assembly:
    return assemblies["local"]


def _shared_by_all_workers(factory: pytest.TempPathFactory) -> Path:
    base = factory.getbasetemp()
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    folder = (base.parent if worker else base) / "assemblies"
    folder.mkdir(exist_ok=True)
    return folder


def _synthesise(name: str, folder: Path) -> None:
    if (folder / "manifest.json").is_file():
        return
    environment, overrides = VARIANTS[name]
    command = [sys.executable, "-m", "cdk_stack.synthesise", "--environment", environment]
    for override in overrides:
        command += ["--set", override]
    no_credentials = {key: value for key, value in os.environ.items() if "AWS" not in key.upper()}
    done = subprocess.run(
        [*command, "--out", str(folder)],
        cwd=ROOT,
        env={**no_credentials, "AWS_EC2_METADATA_DISABLED": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{name} does not synthesise:\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}")
