"""Prices, greeks and implied volatilities of whole chains: numpy, the maths of `pricing` and
`implied_volatility`, array by array.

Only functions that price chains import this (numpy costs 100 ms of a cold start); a test holds both
engines equal. Arrays are float64 of one length, or broadcast to it; prices in rupees per unit,
volatility and rate fractions a year, greeks in the units of `pricing`. A missing number is NaN with
a status beside it, never 0. glibc returns big temporaries to the kernel at every call: set
MALLOC_TRIM_THRESHOLD_ and MALLOC_TOP_PAD_ in the function's environment (two to three times).
"""

from typing import NamedTuple

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
FURTHEST = 60.0

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
    """What price and greeks share: one logarithm, one density, two scaled error functions."""

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
        call, f, k, t, sigma = np.broadcast_arrays(
            np.asarray(is_call, dtype=bool),
            *(np.asarray(x, dtype=np.float64) for x in (forward, strike, years, volatility)),
        )
        self.good = (f > 0) & (k > 0) & (sigma >= 0) & np.isfinite(f * k * sigma * t * rate)
        self.sign = np.where(call, 1.0, -1.0)
        self.forward, self.strike, self.volatility, self.rate = f, k, sigma, rate
        self.years = np.maximum(t, 0.0)
        self.root = np.sqrt(self.years)
        self.discount = np.exp(-rate * self.years)
        self.still = sigma * self.root < LEAST_TOTAL_VOLATILITY
        self.total = np.maximum(sigma * self.root, LEAST_TOTAL_VOLATILITY)
        d1 = np.log(f / k) / self.total + 0.5 * self.total
        d2 = np.clip(d1 - self.total, -FURTHEST, FURTHEST)
        d1 = np.clip(d1, -FURTHEST, FURTHEST)
        self.density = np.exp(-0.5 * d1 * d1) / ROOT_TWO_PI
        # Upper tails N(-|d|): phi(d2) is phi(d1) F / K, so one exponential serves both.
        tail1 = self.density * ROOT_HALF_PI * _erfcx(np.abs(d1) * HALF_ROOT)
        far_density = np.where(np.abs(d2) < FURTHEST, self.density * f / k, 0.0)
        tail2 = far_density * ROOT_HALF_PI * _erfcx(np.abs(d2) * HALF_ROOT)
        near = np.where(d1 * self.sign > 0, 1.0 - tail1, tail1)
        far = np.where(d2 * self.sign > 0, 1.0 - tail2, tail2)
        self.near = self.sign * near
        # The out-of-the-money side has no intrinsic value to drown in; the other one by parity.
        intrinsic = np.maximum(self.sign * (f - k), 0.0)
        inside = intrinsic > 0
        mirrored_near = np.where(inside, np.where(d1 * self.sign > 0, tail1, 1.0 - tail1), near)
        mirrored_far = np.where(inside, np.where(d2 * self.sign > 0, tail2, 1.0 - tail2), far)
        side = np.where(inside, -self.sign, self.sign)
        time_value = np.maximum(side * (f * mirrored_near - k * mirrored_far), 0.0)
        value = self.discount * np.where(self.still, intrinsic, intrinsic + time_value)
        self.price = np.where(self.good, value, np.nan)

    def values(self) -> ChainValues:
        bend = self.discount * self.forward * self.density
        gamma = self.discount * self.density / (self.forward * self.total)
        decay = 0.5 * bend * self.volatility / np.where(self.root > 0, self.root, 1.0)
        still = self.still
        at_strike = still & (self.forward == self.strike)
        gamma = np.where(still, np.where(at_strike, np.nan, 0.0), gamma)
        theta = (self.rate * self.price - np.where(still, 0.0, decay)) / DAYS_A_YEAR
        theta = np.where(at_strike & (self.years == 0.0), np.nan, theta)
        near = np.where(at_strike, 0.5 * self.sign, self.near)
        vega = np.where(still & ~at_strike, 0.0, bend * self.root * POINT)
        return ChainValues(
            price=self.price,
            delta=self._where_good(self.discount * near),
            gamma=self._where_good(gamma),
            vega=self._where_good(vega),
            theta=self._where_good(theta),
            rho=self._where_good(-self.years * self.price * POINT),
            status=self._status(),
        )

    def _where_good(self, greek: Floats) -> Floats:
        return np.where(self.good, greek, np.nan)

    def _status(self) -> Codes:
        return np.select(
            [~self.good, self.years <= 0, self.still],
            [
                PRICE_STATUSES.index(PriceStatus.BAD_INPUT),
                PRICE_STATUSES.index(PriceStatus.EXPIRED),
                PRICE_STATUSES.index(PriceStatus.NO_VOLATILITY),
            ],
            PRICE_STATUSES.index(PriceStatus.OK),
        ).astype(np.int8)


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
        call, p, f, k, t = np.broadcast_arrays(
            np.asarray(is_call, dtype=bool),
            *(np.asarray(x, dtype=np.float64) for x in (price, forward, strike, years)),
        )
        product = np.sqrt(f) * np.sqrt(k)
        whole = p * np.exp(rate * t) / product
        sign = np.where(call, 1.0, -1.0)
        time_value = whole - np.maximum(sign * (f - k), 0.0) / product
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
    bad |= ~np.isfinite(price * forward * strike * years * rate)
    of = VOLATILITY_STATUSES.index
    return np.select(
        [
            bad,
            years <= 0,
            np.abs(time_value) <= ROUNDINGS * EPSILON * whole,
            time_value < 0,
            time_value >= np.exp(-0.5 * moneyness),
        ],
        [
            of(VolatilityStatus.BAD_INPUT),
            of(VolatilityStatus.EXPIRED),
            of(VolatilityStatus.AT_INTRINSIC),
            of(VolatilityStatus.BELOW_INTRINSIC),
            of(VolatilityStatus.ABOVE_MAXIMUM),
        ],
        of(VolatilityStatus.OK),
    ).astype(np.int8)


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
    value = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
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
