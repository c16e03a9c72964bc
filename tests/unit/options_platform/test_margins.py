"""What a strategy's entry would need of margin: at the gate, in the wizard's summary."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from lambda_functions.options_platform.strategy_manager import examples, margin_queries
from shared_utils.brokers.ports import BasketMargin, Margins
from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.errors import BrokerUnavailable
from shared_utils.domain.instruments import Side, Underlying
from shared_utils.domain.money import in_rupees
from shared_utils.storage.broker_accounts import BrokerAccounts
from shared_utils.storage.market_cache import MarketCache
from shared_utils.stored_chains import StoredChains
from tests.api_events import OTHER, TRADER
from tests.clocks import MONDAY_0900_IST
from tests.fake_dynamo.tables import table_name
from tests.unit.market_data_fetcher.markets import AskedBroker
from tests.unit.market_data_fetcher.test_imports import loaded_by
from tests.unit.options_platform.conftest import Platform, a_leg, an_account

AT_1015 = MONDAY_0900_IST + timedelta(minutes=75)
# Tuesday the 24th is a holiday, so the weekly expires on this very Monday.
WEEKLY, NEXT = date(2026, 11, 23), date(2026, 12, 1)
ZERODHA, ANGEL = "ZERODHA_CLIENT1", "ANGEL_CLIENT1"


@pytest.fixture
def in_session(platform: Platform) -> Platform:
    platform.clock.turn(AT_1015)
    return platform


def broker(initial: int, final: int, available: int = 2_000_000, used: int = 0) -> AskedBroker:
    return AskedBroker(
        basket=BasketMargin(initial=Decimal(initial), final=Decimal(final)),
        funds=Margins(available=Decimal(available), used=Decimal(used)),
    )


def with_broker(platform: Platform, asked: AskedBroker) -> AskedBroker:
    platform.desk.brokers["user-1", ZERODHA] = asked
    return asked


def with_account(platform: Platform, client_id: str = ZERODHA, **parts: Any) -> None:
    name = BrokerName.ZERODHA if client_id == ZERODHA else BrokerName.ANGEL_ONE
    BrokerAccounts(platform.dynamo, table_name("broker-accounts")).save(
        an_account("user-1", client_id, name, version=2, **parts)
    )


def brokers_of(strategy: dict[str, Any]) -> str:
    return f"/options/strategies/{strategy['strategy_id']}/brokers"


def activate(platform: Platform, strategy: dict[str, Any]) -> Any:
    return platform.call("POST", f"/options/strategies/{strategy['strategy_id']}/activate")


def margin_checks(platform: Platform, strategy: dict[str, Any]) -> dict[str, dict[str, Any]]:
    reply = activate(platform, strategy)
    assert reply.status == 200, reply.text
    return {each["client_id"]: each for each in reply.body["checks"] if each["check"] == "MARGIN"}


def margins(platform: Platform, strategy: dict[str, Any], query: str = "") -> dict[str, Any]:
    summary = platform.call("GET", brokers_of(strategy) + query).body["summary"]
    return {each["client_id"]: each["margin"] for each in summary["accounts"]}


def record(platform: Platform, at: datetime, expiry: date = WEEKLY) -> None:
    """The minute's look at the weekly chain, as the recorder leaves it once its cache expires."""
    platform.clock.turn(at)
    chain = platform.desk.market.chain(Underlying.NIFTY, expiry)
    kept = StoredChains(
        cache=MarketCache(platform.dynamo, table_name("market-data-cache")),
        wall_now=platform.clock.now,
        ttl_s=300,
    )
    kept.record(chain, now=at)


def test_each_account_is_told_what_it_would_need_and_what_it_has(in_session: Platform):
    strategy = in_session.allocated()
    checks = margin_checks(in_session, strategy)
    assert [each["passed"] for each in checks.values()] == [True, True]
    needed = Decimal(str(margins(in_session, strategy)[ANGEL]["estimate"]["required"]))
    assert checks[ANGEL]["sentence"].startswith(
        f"ANGEL_CLIENT1 would need about {in_rupees(needed)} rupees for 1 lot "
        "(estimate from quotes of 10:15); its capital is 10,00,000.00"
    )


