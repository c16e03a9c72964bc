"""Reads about prices: chains, strikes, volatility. numpy is imported when a chain is valued."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from lambda_functions.options_platform.market_data_fetcher.asked_markets import asked_expiry
from lambda_functions.options_platform.market_data_fetcher.at_the_money import (
    AtTheMoney,
    at_the_money,
    thirty_day_volatility,
)
from lambda_functions.options_platform.market_data_fetcher.market_looks import MarketLooks
from lambda_functions.options_platform.market_data_fetcher.near_expiries import (
    live_expiries,
    near_expiries,
    years_left,
)
from lambda_functions.options_platform.market_data_fetcher.volatility_ranks import (
    VolatilityRank,
    rank_volatility,
)
from shared_utils.broker_desk import NO_MARKET_DATA_FEED
from shared_utils.clock import Clock
from shared_utils.domain.errors import CalendarUnknown, MarketDataUnavailable, RuleBroken
from shared_utils.domain.instruments import ChainRow, OptionChain, OptionType, Underlying
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.sessions import ist_date
from shared_utils.risk_calculations.forwards import at_the_money_strike
from shared_utils.stored_chains import IndexLook

if TYPE_CHECKING:
    from lambda_functions.options_platform.market_data_fetcher.chain_views import ChainView, Skew

# A minute's look is good enough to compare expiries by.
TERM_STRUCTURE_AGE_S = 60.0


class Moneyness(StrEnum):
    """Of the strike nearest to the spot, and of the sides of it."""

    ITM = "ITM"
    ATM = "ATM"
    OTM = "OTM"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedStrike:
    row: ChainRow
    moneyness: Moneyness


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedStrikes:
    chain: OptionChain
    middle: Decimal
    strikes: tuple[ListedStrike, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One expiry of the term structure; `money` None with a reason where it cannot be told."""

    expiry: date
    years: float
    money: AtTheMoney | None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VolatilityNow:
    """`nearest` is the chain that spot and skew are of."""

    nearest: "ChainView"
    skew: "Skew | None"
    terms: tuple[Term, ...]
    thirty_days: float | None
    rank: VolatilityRank


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketQueries:
    looks: MarketLooks
    facts: Callable[[], MarketFacts]
    clock: Clock

    @property
    def fresh_s(self) -> float:
        """What is older than this is told to be stale."""
        return self.looks.max_age_s

    def index(self, user_id: str, underlying: Underlying) -> IndexLook:
        return self.looks.index(user_id, underlying)

    def chain(self, user_id: str, underlying: Underlying, expiry: date) -> "ChainView":
        facts, now = self.facts(), self.clock.now()
        asked_expiry(facts, underlying, expiry, now)
        return self._view(self.looks.chain(user_id, underlying, expiry))

    def strikes(
        self,
        user_id: str,
        underlying: Underlying,
        expiry: date | None,
        *,
        option_type: OptionType | None,
        moneyness: Moneyness | None,
    ) -> ListedStrikes:
        """Of the nearest expiry when none is named; all of both types when nothing is asked."""
        chain = self.looks.chain(user_id, underlying, self._expiry(underlying, expiry))
        middle = at_the_money_strike(
            sorted({row.contract.strike for row in chain.rows}), chain.spot
        )
        listed = (
            ListedStrike(row=row, moneyness=_moneyness(row, middle))
            for row in chain.rows
            if option_type in {None, row.contract.option_type}
        )
        chosen = tuple(each for each in listed if moneyness in {None, each.moneyness})
        return ListedStrikes(chain=chain, middle=middle, strikes=chosen)

    def volatility(self, user_id: str, underlying: Underlying) -> VolatilityNow:
        """Raises MarketDataUnavailable when no expiry shows anything."""
        from lambda_functions.options_platform.market_data_fetcher.chain_views import skew_of  # noqa: PLC0415 - numpy costs only the routes that value chains

        facts, now = self.facts(), self.clock.now()
        chains: list[OptionChain] = []
        terms = []
        for expiry in near_expiries(facts, underlying, now):
            years = years_left(facts, underlying, expiry, now)
            try:
                chain = self.looks.chain(user_id, underlying, expiry, TERM_STRUCTURE_AGE_S)
            except (MarketDataUnavailable, RuleBroken) as error:
                if error.code == NO_MARKET_DATA_FEED:
                    raise
                terms.append(Term(expiry=expiry, years=years, money=None, reason=error.message))
                continue
            chains.append(chain)
            terms.append(Term(expiry=expiry, years=years, money=at_the_money(chain, years)))
        if not chains:
            raise MarketDataUnavailable(f"No expiry of {underlying} is quoted now.")
        nearest = self._view(chains[0])
        thirty = thirty_day_volatility(
            (term.years, term.money.volatility) for term in terms if term.money is not None
        )
        recorded = self.looks.stored.volatilities(underlying)
        return VolatilityNow(
            nearest=nearest,
            skew=skew_of(nearest),
            terms=tuple(terms),
            thirty_days=thirty,
            rank=rank_volatility(thirty, recorded, ist_date(now)),
        )

    def _expiry(self, underlying: Underlying, asked: date | None) -> date:
        facts, now = self.facts(), self.clock.now()
        if asked is not None:
            return asked_expiry(facts, underlying, asked, now).day
        live = live_expiries(facts, underlying, now)
        if not live:
            raise CalendarUnknown(f"No expiry of {underlying} is known from today on.")
        return live[0].day

    def _view(self, chain: OptionChain) -> "ChainView":
        from lambda_functions.options_platform.market_data_fetcher.chain_views import view_chain  # noqa: PLC0415 - numpy costs only the routes that value chains

        years = years_left(self.facts(), chain.underlying, chain.expiry, self.clock.now())
        return view_chain(chain, years)


def _moneyness(row: ChainRow, middle: Decimal) -> Moneyness:
    strike = row.contract.strike
    if strike == middle:
        return Moneyness.ATM
    above = strike > middle
    call = row.contract.option_type is OptionType.CE
    return Moneyness.OTM if above == call else Moneyness.ITM
