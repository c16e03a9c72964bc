"""When a strategy's schedule asks for something next, on the trading calendar. Pure."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from shared_utils.domain.errors import Unavailable
from shared_utils.domain.schedules import ScheduledEvent
from shared_utils.domain.strategies import Strategy, StrategyStatus
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.schedules import next_event_of

NextEvent = Callable[[Strategy, datetime], ScheduledEvent | None]


def next_event_on(facts: MarketFacts) -> NextEvent:
    """The question a claim asks, answered from the facts; raises CalendarUnknown."""
    return lambda strategy, after: next_event_of(facts, strategy, after)


def moved_on(strategy: Strategy, next_event: NextEvent, after: datetime, now: datetime) -> Strategy:
    """The strategy that has just run, with its next event after `after`; a calendar that we lack is
    said, not guessed.
    """
    ran, event, problem = _ran(strategy, now), None, None
    try:
        event = next_event(ran, after)
    except Unavailable as unknown:
        problem = unknown.message
    return replace(
        ran,
        next_execution=event.at if event else None,
        next_event=event.kind if event else None,
        next_execution_problem=problem,
    )


def entered_by_hand(strategy: Strategy, next_event: NextEvent, now: datetime) -> Strategy:
    """What was entered is closed at the schedule's next exit also where no entry is scheduled: in a
    pause, and of a strategy that its owner starts. A scheduled entry stays and brings its own exit.
    """
    if strategy.status is StrategyStatus.ACTIVE and strategy.auto_execute:
        return _ran(strategy, now)
    return moved_on(strategy, next_event, now, now)


def _ran(strategy: Strategy, now: datetime) -> Strategy:
    return replace(strategy, last_executed=now, updated_at=now, version=strategy.version + 1)
