"""A position of several legs and expiries by the model."""

import pytest

from shared_utils.domain.instruments import OptionType
from shared_utils.risk_calculations.position_values import (
    ModelLeg,
    position_greeks,
    profit_at,
    profit_curve,
)
from shared_utils.risk_calculations.pricing import black_scholes

RATE = 0.065


def leg(option_type, strike, quantity, years, volatility=0.13, *, premium=100.0) -> ModelLeg:
    return ModelLeg(
        option_type=option_type,
        strike=strike,
        signed_quantity=quantity,
        premium=premium,
        years_to_expiry=years,
        volatility=volatility,
    )


CALENDAR = [
    leg(OptionType.CE, 26000.0, -65, 8 / 365, 0.12),
    leg(OptionType.CE, 26000.0, 65, 36 / 365, 0.14, premium=300.0),
]


def test_the_profit_today_is_the_model_value_less_the_premium():
    value = black_scholes(
        OptionType.CE, spot=26010.0, strike=26000.0, years=8 / 365, volatility=0.13, rate=RATE
    ).price
    held = [leg(OptionType.CE, 26000.0, 65, 8 / 365)]
    assert value is not None
    profit = profit_at(held, index_price=26010.0, rate=RATE)
    assert profit == pytest.approx((value - 100.0) * 65)


def test_at_the_near_expiry_the_near_leg_is_intrinsic_and_the_far_leg_lives():
    far = leg(OptionType.CE, 26000.0, 65, 28 / 365, 0.14, premium=300.0)
    expected = profit_at([far], index_price=26100.0, rate=RATE)
    assert expected is not None
    near = (100.0 - 100.0) * -65
    profit = profit_at(CALENDAR, index_price=26100.0, rate=RATE, years_from_now=8 / 365)
    assert profit == pytest.approx(expected + near)


def test_a_calendar_wins_most_at_its_strike():
    curve = profit_curve(
        CALENDAR, index_prices=[25000.0, 26000.0, 27000.0], rate=RATE, years_from_now=8 / 365
    )
    low, middle, high = curve
    assert low is not None
    assert middle is not None
    assert high is not None
    assert middle > low
    assert middle > high


def test_more_volatility_is_worth_more_to_who_is_long():
    base = profit_at(CALENDAR, index_price=26000.0, rate=RATE)
    shifted = profit_at(CALENDAR, index_price=26000.0, rate=RATE, volatility_shift=0.02)
    assert base is not None
    assert shifted is not None
    assert shifted > base


def test_greeks_add_up_over_legs_and_expiries():
    greeks = position_greeks(CALENDAR, spot=26000.0, rate=RATE)
    parts = [
        black_scholes(
            x.option_type,
            spot=26000.0,
            strike=x.strike,
            years=x.years_to_expiry,
            volatility=x.volatility or 0.0,
            rate=RATE,
        )
        for x in CALENDAR
    ]
    assert greeks.delta == pytest.approx(65 * ((parts[1].delta or 0) - (parts[0].delta or 0)))
    assert greeks.vega == pytest.approx(65 * ((parts[1].vega or 0) - (parts[0].vega or 0)))
    assert greeks.theta is not None
    assert greeks.theta > 0
    assert greeks.incomplete == ()


def test_a_leg_without_a_volatility_leaves_a_hole_and_no_wrong_sum():
    unknown = leg(OptionType.PE, 25000.0, -65, 8 / 365, None)
    greeks = position_greeks([*CALENDAR, unknown], spot=26000.0, rate=RATE)
    assert greeks.delta is None
    assert greeks.vega is None
    assert greeks.incomplete == (2,)
    assert profit_at([unknown], index_price=26000.0, rate=RATE) is None
    assert profit_at(CALENDAR, index_price=float("nan"), rate=RATE) is None
