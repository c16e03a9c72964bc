"""Logging in at a broker: one login, one account, one use, ten minutes."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3

from lambda_functions.broker_oauth import on_api as oauth_api
from lambda_functions.broker_oauth.login_states import Owner, owner_of, state_of
from shared_utils.brokers.catalogue import BrokerParts
from shared_utils.brokers.wire import NoAnswer, WireAnswer
from shared_utils.domain.broker_accounts import BrokerAccount, BrokerName
from simulator.clock import MarketClock
from simulator.world import make_world
from tests.api_events import OTHER
from tests.clocks import MONDAY_0900_IST
from tests.unit.auth_broker.conftest import (
    ACCESS_TOKEN,
    API_KEY,
    PAPER,
    REQUEST_TOKEN,
    SECRET,
    Platform,
)
from tests.unit.simulator.worlds import AT_TEN, app, market_of, served

LOGIN = "/brokers/oauth/zerodha/login?client_id=ZR1"
CALLBACK = "/brokers/oauth/zerodha/callback"
# The account's owner may be told his own app's key: it is part of every login address.
SEALED_OR_NOT_OURS = (SECRET, ACCESS_TOKEN, REQUEST_TOKEN, "ciphertext")


@pytest.fixture
def ready(platform: Platform) -> Platform:
    platform.account()
    return platform


def refusal(reply: Any) -> tuple[int, str]:
    return reply.status, reply.error["code"]


def test_a_login_leads_to_the_broker_with_a_one_time_state(ready: Platform):
    reply = ready.call("GET", LOGIN)

    url = urlsplit(reply.body["login_url"])
    query = parse_qs(url.query)
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://kite.test/connect/login"
    assert (query["v"], query["api_key"]) == (["3"], [API_KEY])
    assert reply.body["expires_at"] == "2026-11-23T03:40:00Z"
    assert reply.body["callback_url"].endswith(CALLBACK)
    state = parse_qs(query["redirect_params"][0])["state"][0]
    assert state not in str(ready.rows())


def test_coming_back_connects_the_account_until_six_in_the_morning(ready: Platform):
    reply = ready.back(ready.login())

    assert reply.status == 200, reply.text
    assert reply.body["client_id"] == "ZR1"
    assert reply.body["token_expires_at"] == "2026-11-24T00:30:00Z"
    account = ready.stored()
    assert ready.opened(account.access_token_sealed) == ACCESS_TOKEN
    assert account.has_session(ready.clock.now())
    assert (account.connected_at, account.broker_user_id) == (MONDAY_0900_IST, "ZR1")
    assert (account.login_state_hash, account.login_state_expires_at) == (None, None)
    assert ready.kite.egresses == [account.egress]


def test_a_browser_gets_a_page_and_a_program_json(ready: Platform):
    html = {"Accept": "text/html,application/xhtml+xml"}
    page = ready.back(ready.login(), headers=html)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "ZR1: Connected. You can close this window." in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]

    again = ready.back("<script>.x", headers=html)
    assert again.status == 403
    assert "<h1>Not connected</h1>" in again.text
    assert "<script>" not in again.text
    assert ready.call("GET", LOGIN, headers=html).headers["Content-Type"] == "application/json"


def test_a_state_is_good_once(ready: Platform):
    state = ready.login()
    assert ready.back(state).status == 200
    before = ready.rows()
    assert refusal(ready.back(state)) == (403, "LOGIN_REFUSED")
    assert ready.rows() == before
    assert len(ready.kite.requests) == 1


def test_a_state_is_good_for_ten_minutes(ready: Platform):
    state = ready.login()
    ready.clock.advance(timedelta(minutes=10).total_seconds())
    before = ready.rows()
    assert refusal(ready.back(state)) == (403, "LOGIN_REFUSED")
    assert ready.rows() == before


def test_a_second_login_ends_the_first(ready: Platform):
    first = ready.login()
    second = ready.login()
    assert refusal(ready.back(first)) == (403, "LOGIN_REFUSED")
    assert ready.back(second).status == 200


def test_a_state_connects_no_other_account(ready: Platform):
    ready.account(client_id="ZR2")
    ready.account(caller=OTHER)
    secret = ready.login().partition(".")[2]
    before = ready.rows()
    for owner in (Owner("user-1", "ZR2"), Owner("user-2", "ZR1"), Owner("user-3", "ZR1")):
        assert refusal(ready.back(state_of(owner, secret))) == (403, "LOGIN_REFUSED")
    assert ready.rows() == before
    assert ready.kite.requests == []


@pytest.mark.parametrize(
    "state", ["x", ".", "x.", ".x", "YQ.x", "dXNlci0xClpSMQ.wrong", "%C3%A9.x", "a" * 513]
)
def test_a_made_up_state_changes_nothing(ready: Platform, state: str):
    ready.login()
    before = ready.rows()
    assert ready.back(state).status in {400, 403}
    assert ready.rows() == before


def test_whose_state_it_is_can_be_read_back():
    owner = Owner("user-1", "ZR_1-x")
    assert owner_of(state_of(owner, "s")) == owner
    assert owner_of("a.b.c" * 200) is None


def test_another_users_login_is_refused_once_the_account_is_somebodys(ready: Platform):
    ready.connect()
    ready.kite.user_id = "XY9999"
    before = ready.stored()
    refused = ready.back(ready.login())
    assert refusal(refused) == (403, "LOGIN_OF_ANOTHER_USER")
    assert "ZR1" in refused.error["message"]
    assert ready.stored().access_token_sealed == before.access_token_sealed


def test_an_account_named_by_the_brokers_own_id_is_that_users(platform: Platform):
    platform.account(client_id="AB1234")
    platform.kite.user_id = "XY9999"
    refused = platform.back(platform.login("AB1234"))
    assert refusal(refused) == (403, "LOGIN_OF_ANOTHER_USER")
    assert platform.stored("AB1234").access_token_sealed is None

    platform.kite.user_id = "ab1234"
    assert platform.back(platform.login("AB1234")).status == 200


def test_a_login_the_trader_gave_up_connects_nothing(ready: Platform):
    for query in ("status=cancelled&request_token=t", "status=success"):
        state = ready.login()
        refused = ready.call("GET", f"{CALLBACK}?{query}&state={state}", caller=None)
        assert refusal(refused) == (403, "LOGIN_REFUSED")
    assert ready.kite.requests == []
    assert ready.stored().access_token_sealed is None


def test_a_brokers_refusal_is_said_and_nothing_connected(ready: Platform):
    envelope = {"status": "error", "error_type": "TokenException", "message": "Token is invalid"}
    ready.kite.answer = WireAnswer(status=403, body=json.dumps(envelope).encode())
    refused = ready.back(ready.login())
    assert refusal(refused) == (403, "LOGIN_REFUSED")
    assert "Token is invalid" in refused.error["message"]
    assert ready.stored().access_token_sealed is None


def test_a_broker_that_does_not_answer_connects_nothing(ready: Platform):
    ready.kite.fault = NoAnswer("The broker did not answer in time.")
    assert refusal(ready.back(ready.login())) == (503, "BROKER_UNAVAILABLE")
    assert ready.stored().access_token_sealed is None


def meanwhile(platform: Platform, change: Any) -> None:
    """`change` the stored account while the broker is asked."""
    send = platform.kite.send

    def changing(request: Any) -> WireAnswer:
        answer = send(request)
        account = platform.stored()
        platform.accounts.save(replace(change(account), version=account.version + 1))
        return answer

    platform.kite.send = changing  # type: ignore[method-assign]  # a hook of this test


def test_a_switch_turned_during_the_login_is_kept(ready: Platform):
    state = ready.login()
    meanwhile(ready, lambda account: replace(account, entries_enabled=False))
    assert ready.back(state).status == 200
    assert ready.stored().entries_enabled is False
    assert ready.stored().access_token_sealed is not None


def test_credentials_changed_during_the_login_are_not_joined_to_its_token(ready: Platform):
    state = ready.login()
    meanwhile(ready, lambda account: replace(account, api_key="another"))
    assert refusal(ready.back(state)) == (403, "LOGIN_REFUSED")
    assert ready.stored().access_token_sealed is None


def test_an_account_deleted_during_the_login_stays_deleted(ready: Platform):
    state = ready.login()
    send = ready.kite.send

    def deleting(request: Any) -> WireAnswer:
        ready.accounts.delete(ready.stored())
        return send(request)

    ready.kite.send = deleting  # type: ignore[method-assign]  # a hook of this test
    assert refusal(ready.back(state)) == (403, "LOGIN_REFUSED")
    assert not any(ready.rows().values())


def test_a_state_of_one_broker_is_of_no_use_at_another(ready: Platform):
    state = ready.login()
    moved = replace(ready.stored(), broker_name=BrokerName.ANGEL_ONE)
    ready.accounts.save(replace(moved, version=moved.version + 1))
    assert refusal(ready.back(state)) == (403, "LOGIN_REFUSED")
    assert ready.kite.requests == []


@pytest.mark.parametrize("broker", ["paper", "angel_one", "finvasia", "nobody"])
def test_only_brokers_with_a_login_have_one(ready: Platform, broker: str):
    before = ready.rows()
    assert ready.call("GET", f"/brokers/oauth/{broker}/login?client_id=ZR1").status == 404
    path = f"/brokers/oauth/{broker}/callback?state={ready.login()}&request_token=t"
    assert ready.call("GET", path, caller=None).status == 404
    assert ready.stored().access_token_sealed is None
    assert set(ready.rows()) == set(before)


def test_accounts_that_cannot_log_in_there_are_told_why(platform: Platform):
    platform.call("POST", "/brokers/accounts", PAPER)
    before = platform.rows()
    refused = platform.call("GET", "/brokers/oauth/zerodha/login?client_id=PAPER1")
    assert (refused.status, refused.error["code"]) == (422, "RULE_BROKEN")
    assert platform.rows() == before


def test_an_account_without_credentials_is_asked_for_them(ready: Platform):
    bare: BrokerAccount = replace(ready.stored(), api_secret_sealed=None, version=2)
    ready.accounts.save(bare)
    assert refusal(ready.call("GET", LOGIN)) == (422, "CREDENTIALS_MISSING")


def test_a_login_is_started_by_the_owner_only(ready: Platform):
    before = ready.rows()
    foreign = ready.call("GET", LOGIN, caller=OTHER)
    missing = ready.call("GET", LOGIN.replace("ZR1", "ZR9"), caller=OTHER)
    assert foreign.status == missing.status == 404
    assert foreign.text.replace("ZR1", "ZR9") == missing.text
    assert ready.call("GET", LOGIN, caller=None).status == 401
    assert ready.rows() == before


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/brokers/oauth/zerodha/login", "client_id"),
        ("/brokers/oauth/zerodha/login?client_id=a/b", "client_id"),
        (f"{LOGIN}&next=https://evil.example", "next"),
        (f"{CALLBACK}?request_token=t", "state"),
        (f"{CALLBACK}?state=a%20b&request_token=t", "state"),
        (f"{CALLBACK}?state=a.b&request_token=a%0Ab", "request_token"),
    ],
)
def test_bad_parameters_change_nothing(ready: Platform, path: str, field: str):
    before = ready.rows()
    refused = ready.call("GET", path)
    assert (refused.status, refused.fields) == (400, [field])
    assert ready.rows() == before


def test_no_token_is_ever_answered_or_logged(ready: Platform):
    ready.connect()
    ready.kite.fault = RuntimeError("unforeseen")
    ready.back(ready.login())
    ready.kite.fault = NoAnswer("cut")
    ready.back(ready.login())
    log = ready.log.getvalue()
    assert "account connected" in log
    assert "request failed unexpectedly" in log
    assert "canary" not in log
    for answer in ready.answers:
        for secret in SEALED_OR_NOT_OURS:
            assert secret not in answer.text


def test_the_whole_way_through_the_simulated_broker(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
):
    """Real HTTP, a real redirect, a real checksum."""
    world = make_world(market=market_of(), clock=MarketClock(AT_TEN))
    callback = f"https://api.example.com{CALLBACK}"
    world.register(app(1, user_id="ZERODHA_CLIENT1", redirect_url=callback))
    with served(world) as root:
        endpoints = {"zerodha": {"api": root, "login": f"{root}/connect/login"}}
        monkeypatch.setenv("BROKER_ENDPOINTS", json.dumps(endpoints))
        monkeypatch.setattr(oauth_api, "BrokerParts", BrokerParts)
        oauth_api.application.cache_clear()
        platform.account(client_id="ZERODHA_CLIENT1", api_key="key1", api_secret="secret1")
        login = platform.call("GET", LOGIN.replace("ZR1", "ZERODHA_CLIENT1")).body["login_url"]
        redirect = urllib3.PoolManager().request("GET", login, redirect=False)
        assert redirect.status == 302
        back = redirect.headers["location"].removeprefix("https://api.example.com")
        reply = platform.call("GET", back, caller=None)
        assert reply.status == 200, reply.text
    token = platform.opened(
        platform.stored("ZERODHA_CLIENT1").access_token_sealed, "ZERODHA_CLIENT1"
    )
    assert world.registry.tokens["key1"].value == token
    assert platform.stored("ZERODHA_CLIENT1").broker_user_id == "ZERODHA_CLIENT1"
