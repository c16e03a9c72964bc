"""The edge: statuses, headers, CORS, and what never leaks."""

import base64
import json
import logging
from decimal import Decimal
from typing import Any

import pytest

from shared_utils.api.application import Application
from shared_utils.api.errors import TooManyRequests
from shared_utils.api.operations import Answer, Operations
from shared_utils.api.requests import RequestContext
from shared_utils.api.wire_types import Amount, Figure, RequestModel, ResponseModel, Rupees
from shared_utils.domain.errors import (
    CalendarUnknown,
    Conflict,
    DomainError,
    Forbidden,
    InvalidInput,
    NotFound,
    RuleBroken,
    VersionMoved,
)
from tests.api_events import LambdaContext, Reply, an_event, reply_of


class Note(RequestModel):
    price: Rupees


class Shown(ResponseModel):
    price: Amount
    share: Figure


def app_that(function: Any, **declared: Any) -> Application:
    operations = Operations()
    kept = {"operation_id": "tryIt", "tag": "Test", **declared}
    operations.operation(kept.pop("method", "GET"), kept.pop("path", "/thing"), **kept)(function)
    return Application(operations, cors_origins=("https://a.example", "https://b.example"))


def ask(app: Application, method: str = "GET", path: str = "/thing", **options: Any) -> Reply:
    return reply_of(app(an_event(method, path, **options), LambdaContext()))


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (InvalidInput("No."), 400, "INVALID_INPUT"),
        (RuleBroken("No."), 422, "RULE_BROKEN"),
        (RuleBroken("No.", code="NOT_READY"), 422, "NOT_READY"),
        (NotFound("No."), 404, "NOT_FOUND"),
        (VersionMoved("No."), 409, "VERSION_MOVED"),
        (Conflict("No."), 409, "CONFLICT"),
        (Forbidden("No."), 403, "FORBIDDEN"),
        (TooManyRequests("No."), 429, "TOO_MANY_REQUESTS"),
        (CalendarUnknown("No."), 503, "CALENDAR_UNKNOWN"),
        (DomainError("No."), 500, "INTERNAL"),
    ],
)
def test_each_branch_of_the_error_tree_has_its_status(error: DomainError, status: int, code: str):
    def function(_: RequestContext) -> None:
        raise error

    reply = ask(app_that(function))
    assert (reply.status, reply.error["code"], reply.error["message"]) == (status, code, "No.")
    assert reply.error["request_id"] == "request-1"


def test_what_nobody_foresaw_tells_nothing_of_our_insides(caplog: pytest.LogCaptureFixture):
    def function(_: RequestContext) -> None:
        raise KeyError("secret-table-name")

    logging.getLogger("shared_utils").propagate = True
    reply = ask(app_that(function))
    assert (reply.status, reply.error["code"]) == (500, "INTERNAL")
    assert "secret" not in reply.text
    assert "KeyError" not in reply.text
    assert "secret-table-name" in caplog.text


@pytest.mark.parametrize("answer", [None, "error"])
def test_every_answer_has_the_security_headers(answer: str | None):
    def function(_: RequestContext) -> None:
        if answer:
            raise NotFound("No.")

    headers = ask(app_that(function)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "max-age=" in headers["Strict-Transport-Security"]
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [("https://a.example", True), ("https://b.example", True), ("https://evil.example", False)],
)
def test_only_the_settings_origins_may_read_an_answer(origin: str, *, allowed: bool):
    reply = ask(app_that(lambda _: None), headers={"Origin": origin})
    assert reply.headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)


def test_a_preflight_is_answered_without_a_token():
    reply = ask(
        app_that(lambda _: None),
        "OPTIONS",
        caller=None,
        headers={"Origin": "https://a.example", "Access-Control-Request-Method": "GET"},
    )
    assert reply.status == 204
    assert "Idempotency-Key" in reply.headers["Access-Control-Allow-Headers"]


def test_an_unknown_address_is_not_found_in_the_same_shape():
    reply = ask(app_that(lambda _: None), path="/elsewhere")
    assert (reply.status, reply.error["code"]) == (404, "NOT_FOUND")
    assert ask(app_that(lambda _: None), "DELETE").status == 404


def test_money_in_and_out_never_passes_through_a_float():
    seen = []

    def function(_: RequestContext, body: Note) -> Shown:
        seen.append(body.price)
        return Shown(price=body.price, share=Decimal("12.5"))

    app = app_that(function, method="POST", request=Note, response=Shown)
    reply = ask(app, "POST", raw='{"price": 123456789.1}')
    assert seen == [Decimal("123456789.10")]
    assert reply.text == '{"price":123456789.10,"share":12.5}'


def test_a_base64_body_is_decoded():
    app = app_that(lambda _, body: Shown(price=body.price, share=Decimal(1)),
                   method="POST", request=Note, response=Shown)  # fmt: skip
    event = an_event("POST", "/thing", raw=base64.b64encode(b'{"price": 1}').decode())
    event["isBase64Encoded"] = True
    assert reply_of(app(event, LambdaContext())).status == 200
    event["body"] = "no base64!"
    assert reply_of(app(event, LambdaContext())).status == 400


def test_an_answer_may_have_its_own_status_and_headers():
    answer = Answer(body={"a": 1}, status=202, headers=(("Location", "/x"),))
    reply = ask(app_that(lambda _: answer))
    assert (reply.status, reply.headers["Location"], json.loads(reply.text)) == (
        202,
        "/x",
        {"a": 1},
    )


def test_a_public_route_needs_no_token_and_others_do():
    assert ask(app_that(lambda _: None, public=True), caller=None).status == 200
    assert ask(app_that(lambda _: None), caller=None).status == 401


def test_a_route_is_declared_once():
    operations = Operations()
    operations.operation("GET", "/x", operation_id="a", tag="X")(lambda _: None)
    for path, name in (("/x", "b"), ("/y", "a")):
        with pytest.raises(ValueError, match="declared already"):
            operations.operation("GET", path, operation_id=name, tag="X")(lambda _: None)
    with pytest.raises(ValueError, match="not both"):
        operations.operation("POST", "/z", operation_id="z", tag="X", request=Note, query=Note)
