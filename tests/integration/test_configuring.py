"""Broker accounts, baskets, strategies and allocations, through the deployed APIs."""

from typing import Any

import pytest

from local.seed import condor
from tests.integration.http_answers import ask
from tests.platforms import PREFIX, Platform, Trader

pytestmark = [pytest.mark.emulator, pytest.mark.iam]

BASKET = {"name": "Weekly income", "category": "INCOME", "tags": ["theta-decay"]}
ORIGIN = "http://127.0.0.1:4700"


@pytest.fixture(scope="module")
def trader(platform: Platform) -> Trader:
    trader = platform.trader("asha")
    trader.open_accounts()
    return trader


@pytest.fixture(scope="module")
def stranger(platform: Platform) -> Trader:
    return platform.trader("meera")


@pytest.fixture(scope="module")
def strategies(trader: Trader) -> str:
    """Where strategies of a basket are."""
    return f"/options/baskets/{trader.basket('For strategies')}/strategies"


@pytest.fixture(scope="module")
def strategy_id(trader: Trader) -> str:
    return trader.configured("Owned")


# -- broker accounts


def test_the_login_at_the_broker_connects_the_account_and_no_secret_comes_out(
    trader: Trader,
) -> None:
    account = ask(trader.api, "GET", f"/brokers/accounts/{trader.zerodha}")
    assert account.body["token_expires_at"] is not None
    assert "app-secret" not in account.text
    assert "app-secret" not in str(trader.platform.stored())
    assert "200" in trader.log_in_to_broker()


def test_a_second_account_of_the_same_name_is_refused(trader: Trader) -> None:
    body = {"client_id": trader.paper, "broker_name": "paper", "display_name": "Again"}
    answer = ask(trader.api, "POST", "/brokers/accounts", body | {"capital": 100_000})
    assert answer.status == 409


def test_a_callback_that_nobody_asked_for_is_refused(trader: Trader) -> None:
    path = "/brokers/oauth/zerodha/callback?request_token=abc&state=made-up&status=success"
    before = trader.platform.stored()
    assert ask(trader.platform.api, "GET", path).status in {400, 403, 422}
    assert trader.platform.stored() == before


# -- configure


def test_the_documents_strategy_is_created_with_the_lot_of_today(
    trader: Trader, strategies: str
) -> None:
    created = ask(trader.api, "POST", strategies, condor(65) | {"name": "As documented"})
    assert created.status == 201, created.text
    assert [leg["leg_number"] for leg in created.body["legs"]] == [1, 2, 3, 4]
    assert created.body["status"] != "ACTIVE"


def test_its_lot_of_25_is_refused_and_65_is_named(
    platform: Platform, trader: Trader, strategies: str
) -> None:
    before = platform.stored()
    answer = ask(trader.api, "POST", strategies, condor(25) | {"name": "Lot of 25"})
    assert answer.status == 422
    assert answer.code == "RULE_BROKEN"
    assert "65" in answer.problems["legs[0].underlying_config.lot_size"]
    assert platform.stored() == before


def test_banknifty_has_no_weekly_expiry(
    platform: Platform, trader: Trader, strategies: str
) -> None:
    body = condor(65) | {"name": "Bank weekly"}
    for leg in body["legs"]:
        leg["underlying_config"] |= {"symbol": "BANKNIFTY", "lot_size": 30}
    before = platform.stored()
    answer = ask(trader.api, "POST", strategies, body)
    assert answer.status == 422
    assert any("WEEKLY" in problem.upper() for problem in answer.problems.values()), answer.text
    assert platform.stored() == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"strategy_type": "IRON_CONDORR"}, "strategy_type"),
        ({"legs": "four"}, "legs"),
        ({"execution_schedule": {"entry_time": "9:45"}}, "execution_schedule.entry_time"),
        ({"risk_config": {"max_loss_per_trade": "much"}}, "risk_config.max_loss_per_trade"),
        ({"surprise": True}, "surprise"),
    ],
)
def test_a_wrong_shape_is_told_by_its_field_and_nothing_is_written(
    trader: Trader, strategies: str, change: dict[str, Any], field: str
) -> None:
    before = trader.platform.stored()
    answer = ask(trader.api, "POST", strategies, condor(65) | {"name": "Wrong"} | change)
    assert answer.status == 400
    assert any(each.startswith(field) for each in answer.problems), answer.text
    assert trader.platform.stored() == before


