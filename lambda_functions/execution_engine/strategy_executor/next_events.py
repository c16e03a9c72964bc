"""When a strategy's schedule asks for something next, on the trading calendar. Pure."""

from collections.abc import Callable
from datetime import datetime

from shared_utils.domain.schedules import ScheduledEvent
from shared_utils.domain.strategies import Strategy
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.schedules import next_event_of


def next_event_on(
    facts: MarketFacts,
) -> Callable[[Strategy, datetime], ScheduledEvent | None]:
    """The question `DueClaims` asks, answered from the facts; raises CalendarUnknown."""
    return lambda strategy, after: next_event_of(facts, strategy, after)
