"""Logging in, being somebody, and not being somebody else."""

import hashlib
from datetime import date, datetime, time, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from shared_utils.indian_market_utils.sessions import at_ist
from simulator.accounts import Registry, next_expiry
from simulator.refusals import InputRefused, TokenRefused
from tests.unit.simulator.worlds import AT_TEN, DAY, Client, app


def checksum(code: str, number: int = 1) -> str:
    return hashlib.sha256(f"key{number}{code}secret{number}".encode()).hexdigest()


@pytest.fixture
def registry() -> Registry:
    known = Registry()
    known.register(app(1))
    known.register(app(2))
    return known


def signed_in(registry: Registry, at: datetime = AT_TEN) -> str:
    code = registry.login("key1", at)
    token = registry.exchange_code("key1", code, checksum(code), at)
    return f"token key1:{token.value}"


def test_a_login_gives_a_token_that_says_who_is_calling(registry):
    assert registry.authenticate(signed_in(registry), AT_TEN).user_id == "AB0001"


def test_a_request_token_is_spent_once(registry):
    code = registry.login("key1", AT_TEN)
    registry.exchange_code("key1", code, checksum(code), AT_TEN)
    with pytest.raises(TokenRefused):
        registry.exchange_code("key1", code, checksum(code), AT_TEN)


def test_a_request_token_lives_minutes(registry):
    code = registry.login("key1", AT_TEN)
    with pytest.raises(TokenRefused):
        registry.exchange_code("key1", code, checksum(code), AT_TEN + timedelta(minutes=6))


def test_a_wrong_checksum_is_refused_and_spends_nothing(registry):
    code = registry.login("key1", AT_TEN)
    with pytest.raises(TokenRefused, match="checksum"):
        registry.exchange_code("key1", code, checksum(code, 2), AT_TEN)
    registry.exchange_code("key1", code, checksum(code), AT_TEN)


def test_another_apps_request_token_is_refused(registry):
    code = registry.login("key1", AT_TEN)
    with pytest.raises(TokenRefused):
        registry.exchange_code("key2", code, checksum(code, 1).replace("x", "y"), AT_TEN)
    stolen = hashlib.sha256(f"key2{code}secret2".encode()).hexdigest()
    with pytest.raises(TokenRefused, match="invalid"):
        registry.exchange_code("key2", code, stolen, AT_TEN)


def test_a_new_login_ends_the_session_before(registry):
    first = signed_in(registry)
    second = signed_in(registry)
    registry.authenticate(second, AT_TEN)
    with pytest.raises(TokenRefused):
        registry.authenticate(first, AT_TEN)


def test_a_token_dies_at_six_in_the_morning(registry):
    token = signed_in(registry)
    registry.authenticate(token, at_ist(DAY + timedelta(days=1), time(5, 59, 59)))
    with pytest.raises(TokenRefused):
        registry.authenticate(token, at_ist(DAY + timedelta(days=1), time(6)))


def test_a_token_of_the_small_hours_dies_the_same_morning():
    assert next_expiry(at_ist(date(2026, 8, 5), time(1))) == at_ist(date(2026, 8, 5), time(6))


@pytest.mark.parametrize(
    "header", ["", "token key1:", "token key1:wrong", "Bearer x", "token nobody:x", "token key2:{}"]
)
def test_a_forged_or_foreign_token_is_refused(registry, header):
    value = signed_in(registry).partition(":")[2]
    with pytest.raises(TokenRefused):
        registry.authenticate(header.format(value), AT_TEN)


def test_an_unknown_app_cannot_log_in(registry):
    with pytest.raises(InputRefused, match="api_key"):
        registry.login("nobody", AT_TEN)


# The same over HTTP -----------------------------------------------------------------------------


def test_a_browser_is_shown_a_simulator_and_sent_on(root):
    browser = Client(root)
    query = {"v": 3, "api_key": "key1", "redirect_params": "state=abc&more=1"}
    page = browser.raw("GET", "/connect/login", query=query, headers={"accept": "text/html,*/*"})
    assert page.status == 200
    text = page.data.decode()
    assert "not a real broker" in text
    assert "AB0001" in text
    onwards = text.split('href="')[1].split('"')[0].replace("&amp;", "&")
    sent_on = browser.raw("GET", onwards, headers={"accept": "text/html,*/*"})
    assert sent_on.status == 302
    url = urlsplit(sent_on.headers["location"])
    assert (url.netloc, url.path) == ("127.0.0.1:9", "/callback")
    answer = parse_qs(url.query)
    assert answer["state"] == ["abc"]
    assert answer["more"] == ["1"]
    assert answer["status"] == ["success"]
    assert len(answer["request_token"][0]) == 32


def test_redirect_params_cannot_replace_the_request_token(root):
    query = {"v": 3, "api_key": "key1", "redirect_params": "request_token=forged&status=x"}
    answer = Client(root).raw("GET", "/connect/login", query=query)
    tokens = parse_qs(urlsplit(answer.headers["location"]).query)["request_token"]
    assert tokens[-1] != "forged"


def test_the_profile_is_that_of_the_token(client):
    status, answer = client.call("GET", "/user/profile")
    assert (status, answer["data"]["user_id"]) == (200, "AB0001")


def test_logging_out_ends_the_session(client):
    api_key, _, token = client.headers["authorization"].removeprefix("token ").partition(":")
    query = {"api_key": api_key, "access_token": token}
    assert client.call("DELETE", "/session/token", query=query)[0] == 200
    status, answer = client.call("GET", "/orders")
    assert (status, answer["error_type"]) == (403, "TokenException")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/orders"),
        ("GET", "/trades"),
        ("GET", "/quote?i=NSE:SENSEX"),
        ("GET", "/instruments"),
        ("GET", "/portfolio/positions"),
        ("GET", "/user/margins"),
        ("POST", "/orders/regular"),
        ("PUT", "/orders/regular/1"),
        ("DELETE", "/orders/regular/1"),
        ("POST", "/margins/basket"),
        ("POST", "/charges/orders"),
    ],
)
def test_every_call_needs_a_token(root, method, path):
    status, answer = Client(root).call(method, path)
    assert (status, answer["error_type"]) == (403, "TokenException")
