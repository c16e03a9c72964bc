"""What a subscription costs: periods, a monthly fee ahead of them, a share of profits after them.

subscribed 31 Jan      28 Feb           31 Mar           30 Apr
     |----- period 0 -----|---- period 1 ----|---- period 2 ----|
     fee 0 ->             fee 1 ->           fee 2 ->            each ahead
                       <- share 0         <- share 1          <- share 2, each in arrears
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from shared_utils.domain.money import ZERO, to_paisa
from shared_utils.domain.subscriptions import PerformanceTracking

_DAY = timedelta(days=1)
_MONTHS = 12
_WHOLE = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `start` until before `end`; `number` 0 is the first of a membership."""

    number: int
    start: datetime
    end: datetime


def months_after(anchor: datetime, months: int) -> datetime:
    """The anchor's day so many months on, or the month's last; in the anchor's own time zone.

    Counted from the anchor and never from the month before, so that a short month shortens itself
    alone: 31 Jan, 28 Feb, 31 Mar.
    """
    year, month = divmod(anchor.year * _MONTHS + anchor.month - 1 + months, _MONTHS)
    last = monthrange(year, month + 1)[1]
    return anchor.replace(year=year, month=month + 1, day=min(anchor.day, last))


def period_of(anchor: datetime, number: int) -> Period:
    return Period(
        number=number, start=months_after(anchor, number), end=months_after(anchor, number + 1)
    )


def unused_days(period: Period, ended_at: datetime) -> int:
    """Whole days of the period that had not begun when it ended; a day that has begun is used."""
    left = period.end - max(ended_at, period.start)
    return max(0, left // _DAY)


def unused_part(prepaid: Decimal, period: Period, ended_at: datetime) -> Decimal:
    """What comes back of a fee paid ahead: by days, to the paisa, never more than was charged."""
    days = (period.end - period.start) // _DAY
    return min(prepaid, to_paisa(prepaid * unused_days(period, ended_at) / days))


def net_profit(record: PerformanceTracking) -> Decimal:
    """Of the subscriber with this basket, over all its strategies and all his time with it."""
    return sum((each.pnl for each in record.strategy_performance.values()), ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfitShare:
    """`profit` is what lies above the mark; `fee` its share; `high_water_mark` the mark after."""

    profit: Decimal
    fee: Decimal
    high_water_mark: Decimal


def profit_share(profit: Decimal, high_water_mark: Decimal, percentage: Decimal) -> ProfitShare:
    """The share of what `profit`, the total so far, rose above the highest total ever charged for.

    Never negative; after a loss nothing is due until the old mark is passed.
    """
    above = max(ZERO, profit - high_water_mark)
    return ProfitShare(
        profit=above,
        fee=to_paisa(above * percentage / _WHOLE),
        high_water_mark=high_water_mark + above,
    )
