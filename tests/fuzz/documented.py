"""What every answer must be: documented, in its documented shape, and no fault of ours."""

from http import HTTPStatus
from typing import Any

import requests
from schemathesis import Case
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

_ALWAYS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# What is missing outside: a price, a session at the broker, a calendar. Never one of our rows.
_MAY_BE_MISSING = {
    "BROKER_UNAVAILABLE",
    "CALENDAR_UNKNOWN",
    "MARKET_DATA_UNAVAILABLE",
}


def require_documented(
    case: Case[Any], answer: requests.Response, *, refused: bool = False
) -> None:
    """Fails unless the answer is documented for the operation. `refused`: the request broke the
    document, so it must have been refused.
    """
    case.validate_response(
        answer, checks=[*_ALWAYS, *([negative_data_rejection] if refused else [])]
    )
    require_honest(answer)


def require_honest(answer: requests.Response) -> None:
    """A refusal is in our shape and says a sentence; 503 alone may be ours, for what is outside."""
    if answer.status_code < HTTPStatus.BAD_REQUEST:
        return
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == {"code", "message", "details", "request_id"}, answer.text
    assert error["message"].strip(), answer.text
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE, answer.text
        assert error["code"] in _MAY_BE_MISSING, answer.text
