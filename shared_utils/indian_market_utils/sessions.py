"""When the exchanges trade index options. India time exists here and at the edges only.

A day outside the loaded calendar is unknown, not a working day: every question about it raises
`CalendarUnknown`. A day with muhurat trading only is a holiday for expiries and schedules.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum

from shared_utils.domain.errors import CalendarUnknown
from shared_utils.domain.instruments import Exchange
from shared_utils.indian_market_utils.dated_values import Dated, find_in_force, in_force
from shared_utils.indian_market_utils.facts import (
    ExchangeCalendar,
    Hours,
    MarketFacts,
    SpecialKind,
)

# India has had no daylight saving since 1945, so a fixed offset is Asia/Kolkata.
IST = timezone(timedelta(hours=5, minutes=30), "IST")

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5


class SessionKind(StrEnum):
    REGULAR = "REGULAR"
    SPECIAL = "SPECIAL"
    MUHURAT = "MUHURAT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Aware UTC, from `opens_at` to before `closes_at`."""

    exchange: Exchange
    day: date
    kind: SessionKind
    opens_at: datetime
    closes_at: datetime

    def covers(self, at: datetime) -> bool:
        return self.opens_at <= at < self.closes_at


class MarketState(StrEnum):
    """CLOSED is a trading day outside its hours; HOLIDAY is every other day without a session."""

    PRE_MARKET = "PRE_MARKET"
    OPEN = "OPEN"
    POST_MARKET = "POST_MARKET"
    CLOSED = "CLOSED"
    HOLIDAY = "HOLIDAY"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketStatus:
    """`next_open` and `next_close` are None when they lie in a year that is not loaded."""

    exchange: Exchange
    at: datetime
    state: MarketState
    reason: str
    next_open: datetime | None
    next_close: datetime | None


def at_ist(day: date, wall_time: time) -> datetime:
    """The instant at which clocks in India show `wall_time` on `day`, as aware UTC."""
    return datetime.combine(day, wall_time, IST).astimezone(UTC)


def ist_date(at: datetime) -> date:
    return at.astimezone(IST).date()


def ist_time(at: datetime) -> time:
    """Wall-clock time in India, without zone."""
    return at.astimezone(IST).time()


def session_on(facts: MarketFacts, exchange: Exchange, day: date) -> Session | None:
    """The day's one session, or None when options cannot be traded that day.

    A special session whose times are not published yet is None too (see `market_status`).
    """
    calendar = _calendar(facts, exchange, day)
    special = calendar.special_sessions.get(day)
    if special is not None:
        if special.hours is None:
            return None
        return _session(exchange, day, SessionKind(special.kind), special.hours)
    if _is_plain_holiday(calendar, day):
        return None
    hours = in_force(facts.regular, day, "regular trading session")
    return _session(exchange, day, SessionKind.REGULAR, hours)


def is_open(facts: MarketFacts, exchange: Exchange, at: datetime) -> bool:
    session = session_on(facts, exchange, ist_date(at))
    return session is not None and session.covers(at)


def is_trading_day(facts: MarketFacts, exchange: Exchange, day: date) -> bool:
    """Whether the exchange holds a full or special session; a muhurat hour does not count."""
    calendar = _calendar(facts, exchange, day)
    special = calendar.special_sessions.get(day)
    if special is not None:
        return special.kind is SpecialKind.SPECIAL and special.hours is not None
    return not _is_plain_holiday(calendar, day)


def is_loaded(facts: MarketFacts, exchange: Exchange, day: date) -> bool:
    """Whether the calendar of the day's year is known at all."""
    return day.year in facts.calendars[exchange].years


def previous_trading_day(facts: MarketFacts, exchange: Exchange, day: date) -> date:
    """The last trading day before `day`."""
    day -= _ONE_DAY
    while not is_trading_day(facts, exchange, day):
        day -= _ONE_DAY
    return day


