"""Legs become contracts, once per run, for every account that trades it (decisions 22). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from shared_utils.domain.errors import MarketDataUnavailable, RuleBroken
from shared_utils.domain.executions import RefusedStrike, ResolvedLeg
from shared_utils.domain.instruments import OptionChain, Quote, Underlying
from shared_utils.domain.legs import StrategyLeg
from shared_utils.domain.schedules import DteConfig
from shared_utils.domain.strategies import Strategy
from shared_utils.indian_market_utils.expiries import expiry_by_dte, expiry_for
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.sessions import session_on
from shared_utils.risk_calculations.forwards import RISK_FREE_RATE
from shared_utils.risk_calculations.quote_checks import QuoteLimits
from shared_utils.risk_calculations.strikes.choices import MOST_NAMED, StrikeMarket
from shared_utils.risk_calculations.strikes.registry import select

_YEAR = timedelta(days=365)
WIDEST_SPREAD_PERCENT = Decimal(10)

ExpiryOf = tuple[Underlying, date]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketMoment:
    """What the market showed when the run was released: one chain for each expiry it needs."""

    facts: MarketFacts
    today: date
    now: datetime
    chains: Mapping[ExpiryOf, OptionChain]
    max_quote_age_s: float

    @property
    def quotes(self) -> Mapping[str, Quote]:
        return {
            row.contract.symbol: row.quote for chain in self.chains.values() for row in chain.rows
        }


def expiries_needed(facts: MarketFacts, strategy: Strategy, today: date) -> dict[str, ExpiryOf]:
    """The expiry each active leg means today, by leg id.

    Raises RuleBroken where an index has no such expiry, CalendarUnknown beyond the calendar.
    """
    wanted = strategy.execution_schedule.dte_config
    return {leg.leg_id: _expiry_of(facts, leg, wanted, today) for leg in strategy.active_legs}


def _expiry_of(
    facts: MarketFacts, leg: StrategyLeg, wanted: DteConfig | None, today: date
) -> ExpiryOf:
    underlying, option = leg.underlying_config.symbol, leg.option_config
    if wanted is not None:
        found = expiry_by_dte(facts, underlying, option.expiry_type, wanted, today)
        if found is None:
            raise RuleBroken(
                f"Leg {leg.leg_number}: {underlying} has no {option.expiry_type} expiry "
                f"{wanted.min_dte} to {wanted.max_dte} days from {today.isoformat()}.",
                code="NO_EXPIRY_IN_DTE_RANGE",
            )
        return underlying, found
    expiry = expiry_for(
        facts,
        underlying,
        option.expiry_type,
        on_day=today,
        offset=option.expiry_offset,
        criteria=option.expiry_criteria,
    )
    return underlying, expiry


def resolve(
    strategy: Strategy, expiries: Mapping[str, ExpiryOf], moment: MarketMoment
) -> tuple[ResolvedLeg, ...]:
    """Every active leg's contract. All or none: a leg that finds no strike fails the run."""
    return tuple(_resolve(leg, expiries[leg.leg_id], moment) for leg in strategy.active_legs)


def _resolve(leg: StrategyLeg, key: ExpiryOf, moment: MarketMoment) -> ResolvedLeg:
    chain = moment.chains.get(key)
    if chain is None:
        raise MarketDataUnavailable(
            f"Leg {leg.leg_number}: there is no option chain of {key[0]} {key[1].isoformat()}."
        )
    spread = leg.transaction_config.max_spread_percentage
    choice = select(
        leg.premium_selection,
        StrikeMarket(
            chain=chain,
            option_type=leg.option_config.option_type,
            side=leg.side,
            years_to_expiry=years_to_expiry(moment, chain),
            rate=RISK_FREE_RATE,
            limits=QuoteLimits(
                now=moment.now,
                max_age_s=moment.max_quote_age_s,
                max_spread_percentage=spread or WIDEST_SPREAD_PERCENT,
            ),
        ),
    )
    return ResolvedLeg(
        leg_id=leg.leg_id,
        leg_number=leg.leg_number,
        side=leg.side,
        contract=choice.contract,
        premium=choice.quote.mid or choice.quote.last_price or Decimal(0),
        chosen_because=choice.reason,
        deviation=choice.deviation,
        refused=tuple(
            RefusedStrike(symbol=symbol, fault=fault)
            for symbol, fault in choice.refused[:MOST_NAMED]
        ),
    )


def years_to_expiry(moment: MarketMoment, chain: OptionChain) -> float:
    """To the close of the expiry day's session, in years of 365 days."""
    exchange = moment.facts.indices[chain.underlying].exchange
    session = session_on(moment.facts, exchange, chain.expiry)
    if session is None:
        raise MarketDataUnavailable(f"{chain.expiry.isoformat()} has no session to expire in.")
    return max((session.closes_at - moment.now) / _YEAR, 0.0)


def without_clashes(legs: Sequence[ResolvedLeg]) -> str | None:
    """A sentence when two legs of opposite sides became one contract: they would trade against
    each other and leave nothing of the structure; None when all is well.
    """
    sides: dict[str, ResolvedLeg] = {}
    for leg in legs:
        other = sides.setdefault(leg.contract.symbol, leg)
        if other.side is not leg.side:
            return (
                f"Legs {other.leg_number} and {leg.leg_number} both became {leg.contract.symbol}, "
                "one bought and one sold."
            )
    return None
