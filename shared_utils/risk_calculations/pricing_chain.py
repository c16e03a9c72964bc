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

from shared_utils.risk_calculations.chain_arrays import (
    Floats,
    alike,
    all_finite,
    arrays_of,
    by_run,
    in_rows,
    least,
    out_of_range,
    polynomials,
    sign_of,
    tail,
    tail_signed,
)
from shared_utils.risk_calculations.implied_volatility import (
    DENOMINATOR,
    EPSILON,
    LOG_ROOT_TWO_PI,
    MOST_UNCERTAIN,
    NEAR_ENOUGH,
    NUMERATOR,
    ROUNDINGS,
    VolatilityStatus,
)
from shared_utils.risk_calculations.pricing import (
    DAYS_A_YEAR,
    LEAST_TOTAL_VOLATILITY,
    POINT,
    PriceStatus,
)
from shared_utils.risk_calculations.scaled_error_functions import (
    ROOT_HALF_PI,
    ROOT_TWO_PI,
)

Codes = NDArray[np.int8]

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
    """What price and greeks share: one logarithm, one exponential, two scaled tails.

    With a = |ln(F / K)| / s and t = s / 2, low and high the lesser and the greater of F and K,
    the out-of-the-money option is worth low N(t - a) - high N(-t - a); both products are
    low exp(-(a - t)(a - t) / 2) times a scaled tail.
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
        self.call, f, k, t, sigma = arrays_of(is_call, forward, strike, years, volatility)
        time = np.maximum(t, 0.0)
        root, discount = by_run(time, np.sqrt, lambda each: np.exp(-rate * each))
        f, k, sigma, root, self.discount = alike(f, k, sigma, root, discount)
        low, distance = np.minimum(f, k), f - k
        self.forward, self.strike, self.volatility, self.rate = f, k, sigma, rate
        self.years, self.root = time, root
        self.total = sigma * root
        self._look_for_limits(low, distance, t)
        a, half = f / k, 0.5 * self.total
        np.abs(np.log(a, out=a), out=a)
        a /= self.total
        z = a - half
        # The density at d1 is proportional to it.
        self.scale = z * z
        self.scale *= -0.5
        np.exp(self.scale, out=self.scale)
        self.scale *= low
        self.near = self.scale * tail(np.abs(z))
        np.subtract(low, self.near, out=self.near, where=z < 0)
        a += half
        self.far = self.scale * tail(a)
        value = self.near - self.far
        np.maximum(value, 0.0, out=value)
        whole = np.maximum(distance * sign_of(self.call), 0.0)
        whole += self._unless_still(value, 0.0)
        whole *= self.discount
        self.shape = whole.shape
        self.price = self._result(whole)

    def _look_for_limits(self, low: Floats, distance: Floats, years: Floats) -> None:
        """Where an argument is bad, and where there is no volatility; None: nowhere."""
        self.bad: Any = None
        self.still: Any = None
        moves = least(self.total) >= LEAST_TOTAL_VOLATILITY
        whole = moves and least(low) > 0 and all_finite(self.rate, distance, self.total, years)
        if not whole:
            self.bad = out_of_range(low, self.volatility, (distance, years), self.rate)
        if not moves:
            self.still = self.total < LEAST_TOTAL_VOLATILITY
            self.total = np.maximum(self.total, LEAST_TOTAL_VOLATILITY)

    def values(self) -> ChainValues:
        f = self.forward
        density = self.scale * self.discount
        density *= 1.0 / ROOT_TWO_PI
        held = f - self.far
        np.copyto(held, self.near, where=f < self.strike)
        held /= f
        span = f * self.total
        span *= f
        gamma = self._unless_still(density / span, 0.0)
        sensitivity = density * self.root
        sensitivity *= POINT
        vega = self._unless_still(sensitivity, 0.0)
        decay = density * self.volatility
        decay *= 0.5 / DAYS_A_YEAR
        decay /= self.root
        decay = self._unless_still(decay, 0.0)
        theta = self.price * (self.rate / DAYS_A_YEAR)
        theta -= decay
        if self.still is not None:
            at_strike = self.still & (f == self.strike)
            held = np.where(at_strike, 0.5, held)
            gamma = np.where(at_strike, np.nan, gamma)
            vega = np.where(at_strike, sensitivity, vega)
            theta = np.where(at_strike & (self.years == 0.0), np.nan, theta)
        short = np.where(self.call, 0.0, -1.0)
        return ChainValues(
            price=self.price,
            delta=self._result(self.discount * (held + short)),
            gamma=self._result(gamma),
            vega=self._result(vega),
            theta=self._result(theta),
            rho=self._result(self.price * (-POINT * self.years)),
            status=self._status(),
        )

    def _unless_still(self, values: Floats, limit: float) -> Floats:
        return values if self.still is None else np.where(self.still, limit, values)

    def _result(self, values: Floats) -> Floats:
        if self.bad is not None:
            values = np.where(self.bad, np.nan, values)
        return values if values.shape == self.shape else np.broadcast_to(values, self.shape)

    def _status(self) -> Codes:
        status = np.full(self.shape, PRICE_STATUSES.index(PriceStatus.OK), dtype=np.int8)
        if self.still is not None:
            expired = self.still & (self.years == 0.0)
            np.copyto(status, PRICE_STATUSES.index(PriceStatus.NO_VOLATILITY), where=self.still)
            np.copyto(status, PRICE_STATUSES.index(PriceStatus.EXPIRED), where=expired)
        if self.bad is not None:
            np.copyto(status, PRICE_STATUSES.index(PriceStatus.BAD_INPUT), where=self.bad)
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
        call, p, f, k, t = arrays_of(is_call, price, forward, strike, years)
        root, growth = by_run(t, np.sqrt, lambda each: np.exp(rate * each))
        f, k, t, root, growth = alike(f, k, t, root, growth)
        low, product = np.minimum(f, k), np.sqrt(f * k)
        distance = (f - k) / product
        whole = p * (growth / product)
        time_value = whole - np.maximum(distance * sign_of(call), 0.0)
        total, ratio = _solve(time_value, np.abs(np.log(f / k)), np.abs(distance))
        # The ratio is that of price and vega: time value over it is the vega.
        uncertainty = (whole * ratio / time_value + 1.0) * (EPSILON / root)
        volatility = total / root
        status = np.full(volatility.shape, _code(VolatilityStatus.OK), dtype=np.int8)
        for found, where in (
            (VolatilityStatus.ABOVE_MAXIMUM, time_value >= low / product),
            (VolatilityStatus.BELOW_INTRINSIC, time_value < 0.0),
            (VolatilityStatus.AT_INTRINSIC, np.abs(time_value) <= ROUNDINGS * EPSILON * whole),
            (VolatilityStatus.EXPIRED, None if least(t) > 0.0 else t <= 0.0),
            (VolatilityStatus.BAD_INPUT, out_of_range(low, p, (distance, t), rate)),
        ):
            if where is not None:
                np.copyto(status, _code(found), where=where)
        known = status == _code(VolatilityStatus.OK)
        blind = known & ~(uncertainty <= MOST_UNCERTAIN)
        np.copyto(status, _code(VolatilityStatus.NO_INFORMATION), where=blind)
        np.copyto(uncertainty, np.nan, where=~known)
        np.copyto(volatility, np.nan, where=~known | blind)
        return ChainVolatilities(volatility, status, uncertainty)


def _code(status: VolatilityStatus) -> int:
    return VOLATILITY_STATUSES.index(status)


def _solve(time_value: Floats, moneyness: Floats, distance: Floats) -> tuple[Floats, Floats]:
    """Total volatility and the ratio of price and vega there; NaN where there is none."""
    guess = _first_guess(time_value, moneyness, distance)
    s, ratio = _step(guess, time_value, moneyness)
    again = np.flatnonzero(np.abs(s - guess) > NEAR_ENOUGH * s)
    if again.size:
        s.flat[again], ratio.flat[again] = _step(
            *(np.broadcast_to(each, s.shape).flat[again] for each in (s, time_value, moneyness))
        )
    return s, ratio


def _step(s: Floats, time_value: Floats, moneyness: Floats) -> tuple[Floats, Floats]:
    """One Householder step on the logarithm of the price, and the ratio before it."""
    h, t = moneyness / s, 0.5 * s
    z, w = h - t, h + t
    ratio = tail_signed(z)
    ratio -= tail(w)
    ratio *= ROOT_TWO_PI
    # ln of price / target: z z = h h + t t - moneyness.
    miss = np.log(ratio / time_value) - 0.5 * (z * z + moneyness) - LOG_ROOT_TWO_PI
    slope = 1.0 / ratio
    h /= s
    w *= z
    w /= s
    second = w - slope
    h *= h
    h *= 3.0
    h += 0.25
    third = (second - slope) * second - h
    newton = -miss * ratio
    step = newton * (1.0 + 0.5 * second * newton)
    step /= 1.0 + newton * (second + third * newton / 6.0)
    step += s
    return np.maximum(step, LEAST_TOTAL_VOLATILITY), ratio


def _first_guess(time_value: Floats, moneyness: Floats, distance: Floats) -> Floats:
    # A distance of 1e-9 is as good as none, and keeps the quotients finite at the money.
    moneyness, distance = np.maximum(moneyness, 1e-9), np.maximum(distance, 1e-9)
    u = np.maximum(distance / time_value, 1e-5)
    eta = 2.0 * u / ((u + 2.0) * np.log(u + 1.0))
    (above, more_above, below, more_below), sixth = polynomials(_GUESS, eta, 1.0)
    normal = np.sqrt(eta) * (above + more_above * sixth) / (below + more_below * sixth)
    normal *= ROOT_HALF_PI * (distance + 2.0 * time_value)
    s = normal * moneyness / distance
    guess: Floats = np.maximum(s * (1.0 + s * s / 24.0), LEAST_TOTAL_VOLATILITY)
    return guess


_GUESS = np.vstack((in_rows(NUMERATOR), in_rows(DENOMINATOR)))
