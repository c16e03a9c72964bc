"""The minute's look at the market: near chains into the cache, and onto the day's recording."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from lambda_functions.options_platform.market_data_fetcher.at_the_money import (
    at_the_money,
    thirty_day_volatility,
)
from lambda_functions.options_platform.market_data_fetcher.near_expiries import (
    near_expiries,
    years_left,
)
from shared_utils.clock import Clock
from shared_utils.domain.errors import CalendarUnknown, DomainError
from shared_utils.domain.instruments import OptionChain, Underlying
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.sessions import is_open, ist_date
from shared_utils.market_data.ports import QuoteSource
from shared_utils.stored_chains import (
    CHAIN_WIDTH,
    IndexLook,
    StoredChains,
    VolatilityOfDay,
)

logger = logging.getLogger(__name__)

# A chain that somebody asked for so lately is recorded, not asked for again.
COALESCE_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """How many chains were stored and recorded, and how many could not be had."""

    recorded: int = 0
    missed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainRefreshes:
    """`quotes` opens the feeds' source; it raises Unavailable when there is none."""

    quotes: Callable[[], QuoteSource]
    stored: StoredChains
    facts: MarketFacts
    clock: Clock

    def run(self) -> Refreshed:
        """Whatever one index lacks, the others are looked at. Out of session nothing is."""
        now = self.clock.now()
        wanted = [
            (underlying, expiry)
            for underlying in Underlying
            for expiry in self._wanted(underlying, now)
        ]
        if not wanted:
            return Refreshed()
        try:
            source = self.quotes()
        except DomainError as error:
            logger.warning("no feed shows quotes", extra={"problem_code": error.code})
            return Refreshed(missed=len(wanted))
        recorded = 0
        for underlying in dict.fromkeys(each for each, _ in wanted):
            expiries = [expiry for of, expiry in wanted if of is underlying]
            recorded += self._record_index(source, underlying, expiries)
        return Refreshed(recorded=recorded, missed=len(wanted) - recorded)

    def _wanted(self, underlying: Underlying, now: datetime) -> tuple[date, ...]:
        try:
            if not is_open(self.facts, self.facts.indices[underlying].exchange, now):
                return ()
            return near_expiries(self.facts, underlying, now)
        except CalendarUnknown as error:
            logger.warning(
                "not recorded: the calendar does not know this day",
                extra={"underlying": underlying, "problem_code": error.code},
            )
            return ()

    def _record_index(
        self, source: QuoteSource, underlying: Underlying, expiries: list[date]
    ) -> int:
        """How many of its chains were recorded."""
        chains = []
        for expiry in expiries:
            chain = self._record(source, underlying, expiry)
            if chain is not None:
                chains.append(chain)
        try:
            self._record_volatility(underlying, chains)
        except DomainError as error:
            _say_missed(underlying, None, error.code)
        return len(chains)

    def _record(
        self, source: QuoteSource, underlying: Underlying, expiry: date
    ) -> OptionChain | None:
        now = self.clock.now()
        try:
            chain = self.stored.chain(underlying, expiry, now=now, max_age_s=COALESCE_S)
            if chain is None:
                chain = source.chain(underlying, expiry, width=CHAIN_WIDTH)
                now = self.clock.now()
                self.stored.keep_chain(chain, now=now)
                self.stored.keep_index(
                    underlying, IndexLook(taken_at=now, price=chain.spot, at=chain.spot_at)
                )
            self.stored.record(chain, now=now)
        except DomainError as error:
            _say_missed(underlying, expiry, error.code)
        except ValueError:
            _say_missed(underlying, expiry, "CHAIN_UNUSABLE")
        else:
            return chain
        return None

    def _record_volatility(self, underlying: Underlying, chains: list[OptionChain]) -> None:
        now = self.clock.now()
        terms = []
        for chain in chains:
            years = years_left(self.facts, underlying, chain.expiry, now)
            terms.append((years, at_the_money(chain, years).volatility))
        volatility = thirty_day_volatility(terms)
        if volatility is not None:
            seen = VolatilityOfDay(day=ist_date(now), volatility=volatility, at=now)
            self.stored.record_volatility(underlying, seen)


def _say_missed(underlying: Underlying, expiry: date | None, code: str) -> None:
    extra = {
        "underlying": underlying,
        "expiry": expiry.isoformat() if expiry else None,
        "problem_code": code,
    }
    logger.warning("a chain of this minute is missing", extra=extra)
