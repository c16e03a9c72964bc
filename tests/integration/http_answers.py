"""One HTTP exchange with a deployed API, as it is: status, headers and body, refused or not."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from local.api_client import Api


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text, parse_float=Decimal)

    @property
    def code(self) -> str:
        """The error's code; the answer must have the one shape of errors."""
        error = self.body["error"]
        assert set(error) == {"code", "message", "details", "request_id"}
        assert error["message"]
        return str(error["code"])

    @property
    def problems(self) -> dict[str, str]:
        return {each["field"]: each["problem"] for each in self.body["error"]["details"]}


def ask(api: Api, method: str, path: str, body: Any = None, **headers: str) -> Answer:
    """`body` is sent as JSON, or as it is when it is bytes; `headers` name_with_underscores."""
    sent = {"Content-Type": "application/json"}
    if api.token:
        sent["Authorization"] = f"Bearer {api.token}"
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    answer = api.http.request(method, api.url(path), body=data, headers=sent, redirect=False)
    # API Gateway's names differ in case from those of a function's own answer.
    heads = {name.lower(): value for name, value in answer.headers.items()}
    return Answer(status=answer.status, headers=heads, text=answer.data.decode())
