"""Every operation of the API document, each with its rows; and what is missing from either."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.authorization import (
    rows_of_auth_broker,
    rows_of_execution_engine,
    rows_of_options_platform,
)
from tests.authorization.answers import Row

ROOT = Path(__file__).resolve().parents[2]
ROWS: Mapping[str, Row | tuple[Row, ...]] = {
    **rows_of_auth_broker.ROWS,
    **rows_of_options_platform.ROWS,
    **rows_of_execution_engine.ROWS,
}
_METHODS = ("get", "post", "put", "patch", "delete")
_NAMED = re.compile(r"{(\w+)}")


@dataclass(frozen=True, kw_only=True)
class Operation:
    """As the API document describes it. `success` is the status of DONE."""

    operation_id: str
    tag: str
    method: str
    path: str
    success: int
    public: bool
    example: Any

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(_NAMED.findall(self.path))

    @property
    def changes_nothing(self) -> bool:
        return self.method == "GET"


def documented() -> tuple[Operation, ...]:
    document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    return tuple(
        _operation(path, method, described)
        for path, methods in document["paths"].items()
        for method, described in methods.items()
        if method in _METHODS
    )


def rows_of(operation: Operation) -> tuple[Row, ...]:
    found = ROWS[operation.operation_id]
    return found if isinstance(found, tuple) else (found,)


def words_in(template: Any) -> tuple[str, ...]:
    """The names in braces of a text, or of a body's texts, in their order."""
    if isinstance(template, str):
        return tuple(_NAMED.findall(template))
    if isinstance(template, Mapping):
        return words_in([*template.keys(), *template.values()])
    if isinstance(template, list | tuple):
        return tuple(name for part in template for name in words_in(part))
    return ()


def filled(template: Any, values: Mapping[str, str]) -> Any:
    """The same with what each name stands for."""
    if isinstance(template, str):
        return _NAMED.sub(lambda found: values[found[1]], template)
    if isinstance(template, Mapping):
        return {filled(key, values): filled(part, values) for key, part in template.items()}
    if isinstance(template, list | tuple):
        return [filled(part, values) for part in template]
    return template


def _operation(path: str, method: str, described: Mapping[str, Any]) -> Operation:
    media = described.get("requestBody", {}).get("content", {}).get("application/json", {})
    return Operation(
        operation_id=described["operationId"],
        tag=described["tags"][0],
        method=method.upper(),
        path=path,
        success=min(int(status) for status in described["responses"] if status < "300"),
        public=described.get("security") == [],
        example=media.get("example"),
    )
