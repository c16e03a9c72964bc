"""The quotes that a strategy's entry would be planned on now, or were last seen."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from math import inf
from typing import NamedTuple

from shared_utils.clock import Clock
from shared_utils.domain.errors import MarketDataUnavailable, RuleBroken, Unavailable
from shared_utils.domain.instruments import Exchange, OptionChain, Underlying
from shared_utils.domain.strategies import Strategy
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.sessions import (
    is_open,
    ist_date,
    next_trading_day,
    previous_trading_day,
    session_on,
)
from shared_utils.market_data.ports import QuoteSource
from shared_utils.risk_calculations.resolutions import ExpiryOf, MarketMoment, expiries_needed
from shared_utils.stored_chains import StoredChains

logger = logging.getLogger(__name__)

# The minute's look stands for the moment: it costs one read instead of a broker's answer.
FRESH_S = 90.0
CHAIN_WIDTH = 60
SESSIONS_BACK = 5
# A feed that is slower than this is not waited for: the last recording stands in.
QUOTES_WAIT_S = 6.0
_ONE_MOMENT = timedelta(minutes=3)


class _Look(NamedTuple):
    """`at` is when we looked; of a stored chain the newest quote's time, which is all that is known
    of it: a quote is stale by the others.
    """

    chain: OptionChain
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketMoments:
    """`quotes` opens the source a user may read: the feeds first, then the user's own accounts."""

    stored: StoredChains
    quotes: Callable[[str], QuoteSource]
    facts: Callable[[], MarketFacts]
    clock: Clock
    threads: Executor
    max_quote_age_s: float

    def of(self, strategy: Strategy) -> MarketMoment:
        """As of the newest of its chains: `now` is when that was seen, `today` the day of the
        session that is on or comes next.

        Raises MarketDataUnavailable where there are no quotes, RuleBroken for an expiry that does
        not exist, CalendarUnknown.
        """
        facts, now = self.facts(), self.clock.now()
        if not strategy.active_legs:
            raise RuleBroken("The strategy has no active leg.", code="NO_ACTIVE_LEGS")
        today = _coming_session(facts, strategy, now)
        keys = dict.fromkeys(expiries_needed(facts, strategy, today).values())
        looks = {key: self._look(strategy.user_id, key, facts, now) for key in keys}
        seen = [look.at for look in looks.values()]
        apart = max(seen) - min(seen)
        if apart > _ONE_MOMENT:
            raise MarketDataUnavailable(
                "The last quotes of its expiries are not of the same moment.", code="QUOTES_APART"
            )
        return MarketMoment(
            facts=facts,
            today=today,
            now=max(seen),
            chains={key: look.chain for key, look in looks.items()},
            max_quote_age_s=self.max_quote_age_s + apart.total_seconds(),
        )

    def _look(self, user_id: str, key: ExpiryOf, facts: MarketFacts, now: datetime) -> _Look:
        underlying, expiry = key
        exchange = facts.indices[underlying].exchange
        fresh = self.stored.chain(underlying, expiry, now=now, max_age_s=FRESH_S)
        if fresh is not None:
            return _Look(fresh, fresh.at)
        if is_open(facts, exchange, now):
            live = self._live(user_id, underlying, expiry)
            if live is not None:
                return _Look(live, self.clock.now())
        last = self._last(key, exchange, facts, now)
        if last is None:
            raise MarketDataUnavailable(
                f"No feed shows quotes of {underlying} {expiry.isoformat()} now, "
                f"and none were recorded in the last {SESSIONS_BACK} sessions.",
                code="NO_QUOTES",
            )
        return _Look(last, last.at)

    def _live(self, user_id: str, underlying: Underlying, expiry: date) -> OptionChain | None:
        def look() -> OptionChain:
            return self.quotes(user_id).chain(underlying, expiry, width=CHAIN_WIDTH)

        try:
            return self.threads.submit(look).result(timeout=QUOTES_WAIT_S)
        except (Unavailable, TimeoutError) as problem:
            logger.warning("no live quotes", extra={"problem": type(problem).__name__})
            return None

    def _last(
        self, key: ExpiryOf, exchange: Exchange, facts: MarketFacts, now: datetime
    ) -> OptionChain | None:
        """The last look while it is kept, else the newest recording of the last sessions."""
        looked = self.stored.chain(*key, now=now, max_age_s=inf)
        if looked is not None:
            return looked
        for day in islice(_days_back(facts, exchange, ist_date(now)), SESSIONS_BACK):
            found = self.stored.recorded(*key, day, now=now)
            if found is not None:
                return found
        return None


def _coming_session(facts: MarketFacts, strategy: Strategy, now: datetime) -> date:
    """The day of the session that is on or comes next, where the strategy's first leg trades."""
    exchange = facts.indices[strategy.active_legs[0].underlying_config.symbol].exchange
    today = ist_date(now)
    session = session_on(facts, exchange, today)
    if session is not None and now < session.closes_at:
        return today
    return next_trading_day(facts, exchange, today)


def _days_back(facts: MarketFacts, exchange: Exchange, today: date) -> Iterator[date]:
    if session_on(facts, exchange, today) is not None:
        yield today
    day = today
    while True:
        day = previous_trading_day(facts, exchange, day)
        yield day