def test_a_shortage_of_stated_capital_is_listed_with_every_other_failure(in_session: Platform):
    strategy = in_session.allocated()
    with_account(in_session, capital=Decimal(100_000))
    with_account(in_session, ANGEL, enabled=False)
    before = in_session.rows()
    refused = activate(in_session, strategy)
    assert (refused.status, refused.error["code"]) == (422, "NOT_READY")
    problems = [(each["field"], each["problem"]) for each in refused.error["details"]]
    assert problems[0] == ("brokers.ANGEL_CLIENT1", "is disabled")
    field, problem = problems[1]
    assert field == "brokers.ZERODHA_CLIENT1"
    assert problem.startswith("would need about 3,26,")
    assert "rupees for 2 lots (estimate from quotes of 10:15)" in problem
    assert "its capital is 1,00,000.00, of which at most 80 percent may be used" in problem
    assert in_session.rows() == before


def test_no_more_of_the_capital_is_used_than_the_allocation_allows(in_session: Platform):
    strategy = in_session.allocated()
    needed = Decimal(str(margins(in_session, strategy)[ZERODHA]["estimate"]["required"]))
    with_account(in_session, capital=needed / Decimal("0.8") + 1)
    assert margins(in_session, strategy)[ZERODHA]["is_enough"] is True
    BrokerAccounts(in_session.dynamo, table_name("broker-accounts")).save(
        an_account(
            "user-1", ZERODHA, BrokerName.ZERODHA, version=3, capital=needed / Decimal("0.8") - 1
        )
    )
    assert margins(in_session, strategy)[ZERODHA]["is_enough"] is False
    assert activate(in_session, strategy).status == 422


def test_a_connected_broker_is_asked_for_the_same_orders_hedges_first(in_session: Platform):
    strategy = in_session.allocated()
    asked = with_broker(in_session, broker(180_000, 110_000))
    check = margin_checks(in_session, strategy)[ZERODHA]
    assert check["passed"] is True
    assert "free at its broker are 20,00,000.00" in check["sentence"]
    assert "itself asks 1,80,000.00 while the orders go out and 1,10,000.00" in check["sentence"]
    (basket,) = asked.baskets
    assert [each.side for each in basket] == [Side.BUY, Side.BUY, Side.SELL, Side.SELL]
    assert {each.quantity for each in basket} == {130}


def test_both_figures_are_shown_each_under_its_label(in_session: Platform):
    strategy = in_session.allocated()
    with_broker(in_session, broker(180_000, 110_000, used=5_000))
    assert margins(in_session, strategy)[ZERODHA]["broker"] is None
    shown = margins(in_session, strategy, "?margin=BROKER")[ZERODHA]
    assert shown["broker"] == {
        "source": "BROKER",
        "broker_name": "zerodha",
        "initial": 180_000.0,
        "final": 110_000.0,
        "available": 2_000_000.0,
        "used": 5_000.0,
    }
    estimate = shown["estimate"]
    parts = ("span", "exposure", "expiry_day_extra", "premium_paid")
    assert estimate["source"] == "ESTIMATE"
    assert sum(estimate[part] for part in parts) == pytest.approx(estimate["final"])
    assert estimate["required"] == pytest.approx(estimate["peak"] * 1.1, abs=0.01)
    assert (shown["available"], shown["available_from"]) == (2_000_000.0, "BROKER")


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(broker(180_000, 110_000, available=90_000), id="too little is free"),
        pytest.param(broker(2_500_000, 110_000), id="the broker asks more than is free"),
        pytest.param(broker(180_000, 110_000, used=9_000_000), id="too much is used already"),
    ],
)
def test_what_the_broker_tells_decides_over_the_stated_capital(
    in_session: Platform, asked: AskedBroker
):
    strategy = in_session.allocated()
    with_broker(in_session, asked)
    refused = activate(in_session, strategy)
    assert (refused.status, refused.fields) == (422, ["brokers.ZERODHA_CLIENT1"])


