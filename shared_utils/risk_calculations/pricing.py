"""Price and greeks of one European option: Black-76 on a forward, Black-Scholes-Merton on a spot.

Pure Python, for functions that price a handful (`pricing_chain.py` does whole chains). Floats: a
model value is not money. The units are a trader's: delta per point of the underlying, gamma per
point squared, vega per point of volatility (0.01), theta per calendar day (365 a year), rho per
point of interest (0.01). Prices are rupees per unit, volatility and rate fractions a year.

A greek that does not exist is None, never 0: the gamma of an option at its strike when time is up.
Sources: Black (1976), Merton (1973); the put and the call are priced on the out-of-the-money side,
the other one by parity.
"""

from enum import StrEnum
from math import erfc, exp, isfinite, log, sqrt
from typing import NamedTuple

from shared_utils.domain.instruments import OptionType
from shared_utils.risk_calculations.scaled_error_functions import HALF_ROOT, ROOT_TWO_PI

DAYS_A_YEAR = 365.0
POINT = 0.01

# Below this total volatility (sigma times root of time) the price is its discounted intrinsic value
# to the last bit, and the greeks are those of the limit.
LEAST_TOTAL_VOLATILITY = 1e-12


class PriceStatus(StrEnum):
    """NO_VOLATILITY and EXPIRED give the exact limits; BAD_INPUT gives nothing."""

    OK = "OK"
    NO_VOLATILITY = "NO_VOLATILITY"
    EXPIRED = "EXPIRED"
    BAD_INPUT = "BAD_INPUT"


class OptionValue(NamedTuple):
    price: float | None
    delta: float | None
    gamma: float | None
    vega: float | None
    theta: float | None
    rho: float | None
    status: PriceStatus


class _Terms(NamedTuple):
    """Undiscounted value, the two probabilities with the option's sign, the density at d1."""

    value: float
    near: float
    far: float
    density: float
    total_volatility: float


BAD_VALUE = OptionValue(None, None, None, None, None, None, PriceStatus.BAD_INPUT)


def black_76(
    option_type: OptionType,
    *,
    forward: float,
    strike: float,
    years: float,
    volatility: float,
    rate: float,
) -> OptionValue:
    """Of an option on a forward (or future) of its own expiry; delta and gamma per its point.

    Theta and rho hold the forward still. Years at or below 0 are EXPIRED: the intrinsic value.
    """
    if not _is_priceable(forward, strike, years, volatility, rate):
        return BAD_VALUE
    years = max(years, 0.0)
    discount = exp(-rate * years)
    root = sqrt(years)
    sign = 1.0 if option_type is OptionType.CE else -1.0
    if volatility * root < LEAST_TOTAL_VOLATILITY:
        return _limit_76(sign, forward, strike, years, rate)
    terms = _terms(sign, forward, strike, volatility * root)
    price = discount * terms.value
    bend = discount * forward * terms.density
    return OptionValue(
        price=price,
        delta=discount * terms.near,
        gamma=discount * terms.density / (forward * terms.total_volatility),
        vega=bend * root * POINT,
        theta=(rate * price - 0.5 * bend * volatility / root) / DAYS_A_YEAR,
        rho=-years * price * POINT,
        status=PriceStatus.OK,
    )


def black_scholes(
    option_type: OptionType,
    *,
    spot: float,
    strike: float,
    years: float,
    volatility: float,
    rate: float,
    dividend_yield: float = 0.0,
) -> OptionValue:
    """Of an option on an index that pays a continuous dividend; delta and gamma per spot point."""
    if not (_is_priceable(spot, strike, years, volatility, rate) and isfinite(dividend_yield)):
        return BAD_VALUE
    years = max(years, 0.0)
    forward = spot * exp((rate - dividend_yield) * years)
    discount = exp(-rate * years)
    carry = discount * forward / spot
    root = sqrt(years)
    sign = 1.0 if option_type is OptionType.CE else -1.0
    if volatility * root < LEAST_TOTAL_VOLATILITY:
        limit = _limit_76(sign, forward, strike, years, rate)
        return _per_spot(limit, spot, forward, strike, years=years, rates=(rate, dividend_yield))
    terms = _terms(sign, forward, strike, volatility * root)
    bend = discount * forward * terms.density
    owed = discount * strike * terms.far
    return OptionValue(
        price=discount * terms.value,
        delta=carry * terms.near,
        gamma=carry * terms.density / (spot * terms.total_volatility),
        vega=bend * root * POINT,
        theta=(
            dividend_yield * carry * spot * terms.near
            - rate * owed
            - 0.5 * bend * volatility / root
        )
        / DAYS_A_YEAR,
        rho=owed * years * POINT,
        status=PriceStatus.OK,
    )