def next_trading_day(facts: MarketFacts, exchange: Exchange, day: date) -> date:
    """The first trading day after `day`."""
    day += _ONE_DAY
    while not is_trading_day(facts, exchange, day):
        day += _ONE_DAY
    return day


def trading_days_between(
    facts: MarketFacts, exchange: Exchange, first: date, last: date
) -> tuple[date, ...]:
    """The trading days from `first` to `last`, both included; empty when `last` is earlier."""
    span = (last - first).days
    days = (first + timedelta(days=offset) for offset in range(span + 1))
    return tuple(day for day in days if is_trading_day(facts, exchange, day))


def closed_reason(facts: MarketFacts, exchange: Exchange, day: date) -> str | None:
    """Why options do not trade on `day`, in words; None when they do."""
    calendar = _calendar(facts, exchange, day)
    special = calendar.special_sessions.get(day)
    if special is not None:
        if special.hours is None:
            return f"{special.name}: not tradeable, session times not known"
        return None
    if day in calendar.holidays:
        return calendar.holidays[day]
    return "weekend" if day.weekday() >= _SATURDAY else None


def market_status(
    facts: MarketFacts, at: datetime, exchange: Exchange = Exchange.NSE
) -> MarketStatus:
    """What the market is doing at `at`. Raises CalendarUnknown for a day that is not loaded."""
    day = ist_date(at)
    session = session_on(facts, exchange, day)
    state, reason = _state(facts, exchange, at, session)
    following = _session_after(facts, exchange, day)
    if session is None or at >= session.closes_at:
        next_open = following.opens_at if following else None
        next_close = following.closes_at if following else None
    else:
        tomorrow_opens = following.opens_at if following else None
        next_open = session.opens_at if at < session.opens_at else tomorrow_opens
        next_close = session.closes_at
    return MarketStatus(
        exchange=exchange,
        at=at,
        state=state,
        reason=reason,
        next_open=next_open,
        next_close=next_close,
    )


def _state(
    facts: MarketFacts, exchange: Exchange, at: datetime, session: Session | None
) -> tuple[MarketState, str]:
    if session is None:
        reason = closed_reason(facts, exchange, ist_date(at))
        return MarketState.HOLIDAY, reason or "no session"
    if session.covers(at):
        return MarketState.OPEN, f"{session.kind.lower()} session"
    if session.kind is SessionKind.REGULAR:
        if at < session.opens_at and _within(facts.pre_market, at):
            return MarketState.PRE_MARKET, "before the open"
        if at >= session.closes_at and _within(facts.post_market, at):
            return MarketState.POST_MARKET, "after the close"
    return MarketState.CLOSED, "outside trading hours"


def _within(windows: tuple[Dated[Hours], ...], at: datetime) -> bool:
    window = find_in_force(windows, ist_date(at))
    return window is not None and window.value.start <= ist_time(at) < window.value.end


def _session_after(facts: MarketFacts, exchange: Exchange, day: date) -> Session | None:
    day += _ONE_DAY
    while is_loaded(facts, exchange, day):
        session = session_on(facts, exchange, day)
        if session is not None:
            return session
        day += _ONE_DAY
    return None


def _calendar(facts: MarketFacts, exchange: Exchange, day: date) -> ExchangeCalendar:
    calendar = facts.calendars[exchange]
    if day.year not in calendar.years:
        raise CalendarUnknown(
            f"The {exchange} trading calendar for {day.isoformat()} is not loaded; "
            f"whether the market opens that day is not known."
        )
    return calendar


def _is_plain_holiday(calendar: ExchangeCalendar, day: date) -> bool:
    return day.weekday() >= _SATURDAY or day in calendar.holidays


def _session(exchange: Exchange, day: date, kind: SessionKind, hours: Hours) -> Session:
    return Session(
        exchange=exchange,
        day=day,
        kind=kind,
        opens_at=at_ist(day, hours.start),
        closes_at=at_ist(day, hours.end),
    )