def test_a_broker_that_does_not_answer_is_said_and_the_estimate_stays(in_session: Platform):
    strategy = in_session.allocated()
    asked = broker(1, 1)
    with_broker(in_session, replace(asked, problem=BrokerUnavailable("Kite is down.")))
    check = margin_checks(in_session, strategy)[ZERODHA]
    assert check["passed"] is True
    assert "its capital is 10,00,000.00" in check["sentence"]
    assert "its broker's own figure is not known: Kite is down." in check["sentence"]


def test_a_broker_that_is_too_slow_is_not_waited_for(
    in_session: Platform, monkeypatch: pytest.MonkeyPatch
):
    strategy = in_session.allocated()
    answered = threading.Event()

    class Slow(AskedBroker):
        def basket_margin(self, requests: Any) -> BasketMargin:
            answered.wait()
            return super().basket_margin(requests)

    with_broker(in_session, Slow(basket=broker(1, 1).basket, funds=broker(1, 1).funds))
    monkeypatch.setattr(margin_queries, "BROKERS_WAIT_S", 0.01)
    try:
        check = margin_checks(in_session, strategy)[ZERODHA]
    finally:
        answered.set()
    assert "own figure is not known: it did not answer in time" in check["sentence"]


def test_nobody_asks_a_broker_for_a_paper_allocation(in_session: Platform):
    strategy = in_session.strategy()
    asked = with_broker(in_session, broker(180_000, 110_000))
    body = {"client_id": ZERODHA, "lots_per_execution": 1, "trading_mode": "PAPER"}
    assert in_session.call("POST", brokers_of(strategy), body).status == 201
    assert "its capital is" in margin_checks(in_session, strategy)[ZERODHA]["sentence"]
    assert asked.baskets == []


def test_after_the_session_the_last_recorded_chain_is_used_and_its_age_is_said(
    platform: Platform,
):
    strategy = platform.allocated()
    record(platform, datetime(2026, 11, 20, 9, 58, tzinfo=UTC))
    record(platform, datetime(2026, 11, 20, 9, 59, tzinfo=UTC))
    platform.clock.turn(MONDAY_0900_IST)
    calls = len(platform.desk.market.calls)
    check = margin_checks(platform, strategy)[ANGEL]
    assert check["passed"] is True
    assert "(estimate from quotes of 2026-11-20 15:29, 3 days old)" in check["sentence"]
    assert len(platform.desk.market.calls) == calls


def test_a_recording_of_the_market_time_to_come_is_no_quote(platform: Platform):
    strategy = platform.allocated()
    record(platform, AT_1015)
    platform.clock.turn(MONDAY_0900_IST)
    assert margin_checks(platform, strategy)[ANGEL]["passed"] is None


def test_the_minutes_look_is_used_before_a_feed_is_asked(in_session: Platform):
    strategy = in_session.allocated()
    kept = StoredChains(
        cache=MarketCache(in_session.dynamo, table_name("market-data-cache")),
        wall_now=in_session.clock.now,
        ttl_s=300,
    )
    chain = in_session.desk.market.chain(Underlying.NIFTY, WEEKLY)
    kept.keep_chain(chain, now=in_session.clock.now())
    in_session.desk.market.calls.clear()
    margin_checks(in_session, strategy)
    assert in_session.desk.market.calls == []
    in_session.clock.advance(91)
    margin_checks(in_session, strategy)
    assert in_session.desk.market.calls == ["NIFTY 2026-11-23"]


def test_without_any_quote_the_gate_says_so_and_guesses_nothing(in_session: Platform):
    in_session.desk.connected = False
    strategy = in_session.allocated()
    check = margin_checks(in_session, strategy)[ZERODHA]
    assert check["passed"] is None
    assert (
        "cannot be given a margin now: No feed shows quotes of NIFTY 2026-11-23"
        in (check["sentence"])
    )
    shown = margins(in_session, strategy)[ZERODHA]
    assert (shown["estimate"], shown["is_enough"]) == (None, None)


