"""What a strategy pays at expiry: exact, since it is straight lines between its strikes.

Money is Decimal rupees, charges not included. Between two neighbouring strikes the payoff is a
straight line, so its zeros, its highest and its lowest point follow from the payoff at the strikes,
at an index of 0 and from the slope beyond the last strike: nothing is searched on a grid.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from math import erfc, log, sqrt

from shared_utils.domain.errors import Problem, RuleBroken
from shared_utils.domain.instruments import OptionType, Side
from shared_utils.domain.money import ZERO, to_paisa
from shared_utils.risk_calculations.scaled_error_functions import HALF_ROOT

PROBABILITY_ASSUMPTION = (
    "The index at expiry is lognormal around today's forward with one volatility for all strikes; "
    "held to expiry, charges not included."
)


class Unlimited(StrEnum):
    """The name of a profit or loss without end."""

    UNLIMITED = "UNLIMITED"


Bound = Decimal | Unlimited


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoffLeg:
    """`quantity` in units, `premium` in rupees per unit: paid by a buyer, received by a seller."""

    option_type: OptionType
    side: Side
    strike: Decimal
    quantity: int
    premium: Decimal
    expiry: date

    @property
    def signed_quantity(self) -> int:
        return self.quantity if self.side is Side.BUY else -self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoffSummary:
    """Rupees; a strategy that cannot win has a `max_profit` of 0, one that cannot lose a loss of 0.

    `net_premium` is received (positive) or paid. `breakevens` ascend, to the paisa of the index.
    """

    max_profit: Bound
    max_loss: Bound
    breakevens: tuple[Decimal, ...]
    net_premium: Decimal


def payoff_at_expiry(legs: Sequence[PayoffLeg], index_price: Decimal) -> Decimal:
    """Profit or loss with the index there at the one expiry of all legs."""
    total = ZERO
    for leg in legs:
        call = leg.option_type is OptionType.CE
        intrinsic = index_price - leg.strike if call else leg.strike - index_price
        total += (max(intrinsic, ZERO) - leg.premium) * leg.signed_quantity
    return total


def summarise_payoff(legs: Sequence[PayoffLeg]) -> PayoffSummary:
    """Raises RuleBroken NO_LEGS or MIXED_EXPIRIES: with several expiries there is no one payoff."""
    _check(legs)
    values = [value for _, value in _knots(legs)]
    slope = _slope_beyond(legs)
    return PayoffSummary(
        max_profit=Unlimited.UNLIMITED if slope > 0 else to_paisa(max(*values, ZERO)),
        max_loss=Unlimited.UNLIMITED if slope < 0 else to_paisa(-min(*values, ZERO)),
        breakevens=breakevens(legs),
        net_premium=to_paisa(-sum((leg.premium * leg.signed_quantity for leg in legs), ZERO)),
    )


def breakevens(legs: Sequence[PayoffLeg]) -> tuple[Decimal, ...]:
    """Every index price at which the payoff is zero; of a stretch of zeros, its two ends."""
    _check(legs)
    knots = _knots(legs)
    found = {price for price, value in knots if value == 0}
    for (left, below), (right, above) in pairwise(knots):
        if (below < 0) != (above < 0) and 0 not in (below, above):
            found.add(left - below * (right - left) / (above - below))
    last_price, last_value = knots[-1]
    slope = _slope_beyond(legs)
    if slope * last_value < 0:
        found.add(last_price - last_value / slope)
    return tuple(sorted({to_paisa(price) for price in found}))


def probability_of_profit(
    legs: Sequence[PayoffLeg], *, forward: float, years: float, volatility: float
) -> float | None:
    """Chance that the payoff is above zero, by PROBABILITY_ASSUMPTION; None without a spread.

    `forward` in index points, `years` to expiry, `volatility` a fraction a year.
    """
    _check(legs)
    total = volatility * sqrt(max(years, 0.0))
    if not (total > 0.0 and forward > 0.0):
        return None
    chance = 0.0
    for low, high in _winning_stretches(legs):
        above = 1.0 if high is None else _chance_below(float(high), forward, total)
        chance += above - _chance_below(float(low), forward, total)
    return min(max(chance, 0.0), 1.0)


def _winning_stretches(legs: Sequence[PayoffLeg]) -> Iterator[tuple[Decimal, Decimal | None]]:
    """Between breakevens the sign does not change, so one price inside tells it."""
    edges = sorted({ZERO, *breakevens(legs), *(leg.strike for leg in legs)})
    for low, high in pairwise(edges):
        if payoff_at_expiry(legs, (low + high) / 2) > 0:
            yield low, high
    if payoff_at_expiry(legs, edges[-1] + 1) > 0:
        yield edges[-1], None


def _chance_below(price: float, forward: float, total: float) -> float:
    if price <= 0.0:
        return 0.0
    return 0.5 * erfc((log(forward / price) / total - 0.5 * total) * HALF_ROOT)


def _knots(legs: Sequence[PayoffLeg]) -> list[tuple[Decimal, Decimal]]:
    """Index price and payoff at 0 and at every strike, ascending."""
    prices = sorted({ZERO, *(leg.strike for leg in legs)})
    return [(price, payoff_at_expiry(legs, price)) for price in prices]


def _slope_beyond(legs: Sequence[PayoffLeg]) -> int:
    """Rupees per index point above the last strike: the calls held less the calls owed."""
    return sum(leg.signed_quantity for leg in legs if leg.option_type is OptionType.CE)


def _check(legs: Sequence[PayoffLeg]) -> None:
    if not legs:
        raise RuleBroken(
            "A payoff needs at least one leg.",
            code="NO_LEGS",
            details=[Problem("legs", "must not be empty")],
        )
    if len({leg.expiry for leg in legs}) > 1:
        raise RuleBroken(
            "Legs of several expiries have no one payoff at expiry; ask for a date instead.",
            code="MIXED_EXPIRIES",
            details=[Problem("legs", "must share one expiry")],
        )
