"""Logging in at Kite, and its signed hints."""

import hashlib
import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from shared_utils.brokers.ports import SessionRefused
from shared_utils.brokers.zerodha.postbacks import read_postback
from shared_utils.brokers.zerodha.sessions import (
    exchange_request_token,
    login_url,
    session_end,
)
from shared_utils.domain.errors import BrokerUnavailable, InvalidInput
from tests.conformance.evidence import Evidence
from tests.conformance.zerodha_rig import ENDPOINT, ZerodhaRig, always, error, success
from tests.factories import NOW


def log_in(rig: ZerodhaRig):
    return exchange_request_token(
        rig.send,
        rig.clock,
        ENDPOINT,
        api_key="apikey",
        api_secret="apisecret",
        request_token="requesttoken",
    )


def test_the_login_page_brings_our_state_back():
    query = parse_qs(urlsplit(login_url(ENDPOINT, "apikey", "a&b=c")).query)

    assert query["api_key"] == ["apikey"]
    assert query["v"] == ["3"]
    assert dict(parse_qsl(query["redirect_params"][0])) == {"state": "a&b=c"}


def test_a_request_token_is_exchanged_with_its_checksum():
    rig = ZerodhaRig()
    rig.answer_by(always(success({"user_id": "AB1234", "access_token": "fresh"})))

    login = log_in(rig)

    assert (login.client_id, login.access_token) == ("AB1234", "fresh")
    assert login.expires_at == datetime(2026, 11, 26, 0, 30, tzinfo=UTC)
    (request,) = rig.requests
    assert (request.method, request.url) == ("POST", "http://kite.test/session/token")
    assert "Authorization" not in request.headers
    checksum = hashlib.sha256(b"apikeyrequesttokenapisecret").hexdigest()
    assert dict(parse_qsl((request.body or b"").decode())) == {
        "api_key": "apikey",
        "request_token": "requesttoken",
        "checksum": checksum,
    }
    assert "fresh" not in repr(login)


def test_a_login_that_is_refused_says_so():
    rig = ZerodhaRig()
    rig.answer_by(always(error(403, "TokenException", "Token is invalid or has expired.")))

    with pytest.raises(SessionRefused, match="Token is invalid"):
        log_in(rig)


@pytest.mark.parametrize(
    "evidence",
    [Evidence.READ_TIMEOUT, Evidence.HTML_502, Evidence.EMPTY_ANSWER, Evidence.NO_ORDER_ID],
)
def test_a_login_without_an_answer_is_tried_once_and_is_no_session(evidence):
    rig = ZerodhaRig()
    rig.answer(evidence)

    with pytest.raises(BrokerUnavailable):
        log_in(rig)
    assert len(rig.requests) == 1


@pytest.mark.parametrize(
    ("at", "end"),
    [
        (NOW, datetime(2026, 11, 26, 0, 30, tzinfo=UTC)),
        (datetime(2026, 11, 25, 0, 29, tzinfo=UTC), datetime(2026, 11, 25, 0, 30, tzinfo=UTC)),
        (datetime(2026, 11, 25, 0, 30, tzinfo=UTC), datetime(2026, 11, 26, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_session_ends_at_six_in_the_morning_in_india(at, end):
    assert session_end(at) == end


def a_postback(signed_with: str = "apisecret", **changes: object) -> bytes:
    order_id, stamp = "261125000000001", "2026-11-25 09:45:01"
    payload: dict[str, object] = {
        "user_id": "AB1234",
        "order_id": order_id,
        "order_timestamp": stamp,
        "status": "COMPLETE",
        "tag": "QABC",
        "checksum": hashlib.sha256(f"{order_id}{stamp}{signed_with}".encode()).hexdigest(),
    }
    return json.dumps(payload | changes).encode()


def test_a_postback_is_known_by_its_signature():
    postback = read_postback(a_postback())

    assert postback.is_signed_with("apisecret")
    assert (postback.client_id, postback.broker_order_id) == ("AB1234", "261125000000001")


@pytest.mark.parametrize(
    "body",
    [a_postback(signed_with="guess"), a_postback(order_id="2"), a_postback(checksum="ü")],
    ids=["another secret", "another order", "no checksum at all"],
)
def test_a_forged_postback_is_not_signed(body):
    assert not read_postback(body).is_signed_with("apisecret")


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b"\xff", a_postback(order_id=None), b"[" * 100_000, b'"' + b"x" * 70_000],
    ids=["empty", "list", "cut", "not text", "no order", "nested", "large"],
)
def test_what_is_not_a_postback_is_invalid_input(body):
    with pytest.raises(InvalidInput):
        read_postback(body)
