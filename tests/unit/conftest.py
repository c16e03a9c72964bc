"""Every answer of an API in a unit test is one that the API's document told of."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from local.openapi import openapi
from shared_utils.api.application import Application


@cache
def _documented() -> list[tuple[str, re.Pattern[str], dict[str, Any]]]:
    return [
        (method.upper(), re.compile(re.sub(r"{\w+}", "[^/]+", path) + "/?"), operation["responses"])
        for path, methods in openapi()["paths"].items()
        for method, operation in methods.items()
        if method != "servers"
    ]


def _responses(event: dict[str, Any]) -> list[dict[str, Any]]:
    """Of each operation it could be for: `/positions/live` is a `/positions/{id}` too."""
    return [
        responses
        for method, path, responses in _documented()
        if event["httpMethod"] == method and path.fullmatch(event["path"])
    ]


@pytest.fixture(autouse=True)
def _every_answer_is_documented(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    undocumented: list[str] = []
    answer = Application.__call__

    def noted(self: Application, event: dict[str, Any], context: Any) -> dict[str, Any]:
        answered = answer(self, event, context)
        possible = _responses(event)
        if possible and not any(str(answered["statusCode"]) in each for each in possible):
            asked = f"{event['httpMethod']} {event['path']}"
            undocumented.append(f"{asked}: {answered['statusCode']} {answered['body']}")
        return answered

    monkeypatch.setattr(Application, "__call__", noted)
    yield
    assert not undocumented, "\n".join(undocumented)
