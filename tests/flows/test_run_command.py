"""`make run` and `make stop` as somebody at a terminal meets them."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from local import processes
from local.api_client import Api
from local.clouds import Cloud
from local.deployed import AUTH, OPTIONS, _fingerprint, local_overrides
from local.ports import HOST, ROOT, Port
from local.seed import STRATEGY_NAME, TRADER, sign_in
from tests.emulator import free_port

PROGRAMS = ("docs", "emulator", "simulator")
pytestmark = [pytest.mark.emulator, pytest.mark.slow]


@dataclass
class Terminal:
    """A shell whose platform has ports and a state directory of its own."""

    state: Path
    emulator: Port = field(default_factory=free_port)
    simulator: Port = field(default_factory=lambda: free_port("simulator"))
    docs: Port = field(default_factory=lambda: free_port("docs"))

    def type(self, module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env={
                **os.environ,
                "LOCAL_STATE_DIR": str(self.state),
                "LOCAL_EMULATOR_PORT": str(self.emulator.number),
                "LOCAL_SIMULATOR_PORT": str(self.simulator.number),
                "LOCAL_DOCS_PORT": str(self.docs.number),
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def run(self) -> "subprocess.CompletedProcess[str]":
        return self.type("local.run", "--without-main-job")

    def synthesise(self, resources: dict[str, Any]) -> None:
        """Puts templates where `run` finds them up to date."""
        overrides = local_overrides(self.emulator.url, self.simulator.url)
        (self.state / "cdk.stamp").write_text(_fingerprint(overrides))
        folder = self.state / "cdk.out"
        folder.mkdir()
        stack = {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": "it.template.json", "stackName": "it"},
        }
        (folder / "it.template.json").write_text(json.dumps({"Resources": resources}))
        (folder / "manifest.json").write_text(json.dumps({"artifacts": {"it": stack}}))

    def pids(self) -> dict[str, int | None]:
        return {name: processes.running_pid(name, self.state) for name in PROGRAMS}

    def strategies(self) -> dict[str, str]:
        """Ids by name, as the trader sees them."""
        cloud = Cloud(endpoint=self.emulator.url)
        stacks = cloud.client("cloudformation")
        urls = {}
        for stack in (AUTH, OPTIONS):
            found = stacks.describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
            urls[stack] = {each["OutputKey"]: each["OutputValue"] for each in found}
        api = Api({"auth": urls[AUTH]["ApiUrl"], "options": urls[OPTIONS]["ApiUrl"]})
        trader = sign_in(api, TRADER, cloud, urls[AUTH]["UserPoolId"])
        items = trader.get("/options/strategies")["items"]
        return {each["name"]: each["strategy_id"] for each in items}


def is_free(port: Port) -> bool:
    processes.require_free(port)
    return True


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path_factory.mktemp("state"))
    yield terminal
    terminal.type("local.stop", "--forget")


@pytest.fixture(scope="module")
def running(terminal: Terminal) -> Terminal:
    done = terminal.run()
    assert done.returncode == 0, done.stdout + done.stderr
    return terminal


def test_a_taken_port_is_said_and_nothing_is_left_behind(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    with socket.socket() as other:
        other.bind((HOST, terminal.emulator.number))
        other.listen()
        done = terminal.run()

    assert done.returncode == 1
    assert f"Port {terminal.emulator.number}" in done.stderr
    assert "LOCAL_EMULATOR_PORT" in done.stderr
    assert terminal.pids() == dict.fromkeys(PROGRAMS)
    assert is_free(terminal.simulator)


def test_what_does_not_deploy_is_said_and_nothing_is_left_behind(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.synthesise({"Wishes": {"Type": "AWS::Wishes::Wish"}})
    done = terminal.run()

    assert done.returncode == 1
    assert "AWS::Wishes::Wish" in done.stderr
    assert terminal.pids() == dict.fromkeys(PROGRAMS)
    assert is_free(terminal.docs)
    assert is_free(terminal.emulator)
    assert is_free(terminal.simulator)


def test_a_second_run_says_that_it_is_running(running: Terminal) -> None:
    before = running.pids()
    done = running.run()

    assert done.returncode == 0
    assert "running already" in done.stdout
    assert str(before["emulator"]) in done.stdout
    assert running.pids() == before


def test_it_listens_on_loopback_alone(running: Terminal) -> None:
    listening = [
        line.split()[1]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if line.split()[3] == "0A"
    ]
    for port in (running.docs, running.emulator, running.simulator):
        addresses = {
            each.split(":")[0] for each in listening if each.endswith(f":{port.number:04X}")
        }
        assert addresses == {"0100007F"}, "127.0.0.1 as the kernel writes it"


def test_stop_ends_it_and_the_next_run_finds_its_state(running: Terminal) -> None:
    strategies = running.strategies()
    assert STRATEGY_NAME in strategies

    stopped = running.type("local.stop")
    assert stopped.returncode == 0
    assert "emulator" in stopped.stdout
    assert running.pids() == dict.fromkeys(PROGRAMS)
    assert is_free(running.emulator)
    assert "Nothing was running" in running.type("local.stop").stdout

    again = running.run()
    assert again.returncode == 0, again.stdout + again.stderr
    assert running.strategies() == strategies
