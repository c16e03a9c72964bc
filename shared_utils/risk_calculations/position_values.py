"""A position of several legs and expiries, by the model: its profit at a date, and its greeks.

Model values, floats, not money: what an account owns is told by fills and quotes. All legs are of
one index; each has its own volatility and time, so calendars and diagonals are priced rightly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt
from typing import NamedTuple

from shared_utils.domain.instruments import OptionType
from shared_utils.risk_calculations.pricing import OptionValue, black_scholes, forward_value


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLeg:
    """`signed_quantity` in units (short is negative), `premium` in rupees per unit at entry.

    `years_to_expiry` from now, `volatility` a fraction a year; None where it is not known.
    """

    option_type: OptionType
    strike: float
    signed_quantity: int
    premium: float
    years_to_expiry: float
    volatility: float | None


class PositionGreeks(NamedTuple):
    """Of the whole position, in the units of `pricing`, times units held.

    A greek is None when any leg's is missing: a sum with a hole is not the sum. `incomplete` tells
    the legs (by index) at fault.
    """

    delta: float | None
    gamma: float | None
    vega: float | None
    theta: float | None
    rho: float | None
    incomplete: tuple[int, ...]


def profit_at(
    legs: Sequence[ModelLeg],
    *,
    index_price: float,
    rate: float,
    years_from_now: float = 0.0,
    volatility_shift: float = 0.0,
) -> float | None:
    """Rupees against the entry premiums, with the index there and volatilities shifted by so much.

    Legs that expire before that date count with their intrinsic value at that index price. None
    when a leg that still lives has no volatility, or the index price is not above 0.
    """
    if not index_price > 0.0:
        return None
    profit = 0.0
    for leg in legs:
        years = max(leg.years_to_expiry - years_from_now, 0.0)
        if years > 0.0 and leg.volatility is None:
            return None
        volatility = max((leg.volatility or 0.0) + volatility_shift, 0.0)
        discount = exp(-rate * years)
        value = discount * forward_value(
            leg.option_type, index_price / discount, leg.strike, volatility * sqrt(years)
        )
        profit += (value - leg.premium) * leg.signed_quantity
    return profit


def profit_curve(
    legs: Sequence[ModelLeg],
    *,
    index_prices: Sequence[float],
    rate: float,
    years_from_now: float = 0.0,
    volatility_shift: float = 0.0,
) -> list[float | None]:
    """`profit_at` for each index price."""
    return [
        profit_at(
            legs,
            index_price=price,
            rate=rate,
            years_from_now=years_from_now,
            volatility_shift=volatility_shift,
        )
        for price in index_prices
    ]


def position_greeks(legs: Sequence[ModelLeg], *, spot: float, rate: float) -> PositionGreeks:
    """Per point of the spot; every expiry with its own volatility."""
    values = [_value_of(leg, spot, rate) for leg in legs]

    def total(name: str) -> float | None:
        parts = [getattr(value, name) for value in values]
        if any(part is None for part in parts):
            return None
        return float(sum(part * leg.signed_quantity for part, leg in zip(parts, legs, strict=True)))

    return PositionGreeks(
        delta=total("delta"),
        gamma=total("gamma"),
        vega=total("vega"),
        theta=total("theta"),
        rho=total("rho"),
        incomplete=tuple(index for index, value in enumerate(values) if None in value),
    )


def _value_of(leg: ModelLeg, spot: float, rate: float) -> OptionValue:
    volatility = leg.volatility
    if volatility is None:
        volatility = float("nan") if leg.years_to_expiry > 0.0 else 0.0
    return black_scholes(
        leg.option_type,
        spot=spot,
        strike=leg.strike,
        years=leg.years_to_expiry,
        volatility=volatility,
        rate=rate,
    )