def test_the_documents_array_of_allocations_is_taken_as_it_is(trader: Trader) -> None:
    strategy_id = trader.condor(trader.basket("For allocations"), "Allocated")
    path = f"/options/strategies/{strategy_id}/brokers"
    assert ask(trader.api, "POST", path, trader.allocations()).status == 201
    found = ask(trader.api, "GET", path).body["items"]
    assert {each["client_id"]: each["lots_per_execution"] for each in found} == {
        trader.zerodha: 2,
        trader.paper: 1,
    }


def test_an_allocation_to_an_account_one_does_not_have_is_refused(trader: Trader) -> None:
    strategy_id = trader.condor(trader.basket("For nobody"), "To nobody")
    wrong = [trader.allocations()[0] | {"client_id": "SOMEBODY_ELSES"}]
    before = trader.platform.stored()
    answer = ask(trader.api, "POST", f"/options/strategies/{strategy_id}/brokers", wrong)
    assert answer.status in {404, 422}
    assert answer.code
    assert trader.platform.stored() == before


# -- replays


def test_a_request_sent_again_is_answered_again_and_done_once(trader: Trader) -> None:
    body = BASKET | {"name": "Once"}
    first = ask(trader.api, "POST", "/options/baskets", body, Idempotency_Key="once-1")
    again = ask(trader.api, "POST", "/options/baskets", body, Idempotency_Key="once-1")
    assert (first.status, again.status) == (201, 201)
    assert again.text == first.text
    assert again.headers["idempotent-replayed"] == "true"
    baskets = ask(trader.api, "GET", "/options/baskets?limit=100").body["items"]
    assert [each["name"] for each in baskets].count("Once") == 1


def test_its_key_does_not_do_for_another_body(trader: Trader) -> None:
    first = BASKET | {"name": "Keyed"}
    ask(trader.api, "POST", "/options/baskets", first, Idempotency_Key="keyed-1")
    before = trader.platform.stored()
    other = ask(
        trader.api, "POST", "/options/baskets", first | {"name": "B"}, Idempotency_Key="keyed-1"
    )
    assert (other.status, other.code) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert trader.platform.stored() == before


def test_another_users_same_key_is_another_key(trader: Trader, stranger: Trader) -> None:
    body = BASKET | {"name": "Mine"}
    mine = ask(trader.api, "POST", "/options/baskets", body, Idempotency_Key="shared-key")
    theirs = ask(stranger.api, "POST", "/options/baskets", body, Idempotency_Key="shared-key")
    assert (mine.status, theirs.status) == (201, 201)
    assert mine.body["basket_id"] != theirs.body["basket_id"]


# -- bad input


