"""The platform's REST API as a program uses it: JSON in and out, numbers exact, errors told."""

import json
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import urllib3

_HTTP_ERRORS_FROM = 400


class ApiRefused(Exception):
    """An answer of 400 or more; `status`, and the error's code and sentence."""

    def __init__(self, method: str, path: str, status: int, body: str) -> None:
        self.status = status
        self.body = body
        super().__init__(f"{method} {path} answered {status}: {body}")

    @property
    def code(self) -> str:
        try:
            return str(json.loads(self.body)["error"]["code"])
        except (ValueError, KeyError, TypeError):
            return ""


@dataclass(frozen=True)
class Api:
    """`bases` are the three stacks' addresses, keyed by the first segment of a path."""

    bases: dict[str, str]
    token: str | None = field(default=None, repr=False)
    http: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=5, read=60), retries=False
        )
    )

    def signed_in(self, token: str) -> "Api":
        return replace(self, token=token)

    def url(self, path: str) -> str:
        """`/brokers/…` lives with `/auth/…` in stack 1."""
        return self.bases[path.split("/")[1]] + path

    def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Any:
        """The answer's JSON (None for 204). Raises ApiRefused."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        answer = self.http.request(
            method,
            self.url(path),
            body=None if body is None else json.dumps(body, default=str).encode(),
            headers=sent,
            redirect=False,
        )
        text = answer.data.decode()
        if answer.status >= _HTTP_ERRORS_FROM:
            raise ApiRefused(method, path, answer.status, text)
        return json.loads(text, parse_float=Decimal) if text.strip() else None

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None) -> Any:
        return self.call("POST", path, body)

    def put(self, path: str, body: Any = None) -> Any:
        return self.call("PUT", path, body)
