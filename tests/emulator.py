"""The local cloud as fixtures: one emulator per test process, wiped for who asks for a fresh one.

    def test_…(fresh_cloud: Cloud) -> None:            # wiped before each test that asks
        deploy(assembly, fresh_cloud, say=quiet)
        fresh_cloud.client("dynamodb").put_item(…)

`fresh_cloud` wipes before each test, `module_cloud` before each module (deploy once, test much);
a module uses one of the two, since they are the same emulator. `guarded_cloud` is another
emulator, with IAM enforced: there a function may only do what its role grants.
"""

import os
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import processes
from local.clouds import Cloud
from local.emulator.program import emulator_program
from local.ports import HOST, Port


class Emulator:
    """A running emulator. stop() and start() again keep the state if it was made to persist."""

    def __init__(
        self,
        directory: Path,
        *,
        persist: bool = False,
        enforce_iam: bool = False,
        stock: bool = False,
        ttl_sweep_seconds: float = 1,
    ) -> None:
        self.directory = directory
        self.port = free_port()
        self._program = emulator_program(
            port=self.port,
            state=directory,
            persist=persist,
            enforce_iam=enforce_iam,
            stock=stock,
            ttl_sweep_seconds=ttl_sweep_seconds,
        )
        self.cloud = Cloud(endpoint=self.port.url)

    def start(self) -> "Emulator":
        processes.start(self._program, self.directory)
        return self

    def stop(self) -> None:
        processes.stop(self._program.name, self.directory)

    def reset(self) -> None:
        """Forgets everything in all accounts: tables, functions, users, stacks."""
        request = urllib.request.Request(  # noqa: S310 - our own loopback address
            f"{self.cloud.endpoint}/_ministack/reset", method="POST"
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
            answer.read()

    def log(self) -> str:
        return processes.log_file(self._program.name, self.directory).read_text(errors="replace")


def free_port(name: str = "emulator") -> Port:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return Port(name=name, variable="LOCAL_EMULATOR_PORT", number=probe.getsockname()[1])


def quiet(_line: str) -> None:
    """For deploy(say=…): a test's output is its failures."""


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    # One test job runs with IAM enforced for all, so that a missing grant fails.
    enforce_iam = os.environ.get("LOCAL_ENFORCE_IAM") == "1"
    running = Emulator(tmp_path_factory.mktemp("emulator"), enforce_iam=enforce_iam).start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def guarded_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    running = Emulator(tmp_path_factory.mktemp("guarded"), enforce_iam=True).start()
    yield running
    running.stop()


@pytest.fixture
def fresh_cloud(emulator: Emulator) -> Cloud:
    emulator.reset()
    return emulator.cloud


@pytest.fixture(scope="module")
def module_cloud(emulator: Emulator) -> Cloud:
    emulator.reset()
    return emulator.cloud


@pytest.fixture(scope="module")
def guarded_cloud(guarded_emulator: Emulator) -> Cloud:
    guarded_emulator.reset()
    return guarded_emulator.cloud
