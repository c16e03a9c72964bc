"""Programs start to an answer or to nothing, and one knows which."""

import os
import socket
import sys
from pathlib import Path

import pytest

from local import ports, processes
from local.processes import AlreadyRunning, Program, ProgramError
from tests.emulator import free_port
from tests.local.deliveries import wait_for

# Answers on its port after starting a child, whose pid it notes; both must be gone afterwards.
SERVER = """
import http.server, pathlib, subprocess, sys
child = subprocess.Popen(["sleep", "60"])
pathlib.Path(sys.argv[2]).write_text(str(child.pid))
print("hello from the log", flush=True)
if sys.argv[1] == "0":
    raise SystemExit("no port for me")
class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Quiet).serve_forever()
"""


def program(tmp_path: Path, *, works: bool = True, health: str = "/") -> Program:
    port = free_port("toy")
    argument = str(port.number) if works else "0"
    return Program(
        name="toy",
        command=[sys.executable, "-c", SERVER, argument, str(tmp_path / "child")],
        port=port,
        health=health,
        environment={"PATH": os.environ["PATH"]},
        ready_within_seconds=10,
    )


def child_is_gone(tmp_path: Path) -> bool:
    child = int((tmp_path / "child").read_text())
    return wait_for(lambda: processes._born(child) is None, bool, seconds=2)


def test_a_program_is_ready_when_start_returns_and_gone_when_stop_returns(tmp_path: Path) -> None:
    toy = program(tmp_path)

    pid = processes.start(toy, tmp_path)

    assert processes.running_pid("toy", tmp_path) == pid
    assert processes.stop("toy", tmp_path)
    assert processes.running_pid("toy", tmp_path) is None
    assert child_is_gone(tmp_path)
    assert not processes.stop("toy", tmp_path)


def test_a_second_start_says_that_it_runs_already(tmp_path: Path) -> None:
    toy = program(tmp_path)
    pid = processes.start(toy, tmp_path)

    with pytest.raises(AlreadyRunning, match=rf"is running already \(pid {pid}\)"):
        processes.start(toy, tmp_path)

    processes.stop("toy", tmp_path)


def test_a_failed_start_says_why_shows_the_log_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ProgramError) as caught:
        processes.start(program(tmp_path, works=False), tmp_path)

    assert "The toy ended while starting (exit code 1)." in str(caught.value)
    assert "hello from the log" in str(caught.value)
    assert "no port for me" in str(caught.value)
    assert not (tmp_path / "toy.pid").exists()
    assert child_is_gone(tmp_path)


def test_a_taken_port_is_named_with_the_variable_that_moves_it(tmp_path: Path) -> None:
    toy = program(tmp_path)
    with socket.socket() as squatter:
        squatter.bind((ports.HOST, toy.port.number))
        squatter.listen()

        with pytest.raises(ProgramError, match=f"Port {toy.port.number} .*LOCAL_EMULATOR_PORT"):
            processes.start(toy, tmp_path)

    assert not (tmp_path / "toy.pid").exists()


def test_a_pid_that_another_process_has_taken_over_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "toy.pid").write_text(f'{{"pid": {os.getpid()}, "born": "1"}}')

    assert processes.running_pid("toy", tmp_path) is None
    assert not processes.stop("toy", tmp_path)  # and above all: this test is still running


def test_ports_come_from_the_environment_and_wrong_ones_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOCAL_SIMULATOR_PORT", "5001")
    assert ports.simulator_port().url == "http://127.0.0.1:5001"

    monkeypatch.setenv("LOCAL_SIMULATOR_PORT", "seventy")
    with pytest.raises(ValueError, match="LOCAL_SIMULATOR_PORT must be a port number"):
        ports.simulator_port()
