"""Prices and greeks: against mpmath and vollib, at the edges, and both engines alike."""

import math
from typing import Any

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vollib.black.greeks import analytical as black_greeks
from vollib.black_scholes_merton.greeks import analytical as merton_greeks

from shared_utils.domain.instruments import OptionType
from shared_utils.risk_calculations.pricing import (
    PriceStatus,
    black_76,
    black_scholes,
    forward_value,
)
from shared_utils.risk_calculations.scaled_error_functions import scaled_error_function

RATE = 0.065
GREEKS = ("delta", "gamma", "vega", "theta", "rho")

forwards = st.floats(1_000, 90_000)
moneyness = st.floats(-0.4, 0.4)
times = st.floats(10 / 525_600, 1.5)
volatilities = st.floats(0.03, 1.5)
types = st.sampled_from(OptionType)


def exact_price(
    option_type: OptionType, forward: float, strike: float, *, years: float, volatility: float
) -> float:
    """Black-76 with 60 digits."""
    with mpmath.workdps(60):
        f, k, t, v = (mpmath.mpf(x) for x in (forward, strike, years, volatility))
        total = v * mpmath.sqrt(t)
        d1 = mpmath.log(f / k) / total + total / 2
        sign = 1 if option_type is OptionType.CE else -1
        near, far = mpmath.ncdf(sign * d1), mpmath.ncdf(sign * (d1 - total))
        return float(mpmath.exp(-mpmath.mpf(RATE) * t) * sign * (f * near - k * far))


@settings(max_examples=200, deadline=None)
@given(types, forwards, moneyness, times, volatilities)
def test_a_price_is_right_to_the_last_digits_of_the_forward(option_type, forward, x, years, vol):
    strike = forward * math.exp(x)
    price = black_76(
        option_type, forward=forward, strike=strike, years=years, volatility=vol, rate=RATE
    ).price
    assert price is not None
    assert (
        abs(price - exact_price(option_type, forward, strike, years=years, volatility=vol))
        < 2e-15 * forward
    )


@settings(max_examples=150, deadline=None)
@given(types, forwards, moneyness, times, volatilities)
def test_black_76_greeks_are_those_of_vollib(option_type, forward, x, years, vol):
    strike = forward * math.exp(x)
    value = black_76(
        option_type, forward=forward, strike=strike, years=years, volatility=vol, rate=RATE
    )
    flag = "c" if option_type is OptionType.CE else "p"
    for greek in ("delta", "gamma", "vega", "theta"):
        oracle = getattr(black_greeks, greek)(flag, forward, strike, years, RATE, vol)
        assert getattr(value, greek) == pytest.approx(oracle, rel=1e-8, abs=1e-9 * forward), greek


@settings(max_examples=150, deadline=None)
@given(types, forwards, moneyness, times, st.tuples(volatilities, st.floats(0, 0.03)))
def test_spot_greeks_are_those_of_vollib(option_type, spot, x, years, vol_and_yield):
    vol, dividends = vol_and_yield
    strike = spot * math.exp(x)
    value = black_scholes(
        option_type,
        spot=spot,
        strike=strike,
        years=years,
        volatility=vol,
        rate=RATE,
        dividend_yield=dividends,
    )
    flag = "c" if option_type is OptionType.CE else "p"
    for greek in GREEKS:
        oracle = getattr(merton_greeks, greek)(flag, spot, strike, years, RATE, vol, dividends)
        assert getattr(value, greek) == pytest.approx(oracle, rel=1e-8, abs=1e-9 * spot), greek


BASE = {"forward": 26000.0, "strike": 26300.0, "years": 8 / 365, "volatility": 0.13, "rate": RATE}
STEP = mpmath.mpf("1e-12")


def bumped(option_type: OptionType, name: str = "rate", by: float = 0.0) -> Any:
    """The 60-digit price with one input moved."""
    at = {key: mpmath.mpf(value) for key, value in BASE.items()}
    at[name] += by
    total = at["volatility"] * mpmath.sqrt(at["years"])
    d1 = mpmath.log(at["forward"] / at["strike"]) / total + total / 2
    sign = 1 if option_type is OptionType.CE else -1
    near, far = mpmath.ncdf(sign * d1), mpmath.ncdf(sign * (d1 - total))
    undiscounted = sign * (at["forward"] * near - at["strike"] * far)
    return mpmath.exp(-at["rate"] * at["years"]) * undiscounted


@pytest.mark.parametrize(
    ("greek", "name", "unit"),
    [
        ("delta", "forward", 1.0),
        ("vega", "volatility", 0.01),
        ("theta", "years", -1 / 365),
        ("rho", "rate", 0.01),
    ],
)
@pytest.mark.parametrize("option_type", list(OptionType))
def test_every_greek_is_the_slope_it_claims_to_be(option_type, greek, name, unit):
    with mpmath.workdps(60):
        rise = bumped(option_type, name, STEP) - bumped(option_type, name, -STEP)
        slope = float(rise / (2 * STEP)) * unit
    value = getattr(black_76(option_type, **BASE), greek)
    assert value == pytest.approx(slope, rel=1e-10)


