"""The played market as a program: a simulated broker and its exchange."""

import os
import sys
from pathlib import Path

from local.ports import Port
from local.processes import Program

# A Wednesday whose weekly contracts trade; a new state file begins on it.
FIRST_DAY = "2026-08-05"
# A market that hardly moves in the minute after the condor's entry on that day, so that its prices
# are still good when a busy machine sends its orders seconds late.
SEED = "326"


def simulator_program(*, port: Port, state: Path) -> Program:
    """The simulator on a port; `state` keeps its orders and its clock."""
    command = [sys.executable, "-m", "simulator", "--port", str(port.number)]
    command += ["--state", str(state / "simulator.sqlite"), "--first-day", FIRST_DAY]
    command += ["--seed", SEED]
    return Program(
        name=port.name,
        command=command,
        port=port,
        health="/",
        environment={
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
        },
    )
