"""Which days index options expire on, past and to come, as far as the calendar is loaded.

An expiry on a holiday moves to the previous trading day, never forward. The last expiry of a month
is the monthly one; where an index has weeklies, it is also that week's weekly, so the WEEKLY series
holds it too. Sources of the rules: `config/indian_market_config.json`, `docs/market.md`.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice, takewhile

from shared_utils.domain.errors import CalendarUnknown, RuleBroken
from shared_utils.domain.instruments import Underlying
from shared_utils.domain.legs import ExpiryCriteria, ExpiryType
from shared_utils.domain.schedules import DteConfig
from shared_utils.indian_market_utils.dated_values import Dated, find_in_force, in_force
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.index_facts import IndexFacts, IsoWeekday
from shared_utils.indian_market_utils.sessions import (
    is_loaded,
    is_trading_day,
    previous_trading_day,
    trading_days_between,
)

EXPIRY_UNAVAILABLE = "EXPIRY_NOT_AVAILABLE"
EXPIRY_NOT_LISTED = "EXPIRY_NOT_LISTED"
CRITERIA_NOT_MET = "EXPIRY_CRITERIA_NOT_MET"

_ONE_WEEK = timedelta(days=7)
_ONE_DAY = timedelta(days=1)
_QUARTER_MONTHS = (3, 6, 9, 12)
_HALF_YEAR_MONTHS = (6, 12)
_NO_CRITERIA = ExpiryCriteria()


class ExpiryKind(StrEnum):
    """MONTHLY is the last expiry of a month; WEEKLY every other."""

    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Expiry:
    """`day` is the trading day it falls on; `nominal_day` what the rule says before any holiday."""

    day: date
    nominal_day: date
    kind: ExpiryKind

    @property
    def is_quarterly(self) -> bool:
        return self.kind is ExpiryKind.MONTHLY and self.day.month in _QUARTER_MONTHS


def expiries(
    facts: MarketFacts,
    underlying: Underlying,
    from_day: date,
    to_day: date,
    kind: ExpiryType | None = None,
) -> tuple[Expiry, ...]:
    """Expiries falling in the range, both ends included, in order; those of `kind`, or all.

    Raises CalendarUnknown when the range reaches into a year that is not loaded.
    """
    if not is_loaded(facts, facts.indices[underlying].exchange, to_day):
        raise _beyond_calendar(underlying, to_day)
    limit = _last_nominal_day(facts, underlying, to_day)
    found = _series(facts, underlying, from_day, limit)
    return tuple(expiry for expiry in found if _is_of(facts, underlying, expiry, kind))


def upcoming_expiries(
    facts: MarketFacts, underlying: Underlying, on_day: date, kind: ExpiryType | None = None
) -> Iterator[Expiry]:
    """Expiries on or after `on_day`, in order, without end: it raises CalendarUnknown where the
    loaded calendar stops, so take no more than needed.
    """
    for expiry in _series(facts, underlying, on_day, None):
        if _is_of(facts, underlying, expiry, kind):
            yield expiry


def expiry_for(
    facts: MarketFacts,
    underlying: Underlying,
    expiry_type: ExpiryType,
    *,
    on_day: date,
    offset: int = 0,
    criteria: ExpiryCriteria = _NO_CRITERIA,
) -> date:
    """The expiry a leg means on `on_day`: the `offset`-th of its type (0 is the current one).

    With `prefer_nearest`, expiries that break `min_dte` or `avoid_expiry_day` are not counted.
    Without it the offset counts them all, and the expiry it names is taken or refused.
    Raises RuleBroken when the index has no such expiries, CalendarUnknown beyond the calendar.
    """
    if offset < 0:
        raise RuleBroken("expiry_offset counts forward: 0 is the current expiry, 1 the next.")
    _require_exists(facts, underlying, expiry_type, on_day)
    candidates = (
        expiry.day
        for expiry in upcoming_expiries(facts, underlying, on_day, expiry_type)
        if not criteria.prefer_nearest or _meets(criteria, expiry.day, on_day)
    )
    chosen = next(islice(candidates, offset, None))
    if not _meets(criteria, chosen, on_day):
        raise RuleBroken(
            f"The {underlying} expiry of {chosen.isoformat()} breaks the leg's expiry criteria "
            f"on {on_day.isoformat()}, and prefer_nearest is off.",
            code=CRITERIA_NOT_MET,
        )
    return chosen


def expiry_by_dte(
    facts: MarketFacts,
    underlying: Underlying,
    expiry_type: ExpiryType,
    wanted: DteConfig,
    on_day: date,
) -> date | None:
    """The expiry of the type whose DTE lies in the range, nearest to the preferred; ties: sooner.

    None when there is none in the range on that day. Raises CalendarUnknown only where an expiry
    that is not known yet could be the better choice.
    """
    _require_exists(facts, underlying, expiry_type, on_day)
    first, last = (on_day + timedelta(days=n) for n in (wanted.min_dte, wanted.max_dte))
    target = on_day + timedelta(days=wanted.preferred_dte)
    best: date | None = None
    try:
        upcoming = upcoming_expiries(facts, underlying, first, expiry_type)
        for expiry in takewhile(lambda each: each.day <= last, upcoming):
            if best is None or abs((expiry.day - target).days) < abs((best - target).days):
                best = expiry.day
    except CalendarUnknown:
        unknown_from = _first_unknown_day(facts, underlying, first)
        if unknown_from > last:
            return best
        if best is None or (unknown_from - target).days < abs((best - target).days):
            raise
    return best


def days_to_expiry(expiry: date, on_day: date) -> int:
    """Calendar days; 0 on expiry day, negative afterwards."""
    return (expiry - on_day).days


def trading_days_to_expiry(
    facts: MarketFacts, underlying: Underlying, expiry: date, on_day: date
) -> int:
    """Trading days after `on_day` up to the expiry; 0 on expiry day (and after it)."""
    exchange = facts.indices[underlying].exchange
    return len(trading_days_between(facts, exchange, on_day + _ONE_DAY, expiry))


def find_expiry(facts: MarketFacts, underlying: Underlying, day: date) -> Expiry | None:
    """The expiry that falls on `day`, if one does."""
    found = expiries(facts, underlying, day, day)
    return found[0] if found else None


def require_expiry(facts: MarketFacts, underlying: Underlying, day: date) -> Expiry:
    """As `find_expiry`; a day without one raises RuleBroken, naming the expiry that follows."""
    found = find_expiry(facts, underlying, day)
    if found is not None:
        return found
    nearest = _nearest(facts, underlying, day)
    raise RuleBroken(
        f"{underlying} has no expiry on {day.isoformat()}; {nearest}.", code=EXPIRY_NOT_LISTED
    )


def is_long_dated(
    facts: MarketFacts, underlying: Underlying, expiry: date, on_day: date, extra_quarters: int = 0
) -> bool:
    """Whether a monthly contract lies beyond the serial months listed on `on_day`.

    `extra_quarters` moves the border: for strikes, quarterlies are near contracts too.
    """
    index = facts.indices[underlying]
    serial = in_force(index.listings, on_day, f"{underlying} listing rule").monthly
    current = next(upcoming_expiries(facts, underlying, on_day, ExpiryType.MONTHLY)).day
    last_serial = current.year * 12 + current.month - 1 + serial - 1
    border = last_serial
    if extra_quarters:
        first_quarterly = (last_serial + 1) // 3 * 3 + 2
        border = first_quarterly + (extra_quarters - 1) * 3
    return expiry.year * 12 + expiry.month - 1 > border


def listed_expiries(facts: MarketFacts, underlying: Underlying, on_day: date) -> tuple[Expiry, ...]:
    """What the exchange lists on `on_day`, as far as the calendar is loaded (no further, no error).

    The weeklies are counted without the monthlies among them; half-yearlies are June and December.
    """
    listing = in_force(facts.indices[underlying].listings, on_day, f"{underlying} listing rule")
    weeklies = listing.weekly
    months, quarters, half_years = listing.monthly, listing.quarterly, listing.half_yearly
    listed = []
    for expiry in _loaded(facts, underlying, on_day):
        if expiry.kind is ExpiryKind.WEEKLY:
            take, weeklies = weeklies > 0, weeklies - 1
        elif months > 0:
            take, months = True, months - 1
        elif expiry.day.month in _QUARTER_MONTHS and quarters > 0:
            take, quarters = True, quarters - 1
        else:
            take = expiry.day.month in _HALF_YEAR_MONTHS and half_years > 0
            half_years -= take
        if take:
            listed.append(expiry)
    return tuple(listed)


def _loaded(facts: MarketFacts, underlying: Underlying, on_day: date) -> Iterator[Expiry]:
    last_year = max(facts.calendars[facts.indices[underlying].exchange].years, default=on_day.year)
    yield from expiries(facts, underlying, on_day, date(last_year, 12, 31))


def _series(
    facts: MarketFacts, underlying: Underlying, from_day: date, last_nominal: date | None
) -> Iterator[Expiry]:
    """Week by week: the monthly of the week if it has one, else its weekly."""
    index = facts.indices[underlying]
    monday = from_day - timedelta(days=from_day.weekday())
    latest = from_day - _ONE_DAY
    while last_nominal is None or monday <= last_nominal:
        expiry = _of_week(facts, index, monday, last_nominal)
        if expiry is not None and expiry.day > latest:
            latest = expiry.day
            yield expiry
        monday += _ONE_WEEK


def _of_week(
    facts: MarketFacts, index: IndexFacts, monday: date, last_nominal: date | None
) -> Expiry | None:
    for rule in index.monthly_expiry:
        for month_of in (monday, monday + timedelta(days=6)):
            nominal = _last_weekday(month_of.year, month_of.month, rule.value)
            if nominal - timedelta(days=nominal.weekday()) == monday:
                expiry = _apply(
                    facts, index, rule, nominal, last_nominal=last_nominal, kind=ExpiryKind.MONTHLY
                )
                if expiry is not None:
                    return expiry
    for rule in index.weekly_expiry:
        nominal = monday + timedelta(days=rule.value)
        expiry = _apply(
            facts, index, rule, nominal, last_nominal=last_nominal, kind=ExpiryKind.WEEKLY
        )
        if expiry is not None:
            return expiry
    return None


def _apply(
    facts: MarketFacts,
    index: IndexFacts,
    rule: Dated[IsoWeekday],
    nominal: date,
    *,
    last_nominal: date | None,
    kind: ExpiryKind,
) -> Expiry | None:
    """What a rule yields for a nominal day; its from and to are days of real expiries."""
    if nominal < rule.from_day or (last_nominal is not None and nominal > last_nominal):
        return None
    # A closed rule ends at a real expiry, at most a shift before the nominal day: spare the
    # calendar any question about later weeks.
    if rule.to_day is not None and nominal > rule.to_day + _ONE_WEEK:
        return None
    day = nominal
    if not is_trading_day(facts, index.exchange, nominal):
        day = previous_trading_day(facts, index.exchange, nominal)
    if not rule.holds_on(day):
        return None
    return Expiry(day=day, nominal_day=nominal, kind=kind)


def _last_weekday(year: int, month: int, weekday: IsoWeekday) -> date:
    last = date(year, month, monthrange(year, month)[1])
    return last - timedelta(days=(last.weekday() - weekday) % 7)


def _last_nominal_day(facts: MarketFacts, underlying: Underlying, to_day: date) -> date:
    """The last day whose expiry could move back to `to_day`: the end of the closed days after it.

    A day that is not loaded is not assumed to be a holiday.
    """
    exchange = facts.indices[underlying].exchange
    day = to_day
    while is_loaded(facts, exchange, day + _ONE_DAY) and not is_trading_day(
        facts, exchange, day + _ONE_DAY
    ):
        day += _ONE_DAY
    return day


def _is_of(
    facts: MarketFacts, underlying: Underlying, expiry: Expiry, kind: ExpiryType | None
) -> bool:
    if kind is ExpiryType.WEEKLY:
        # A monthly counts as weekly only where the index had weeklies when it was current.
        rules = facts.indices[underlying].weekly_expiry
        return find_in_force(rules, expiry.day) is not None
    if kind is ExpiryType.MONTHLY:
        return expiry.kind is ExpiryKind.MONTHLY
    return kind is None or expiry.is_quarterly


def _meets(criteria: ExpiryCriteria, expiry: date, on_day: date) -> bool:
    if criteria.avoid_expiry_day and expiry == on_day:
        return False
    return days_to_expiry(expiry, on_day) >= criteria.min_dte


def _require_exists(
    facts: MarketFacts, underlying: Underlying, expiry_type: ExpiryType, on_day: date
) -> None:
    index = facts.indices[underlying]
    listing = in_force(index.listings, on_day, f"{underlying} listing rule")
    if expiry_type is ExpiryType.WEEKLY:
        if listing.weekly > 0:
            return
        ended = index.weekly_expiry[-1].to_day
        since = f" since {ended.isoformat()}" if ended is not None and ended < on_day else ""
        problem = f"{underlying} has no weekly options{since}"
    elif expiry_type is ExpiryType.QUARTERLY and listing.quarterly == 0:
        problem = f"{underlying} has no quarterly options"
    else:
        return
    raise RuleBroken(f"{problem}; {_nearest(facts, underlying, on_day)}.", code=EXPIRY_UNAVAILABLE)


def _nearest(facts: MarketFacts, underlying: Underlying, on_day: date) -> str:
    try:
        nearest = next(upcoming_expiries(facts, underlying, on_day))
    except CalendarUnknown:
        return f"its expiries after {on_day.isoformat()} are not known yet"
    return f"its nearest expiry is the {nearest.kind.lower()} of {nearest.day.isoformat()}"


def _first_unknown_day(facts: MarketFacts, underlying: Underlying, day: date) -> date:
    exchange = facts.indices[underlying].exchange
    while is_loaded(facts, exchange, day):
        day = date(day.year + 1, 1, 1)
    return day


def _beyond_calendar(underlying: Underlying, day: date) -> CalendarUnknown:
    return CalendarUnknown(
        f"{underlying} expiries cannot be told for {day.isoformat()}: "
        "the trading calendar of that year is not loaded."
    )