def test_gamma_is_the_slope_of_delta():
    with mpmath.workdps(60):
        up = bumped(OptionType.CE, "forward", STEP)
        down = bumped(OptionType.CE, "forward", -STEP)
        bend = float((up - 2 * bumped(OptionType.CE) + down) / (STEP * STEP))
    assert black_76(OptionType.PE, **BASE).gamma == pytest.approx(bend, rel=1e-10)


@settings(max_examples=100, deadline=None)
@given(forwards, moneyness, times, volatilities)
def test_call_and_put_obey_parity(forward, x, years, vol):
    strike = forward * math.exp(x)
    terms = {"forward": forward, "strike": strike, "years": years, "volatility": vol}
    call = black_76(OptionType.CE, rate=RATE, **terms)
    put = black_76(OptionType.PE, rate=RATE, **terms)
    discount = math.exp(-RATE * years)
    assert (call.price or 0) - (put.price or 0) == pytest.approx(
        discount * (forward - strike), abs=1e-10 * forward
    )
    assert (call.delta or 0) - (put.delta or 0) == pytest.approx(discount)


@pytest.mark.parametrize("years", [0.0, -0.1])
def test_when_time_is_up_an_option_is_its_intrinsic_value(years):
    call = black_76(
        OptionType.CE, forward=26100.0, strike=26000.0, years=years, volatility=0.1, rate=RATE
    )
    assert call[:4] == (100.0, 1.0, 0.0, 0.0)
    assert call.status is PriceStatus.EXPIRED
    assert call.theta == pytest.approx(100.0 * RATE / 365)
    put = black_76(
        OptionType.PE, forward=26100.0, strike=26000.0, years=years, volatility=0.1, rate=RATE
    )
    assert put[:4] == (0.0, 0.0, 0.0, 0.0)


def test_at_the_strike_when_time_is_up_gamma_and_theta_do_not_exist():
    value = black_76(
        OptionType.PE, forward=26000.0, strike=26000.0, years=0.0, volatility=0.1, rate=RATE
    )
    assert value.delta == -0.5
    assert value.gamma is None
    assert value.theta is None
    assert value.price == 0.0
    of_spot = black_scholes(
        OptionType.CE, spot=26000.0, strike=26000.0, years=0.0, volatility=0.1, rate=RATE
    )
    assert of_spot.delta == 0.5
    assert of_spot.gamma is None
    assert of_spot.theta is None


def test_without_volatility_the_price_is_the_discounted_intrinsic_value():
    value = black_scholes(
        OptionType.CE, spot=26000.0, strike=25000.0, years=0.5, volatility=0.0, rate=RATE
    )
    discounted = 25000.0 * math.exp(-RATE * 0.5)
    assert value.status is PriceStatus.NO_VOLATILITY
    assert value.price == pytest.approx(26000.0 - discounted)
    assert value.delta == pytest.approx(1.0)
    assert value.gamma == 0.0
    assert value.theta == pytest.approx(-RATE * discounted / 365)
    assert value.rho == pytest.approx(discounted * 0.5 / 100)


@pytest.mark.parametrize(
    "change",
    [
        {"forward": 0.0},
        {"forward": math.nan},
        {"forward": math.inf},
        {"strike": -1.0},
        {"years": math.nan},
        {"volatility": -0.1},
        {"volatility": math.nan},
        {"rate": math.inf},
    ],
)
def test_input_that_is_no_number_gives_nothing_and_says_so(change):
    terms = {"forward": 100.0, "strike": 100.0, "years": 0.1, "volatility": 0.2, "rate": RATE}
    value = black_76(OptionType.CE, **{**terms, **change})
    assert value == (None, None, None, None, None, None, PriceStatus.BAD_INPUT)


def test_minutes_before_expiry_and_far_from_the_money_nothing_overflows():
    for strike in (1.0, 26000.0, 1e7):
        for years in (1e-12, 1 / 525_600):
            for option_type in OptionType:
                value = black_76(
                    option_type,
                    forward=26000.0,
                    strike=strike,
                    years=years,
                    volatility=0.1,
                    rate=RATE,
                )
                assert all(part is not None for part in value[:6])
                assert all(math.isfinite(part) for part in value[:6] if part is not None)


@given(types, forwards, moneyness, st.floats(0, 2))
def test_the_lean_value_is_the_same_price_without_its_discount(option_type, forward, x, total):
    strike = forward * math.exp(x)
    value = black_76(
        option_type, forward=forward, strike=strike, years=1.0, volatility=total, rate=0.0
    )
    lean = forward_value(option_type, forward, strike, total)
    assert lean == pytest.approx(value.price or 0.0, abs=1e-11 * forward)


@given(st.floats(-20, 1e6))
def test_the_scaled_error_function_is_right_to_its_last_digits(z):
    with mpmath.workdps(60):
        exact = (
            mpmath.exp(mpmath.mpf(z) ** 2) * mpmath.erfc(z)
            if z < 1000
            else 1 / (mpmath.mpf(z) * mpmath.sqrt(mpmath.pi)) * (1 - 1 / (2 * mpmath.mpf(z) ** 2))
        )
        error = abs(mpmath.mpf(scaled_error_function(z)) / exact - 1)
    # For negative z the exponential's own argument is rounded: z * z costs z * z epsilons.
    assert error < 1e-15 + (2.3e-16 * z * z if z < 0 else 0) + (1e-12 if z >= 1000 else 0)
