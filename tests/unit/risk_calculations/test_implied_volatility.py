"""Implied volatility: round trips, honesty about what a price holds, against vollib."""

import math
from typing import Any

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vollib.black.implied_volatility import implied_volatility as oracle

from shared_utils.domain.instruments import OptionType
from shared_utils.risk_calculations.implied_volatility import (
    ImpliedVolatility,
    VolatilityStatus,
    implied_volatility,
)
from shared_utils.risk_calculations.pricing import black_76

RATE = 0.065
FORWARD = 26000.0


def solve(option_type: OptionType = OptionType.CE, **change: Any) -> ImpliedVolatility:
    terms: dict[str, Any] = {
        "price": 200.0,
        "forward": FORWARD,
        "strike": 26000.0,
        "years": 0.02,
        "rate": RATE,
    }
    return implied_volatility(option_type, **{**terms, **change})


types = st.sampled_from(OptionType)
strikes = st.floats(-0.5, 0.5).map(lambda x: FORWARD * math.exp(x))
times = st.floats(10 / 525_600, 1.0)
volatilities = st.floats(0.03, 3.0)


@settings(max_examples=400, deadline=None)
@given(types, strikes, times, volatilities)
def test_a_price_gives_its_volatility_back(option_type, strike, years, volatility):
    price = black_76(
        option_type,
        forward=FORWARD,
        strike=strike,
        years=years,
        volatility=volatility,
        rate=RATE,
    ).price
    solved = solve(option_type, price=price, strike=strike, years=years)
    if solved.status is VolatilityStatus.OK:
        assert solved.volatility is not None
        assert solved.uncertainty is not None
        # The price itself is rounded, on the scale of the forward rather than of the price.
        rounding = 4.0 * solved.uncertainty * FORWARD / max(price or 0.0, 1e-300)
        assert abs(solved.volatility - volatility) < 1e-10 + min(rounding, 1.0)
    else:
        assert solved.volatility is None
        assert (price or 0.0) - exact_intrinsic(option_type, strike, years) < 1e-6


def exact_intrinsic(option_type: OptionType, strike: float, years: float) -> float:
    sign = 1 if option_type is OptionType.CE else -1
    return math.exp(-RATE * years) * max(sign * (FORWARD - strike), 0.0)


@pytest.mark.parametrize("years", [10 / 525_600, 1 / 365, 7 / 365, 30 / 365, 1.0])
@pytest.mark.parametrize("volatility", [0.03, 0.08, 0.13, 0.4, 1.0, 3.0])
def test_on_tradable_prices_the_error_is_below_one_in_ten_billion(years, volatility):
    for x in range(-20, 21, 2):
        strike = FORWARD * math.exp(x / 40)
        option_type = OptionType.CE if x >= 0 else OptionType.PE
        with mpmath.workdps(60):
            f, k, v, t = (mpmath.mpf(n) for n in (FORWARD, strike, volatility, years))
            total = v * mpmath.sqrt(t)
            d1 = mpmath.log(f / k) / total + total / 2
            sign = 1 if option_type is OptionType.CE else -1
            near, far = mpmath.ncdf(sign * d1), mpmath.ncdf(sign * (d1 - total))
            price = float(mpmath.exp(-RATE * t) * sign * (f * near - k * far))
        if price < 0.05:
            continue
        solved = solve(option_type, price=price, strike=strike, years=years)
        assert solved.status is VolatilityStatus.OK
        assert abs((solved.volatility or 0.0) - volatility) < 1e-10


@pytest.mark.parametrize("strike", [24500.0, 25900.0, 26000.0, 26100.0, 28000.0])
@pytest.mark.parametrize("price", [0.05, 12.35, 1900.0])
def test_vollib_finds_the_same_volatility(strike, price):
    option_type = OptionType.CE if strike >= FORWARD else OptionType.PE
    flag = "c" if option_type is OptionType.CE else "p"
    solved = solve(option_type, price=price, strike=strike)
    expected = oracle(price, FORWARD, strike, RATE, 0.02, flag)
    assert solved.volatility == pytest.approx(expected, abs=1e-11)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, VolatilityStatus.OK),
        ({"price": None}, VolatilityStatus.BAD_INPUT),
        ({"price": math.nan}, VolatilityStatus.BAD_INPUT),
        ({"price": math.inf}, VolatilityStatus.BAD_INPUT),
        ({"price": -1.0}, VolatilityStatus.BAD_INPUT),
        ({"forward": math.nan}, VolatilityStatus.BAD_INPUT),
        ({"strike": 0.0}, VolatilityStatus.BAD_INPUT),
        ({"years": 0.0}, VolatilityStatus.EXPIRED),
        ({"years": -1.0}, VolatilityStatus.EXPIRED),
        ({"price": 0.0}, VolatilityStatus.AT_INTRINSIC),
        ({"price": 0.0, "strike": 27000.0}, VolatilityStatus.AT_INTRINSIC),
        ({"price": 1000.0, "strike": 25000.0, "rate": 0.0}, VolatilityStatus.AT_INTRINSIC),
        ({"price": 999.0, "strike": 25000.0, "rate": 0.0}, VolatilityStatus.BELOW_INTRINSIC),
        ({"price": 27000.0}, VolatilityStatus.ABOVE_MAXIMUM),
        ({"price": 26000.0, "rate": 0.0}, VolatilityStatus.ABOVE_MAXIMUM),
    ],
)
def test_a_price_without_a_volatility_says_why(change, status):
    solved = solve(**change)
    assert solved.status is status
    assert (solved.volatility is None) is (status is not VolatilityStatus.OK)


def test_a_price_that_is_nearly_all_intrinsic_value_holds_no_information():
    solved = solve(price=13000.0 + 2e-10, strike=13000.0, rate=0.0)
    assert solved.status is VolatilityStatus.NO_INFORMATION
    assert solved.volatility is None
    assert solved.uncertainty is not None
    assert solved.uncertainty > 1e-4


def test_the_tiniest_price_out_of_the_money_still_tells_its_volatility():
    price = 1e-250
    solved = solve(price=price, strike=30000.0)
    assert solved.status is VolatilityStatus.OK
    assert 0.02 < (solved.volatility or 0.0) < 0.2


@settings(max_examples=200, deadline=None)
@given(types, strikes, times, st.floats(0.0, 30000.0))
def test_more_price_is_never_less_volatility(option_type, strike, years, price):
    lower = solve(option_type, price=price, strike=strike, years=years)
    higher = solve(option_type, price=price * 1.01 + 0.05, strike=strike, years=years)
    if lower.volatility is not None and higher.volatility is not None:
        assert higher.volatility > lower.volatility