def forward_value(
    option_type: OptionType, forward: float, strike: float, total_volatility: float
) -> float:
    """Undiscounted Black price alone, for scenarios and curves; total volatility is sigma root(T).

    At 0 total volatility the intrinsic value. Arguments are taken as they are: positive, finite.
    """
    call = option_type is OptionType.CE
    if total_volatility < LEAST_TOTAL_VOLATILITY:
        return max(forward - strike if call else strike - forward, 0.0)
    d1 = log(forward / strike) / total_volatility + 0.5 * total_volatility
    d2 = d1 - total_volatility
    if call:
        value = forward * erfc(-d1 * HALF_ROOT) - strike * erfc(-d2 * HALF_ROOT)
    else:
        value = strike * erfc(d2 * HALF_ROOT) - forward * erfc(d1 * HALF_ROOT)
    return max(0.5 * value, 0.0)


def _is_priceable(
    underlying: float, strike: float, years: float, volatility: float, rate: float
) -> bool:
    return (
        0.0 < underlying < float("inf")
        and 0.0 < strike < float("inf")
        and isfinite(years)
        and 0.0 <= volatility < float("inf")
        and isfinite(rate)
    )


def _terms(sign: float, forward: float, strike: float, total_volatility: float) -> _Terms:
    d1 = log(forward / strike) / total_volatility + 0.5 * total_volatility
    d2 = d1 - total_volatility
    near = 0.5 * sign * erfc(-sign * d1 * HALF_ROOT)
    far = 0.5 * sign * erfc(-sign * d2 * HALF_ROOT)
    intrinsic = sign * (forward - strike)
    if intrinsic > 0.0:
        # Time value is the price of the mirrored option, which has no intrinsic value to drown in.
        other_near, other_far = sign - near, sign - far
        if abs(d1) > 1.0:
            other_near = 0.5 * sign * erfc(sign * d1 * HALF_ROOT)
            other_far = 0.5 * sign * erfc(sign * d2 * HALF_ROOT)
        value = intrinsic + max(strike * other_far - forward * other_near, 0.0)
    else:
        value = max(forward * near - strike * far, 0.0)
    return _Terms(value, near, far, exp(-0.5 * d1 * d1) / ROOT_TWO_PI, total_volatility)


def _limit_76(sign: float, forward: float, strike: float, years: float, rate: float) -> OptionValue:
    """Total volatility 0. At the strike itself half of the forward is held, and gamma is infinite:
    it is None, and so is theta where time is up.
    """
    status = PriceStatus.NO_VOLATILITY if years > 0.0 else PriceStatus.EXPIRED
    discount = exp(-rate * years)
    price = discount * max(sign * (forward - strike), 0.0)
    at_strike = forward == strike
    held = 0.5 if at_strike else float(sign * (forward - strike) > 0.0)
    return OptionValue(
        price=price,
        delta=discount * sign * held,
        gamma=None if at_strike else 0.0,
        vega=discount * forward / ROOT_TWO_PI * sqrt(years) * POINT if at_strike else 0.0,
        theta=None if at_strike and years == 0.0 else rate * price / DAYS_A_YEAR,
        rho=-years * price * POINT,
        status=status,
    )


def _per_spot(
    limit: OptionValue,
    spot: float,
    forward: float,
    strike: float,
    *,
    years: float,
    rates: tuple[float, float],
) -> OptionValue:
    """The limit's greeks per point of the spot; `rates` are interest and dividend yield."""
    rate, dividend_yield = rates
    discount = exp(-rate * years)
    carry = discount * forward / spot
    held = (limit.delta or 0.0) / discount
    owed = discount * strike * held
    decay = (dividend_yield * carry * spot * held - rate * owed) / DAYS_A_YEAR
    return limit._replace(
        delta=carry * held,
        theta=None if limit.theta is None else decay,
        rho=owed * years * POINT,
    )
