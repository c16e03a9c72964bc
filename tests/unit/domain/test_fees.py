"""What a subscription costs: every rupee of profit once, every day once, no drift of the day."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_utils.domain.fees import (
    months_after,
    net_profit,
    period_of,
    profit_share,
    unused_days,
    unused_part,
)
from shared_utils.domain.money import PAISA, ZERO, to_paisa
from shared_utils.domain.subscriptions import PerformanceTracking, StrategyResult

JANUARY_31 = datetime(2027, 1, 31, 4, 0, tzinfo=UTC)
ANCHORS = st.integers(0, 20 * 365 * 86_400).map(
    lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
NUMBERS = st.integers(0, 240)
RUPEES = st.decimals(min_value=0, max_value=1_000_000, places=2)
PROFITS = st.decimals(min_value=-1_000_000, max_value=1_000_000, places=2)
SHARES = st.decimals(min_value=0, max_value=100, places=2)


def test_a_short_month_shortens_itself_alone():
    days = [months_after(JANUARY_31, months).date().isoformat() for months in range(4)]
    assert days == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]


@given(anchor=ANCHORS, number=NUMBERS)
def test_periods_follow_each_other_without_a_gap(anchor, number):
    one, next_one = period_of(anchor, number), period_of(anchor, number + 1)
    assert one.end == next_one.start
    assert timedelta(days=28) <= one.end - one.start <= timedelta(days=31)


@given(anchor=ANCHORS, number=NUMBERS)
def test_the_day_never_drifts(anchor, number):
    start = period_of(anchor, number).start
    tomorrow = start + timedelta(days=1)
    assert start.day == anchor.day or (start.day < anchor.day and tomorrow.day == 1)
    assert start.time() == anchor.time()


@given(anchor=ANCHORS, number=NUMBERS, fee=RUPEES, seconds=st.integers(-100_000, 3_000_000))
def test_what_comes_back_is_never_more_than_was_charged_nor_less_than_nothing(
    anchor, number, fee, seconds
):
    period = period_of(anchor, number)
    back = unused_part(fee, period, period.start + timedelta(seconds=seconds))
    assert ZERO <= back <= fee
    assert back == to_paisa(back)


@given(anchor=ANCHORS, fee=RUPEES, days=st.integers(0, 30), seconds=st.integers(0, 86_399))
def test_who_stays_longer_gets_no_more_back(anchor, fee, days, seconds):
    period = period_of(anchor, 0)
    at = period.start + timedelta(days=days, seconds=seconds)
    later = unused_part(fee, period, at + timedelta(hours=5))
    assert later <= unused_part(fee, period, at)


@pytest.mark.parametrize(
    ("after", "days", "back"),
    [
        (timedelta(0), 31, "999.00"),
        (timedelta(seconds=1), 30, "966.77"),
        (timedelta(days=1), 30, "966.77"),
        (timedelta(days=10), 21, "676.74"),
        (timedelta(days=30, hours=23), 0, "0.00"),
        (timedelta(days=40), 0, "0.00"),
    ],
)
def test_a_day_that_has_begun_is_used(after, days, back):
    period = period_of(datetime(2026, 12, 1, tzinfo=UTC), 0)
    assert unused_days(period, period.start + after) == days
    assert unused_part(Decimal(999), period, period.start + after) == Decimal(back)


@given(profits=st.lists(PROFITS, max_size=30), share=SHARES)
def test_each_rupee_of_profit_is_charged_once_however_it_comes_and_goes(profits, share):
    mark, charged, taken = ZERO, ZERO, ZERO
    for profit in profits:
        found = profit_share(profit, mark, share)
        assert found.fee >= 0
        assert found.high_water_mark >= mark
        mark, charged, taken = (
            found.high_water_mark,
            charged + found.fee,
            taken + found.profit,
        )
    highest = max([ZERO, *profits])
    assert mark == taken == highest
    # Half a paisa at most is rounded at each new high.
    assert abs(charged - highest * share / 100) <= PAISA / 2 * len(profits)


def test_after_a_loss_nothing_is_due_until_the_old_mark_is_passed():
    ten = Decimal(10)
    first = profit_share(Decimal(5000), ZERO, ten)
    assert (first.fee, first.high_water_mark) == (Decimal("500.00"), Decimal(5000))
    lost = profit_share(Decimal(2000), first.high_water_mark, ten)
    assert (lost.fee, lost.high_water_mark) == (ZERO, Decimal(5000))
    back = profit_share(Decimal(5000), lost.high_water_mark, ten)
    assert back.fee == ZERO
    above = profit_share(Decimal(6000), back.high_water_mark, ten)
    assert (above.profit, above.fee) == (Decimal(1000), Decimal("100.00"))


def test_the_net_profit_is_of_all_strategies_together():
    record = PerformanceTracking(
        strategy_performance={
            "stg_1": StrategyResult(pnl=Decimal("1500.50")),
            "stg_2": StrategyResult(pnl=Decimal("-400.25")),
        }
    )
    assert net_profit(record) == Decimal("1100.25")
    assert net_profit(PerformanceTracking()) == ZERO