def test_an_unusable_quote_is_no_quote(in_session: Platform):
    strategy = in_session.allocated()
    in_session.desk.market.late_s = 60
    check = margin_checks(in_session, strategy)[ZERODHA]
    assert check["passed"] is None
    assert "The price of NIFTY is 60.0 s old" in check["sentence"]


def test_an_account_without_capital_or_session_cannot_be_judged(in_session: Platform):
    strategy = in_session.allocated()
    with_account(in_session, capital=Decimal(0))
    check = margin_checks(in_session, strategy)[ZERODHA]
    assert check["passed"] is None
    assert "what it has is not known: state its capital, or log in" in check["sentence"]


def test_the_summary_adds_up_the_accounts_that_trade(in_session: Platform):
    strategy = in_session.strategy()
    second = {**examples.ALLOCATIONS[1], "status": "INACTIVE"}
    reply = in_session.call("POST", brokers_of(strategy), [examples.ALLOCATIONS[0], second])
    summary = reply.body["summary"]
    one, two = (each["margin"]["estimate"]["required"] for each in summary["accounts"])
    assert summary["margin"]["required"] == one
    assert one == pytest.approx(2 * two, abs=0.05)
    assert summary["margin"]["sentence"].endswith("rupees on 1 account (estimate).")
    assert summary["warnings"] == []


def test_a_shortage_is_a_warning_in_the_summary_and_refuses_nothing(in_session: Platform):
    strategy = in_session.strategy()
    with_account(in_session, capital=Decimal(50_000))
    reply = in_session.call("POST", brokers_of(strategy), examples.ALLOCATIONS)
    assert reply.status == 201, reply.text
    (warning,) = reply.body["summary"]["warnings"]
    assert warning.startswith("ZERODHA_CLIENT1 would need about ")
    assert "its capital is 50,000.00" in warning


def test_a_total_is_not_told_where_a_part_is_unknown(in_session: Platform):
    in_session.desk.connected = False
    strategy = in_session.allocated()
    total = in_session.call("GET", brokers_of(strategy)).body["summary"]["margin"]
    assert (total["required"], total["final"]) == (None, None)
    assert "No feed shows quotes" in total["sentence"]


def test_on_the_eve_of_its_expiry_the_next_sessions_extra_is_counted(platform: Platform):
    """Asked on the evening before, it is tomorrow's margin: what expires pays 2 % more."""
    strategy = platform.allocated(legs=[a_leg("CE", "SELL", 200)])
    record(platform, datetime(2026, 11, 30, 9, 59, tzinfo=UTC), NEXT)
    platform.clock.turn(datetime(2026, 11, 30, 14, 0, tzinfo=UTC))
    estimate = margins(platform, strategy)[ANGEL]["estimate"]
    assert estimate["expiry_day_extra"] == pytest.approx(26010 * 65 * 0.02)


def test_anothers_brokers_are_never_asked(in_session: Platform):
    strategy = in_session.allocated()
    asked = with_broker(in_session, broker(1, 1))
    path = f"{brokers_of(strategy)}?margin=BROKER"
    assert in_session.call("GET", path, caller=OTHER).status == 404
    assert asked.baskets == []
    assert in_session.call("GET", path, caller=TRADER).status == 200


def test_a_margin_of_an_unknown_kind_is_refused(in_session: Platform):
    strategy = in_session.allocated()
    refused = in_session.call("GET", f"{brokers_of(strategy)}?margin=GUESS")
    assert (refused.status, refused.fields) == (400, ["margin"])


def test_the_api_starts_without_numpy_and_without_a_broker():
    """What asks a broker is loaded by the request that asks one."""
    loaded = loaded_by("lambda_functions.options_platform.strategy_manager.on_api")
    assert {"numpy", "shared_utils.broker_desk", "shared_utils.brokers.catalogue"}.isdisjoint(
        loaded
    )
