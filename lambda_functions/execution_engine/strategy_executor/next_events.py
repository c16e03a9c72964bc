"""When a strategy's schedule asks for something next, on the trading calendar. Pure."""

from collections.abc import Callable
from datetime import datetime

from shared_utils.domain.schedules import ScheduledEvent
from shared_utils.domain.strategies import Strategy
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.schedules import ScheduledContracts, next_event


def next_event_on(
    facts: MarketFacts,
) -> Callable[[Strategy, datetime], ScheduledEvent | None]:
    """The question `DueClaims` asks, answered from the facts; raises CalendarUnknown."""

    def ask(strategy: Strategy, after: datetime) -> ScheduledEvent | None:
        legs = strategy.active_legs or strategy.legs
        first = legs[0]
        contracts = ScheduledContracts(
            underlying=first.underlying_config.symbol, option=first.option_config
        )
        return next_event(facts, strategy.execution_schedule, contracts, after)

    return ask