def test_a_body_that_is_too_large_is_refused(trader: Trader) -> None:
    before = trader.platform.stored()
    body = BASKET | {"description": "x" * 300_000}
    answer = ask(trader.api, "POST", "/options/baskets", body)
    assert (answer.status, answer.code) == (413, "BODY_TOO_LARGE")
    assert trader.platform.stored() == before


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff\xfe", b"[" * 5_000])
def test_a_body_that_is_no_basket_is_refused(trader: Trader, body: bytes) -> None:
    before = trader.platform.stored()
    answer = ask(trader.api, "POST", "/options/baskets", body)
    assert answer.status == 400
    assert answer.code
    assert trader.platform.stored() == before


# -- foreign ids


def test_what_is_somebody_elses_is_not_there(trader: Trader, stranger: Trader) -> None:
    strategy_id = trader.configured("Foreign")
    found = ask(trader.api, "GET", f"/options/strategies/{strategy_id}").body
    basket_id, leg_id = found["basket_id"], found["legs"][0]["leg_id"]
    asked = (
        ("GET", f"/options/baskets/{basket_id}", None),
        ("PUT", f"/options/baskets/{basket_id}", {"name": "Stolen", "version": 1}),
        ("DELETE", f"/options/baskets/{basket_id}", None),
        ("POST", f"/options/baskets/{basket_id}/strategies", condor(65)),
        ("GET", f"/options/strategies/{strategy_id}", None),
        ("DELETE", f"/options/strategies/{strategy_id}", None),
        ("POST", f"/options/strategies/{strategy_id}/activate", None),
        ("GET", f"/options/strategies/{strategy_id}/legs", None),
        ("DELETE", f"/options/strategies/{strategy_id}/legs/{leg_id}", None),
        ("GET", f"/options/strategies/{strategy_id}/brokers", None),
        ("GET", f"/options/strategies/{strategy_id}/brokers?margin=BROKER", None),
        ("POST", "/options/calculator/margin", a_short(client_id=trader.zerodha)),
        ("GET", f"/brokers/accounts/{trader.zerodha}", None),
        ("DELETE", f"/brokers/accounts/{trader.zerodha}", None),
        ("GET", f"/brokers/oauth/zerodha/login?client_id={trader.zerodha}", None),
        ("POST", f"/execution/strategies/{strategy_id}/execute", {"kind": "ENTRY"}),
        ("GET", f"/execution/strategies/{strategy_id}/history", None),
        ("GET", f"/execution/positions/{strategy_id}", None),
        ("GET", f"/execution/pnl/{strategy_id}", None),
    )
    before = trader.platform.stored()
    for method, path, body in asked:
        answer = ask(stranger.api, method, path, body)
        assert (answer.status, answer.code) == (404, "NOT_FOUND"), (method, path, answer.text)
    assert trader.platform.stored() == before


# -- margins


def a_short(**parts: Any) -> dict[str, Any]:
    leg = {"option_type": "CE", "transaction_type": "SELL", "strike": 25200}
    leg |= {"expiry": "2026-08-11", "premium": 100}
    return {"symbol": "NIFTY", "spot": 25050.5, "legs": [leg], **parts}


def test_a_margin_is_told_by_us_and_by_the_broker_and_activation_lets_it_pass(
    trader: Trader,
) -> None:
    strategy_id = trader.configured("Margined")
    path = f"/options/strategies/{strategy_id}"
    summary = ask(trader.api, "GET", f"{path}/brokers?margin=BROKER").body["summary"]
    told = {each["client_id"]: each["margin"] for each in summary["accounts"]}
    ours, theirs = told[trader.zerodha]["estimate"], told[trader.zerodha]["broker"]
    assert (ours["source"], theirs["source"]) == ("ESTIMATE", "BROKER"), told[trader.zerodha]
    assert 0.5 < theirs["final"] / ours["final"] < 2
    assert theirs["initial"] >= theirs["final"] > 0
    assert told[trader.paper]["broker"] is None
    assert summary["margin"]["required"] > ours["required"]
    checks = ask(trader.api, "POST", f"{path}/activate").body["checks"]
    passed = {each["client_id"]: each for each in checks if each["check"] == "MARGIN"}
    assert [each["passed"] for each in passed.values()] == [True, True]
    assert "its broker itself asks" in passed[trader.zerodha]["sentence"]
    ask(trader.api, "POST", f"{path}/pause")


def test_the_calculator_asks_the_broker_of_an_own_account(trader: Trader) -> None:
    found = ask(trader.api, "POST", "/options/calculator/margin", a_short(client_id=trader.zerodha))
    assert found.status == 200, found.text
    assert found.body["broker"]["final"] > 100_000
    assert found.body["estimate"]["final"] > 100_000


# -- browsers, and too many of them


@pytest.mark.parametrize("path", ["/auth/profile", "/options/baskets", "/execution/orders"])
def test_a_browser_may_ask_from_our_own_page_alone(platform: Platform, path: str) -> None:
    preflight = {"Access_Control_Request_Method": "GET"}
    answer = ask(platform.api, "OPTIONS", path, Origin=ORIGIN, **preflight)
    assert answer.status in {200, 204}
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "Authorization" in answer.headers["access-control-allow-headers"]
    foreign = ask(platform.api, "OPTIONS", path, Origin="https://evil.example", **preflight)
    assert foreign.headers.get("access-control-allow-origin") in {ORIGIN, None}


def test_every_stage_is_throttled(platform: Platform) -> None:
    gateway = platform.deployed.cloud.client("apigateway")
    for name in ("auth", "options", "execution"):
        stage = gateway.get_stage(restApiId=f"{PREFIX}-{name}", stageName="v1")
        limits = stage["methodSettings"]["*/*"]
        assert 0 < limits["throttlingRateLimit"] <= limits["throttlingBurstLimit"]
