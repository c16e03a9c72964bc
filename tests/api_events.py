"""API Gateway proxy events as the REST API sends them, and its answers read back."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom the Cognito authorizer vouches for."""

    user_id: str
    email: str = ""
    groups: str = ""

    def claims(self) -> dict[str, str]:
        claims = {"sub": self.user_id, "email": self.email or f"{self.user_id}@example.com"}
        return claims | ({"cognito:groups": self.groups} if self.groups else {})


TRADER = Caller("user-1")
OTHER = Caller("user-2")
ADMIN = Caller("user-9", groups="admin")


class LambdaContext:
    function_name = "test-function"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:ap-south-1:123456789012:function:test-function"
    aws_request_id = "lambda-request"

    def get_remaining_time_in_millis(self) -> int:
        return 10_000


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: dict[str, str] = field(repr=False)
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = self.body["error"]
        return error

    @property
    def fields(self) -> list[str]:
        """The fields at fault."""
        return [detail["field"] for detail in self.error["details"]]


def an_event(
    method: str,
    path: str,
    body: Any = None,
    *,
    caller: Caller | None = TRADER,
    headers: dict[str, str] | None = None,
    raw: str | None = None,
    query: dict[str, str] | None = None,
) -> dict[str, Any]:
    """`path` may have a query string, `query` is one taken apart; `raw` is a body sent as it is."""
    parts = urlsplit(path)
    text = raw if raw is not None else (None if body is None else json.dumps(body))
    return {
        "resource": parts.path,
        "path": parts.path,
        "httpMethod": method,
        "headers": {"Content-Type": "application/json", **(headers or {})},
        "multiValueHeaders": {},
        "queryStringParameters": query or dict(parse_qsl(parts.query)) or None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "requestId": "request-1",
            "stage": "test",
            "authorizer": {"claims": caller.claims()} if caller else None,
        },
        "body": text,
        "isBase64Encoded": False,
    }


def reply_of(answer: dict[str, Any]) -> Reply:
    headers = dict(answer.get("headers") or {})
    headers |= {name: values[0] for name, values in answer.get("multiValueHeaders", {}).items()}
    return Reply(answer["statusCode"], headers, answer.get("body") or "")
