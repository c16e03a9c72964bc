"""When a strategy's schedule next asks for something: wall-clock India time on trading days."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from shared_utils.domain.errors import CalendarUnknown, RuleBroken
from shared_utils.domain.instruments import Underlying
from shared_utils.domain.legs import ExpiryType, OptionConfig
from shared_utils.domain.schedules import (
    DayConfig,
    DayType,
    DteConfig,
    EventKind,
    ExecutionSchedule,
    ScheduledEvent,
    Weekday,
)
from shared_utils.domain.strategies import Strategy, StrategyStatus
from shared_utils.indian_market_utils.expiries import (
    CRITERIA_NOT_MET,
    days_to_expiry,
    expiry_by_dte,
    expiry_for,
    upcoming_expiries,
)
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.sessions import (
    Session,
    at_ist,
    is_trading_day,
    ist_date,
    session_on,
)

# A schedule that asks for nothing within a year asks for nothing.
HORIZON_DAYS = 370

# An exit stated for a time the day does not reach (a short special session) goes out this long
# before the close: late enough to be the day's exit, early enough to be filled.
EXIT_BEFORE_CLOSE = timedelta(minutes=5)

_WEEKDAYS = tuple(Weekday)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledContracts:
    """What the days to expiry are counted to.

    Entries: the expiry that `option` means on the day (`dte_config` of the schedule wins); without
    it the nearest expiry. Exits: `held_expiry`, the one in the position; without it the nearest of
    the option's type.
    """

    underlying: Underlying
    option: OptionConfig | None = None
    held_expiry: date | None = None


def next_event(
    facts: MarketFacts,
    schedule: ExecutionSchedule,
    contracts: ScheduledContracts | Underlying,
    after: datetime,
) -> ScheduledEvent | None:
    """The first entry or exit strictly after `after`, or None if none comes within a year.

    On one instant the exit comes first. An entry time outside the day's session is skipped; an exit
    time after the close is brought forward. Raises CalendarUnknown when the answer depends on a day
    or an expiry that is not loaded: the schedule then stops, loudly, instead of guessing.
    """
    if isinstance(contracts, Underlying):
        contracts = ScheduledContracts(underlying=contracts)
    first = ist_date(after)
    for offset in range(HORIZON_DAYS):
        day = first + timedelta(days=offset)
        event = _event_of_day(facts, schedule, contracts, day, after)
        if event is not None:
            return event
    return None


def next_exit(
    facts: MarketFacts,
    schedule: ExecutionSchedule,
    contracts: ScheduledContracts | Underlying,
    after: datetime,
) -> ScheduledEvent | None:
    """As `next_event`, entries passed over: what a paused strategy still asks for."""
    event = next_event(facts, schedule, contracts, after)
    while event is not None and event.kind is not EventKind.EXIT:
        event = next_event(facts, schedule, contracts, event.at)
    return event


def scheduled_contracts(strategy: Strategy) -> ScheduledContracts:
    """What a strategy's days to expiry are counted to: its first leg's expiry."""
    first = (strategy.active_legs or strategy.legs)[0]
    return ScheduledContracts(underlying=first.underlying_config.symbol, option=first.option_config)


def next_event_of(facts: MarketFacts, strategy: Strategy, after: datetime) -> ScheduledEvent | None:
    """What the strategy asks for next. A pause stops entries and never exits (decisions 24): what
    has run and may hold something is still closed at its exit time.
    """
    if not strategy.legs or strategy.status is StrategyStatus.ARCHIVED:
        return None
    contracts = scheduled_contracts(strategy)
    if strategy.status is StrategyStatus.ACTIVE and strategy.auto_execute:
        return next_event(facts, strategy.execution_schedule, contracts, after)
    if strategy.last_executed is None:
        return None
    return next_exit(facts, strategy.execution_schedule, contracts, after)


def _event_of_day(
    facts: MarketFacts,
    schedule: ExecutionSchedule,
    contracts: ScheduledContracts,
    day: date,
    after: datetime,
) -> ScheduledEvent | None:
    exit_at = _exit_at(facts, schedule, contracts, day)
    if exit_at is not None and exit_at <= after:
        exit_at = None
    try:
        entry_at = _entry_at(facts, schedule, contracts, day)
    except CalendarUnknown:
        # What is held must still be closed today, even if no further entry can be planned.
        if exit_at is None:
            raise
        entry_at = None
    if entry_at is not None and entry_at <= after:
        entry_at = None
    if exit_at is not None and (entry_at is None or exit_at <= entry_at):
        return ScheduledEvent(kind=EventKind.EXIT, at=exit_at)
    return ScheduledEvent(kind=EventKind.ENTRY, at=entry_at) if entry_at is not None else None


def _entry_at(
    facts: MarketFacts, schedule: ExecutionSchedule, contracts: ScheduledContracts, day: date
) -> datetime | None:
    session = _session_if_named(facts, schedule.entry_days, contracts.underlying, day)
    if session is None:
        return None
    at = at_ist(day, schedule.entry_time)
    if not session.covers(at):
        return None
    if schedule.entry_days.type is not DayType.DTE_BASED and schedule.dte_config is None:
        return at
    expiry = _entry_expiry(facts, contracts, schedule.dte_config, day)
    if expiry is None or not _dte_fits(schedule.entry_days, expiry, day):
        return None
    return at


def _exit_at(
    facts: MarketFacts, schedule: ExecutionSchedule, contracts: ScheduledContracts, day: date
) -> datetime | None:
    held = contracts.held_expiry
    if held is not None and not _dte_fits(schedule.exit_days, held, day):
        return None
    session = _session_if_named(facts, schedule.exit_days, contracts.underlying, day)
    if session is None:
        return None
    if schedule.exit_days.type is DayType.DTE_BASED and held is None:
        expiry = _nearest_expiry(facts, contracts, day)
        if not _dte_fits(schedule.exit_days, expiry, day):
            return None
    return _within_session(session, day, schedule.exit_time)


def _within_session(session: Session, day: date, wall_time: time) -> datetime:
    at = at_ist(day, wall_time)
    if at >= session.closes_at:
        return session.closes_at - EXIT_BEFORE_CLOSE
    return max(at, session.opens_at)


def _session_if_named(
    facts: MarketFacts, days: DayConfig, underlying: Underlying, day: date
) -> Session | None:
    """The day's session if the configuration may want the day. The calendar is asked about days
    that are wanted, and about no other, so an unknown day that nobody wants does no harm.
    """
    if days.type is DayType.WEEKDAYS and _WEEKDAYS[day.weekday()] not in days.weekdays:
        return None
    if days.type is DayType.CUSTOM and day not in days.custom_dates:
        return None
    if days.type is DayType.DTE_BASED and days.dte_range is None:
        return None
    exchange = facts.indices[underlying].exchange
    if not is_trading_day(facts, exchange, day):
        return None
    return session_on(facts, exchange, day)


def _dte_fits(days: DayConfig, expiry: date, day: date) -> bool:
    if days.type is not DayType.DTE_BASED or days.dte_range is None:
        return True
    return days.dte_range.min_dte <= days_to_expiry(expiry, day) <= days.dte_range.max_dte


def _entry_expiry(
    facts: MarketFacts, contracts: ScheduledContracts, preferred: DteConfig | None, day: date
) -> date | None:
    option = contracts.option
    if preferred is not None:
        expiry_type = option.expiry_type if option else ExpiryType.MONTHLY
        return expiry_by_dte(facts, contracts.underlying, expiry_type, preferred, day)
    if option is None:
        return _nearest_expiry(facts, contracts, day)
    try:
        return expiry_for(
            facts,
            contracts.underlying,
            option.expiry_type,
            on_day=day,
            offset=option.expiry_offset,
            criteria=option.expiry_criteria,
        )
    except RuleBroken as refused:
        if refused.code != CRITERIA_NOT_MET:
            raise
        return None


def _nearest_expiry(facts: MarketFacts, contracts: ScheduledContracts, day: date) -> date:
    kind = contracts.option.expiry_type if contracts.option else None
    return next(upcoming_expiries(facts, contracts.underlying, day, kind)).day
