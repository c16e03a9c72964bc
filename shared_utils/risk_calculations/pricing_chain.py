"""Prices, greeks and implied volatilities of whole chains: numpy, the maths of `pricing` and
`implied_volatility`, array by array.

Only functions that price chains import this (numpy costs 100 ms of a cold start); a test holds both
engines equal. Arrays are float64 of one length, or broadcast to it; prices in rupees per unit,
volatility and rate fractions a year, greeks in the units of `pricing`. A missing number is NaN with
a status beside it, never 0. glibc returns big temporaries to the kernel at every call: set
MALLOC_TRIM_THRESHOLD_ and MALLOC_TOP_PAD_ in the function's environment (two to three times).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shared_utils.risk_calculations.implied_volatility import (
    DENOMINATOR,
    EPSILON,
    LOG_ROOT_TWO_PI,
    MOST_UNCERTAIN,
    NUMERATOR,
    ROUNDINGS,
    STEPS,
    VolatilityStatus,
)
from shared_utils.risk_calculations.pricing import (
    DAYS_A_YEAR,
    LEAST_TOTAL_VOLATILITY,
    POINT,
    PriceStatus,
)
from shared_utils.risk_calculations.scaled_error_functions import (
    CENTRE,
    COEFFICIENTS,
    HALF_ROOT,
    MOST_NEGATIVE,
    ROOT_HALF_PI,
    ROOT_TWO_PI,
)

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]

_POLYNOMIAL = tuple(value for row in COEFFICIENTS for value in row)[1:]

# A status array holds the index of the status here.
PRICE_STATUSES = tuple(PriceStatus)
VOLATILITY_STATUSES = tuple(VolatilityStatus)


class ChainValues(NamedTuple):
    price: Floats
    delta: Floats
    gamma: Floats
    vega: Floats
    theta: Floats
    rho: Floats
    status: Codes


class ChainVolatilities(NamedTuple):
    """`volatility` is NaN unless its status is OK; `uncertainty` as in `implied_volatility`."""

    volatility: Floats
    status: Codes
    uncertainty: Floats


def price_chain(
    is_call: ArrayLike,
    *,
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    volatility: ArrayLike,
    rate: float,
) -> Floats:
    """Discounted Black-76 prices alone; NaN for BAD_INPUT."""
    with np.errstate(all="ignore"):
        return _Chain(
            is_call,
            forward=forward,
            strike=strike,
            years=years,
            volatility=volatility,
            rate=rate,
        ).price


def value_chain(
    is_call: ArrayLike,
    *,
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    volatility: ArrayLike,
    rate: float,
) -> ChainValues:
    """Black-76 price and greeks, per point of the forward."""
    with np.errstate(all="ignore"):
        chain = _Chain(
            is_call,
            forward=forward,
            strike=strike,
            years=years,
            volatility=volatility,
            rate=rate,
        )
        return chain.values()


class _Chain:
    """What price and greeks share: one logarithm, two exponentials, two scaled error functions.

    With a = |ln(F/K)| / s, t = s / 2 and g = root(FK), the out-of-the-money option is worth
    low N(t - a) - high N(-t - a), low and high being the lesser and the greater of F and K; both
    products are g exp(-(a a + t t) / 2) / 2 times a scaled error function.
    """

    def __init__(
        self,
        is_call: ArrayLike,
        *,
        forward: ArrayLike,
        strike: ArrayLike,
        years: ArrayLike,
        volatility: ArrayLike,
        rate: float,
    ) -> None:
        call, f, k, t, sigma = _broadcast(is_call, forward, strike, years, volatility)
        low, high = np.minimum(f, k), np.maximum(f, k)
        self.good = (low > 0) & (sigma >= 0) & np.isfinite(high + sigma + t + rate)
        self.call, self.forward, self.strike = call, f, k
        self.volatility, self.rate = sigma, rate
        self.years = np.maximum(t, 0.0)
        self.root = np.sqrt(self.years)
        self.discount = np.exp(-rate * self.years)
        total = sigma * self.root
        self.still = total < LEAST_TOTAL_VOLATILITY
        self.total = np.maximum(total, LEAST_TOTAL_VOLATILITY)
        a, half = np.log(high / low) / self.total, 0.5 * self.total
        # g exp(-(a a + t t) / 2) / 2, to which the density at d1 is proportional.
        self.scale = 0.5 * np.sqrt(low * high) * np.exp(-0.5 * (a * a + half * half))
        z = (a - half) * HALF_ROOT
        near = self.scale * _erfcx(np.abs(z))
        self.near = np.where(z < 0, low - near, near)
        self.far = self.scale * _erfcx((a + half) * HALF_ROOT)
        value = np.maximum(self.near - self.far, 0.0)
        value = self._unless_still(value, 0.0)
        value += np.where((f > k) == call, high - low, 0.0)
        value *= self.discount
        self.price = self._where_good(value)

    def values(self) -> ChainValues:
        still = self.still
        at_strike = still & (self.forward == self.strike)
        bend = self.discount * self.scale * (2.0 / ROOT_TWO_PI)
        below = self.forward < self.strike
        share = np.where(below, self.near, self.far) / self.forward
        held = np.where(below, share, 1.0 - share)
        if at_strike.any():
            held[at_strike] = 0.5
        held -= ~self.call
        gamma = self._unless_still(bend / (self.forward * self.forward * self.total), 0.0)
        decay = self._unless_still(0.5 * bend * self.volatility / self.root, 0.0)
        theta = (self.rate * self.price - decay) / DAYS_A_YEAR
        if at_strike.any():
            gamma[at_strike] = np.nan
            theta[at_strike & (self.years == 0.0)] = np.nan
        vega = bend * self.root * POINT
        vega[still & ~at_strike] = 0.0
        return ChainValues(
            price=self.price,
            delta=self._where_good(self.discount * held),
            gamma=self._where_good(gamma),
            vega=self._where_good(vega),
            theta=self._where_good(theta),
            rho=self._where_good(-self.years * self.price * POINT),
            status=self._status(),
        )

    def _unless_still(self, values: Floats, limit: float) -> Floats:
        return np.where(self.still, limit, values) if self.still.any() else values

    def _where_good(self, values: Floats) -> Floats:
        return values if self.good.all() else np.where(self.good, values, np.nan)

    def _status(self) -> Codes:
        status = np.full(self.price.shape, PRICE_STATUSES.index(PriceStatus.OK), dtype=np.int8)
        status[self.still] = PRICE_STATUSES.index(PriceStatus.NO_VOLATILITY)
        status[self.years <= 0] = PRICE_STATUSES.index(PriceStatus.EXPIRED)
        status[~self.good] = PRICE_STATUSES.index(PriceStatus.BAD_INPUT)
        return status


def volatility_chain(
    is_call: ArrayLike,
    *,
    price: ArrayLike,
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: float,
) -> ChainVolatilities:
    """Implied volatilities of discounted Black-76 prices; a missing price is NaN."""
    with np.errstate(all="ignore"):
        call, p, f, k, t = _broadcast(is_call, price, forward, strike, years)
        product = np.sqrt(f * k)
        whole = p * np.exp(rate * t) / product
        time_value = whole - np.maximum(np.where(call, f - k, k - f), 0.0) / product
        moneyness = np.abs(np.log(f / k))
        status = _volatility_status(p, f, k, t, rate, time_value, whole, moneyness)
        total, vega = _solve(time_value, moneyness)
        root = np.sqrt(t)
        uncertainty = EPSILON * (whole / vega + 1.0) / root
        ok = status == VOLATILITY_STATUSES.index(VolatilityStatus.OK)
        blind = ok & ~(uncertainty <= MOST_UNCERTAIN)
        status[blind] = VOLATILITY_STATUSES.index(VolatilityStatus.NO_INFORMATION)
        return ChainVolatilities(
            np.where(ok & ~blind, total / root, np.nan),
            status,
            np.where(ok, uncertainty, np.nan),
        )


def _broadcast(is_call: ArrayLike, *floats: ArrayLike) -> tuple[NDArray[Any], ...]:
    """One shape for all; rows along at least one axis."""
    return np.broadcast_arrays(
        np.atleast_1d(np.asarray(is_call, dtype=bool)),
        *(np.asarray(x, dtype=np.float64) for x in floats),
    )


def _volatility_status(  # noqa: PLR0917 - one array per quantity, all of one private caller
    price: Floats,
    forward: Floats,
    strike: Floats,
    years: Floats,
    rate: float,
    time_value: Floats,
    whole: Floats,
    moneyness: Floats,
) -> Codes:
    bad = ~((price >= 0) & (forward > 0) & (strike > 0))
    bad |= ~np.isfinite(price + forward + strike + years + rate)
    of = VOLATILITY_STATUSES.index
    status = np.full(price.shape, of(VolatilityStatus.OK), dtype=np.int8)
    status[time_value >= np.exp(-0.5 * moneyness)] = of(VolatilityStatus.ABOVE_MAXIMUM)
    status[time_value < 0] = of(VolatilityStatus.BELOW_INTRINSIC)
    at_intrinsic = np.abs(time_value) <= ROUNDINGS * EPSILON * whole
    status[at_intrinsic] = of(VolatilityStatus.AT_INTRINSIC)
    status[years <= 0] = of(VolatilityStatus.EXPIRED)
    status[bad] = of(VolatilityStatus.BAD_INPUT)
    return status


def _solve(time_value: Floats, moneyness: Floats) -> tuple[Floats, Floats]:
    """Total volatility and normalised vega; NaN where there is none."""
    s = _first_guess(time_value, moneyness)
    log_target = np.log(time_value) + LOG_ROOT_TWO_PI
    for _ in range(STEPS):
        h, t = moneyness / s, 0.5 * s
        ratio = ROOT_HALF_PI * (_erfcx_signed((h - t) * HALF_ROOT) - _erfcx((h + t) * HALF_ROOT))
        miss = np.log(ratio) - 0.5 * (h * h + t * t) - log_target
        slope = 1.0 / ratio
        h_over_s = h / s
        second = h * h_over_s - 0.25 * s - slope
        third = (second - slope) * second - 3.0 * h_over_s * h_over_s - 0.25
        newton = -miss * ratio
        step = newton * (1.0 + 0.5 * second * newton)
        step /= 1.0 + newton * (second + third * newton / 6.0)
        s = np.maximum(s + step, LEAST_TOTAL_VOLATILITY)
    h, t = moneyness / s, 0.5 * s
    vega: Floats = np.exp(-0.5 * (h * h + t * t)) / ROOT_TWO_PI
    return s, vega


def _first_guess(time_value: Floats, moneyness: Floats) -> Floats:
    # A distance of 1e-9 is as good as none, and keeps the quotients finite at the money.
    moneyness = np.maximum(moneyness, 1e-9)
    distance = 2.0 * np.sinh(0.5 * moneyness)
    u = distance / time_value
    eta = 2.0 * u / (u + 2.0) / np.log1p(u)
    rational = _horner(NUMERATOR, eta) / _horner(DENOMINATOR, eta)
    normal = np.sqrt(eta) * rational * ROOT_HALF_PI * (distance + 2.0 * time_value)
    s = normal * moneyness / distance
    guess: Floats = np.maximum(s * (1.0 + s * s / 24.0), LEAST_TOTAL_VOLATILITY)
    return guess


def _horner(coefficients: tuple[float, ...], x: Floats) -> Floats:
    value = coefficients[0] * x
    value += coefficients[1]
    for coefficient in coefficients[2:]:
        value *= x
        value += coefficient
    return value


def _erfcx(z: Floats) -> Floats:
    """For z >= 0."""
    value = _horner(_POLYNOMIAL, (z - CENTRE) / (z + CENTRE))
    value /= 1.0 + 2.0 * z
    return value


def _erfcx_signed(z: Floats) -> Floats:
    value = _erfcx(np.abs(z))
    below = z < 0
    if below.any():
        negative = np.maximum(z[below], MOST_NEGATIVE)
        value[below] = 2.0 * np.exp(negative * negative) - value[below]
    return value
