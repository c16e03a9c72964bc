"""Payoffs, breakevens, bounds and the chance of a profit."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, quad

from shared_utils.domain.errors import RuleBroken
from shared_utils.domain.instruments import OptionType, Side
from shared_utils.risk_calculations.payoffs import (
    PayoffLeg,
    Unlimited,
    breakevens,
    payoff_at_expiry,
    probability_of_profit,
    summarise_payoff,
)

EXPIRY = date(2026, 12, 1)
CE, PE, BUY, SELL = OptionType.CE, OptionType.PE, Side.BUY, Side.SELL


def leg(side, strike, option_type, premium, *, quantity=65, expiry=EXPIRY) -> PayoffLeg:
    return PayoffLeg(
        option_type=option_type,
        side=side,
        strike=Decimal(strike),
        quantity=quantity,
        premium=Decimal(premium),
        expiry=expiry,
    )


CONDOR = [
    leg(BUY, 26700, CE, "20.00"),
    leg(BUY, 25300, PE, "25.00"),
    leg(SELL, 26400, CE, "60.00"),
    leg(SELL, 25600, PE, "65.00"),
]


def test_an_iron_condor_keeps_its_credit_between_its_shorts():
    summary = summarise_payoff(CONDOR)
    assert summary.net_premium == 80 * 65
    assert summary.max_profit == 80 * 65
    assert summary.max_loss == (300 - 80) * 65
    assert summary.breakevens == (Decimal("25520.00"), Decimal("26480.00"))
    assert payoff_at_expiry(CONDOR, Decimal(26000)) == 80 * 65
    assert payoff_at_expiry(CONDOR, Decimal(27000)) == -220 * 65


def test_a_short_straddle_can_lose_without_limit_above():
    summary = summarise_payoff([leg(SELL, 26000, CE, "150"), leg(SELL, 26000, PE, "140")])
    assert summary.max_loss is Unlimited.UNLIMITED
    assert summary.max_profit == 290 * 65
    assert summary.breakevens == (Decimal("25710.00"), Decimal("26290.00"))


def test_a_short_put_can_lose_no_more_than_an_index_of_zero_takes():
    summary = summarise_payoff([leg(SELL, 26000, PE, "140")])
    assert summary.max_loss == (26000 - 140) * 65
    assert summary.max_profit == 140 * 65


def test_a_long_call_can_win_without_limit():
    summary = summarise_payoff([leg(BUY, 26000, CE, "150.05")])
    assert summary.max_profit is Unlimited.UNLIMITED
    assert summary.max_loss == Decimal("9753.25")
    assert summary.breakevens == (Decimal("26150.05"),)


def test_a_ratio_spread_breaks_even_on_its_last_ray():
    legs = [leg(BUY, 26000, CE, "100"), leg(SELL, 26200, CE, "40", quantity=130)]
    assert breakevens(legs) == (Decimal("26020.00"), Decimal("26380.00"))
    assert summarise_payoff(legs).max_loss is Unlimited.UNLIMITED


def test_a_stretch_that_pays_nothing_is_told_by_its_ends():
    legs = [leg(BUY, 26000, CE, "0"), leg(BUY, 25500, PE, "0")]
    assert breakevens(legs) == (Decimal("25500.00"), Decimal("26000.00"))


def test_a_strategy_that_never_loses_has_no_loss_and_no_breakeven():
    summary = summarise_payoff([leg(BUY, 26000, CE, "10"), leg(SELL, 26200, CE, "15")])
    assert summary.max_loss == 0
    assert summary.breakevens == ()


def test_no_legs_and_mixed_expiries_are_refused_by_name():
    with pytest.raises(RuleBroken) as none:
        summarise_payoff([])
    assert none.value.code == "NO_LEGS"
    later = leg(BUY, 26000, CE, "1", expiry=date(2026, 12, 8))
    with pytest.raises(RuleBroken) as mixed:
        breakevens([*CONDOR, later])
    assert mixed.value.code == "MIXED_EXPIRIES"


strategies = st.lists(
    st.builds(
        leg,
        st.sampled_from(Side),
        st.integers(500, 540).map(lambda n: n * 50),
        st.sampled_from(OptionType),
        st.decimals(min_value="0.05", max_value=400, places=2),
        quantity=st.sampled_from([65, 130, 195]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=150)
@given(strategies)
def test_the_payoff_is_zero_at_every_breakeven_to_the_paisa_of_the_index(legs):
    units = sum(part.quantity for part in legs)
    for price in breakevens(legs):
        assert abs(payoff_at_expiry(legs, price)) <= units * Decimal("0.005")


@settings(max_examples=150)
@given(strategies, st.lists(st.integers(0, 40000), min_size=20, max_size=40))
def test_no_price_pays_more_than_the_most_or_costs_more_than_the_worst(legs, prices):
    summary = summarise_payoff(legs)
    for price in prices:
        value = payoff_at_expiry(legs, Decimal(price))
        if isinstance(summary.max_profit, Decimal):
            assert value <= summary.max_profit
        if isinstance(summary.max_loss, Decimal):
            assert value >= -summary.max_loss


@settings(max_examples=100)
@given(strategies, st.lists(st.integers(0, 40000), min_size=20, max_size=40))
def test_between_two_breakevens_the_sign_never_changes(legs, prices):
    edges = breakevens(legs)
    signs: dict[int, set[bool]] = {}
    for price in prices:
        value = payoff_at_expiry(legs, Decimal(price))
        if value != 0 and all(abs(price - edge) > 1 for edge in edges):
            signs.setdefault(sum(price > edge for edge in edges), set()).add(value > 0)
    assert all(len(found) == 1 for found in signs.values())


def test_the_chance_of_a_profit_is_the_lognormal_mass_of_the_winning_prices():
    forward, years, volatility = 26050.0, 8 / 365, 0.13
    total = volatility * mp.sqrt(years)

    def density(price):
        z = (mp.log(price / forward) + total * total / 2) / total
        return mp.exp(-z * z / 2) / (price * total * mp.sqrt(2 * mp.pi))

    expected = quad(density, [25520, 26000, 26480])
    chance = probability_of_profit(CONDOR, forward=forward, years=years, volatility=volatility)
    assert chance == pytest.approx(float(expected), abs=1e-12)


def test_without_time_or_volatility_there_is_no_chance_to_speak_of():
    assert probability_of_profit(CONDOR, forward=26000.0, years=0.0, volatility=0.1) is None
    assert probability_of_profit(CONDOR, forward=26000.0, years=0.1, volatility=0.0) is None


@settings(max_examples=60)
@given(strategies)
def test_a_trade_and_its_mirror_share_the_chances(legs):
    mirror = [
        leg(x.side.opposite, x.strike, x.option_type, x.premium, quantity=x.quantity) for x in legs
    ]
    terms = {"forward": 26000.0, "years": 0.05, "volatility": 0.15}
    chance = probability_of_profit(legs, **terms)
    other = probability_of_profit(mirror, **terms)
    assert chance is not None
    assert other is not None
    assert chance + other <= 1 + 1e-9
