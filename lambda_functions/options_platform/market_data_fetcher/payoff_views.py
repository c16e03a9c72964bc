"""A strategy's payoff as it is drawn: at expiry exactly, by the model at a date before. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lambda_functions.options_platform.market_data_fetcher.calculations import (
    Assumptions,
    ListedLeg,
    model_leg,
    model_values,
    require_premiums,
)
from shared_utils.domain.errors import Problem, RuleBroken
from shared_utils.domain.money import to_paisa
from shared_utils.risk_calculations.forwards import forward_from_spot
from shared_utils.risk_calculations.payoffs import (
    PayoffLeg,
    PayoffSummary,
    payoff_at_expiry,
    probability_of_profit,
    summarise_payoff,
)
from shared_utils.risk_calculations.position_values import profit_curve

_ROOM = Decimal("0.10")


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoffPoint:
    """Rupees; `at_date` is None where the model does not tell it."""

    index: Decimal
    at_expiry: Decimal | None
    at_date: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnRange:
    """Index points; a bound that is None lies a tenth beyond the outermost strike."""

    lowest: Decimal | None
    highest: Decimal | None
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnPayoff:
    """`summary` is None for legs of several expiries: they have no one payoff at expiry."""

    summary: PayoffSummary | None
    probability: float | None
    points: tuple[PayoffPoint, ...]


def payoff_legs(legs: Sequence[ListedLeg]) -> tuple[PayoffLeg, ...]:
    """Raises RuleBroken NOT_ENOUGH_SAID for a leg without a premium."""
    return tuple(
        PayoffLeg(
            option_type=leg.asked.option_type,
            side=leg.asked.side,
            strike=leg.asked.strike,
            quantity=leg.quantity,
            premium=premium,
            expiry=leg.asked.expiry,
        )
        for leg, premium in zip(legs, require_premiums(legs), strict=True)
    )


def draw_payoff(
    legs: Sequence[ListedLeg],
    drawn: DrawnRange,
    assumed: Assumptions | None,
    volatility: Decimal | None,
) -> DrawnPayoff:
    """`assumed` None: at expiry only. Its day is when the curve before expiry is drawn.

    `volatility` (percent) is the index's, for the probability of profit. Raises RuleBroken for legs
    of several expiries without `assumed`, or when a leg says too little.
    """
    paid = payoff_legs(legs)
    one_expiry = len({leg.expiry for leg in paid}) == 1
    summary = summarise_payoff(paid) if one_expiry or assumed is None else None
    prices = _index_prices(paid, drawn, summary)
    at_date = _at_date(legs, prices, assumed)
    return DrawnPayoff(
        summary=summary,
        probability=_probability(paid, legs, assumed, volatility) if summary else None,
        points=tuple(
            PayoffPoint(
                index=price,
                at_expiry=to_paisa(payoff_at_expiry(paid, price)) if summary else None,
                at_date=profit,
            )
            for price, profit in zip(prices, at_date, strict=True)
        ),
    )


def _at_date(
    legs: Sequence[ListedLeg], prices: Sequence[Decimal], assumed: Assumptions | None
) -> list[Decimal | None]:
    """The volatilities are today's: what a premium implies does not wait for the day."""
    if assumed is None:
        return [None] * len(prices)
    today = Assumptions(spot=assumed.spot, rate=assumed.rate)
    values = model_values(legs, today, premiums_tell=True)
    curve = profit_curve(
        [model_leg(value, today) for value in values],
        index_prices=[float(price) for price in prices],
        rate=assumed.rate,
        years_from_now=assumed.years_ahead,
    )
    return [None if each is None else to_paisa(Decimal(str(each))) for each in curve]


def _probability(
    paid: Sequence[PayoffLeg],
    legs: Sequence[ListedLeg],
    assumed: Assumptions | None,
    volatility: Decimal | None,
) -> float | None:
    if assumed is None or volatility is None:
        return None
    years = legs[0].years
    forward = forward_from_spot(assumed.spot, years=years, rate=assumed.rate)
    return probability_of_profit(
        paid, forward=forward, years=years, volatility=float(volatility) / 100.0
    )


def _index_prices(
    paid: Sequence[PayoffLeg], drawn: DrawnRange, summary: PayoffSummary | None
) -> tuple[Decimal, ...]:
    """Even steps, and every corner: strikes and breakevens that lie between."""
    strikes = [leg.strike for leg in paid]
    lowest = drawn.lowest if drawn.lowest is not None else min(strikes) * (1 - _ROOM)
    highest = drawn.highest if drawn.highest is not None else max(strikes) * (1 + _ROOM)
    if not lowest < highest:
        problem = f"must be above the lowest index price drawn, {to_paisa(lowest)}"
        raise RuleBroken(f"highest {problem}.", details=[Problem("highest", problem)])
    step = (highest - lowest) / (drawn.points - 1)
    even = {to_paisa(lowest + step * n) for n in range(drawn.points)}
    corners = {to_paisa(each) for each in (*strikes, *(summary.breakevens if summary else ()))}
    return tuple(sorted(even | {each for each in corners if lowest < each < highest}))
