"""What makes legs a structure, by the examples that are one and those that are not."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from shared_utils.domain.instruments import Exchange, OptionType, Underlying
from shared_utils.domain.legs import (
    ExpiryType,
    LegCategory,
    OptionConfig,
    PremiumSelection,
    SelectionType,
    StrategyLeg,
    UnderlyingConfig,
    UnderlyingType,
)
from shared_utils.domain.strategies import (
    StrategyType,
)
from shared_utils.domain.structure_rules import structure_problems
from tests.unit.domain.sample_legs import BUY, CE, CONDOR, PE, SELL, leg


def test_a_condor_is_one_whole_or_in_the_making():
    assert structure_problems(StrategyType.IRON_CONDOR, CONDOR, whole=True) == ()
    for size in range(4):
        part = CONDOR[:size]
        assert structure_problems(StrategyType.IRON_CONDOR, part, whole=False) == ()
        assert structure_problems(StrategyType.IRON_CONDOR, part, whole=True) != ()


@pytest.mark.parametrize(
    "spoiled",
    [
        (leg(CE, SELL), leg(CE, SELL, 300)),
        (leg(CE, SELL, 200), leg(CE, BUY, 200)),
        (leg(CE, SELL, 200), leg(CE, BUY, None)),
        (*CONDOR, leg(PE, BUY, 500)),
        (
            leg(CE, SELL),
            leg(CE, BUY, 400, option_config=OptionConfig(
                option_type=CE, expiry_type=ExpiryType.MONTHLY)),
        ),
        (
            leg(CE, SELL),
            leg(PE, SELL, underlying_config=UnderlyingConfig(
                type=UnderlyingType.INDEX, symbol=Underlying.BANKNIFTY,
                exchange=Exchange.NSE, lot_size=30)),
        ),
    ],
)  # fmt: skip
def test_a_leg_that_has_no_place_in_a_condor_is_refused_at_once(spoiled: tuple[StrategyLeg, ...]):
    assert structure_problems(StrategyType.IRON_CONDOR, spoiled, whole=False) != ()


@pytest.mark.parametrize(
    ("inner", "outer"),
    [
        ({"type": SelectionType.OTM, "strike_count": 4}, {"strike_count": 8}),
        (
            {"type": SelectionType.PERCENTAGE_BASED, "strike_percentage": Decimal(1)},
            {"strike_percentage": Decimal(2)},
        ),
        (
            {"type": SelectionType.ABSOLUTE_PREMIUM, "target_premium": Decimal(80)},
            {"target_premium": Decimal(20)},
        ),
        (
            {"type": SelectionType.DELTA_BASED, "delta_range": (Decimal("0.2"), Decimal("0.3"))},
            {"delta_range": (Decimal("0.05"), Decimal("0.1"))},
        ),
    ],
)
def test_wings_are_outside_by_every_measure(inner: dict[str, Any], outer: dict[str, Any]):
    near, far = PremiumSelection(**inner), PremiumSelection(**{**inner, **outer})
    right = [leg(CE, SELL, premium_selection=near), leg(CE, BUY, premium_selection=far)]
    wrong = [leg(CE, SELL, premium_selection=far), leg(CE, BUY, premium_selection=near)]
    assert structure_problems(StrategyType.IRON_CONDOR, right, whole=False) == ()
    assert structure_problems(StrategyType.IRON_CONDOR, wrong, whole=False) != ()


def test_a_straddle_and_a_strangle_are_a_pair_with_hedges_around():
    hedges = (leg(CE, BUY, 500, category=LegCategory.HEDGE),
              leg(PE, BUY, 500, category=LegCategory.HEDGE))  # fmt: skip
    straddle = (leg(CE, SELL, None), leg(PE, SELL, None))
    strangle = (leg(CE, SELL, 200), leg(PE, SELL, 200))
    assert structure_problems(StrategyType.STRADDLE, (*straddle, *hedges), whole=True) == ()
    assert structure_problems(StrategyType.STRANGLE, (*strangle, *hedges), whole=True) == ()
    assert structure_problems(StrategyType.STRANGLE, straddle, whole=True) != ()
    assert structure_problems(StrategyType.STRADDLE, straddle[:1], whole=True) != ()
    assert structure_problems(StrategyType.STRADDLE, (straddle[0], leg(PE, BUY)), whole=True) != ()
    assert structure_problems(StrategyType.STRADDLE, straddle * 2, whole=False) != ()


def test_a_butterfly_has_as_many_lots_in_its_wings_as_in_its_body():
    fly = (leg(CE, BUY, None), leg(CE, SELL, 200, lots=2), leg(CE, BUY, 400))
    iron = (leg(CE, SELL, None), leg(PE, SELL, None), leg(CE, BUY, 300), leg(PE, BUY, 300))
    for whole in (fly, iron):
        assert structure_problems(StrategyType.BUTTERFLY, whole, whole=True) == ()
    in_two = (fly[0], leg(CE, SELL, 200), leg(CE, SELL, 200), fly[2])
    short = (leg(PE, SELL, 100), leg(PE, BUY, 200, lots=2), leg(PE, SELL, 300))
    for whole in (in_two, short):
        assert structure_problems(StrategyType.BUTTERFLY, whole, whole=True) == ()
    lame = (leg(CE, BUY, None), leg(CE, SELL, 200), leg(CE, BUY, 400))
    assert structure_problems(StrategyType.BUTTERFLY, lame, whole=True) != ()
    assert structure_problems(StrategyType.BUTTERFLY, lame[:2], whole=False) == ()


@pytest.mark.parametrize(
    "legs",
    [
        (leg(CE, BUY, None), leg(CE, SELL, 500, lots=2), leg(CE, BUY, 400)),
        (leg(CE, BUY, None), leg(PE, SELL, 200, lots=2), leg(CE, BUY, 400)),
        (leg(CE, SELL, 200), leg(PE, SELL, 200), leg(CE, BUY, 400), leg(PE, BUY, 400)),
        (leg(CE, SELL, None), leg(PE, SELL, None), leg(CE, BUY, 300), leg(CE, BUY, 300)),
        (leg(CE, BUY, None), leg(CE, BUY, 200), leg(CE, SELL, 300, lots=2)),
    ],
    ids=["body outside", "two kinds", "a condor", "one wing twice", "body outside the top"],
)
def test_what_has_a_butterflys_lots_alone_is_none(legs: tuple[StrategyLeg, ...]):
    assert structure_problems(StrategyType.BUTTERFLY, legs, whole=True) != ()


def in_the_money(kind: OptionType, offset: int) -> StrategyLeg:
    chosen = PremiumSelection(type=SelectionType.ITM, strike_offset=Decimal(offset))
    return leg(kind, SELL, premium_selection=chosen)


def by_premium(kind: OptionType) -> StrategyLeg:
    chosen = PremiumSelection(type=SelectionType.ABSOLUTE_PREMIUM, target_premium=Decimal(80))
    return leg(kind, SELL, premium_selection=chosen)


@pytest.mark.parametrize(
    ("kind", "pair", "accepted"),
    [
        (StrategyType.STRADDLE, (leg(CE, SELL, 200), leg(PE, SELL, 200)), False),
        (StrategyType.STRADDLE, (leg(CE, SELL, 200), in_the_money(PE, 200)), True),
        (StrategyType.STRADDLE, (leg(CE, SELL, 200), in_the_money(PE, 100)), False),
        (StrategyType.STRADDLE, (by_premium(CE), by_premium(PE)), False),
        (StrategyType.STRADDLE, (leg(CE, SELL, None), leg(PE, SELL, None, lots=2)), False),
        (StrategyType.STRANGLE, (by_premium(CE), by_premium(PE)), True),
        (StrategyType.STRANGLE, (in_the_money(CE, 200), in_the_money(PE, 200)), False),
        (StrategyType.STRANGLE, (leg(CE, SELL, None), leg(PE, SELL, 200)), False),
        (StrategyType.STRANGLE, (leg(CE, SELL, 100), leg(PE, SELL, 300)), True),
    ],
)
def test_a_pair_is_what_its_strikes_say(
    kind: StrategyType, pair: tuple[StrategyLeg, ...], *, accepted: bool
):
    assert (structure_problems(kind, pair, whole=True) == ()) is accepted


def test_an_iron_condor_is_hedged_lot_for_lot():
    thin = (*CONDOR[:3], replace(CONDOR[3], lots_multiple=2))
    (problem,) = structure_problems(StrategyType.IRON_CONDOR, thin, whole=True)
    assert "as many lots" in problem.problem
