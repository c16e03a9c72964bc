"""The page of the API's document as a program."""

import os
import sys

from local.ports import Port
from local.processes import Program


def docs_program(*, port: Port, cloud_url: str) -> Program:
    """The page on a port; "try it out" reaches the cloud at `cloud_url`."""
    return Program(
        name=port.name,
        command=[
            sys.executable,
            *("-m", "local.docs_page"),
            *("--port", str(port.number), "--cloud", cloud_url),
        ],
        port=port,
        health="/",
        environment={
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
        },
    )
