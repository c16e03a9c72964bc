"""Entries are denied with a code and a sentence; what is not known denies as well."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_utils.risk_calculations import limits
from shared_utils.risk_calculations.limits import Denial, SwitchState, denials

D = Decimal


def code(denial: Denial | None) -> str | None:
    return denial.code if denial else None


def margin_code(
    required: Decimal | None,
    available: Decimal | None,
    used: Decimal | None,
    most: Decimal | None = None,
) -> str | None:
    return code(
        limits.deny_margin(required=required, available=available, used=used, max_utilization=most)
    )


@pytest.mark.parametrize(
    ("enabled", "expected"),
    [(True, None), (False, "KILL_SWITCH"), (None, "KILL_SWITCH_UNKNOWN")],
)
def test_only_a_switch_known_to_be_on_lets_an_entry_pass(enabled, expected):
    switch = SwitchState(name="account ZR1", entries_enabled=enabled)
    assert code(limits.deny_by_switch(switch)) == expected


@pytest.mark.parametrize(
    ("limit", "done", "expected"),
    [
        (None, None, None),
        (5, 4, None),
        (5, 5, "MAX_DAILY_TRADES"),
        (0, 0, "MAX_DAILY_TRADES"),
        (5, None, "DAILY_TRADES_UNKNOWN"),
    ],
)
def test_the_trade_after_the_last_allowed_one_is_denied(limit, done, expected):
    assert code(limits.deny_daily_trades(limit=limit, trades_today=done)) == expected


@pytest.mark.parametrize(
    ("limit", "pnl", "expected"),
    [
        (None, None, None),
        (D(10000), D("-9999.99"), None),
        (D(10000), D(-10000), "MAX_DAILY_LOSS"),
        (D(10000), D(50000), None),
        (D(10000), None, "DAILY_PNL_UNKNOWN"),
    ],
)
def test_a_day_that_has_lost_its_limit_takes_no_more_entries(limit, pnl, expected):
    assert code(limits.deny_daily_loss(limit=limit, pnl_today=pnl)) == expected


def test_the_sentence_names_both_numbers():
    denial = limits.deny_daily_loss(limit=D(5000), pnl_today=D("-5120.5"), code="DAILY_LOSS_LIMIT")
    assert denial == Denial("DAILY_LOSS_LIMIT", "Today's loss is 5120.50 and its limit is 5000.00.")


@pytest.mark.parametrize(
    ("limit", "value", "expected"),
    [
        (None, None, None),
        (D(100), D(100), None),
        (D(100), D("100.01"), "MAX_POSITION_VALUE"),
        (D(100), None, "POSITION_VALUE_UNKNOWN"),
    ],
)
def test_a_position_may_be_worth_its_limit_and_no_more(limit, value, expected):
    assert code(limits.deny_position_value(limit=limit, value=value)) == expected


def test_margin_is_asked_for_even_without_a_limit():
    assert margin_code(None, D(1), D(0)) == "MARGIN_UNKNOWN"
    assert margin_code(D(1), None, D(0)) == "MARGIN_UNKNOWN"
    assert margin_code(D(1), D(1), None) == "MARGIN_UNKNOWN"
    assert margin_code(D(101), D(100), D(0)) == "INSUFFICIENT_MARGIN"
    assert margin_code(D(100), D(100), D(0)) is None


def test_utilization_counts_what_is_used_already():
    # 200 used of 1,000: 600 more makes 80 percent
    assert margin_code(D(600), D(800), D(200), D(80)) is None
    assert margin_code(D(601), D(800), D(200), D(80)) == "MAX_MARGIN_UTILIZATION"


def test_an_entry_that_needs_no_margin_is_not_held_to_a_utilization():
    assert margin_code(D(0), D(0), D(0), D(80)) is None


@pytest.mark.parametrize(
    ("limit", "worst", "unlimited", "expected"),
    [
        (None, None, True, None),
        (D(5000), D(5000), False, None),
        (D(5000), D("5000.01"), False, "MAX_LOSS_PER_TRADE"),
        (D(5000), None, False, "WORST_LOSS_UNKNOWN"),
        (D(5000), D(1), True, "MAX_LOSS_PER_TRADE"),
    ],
)
def test_a_trade_that_can_lose_more_than_its_limit_is_denied(limit, worst, unlimited, expected):
    denial = limits.deny_loss_per_trade(limit=limit, worst_loss=worst, is_unlimited=unlimited)
    assert code(denial) == expected


@pytest.mark.parametrize(
    ("capital", "worst", "expected"),
    [
        (D(100000), D(2000), None),
        (D(100000), D(2001), "MAX_LOSS_PERCENTAGE"),
        (None, D(1), "CAPITAL_UNKNOWN"),
        (D(0), D(1), "CAPITAL_UNKNOWN"),
    ],
)
def test_a_share_of_the_capital_is_a_limit_too(capital, worst, expected):
    denial = limits.deny_loss_of_capital(max_percentage=D(2), capital=capital, worst_loss=worst)
    assert code(denial) == expected


def test_lots_and_orders_of_an_account_are_counted():
    assert code(limits.deny_lots(limit=10, lots=11)) == "MAX_LOTS_PER_ORDER"
    assert code(limits.deny_lots(limit=None, lots=0)) == "NO_LOTS"
    assert limits.deny_lots(limit=10, lots=10) is None
    assert limits.deny_daily_orders(limit=10, orders_today=6, orders_now=4) is None
    too_many = limits.deny_daily_orders(limit=10, orders_today=6, orders_now=5)
    assert code(too_many) == "MAX_ORDERS_PER_DAY"
    unknown = limits.deny_daily_orders(limit=10, orders_today=None, orders_now=1)
    assert code(unknown) == "DAILY_ORDERS_UNKNOWN"


def test_every_reason_is_reported_in_the_order_asked():
    first, second = Denial("A", "a"), Denial("B", "b")
    assert denials([None, first, None, second]) == (first, second)


amounts = st.none() | st.decimals(min_value=0, max_value=10**9, places=2)


@given(amounts, amounts, amounts, st.none() | st.decimals(min_value=0, max_value=100, places=1))
def test_no_margin_passes_that_is_not_covered(required, available, used, most):
    if margin_code(required, available, used, most) is None:
        assert required is not None
        assert available is not None
        assert required <= available
