"""Where the local platform listens and keeps its state. Each value has one environment variable.

Everything listens on loopback: the emulator, its Cognito and its Lambda hold made-up secrets, but
they are not for the neighbours either.
"""

import os
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
REGION = "ap-south-1"
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A listener's number and the environment variable that changes it."""

    name: str
    variable: str
    number: int

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.number}"


def emulator_port() -> Port:
    return _port("emulator", "LOCAL_EMULATOR_PORT", 4566)


def simulator_port() -> Port:
    return _port("simulator", "LOCAL_SIMULATOR_PORT", 4600)


def docs_port() -> Port:
    return _port("docs", "LOCAL_DOCS_PORT", 4580)


def web_port() -> Port:
    return _port("web", "LOCAL_WEB_PORT", 4700)


def state_directory() -> Path:
    """Pid files, logs and the emulator's saved state; LOCAL_STATE_DIR moves it."""
    return Path(os.environ.get("LOCAL_STATE_DIR") or ROOT / ".local").resolve()


def _port(name: str, variable: str, default: int) -> Port:
    text = os.environ.get(variable) or str(default)
    if not text.isdecimal() or not 0 < int(text) <= 65_535:  # noqa: PLR2004 - the largest TCP port
        raise ValueError(f"{variable} must be a port number from 1 to 65535, not {text!r}.")
    return Port(name=name, variable=variable, number=int(text))
