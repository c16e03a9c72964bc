"""Writes docs/openapi.json from every package's routes: `python -m local.openapi [--check]`."""

import importlib
import inspect
import json
import sys
from pathlib import Path
from typing import Any

from local.addresses import servers
from shared_utils.api.openapi import document
from shared_utils.api.operations import Operation, Operations

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "openapi.json"
TITLE = "Options trading for Indian indices"
VERSION = "1.0.0"


def packages_with_routes() -> list[str]:
    """Dotted names of the packages that serve REST routes."""
    found = (ROOT / "lambda_functions").rglob("routes.py")
    return sorted(".".join(path.parent.relative_to(ROOT).parts) for path in found)


def operations_of(package: str) -> tuple[Operation, ...]:
    """What a package declares. Its services are not needed for that, and not built."""
    register = importlib.import_module(f"{package}.routes").register
    services = len(inspect.signature(register).parameters) - 1
    operations, nobody = Operations(), Any
    register(operations, *[nobody] * services)
    return tuple(operations.declared)


def openapi() -> dict[str, Any]:
    operations = [each for package in packages_with_routes() for each in operations_of(package)]
    return document(operations, title=TITLE, version=VERSION, servers=servers())


def text_of(described: dict[str, Any]) -> str:
    return json.dumps(described, indent=2, ensure_ascii=False, default=str) + "\n"


def main(arguments: list[str]) -> int:
    text = text_of(openapi())
    if "--check" in arguments:
        if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
            return 0
        print("docs/openapi.json has drifted from the code: run `make openapi`.")
        return 1
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(text, encoding="utf-8")
    print(f"{len(json.loads(text)['paths'])} paths written to {TARGET.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
