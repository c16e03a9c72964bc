"""Broker accounts: what may be stored, what is shown of it, and who may see and switch it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared_utils.domain.broker_accounts import AccountStatus, Egress, EgressMode
from tests.api_events import ADMIN, OTHER, TRADER, Caller
from tests.unit.auth_broker.conftest import API_KEY, PAPER, SECRET, ZERODHA, Platform
from tests.unit.test_sealing import error

ROOT = "/brokers/accounts"
SWITCHES = ["enable", "disable", "entries-enable", "entries-disable"]
PROXY = {"mode": "PROXY", "proxy_url": "https://proxy.example.com:3128"}


def test_an_account_is_stored_with_its_secret_sealed(platform: Platform):
    shown = platform.account(limits={"max_daily_loss": 25000.5}, egress=PROXY)

    assert (shown["status"], shown["enabled"], shown["entries_enabled"]) == (
        "DISCONNECTED",
        True,
        True,
    )
    assert shown["limits"] == {
        "max_lots_per_order": None,
        "max_orders_per_day": None,
        "max_daily_loss": 25000.5,
    }
    assert shown["egress"] == {"mode": "PROXY", "proxy": "proxy.example.com:3128"}
    assert shown["has_credentials"] is True
    stored = platform.stored()
    assert stored.api_key == API_KEY
    assert SECRET not in str(platform.rows())
    assert platform.opened(stored.api_secret_sealed) == SECRET
    assert platform.call("GET", f"{ROOT}/ZR1").body == shown
    assert platform.call("GET", ROOT).body == {"items": [shown], "cursor": None}


def test_a_paper_account_is_connected_from_the_start(platform: Platform):
    reply = platform.call("POST", ROOT, PAPER)
    assert reply.status == 201
    assert '"capital":500000.50' in reply.text
    assert (reply.body["status"], reply.body["has_credentials"]) == ("CONNECTED", False)


def test_an_account_is_connected_only_as_long_as_its_session(platform: Platform):
    platform.account()
    platform.connect()
    assert platform.call("GET", f"{ROOT}/ZR1").body["status"] == "CONNECTED"
    # The session closes at 06:00 in India, whatever was written down.
    platform.clock.advance(timedelta(hours=21).total_seconds())
    assert platform.call("GET", f"{ROOT}/ZR1").body["status"] == "DISCONNECTED"


@pytest.mark.parametrize("broker", ["angel_one", "finvasia"])
def test_a_broker_without_adapter_is_refused_and_the_others_are_named(
    platform: Platform, broker: str
):
    refused = platform.call("POST", ROOT, {**ZERODHA, "broker_name": broker})
    assert (refused.status, refused.error["code"]) == (422, "BROKER_NOT_SUPPORTED")
    assert "zerodha, paper" in refused.error["message"]
    assert not any(platform.rows().values())


def test_paper_is_no_broker_where_it_is_switched_off(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
):
    from lambda_functions.broker_accounts import on_api  # noqa: PLC0415 - rebuilt for this test

    monkeypatch.setenv("ENABLE_PAPER_TRADING", "false")
    on_api.application.cache_clear()
    refused = platform.call("POST", ROOT, PAPER)
    assert (refused.status, refused.error["code"]) == (422, "BROKER_NOT_SUPPORTED")
    assert "paper" not in refused.error["details"][0]["problem"]


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in ZERODHA.items() if name not in names}


BAD: dict[str, tuple[int, Any, list[str]]] = {
    "a slash in the id": (400, {**ZERODHA, "client_id": "a/b"}, ["client_id"]),
    "a hash in the id": (400, {**ZERODHA, "client_id": "a#b"}, ["client_id"]),
    "no id": (400, without("client_id"), ["client_id"]),
    "an unknown broker": (400, {**ZERODHA, "broker_name": "icici"}, ["broker_name"]),
    "negative capital": (400, {**ZERODHA, "capital": -1}, ["capital"]),
    "capital as text": (400, {**ZERODHA, "capital": "100"}, ["capital"]),
    "no lots at all": (
        400,
        {**ZERODHA, "limits": {"max_lots_per_order": 0}},
        ["limits.max_lots_per_order"],
    ),
    "an unknown limit": (400, {**ZERODHA, "limits": {"max": 1}}, ["limits.max"]),
    "a token from outside": (
        400,
        {**ZERODHA, "access_token_sealed": "x"},
        ["access_token_sealed"],
    ),
    "somebody else's": (400, {**ZERODHA, "user_id": "user-2"}, ["user_id"]),
    "an empty secret": (400, {**ZERODHA, "api_secret": ""}, ["api_secret"]),
    "a secret of two lines": (400, {**ZERODHA, "api_secret": "a\nb"}, ["api_secret"]),
    "no credentials": (422, without("api_key", "api_secret"), ["api_key", "api_secret"]),
    "a key without secret": (422, without("api_secret"), ["api_secret"]),
    "paper with a key": (422, {**PAPER, "api_key": "k"}, ["api_key"]),
    "paper without capital": (422, {**PAPER, "capital": 0}, ["capital"]),
    "paper through a proxy": (422, {**PAPER, "egress": PROXY}, ["egress.mode"]),
    "a proxy without address": (
        422,
        {**ZERODHA, "egress": {"mode": "PROXY"}},
        ["egress.proxy_url"],
    ),
    "an address without proxy": (
        422,
        {**ZERODHA, "egress": {**PROXY, "mode": "DIRECT"}},
        ["egress.proxy_url"],
    ),
}


@pytest.mark.parametrize("case", sorted(BAD))
def test_bad_input_stores_nothing_and_repeats_no_secret(platform: Platform, case: str):
    status, body, fields = BAD[case]
    refused = platform.call("POST", ROOT, body)
    assert (refused.status, refused.fields) == (status, fields), refused.text
    assert not any(platform.rows().values())
    assert platform.kms.kept == {}
    assert "canary" not in refused.text


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:80",
        "http://localhost:3128",
        "http://169.254.169.254:80",
        "http://10.0.0.5:3128",
        "http://192.168.1.1:3128",
        "http://[::1]:3128",
        "http://[::ffff:10.0.0.1]:3128",
        "http://[fd00::1]:3128",
        "http://0.0.0.0:3128",
        "http://2130706433:80",
        "http://0x7f.1:80",
        "http://127.1:80",
        "http://metadata.google.internal:80",
        "http://proxy:3128",
        "http://proxy.local:3128",
        "socks5://proxy.example.com:1080",
        "file:///etc/passwd",
        "https://proxy.example.com",
        "https://proxy.example.com:0",
        "https://proxy.example.com:99999",
        "https://proxy.example.com:3128/path",
        "https://proxy.example.com:3128?x=1",
        "https://canary-user:canary-word@proxy.example.com:3128",
        "not a url",
    ],
)
def test_a_proxy_is_a_public_host_and_a_port(platform: Platform, url: str):
    body = {**ZERODHA, "egress": {"mode": "PROXY", "proxy_url": url}}
    refused = platform.call("POST", ROOT, body)
    assert (refused.status, refused.fields) == (422, ["egress.proxy_url"]), refused.text
    assert not any(platform.rows().values())
    assert "canary" not in refused.text


@pytest.mark.parametrize(
    "url", ["http://203.0.114.9:3128", "https://proxy.example.com:3128/", "http://[2a00::1]:80"]
)
def test_a_public_proxy_is_taken(platform: Platform, url: str):
    platform.account(egress={"mode": "PROXY", "proxy_url": url})
    assert platform.stored().egress == Egress(mode=EgressMode.PROXY, proxy_url=url)


def test_an_older_rows_proxy_password_is_not_shown(platform: Platform):
    platform.account()
    egress = Egress(mode=EgressMode.PROXY, proxy_url="http://u:canary-word@proxy.example.com:3128")
    platform.accounts.save(replace(platform.stored(), egress=egress, version=2))
    shown = platform.call("GET", f"{ROOT}/ZR1")
    assert shown.body["egress"]["proxy"] == "proxy.example.com:3128"
    assert "canary" not in shown.text


def test_the_same_account_is_not_made_twice(platform: Platform):
    platform.account()
    before = platform.rows()
    again = platform.call("POST", ROOT, {**ZERODHA, "display_name": "Another"})
    assert (again.status, again.error["code"]) == (409, "CONFLICT")
    assert platform.rows() == before


def test_accounts_are_few(platform: Platform):
    for number in range(25):
        platform.call("POST", ROOT, {**PAPER, "client_id": f"P{number}"})
    refused = platform.call("POST", ROOT, {**PAPER, "client_id": "P25"})
    assert (refused.status, refused.error["code"]) == (422, "TOO_MANY_ACCOUNTS")


def test_without_the_key_service_nothing_is_stored(platform: Platform):
    platform.kms.fault = error("ThrottlingException")
    assert platform.call("POST", ROOT, ZERODHA).status == 503
    assert not any(platform.rows().values())


def test_terms_change_and_the_session_stays(platform: Platform):
    platform.account()
    platform.connect()
    version = platform.stored().version
    body = {"display_name": "Family", "limits": {"max_orders_per_day": 5}, "version": version}
    changed = platform.call("PUT", f"{ROOT}/ZR1", body)
    assert changed.status == 200, changed.text
    assert (changed.body["display_name"], changed.body["status"]) == ("Family", "CONNECTED")
    assert changed.body["capital"] == 1000000
    assert platform.call("PUT", f"{ROOT}/ZR1", body).status == 409


def test_other_credentials_end_the_session(platform: Platform):
    platform.account()
    platform.connect()
    body = {"api_key": "another", "api_secret": "another-secret"}
    changed = platform.call("PUT", f"{ROOT}/ZR1", body)
    assert changed.body["status"] == "DISCONNECTED"
    stored = platform.stored()
    assert (stored.api_key, stored.access_token_sealed) == ("another", None)
    assert platform.opened(stored.api_secret_sealed) == "another-secret"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"api_key": "alone"}, 422),
        ({"api_secret": "alone"}, 422),
        ({"broker_name": "paper"}, 400),
        ({"client_id": "ZR2"}, 400),
        ({"enabled": False}, 400),
        ({"egress": {"mode": "PROXY"}}, 422),
        ({"version": 9}, 409),
    ],
)
def test_a_refused_change_writes_nothing(platform: Platform, body: Any, status: int):
    platform.account()
    before = platform.rows()
    assert platform.call("PUT", f"{ROOT}/ZR1", body).status == status
    assert platform.rows() == before


def test_switches_turn_what_they_say_and_nothing_else(platform: Platform):
    platform.account()
    for switch, enabled, entries in (
        ("entries-disable", True, False),
        ("disable", False, False),
        ("entries-enable", False, True),
        ("enable", True, True),
    ):
        shown = platform.call("POST", f"{ROOT}/ZR1/{switch}").body
        assert (shown["enabled"], shown["entries_enabled"]) == (enabled, entries)
    before = platform.rows()
    assert platform.call("POST", f"{ROOT}/ZR1/enable").status == 200
    assert platform.rows() == before


def test_the_kill_switch_wins_against_a_write_of_the_same_moment(platform: Platform):
    platform.account()
    account = platform.stored()
    races = 2

    def race(call: Any) -> None:
        nonlocal races
        if call.operation == "put_item" and races:
            races -= 1
            stored = platform.dynamo.before
            platform.dynamo.before = None
            current = platform.stored()
            platform.accounts.save(
                replace(current, status=AccountStatus.CONNECTED, version=current.version + 1)
            )
            platform.dynamo.before = stored

    platform.dynamo.before = race
    assert platform.call("POST", f"{ROOT}/ZR1/entries-disable").status == 200
    platform.dynamo.before = None
    after = platform.stored()
    assert (after.entries_enabled, after.status) == (False, AccountStatus.CONNECTED)
    assert after.version == account.version + 3


def test_a_deleted_account_takes_its_secrets_along(platform: Platform):
    platform.account()
    assert platform.call("DELETE", f"{ROOT}/ZR1").status == 204
    assert platform.call("GET", f"{ROOT}/ZR1").status == 404
    assert not any(platform.rows().values())


CALLS = [
    ("GET", "", None),
    ("PUT", "", {"display_name": "Mine now"}),
    ("DELETE", "", None),
    *(("POST", f"/{switch}", None) for switch in SWITCHES),
]


@pytest.mark.parametrize(("method", "suffix", "body"), CALLS)
@pytest.mark.parametrize("caller", [OTHER, ADMIN])
def test_somebody_elses_account_is_answered_like_a_missing_one(
    platform: Platform, method: str, suffix: str, body: Any, caller: Caller
):
    platform.account()
    before = platform.rows()
    foreign = platform.call(method, f"{ROOT}/ZR1{suffix}", body, caller=caller)
    missing = platform.call(method, f"{ROOT}/ZR9{suffix}", body, caller=caller)
    assert foreign.status == missing.status == 404
    assert foreign.text.replace("ZR1", "ZR9") == missing.text
    assert platform.rows() == before


@pytest.mark.parametrize(("method", "suffix", "body"), [*CALLS, ("POST", None, ZERODHA)])
def test_nobody_gets_in_without_a_token(
    platform: Platform, method: str, suffix: str | None, body: Any
):
    path = ROOT if suffix is None else f"{ROOT}/ZR1{suffix}"
    refused = platform.call(method, path, body, caller=None)
    assert (refused.status, refused.error["code"]) == (401, "UNAUTHENTICATED")
    assert not any(platform.rows().values())


def test_two_users_may_have_an_account_of_one_name(platform: Platform):
    platform.account(caller=TRADER)
    platform.account(caller=OTHER, display_name="Hers")
    assert platform.call("GET", ROOT).body["items"][0]["display_name"] == "Main"
    assert platform.call("GET", ROOT, caller=OTHER).body["items"][0]["display_name"] == "Hers"


@pytest.mark.parametrize("client_id", ["a%23b", "x" * 65, "a.b"])
def test_what_no_account_can_be_called_is_not_found(platform: Platform, client_id: str):
    assert platform.call("GET", f"{ROOT}/{client_id}").status == 404


def test_no_secret_is_ever_answered_or_logged(platform: Platform):
    platform.account()
    platform.call("POST", ROOT, ZERODHA)
    platform.connect()
    platform.call("PUT", f"{ROOT}/ZR1", {"api_key": API_KEY, "api_secret": SECRET})
    platform.kms.fault = error("InternalErrorException")
    platform.call("PUT", f"{ROOT}/ZR1", {"api_key": API_KEY, "api_secret": SECRET})
    platform.kms.fault = RuntimeError("unforeseen")
    platform.call("PUT", f"{ROOT}/ZR1", {"api_key": API_KEY, "api_secret": SECRET})
    platform.call("GET", ROOT)
    assert "request failed unexpectedly" in platform.log.getvalue()
    assert "canary" not in platform.log.getvalue()
    of_accounts = [each for each in platform.answers if "login_url" not in each.text]
    assert len(of_accounts) > 5
    for answer in of_accounts:
        assert "canary" not in answer.text
        assert "sealed" not in answer.text
        assert "ciphertext" not in answer.text
