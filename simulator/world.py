"""Everything one simulator is made of: the market and its clock, the exchange, apps and faults."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

from shared_utils.domain.instruments import Exchange as StockExchange
from shared_utils.indian_market_utils.facts import MarketFacts, facts_from_config
from shared_utils.indian_market_utils.sessions import (
    at_ist,
    ist_date,
    next_trading_day,
    session_on,
)
from simulator.accounts import Registration, Registry
from simulator.clock import MarketClock
from simulator.exchange import Exchange
from simulator.faults import FaultSwitches
from simulator.market import Market
from simulator.orders import SimulatedOrder

logger = logging.getLogger(__name__)

FIRST_DAY = date(2026, 8, 4)
FIRST_TIME = time(9, 40)

_CONFIG = Path(__file__).resolve().parent.parent / "config" / "indian_market_config.json"


def market_facts() -> MarketFacts:
    """The dated facts that ship with the platform."""
    return facts_from_config(json.loads(_CONFIG.read_text(encoding="utf-8")))


@dataclass(slots=True, kw_only=True)
class World:
    """One simulated market with its broker. `listeners` hear of every order that changed."""

    clock: MarketClock
    market: Market
    exchange: Exchange
    registry: Registry
    faults: FaultSwitches
    postbacks_on: bool = False
    listeners: list[Callable[[SimulatedOrder], None]] = field(default_factory=list)

    def now(self) -> datetime:
        return self.clock.now()

    def register(self, registration: Registration) -> None:
        self.registry.register(registration)
        self.exchange.open_account(registration.user_id, registration.cash)

    def heard(self, order: SimulatedOrder) -> None:
        for listener in self.listeners:
            listener(order)


def make_world(
    *,
    seed: int = 0,
    facts: MarketFacts | None = None,
    clock: MarketClock | None = None,
    market: Market | None = None,
    messages_per_second: int = 10,
) -> World:
    """A fresh world, at 09:40 of its first day unless the clock says otherwise.

    Worlds may share a market (then its facts and its seed count): nobody's orders move it.
    """
    clock = clock or MarketClock(at_ist(FIRST_DAY, FIRST_TIME))
    market = market or Market(facts or market_facts(), seed)
    exchange = Exchange(market, clock, messages_per_second=messages_per_second)
    world = World(
        clock=clock, market=market, exchange=exchange, registry=Registry(), faults=FaultSwitches()
    )
    exchange.on_change = world.heard
    return world


def playable(facts: MarketFacts, at: datetime, first_time: time) -> datetime:
    """`at` when the market is open then, else the next session's `first_time` after it."""
    day = ist_date(at)
    session = session_on(facts, StockExchange.NSE, day)
    if session is not None and at < session.closes_at:
        return max(at, at_ist(day, first_time)) if at < session.opens_at else at
    return at_ist(next_trading_day(facts, StockExchange.NSE, day), first_time)
