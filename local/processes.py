"""Starts and stops the platform's programs: one pid file and one log each, in the state directory.

A start either ends with a program that answers, or with nothing: no process, no pid file, and an
error that says what failed and shows the end of the log.
"""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local.ports import HOST, ROOT, Port

_LOG_TAIL_LINES = 25
_LOOK_EVERY_SECONDS = 0.05


class ProgramError(Exception):
    """A program could not be started or stopped; the sentence is for the terminal."""


class AlreadyRunning(ProgramError):
    """It is running, so there is nothing to start; the sentence gives its pid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A server of the local platform. health is a path that answers below 500 when it is ready."""

    name: str
    command: Sequence[str]
    port: Port
    health: str
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_within_seconds: float = 30
    stop_within_seconds: float = 20

    @property
    def health_url(self) -> str:
        return f"{self.port.url}{self.health}"


def start(program: Program, state: Path) -> int:
    """Starts it and waits until it answers. Returns its pid.

    Raises:
        AlreadyRunning: its pid file names a living process.
        ProgramError: its port is taken, it ended, or it did not answer in time.
    """
    running = running_pid(program.name, state)
    if running is not None:
        raise AlreadyRunning(f"The {program.name} is running already (pid {running}).")
    require_free(program.port)
    state.mkdir(parents=True, exist_ok=True)
    with log_file(program.name, state).open("wb") as log:
        process = subprocess.Popen(
            list(program.command),
            cwd=ROOT,
            env=dict(program.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _pid_file(program.name, state).write_text(
        json.dumps({"pid": process.pid, "born": _born(process.pid)})
    )
    try:
        _wait_until_healthy(program, process)
    except BaseException as error:  # Ctrl-C too: a start that did not succeed leaves nothing behind
        _end(process.pid, within_seconds=2)
        process.wait()
        _pid_file(program.name, state).unlink(missing_ok=True)
        if isinstance(error, ProgramError):
            raise ProgramError(f"{error}\n{log_tail(program.name, state)}") from None
        raise
    return process.pid


def stop(name: str, state: Path, *, within_seconds: float = 20) -> bool:
    """Asks it to end (SIGTERM, so that it saves its state) and waits. False when it did not run."""
    pid = running_pid(name, state)
    if pid is not None:
        _end(pid, within_seconds=within_seconds)
    _pid_file(name, state).unlink(missing_ok=True)
    return pid is not None


def running_pid(name: str, state: Path) -> int | None:
    """The pid of the living program; None when it never ran, ended, or its number was reused."""
    try:
        noted = json.loads(_pid_file(name, state).read_text())
    except (FileNotFoundError, ValueError):
        return None
    pid = int(noted["pid"])
    born = _born(pid)
    return pid if born is not None and born == noted["born"] else None


def require_free(port: Port) -> None:
    """Raises ProgramError, naming the variable that moves it, when something listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port.number))
        except OSError:
            raise ProgramError(
                f"Port {port.number} for the {port.name} is taken by another program; "
                f"end that, or set {port.variable} to a free port."
            ) from None


def log_file(name: str, state: Path) -> Path:
    return state / f"{name}.log"


def log_tail(name: str, state: Path) -> str:
    path = log_file(name, state)
    lines = path.read_text(errors="replace").splitlines() if path.exists() else []
    shown = "\n".join(f"    {line}" for line in lines[-_LOG_TAIL_LINES:]) or "    (it is empty)"
    return f"The end of {path}:\n{shown}"


def _pid_file(name: str, state: Path) -> Path:
    return state / f"{name}.pid"


def _wait_until_healthy(program: Program, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + program.ready_within_seconds
    while time.monotonic() < deadline:
        code = process.poll()
        if code is not None:
            raise ProgramError(f"The {program.name} ended while starting (exit code {code}).")
        if _answers(program.health_url):
            return
        time.sleep(_LOOK_EVERY_SECONDS)
    raise ProgramError(
        f"The {program.name} did not answer at {program.health_url} "
        f"within {program.ready_within_seconds:g} s."
    )


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own loopback address
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return error.code < http.client.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False


def _end(pid: int, *, within_seconds: float) -> None:
    """SIGTERM to the program; what is left of its group after the time gets SIGKILL."""
    born = _born(pid)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + within_seconds
    while born is not None and _born(pid) == born and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY_SECONDS)
    # It leads its own group (start_new_session), so this reaches only its own children.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _born(pid: int) -> str | None:
    """When the process began, in clock ticks; None when there is none or it is a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, start_ticks = fields[0], fields[19]
    return None if state == "Z" else start_ticks
