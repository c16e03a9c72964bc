"""The rules of legs, structures and strategies, each by the example that breaks it."""

from dataclasses import replace
from datetime import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_utils.domain.instruments import Exchange, Underlying
from shared_utils.domain.leg_rules import SELECTORS_OF, leg_problems
from shared_utils.domain.legs import (
    LegCategory,
    PremiumRange,
    PremiumSelection,
    ReentryConfig,
    ReentryKind,
    SelectionType,
    StopLossConfig,
    StopLossType,
    StrategyLeg,
    TargetProfitConfig,
    TimeBasedConfig,
    TrailingConfig,
    UnderlyingType,
    WaitAndTrade,
    WaitDirection,
    WaitUnit,
)
from shared_utils.domain.strategies import (
    StrategyType,
)
from shared_utils.domain.strategy_rules import (
    hedges_for_nothing,
    legs_problems,
    numbered,
    repeated_numbers,
)
from shared_utils.domain.structure_rules import structure_problems
from tests.unit.domain.sample_legs import BUY, CE, CONDOR, PE, SELL, leg


def fields(problems: Any) -> list[str]:
    return [problem.field for problem in problems]


# -- legs

VALUES: dict[str, Any] = {
    "strike_offset": Decimal(100),
    "strike_count": 2,
    "strike_percentage": Decimal(-1),
    "target_premium": Decimal(50),
    "premium_range": PremiumRange(min_premium=Decimal(10), max_premium=Decimal(20)),
    "delta_range": (Decimal("0.15"), Decimal("0.25")),
    "straddle_width": Decimal(1),
    "straddle_premium_percent": Decimal(50),
}


@pytest.mark.parametrize("kind", SelectionType)
@pytest.mark.parametrize("name", VALUES)
def test_each_selection_takes_one_of_its_own_fields_and_no_other(kind: SelectionType, name: str):
    selection = PremiumSelection(type=kind, **{name: VALUES[name]})
    found = leg_problems(leg(premium_selection=selection))
    assert (found == ()) is (name in SELECTORS_OF[kind])


def test_a_selection_without_its_field_or_with_two_is_refused():
    nothing = PremiumSelection(type=SelectionType.OTM)
    both = PremiumSelection(type=SelectionType.OTM, strike_offset=Decimal(100), strike_count=2)
    for selection in (nothing, both):
        assert len(leg_problems(leg(premium_selection=selection))) == 1


@pytest.mark.parametrize(
    ("selection", "field"),
    [
        (PremiumSelection(type=SelectionType.OTM, strike_offset=Decimal(0)), "strike_offset"),
        (PremiumSelection(type=SelectionType.OTM, strike_offset=Decimal(-50)), "strike_offset"),
        (PremiumSelection(type=SelectionType.OTM, strike_count=0), "strike_count"),
        (PremiumSelection(type=SelectionType.ITM, strike_count=-2), "strike_count"),
        (
            PremiumSelection(type=SelectionType.ABSOLUTE_PREMIUM, target_premium=Decimal(0)),
            "target_premium",
        ),
        (
            PremiumSelection(
                type=SelectionType.PREMIUM_RANGE,
                premium_range=PremiumRange(min_premium=Decimal(20), max_premium=Decimal(10)),
            ),
            "premium_range",
        ),
        (
            PremiumSelection(
                type=SelectionType.DELTA_BASED, delta_range=(Decimal("0.3"), Decimal("0.2"))
            ),
            "delta_range",
        ),
    ],
)
def test_a_selection_that_is_upside_down_is_refused(selection: PremiumSelection, field: str):
    assert fields(leg_problems(leg(premium_selection=selection))) == [f"premium_selection.{field}"]


def stop(kind: StopLossType, **parts: Any) -> StopLossConfig:
    return StopLossConfig(enabled=True, type=kind, **parts)


GOOD_STOPS = [
    stop(StopLossType.PERCENTAGE, value=Decimal(50)),
    stop(StopLossType.ABSOLUTE_POINTS, value=Decimal(30)),
    stop(StopLossType.PDH),
    stop(StopLossType.PDL),
    stop(
        StopLossType.TRAILING,
        trailing_config=TrailingConfig(trail_amount=Decimal(5), trigger_price=Decimal(10)),
    ),
    stop(StopLossType.TIME_BASED, time_based_config=TimeBasedConfig(exit_time=time(14))),
    stop(StopLossType.TIME_BASED, time_based_config=TimeBasedConfig(market_close_offset=15)),
    stop(
        StopLossType.TARGET_PROFIT,
        target_profit_config=TargetProfitConfig(target_percentage=Decimal(40)),
    ),
    StopLossConfig(type=StopLossType.TRAILING),  # switched off, so not judged
]
BAD_STOPS = [
    (stop(StopLossType.PERCENTAGE), "value"),
    (stop(StopLossType.ABSOLUTE_POINTS), "value"),
    (stop(StopLossType.TRAILING, value=Decimal(5)), "trailing_config"),
    (stop(StopLossType.TIME_BASED), "time_based_config"),
    (stop(StopLossType.TIME_BASED, time_based_config=TimeBasedConfig()), "time_based_config"),
    (
        stop(
            StopLossType.TIME_BASED,
            time_based_config=TimeBasedConfig(exit_time=time(14), market_close_offset=15),
        ),
        "time_based_config",
    ),
    (stop(StopLossType.TARGET_PROFIT), "target_profit_config"),
]


@pytest.mark.parametrize("config", GOOD_STOPS)
def test_a_stop_that_says_what_its_type_needs_is_accepted(config: StopLossConfig):
    assert leg_problems(leg(stop_loss_config=config)) == ()


@pytest.mark.parametrize(("config", "field"), BAD_STOPS)
def test_a_stop_that_lacks_what_its_type_needs_is_refused(config: StopLossConfig, field: str):
    found = leg_problems(leg(stop_loss_config=config))
    assert fields(found) == [f"stop_loss_config.{field}"]


TARGET = TargetProfitConfig(target_percentage=Decimal(40))
STOPPED = stop(StopLossType.PERCENTAGE, value=Decimal(30))


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ({"stop_loss_config": STOPPED, "reentry_on_stop": ReentryKind.AT_COST}, []),
        ({"reentry_on_stop": ReentryKind.AT_COST}, ["reentry_on_stop"]),
        (
            {
                "stop_loss_config": stop(StopLossType.TARGET_PROFIT, target_profit_config=TARGET),
                "reentry_on_stop": ReentryKind.ASAP,
            },
            ["reentry_on_stop"],
        ),
        (
            {"stop_loss_config": STOPPED, "reentry_on_target": ReentryKind.ASAP},
            ["reentry_on_target"],
        ),
        (
            {
                "stop_loss_config": replace(STOPPED, target_profit_config=TARGET),
                "reentry_on_target": ReentryKind.ASAP,
            },
            [],
        ),
        (
            {"stop_loss_config": STOPPED, "reentry_on_stop": ReentryKind.MOMENTUM},
            ["reentry_on_stop.kind"],
        ),
    ],
)
def test_a_leg_enters_again_only_after_something_it_has(parts: dict[str, Any], found: list[str]):
    again: dict[str, Any] = {
        name: ReentryConfig(kind=value, max_reentries=2) if name.startswith("reentry") else value
        for name, value in parts.items()
    }
    assert fields(leg_problems(leg(**again))) == found


def test_a_stop_that_is_off_cannot_move_to_cost():
    config = StopLossConfig(move_to_cost=True)
    assert fields(leg_problems(leg(stop_loss_config=config))) == ["stop_loss_config.move_to_cost"]


def test_a_sold_leg_cannot_earn_more_than_its_premium():
    high = TargetProfitConfig(target_percentage=Decimal(101))
    config = stop(StopLossType.TARGET_PROFIT, target_profit_config=high)
    assert leg_problems(leg(side=BUY, stop_loss_config=config)) == ()
    assert fields(leg_problems(leg(side=SELL, stop_loss_config=config))) == [
        "stop_loss_config.target_profit_config.target_percentage"
    ]


@pytest.mark.parametrize(("value", "accepted"), [(99, True), (100, False)])
def test_no_premium_is_waited_for_at_nothing(value: int, *, accepted: bool):
    wait = WaitAndTrade(
        direction=WaitDirection.DOWN, unit=WaitUnit.PERCENTAGE, value=Decimal(value)
    )
    assert (leg_problems(leg(wait_and_trade=wait)) == ()) is accepted
    up = replace(wait, direction=WaitDirection.UP)
    assert leg_problems(leg(wait_and_trade=up)) == ()


def test_a_bought_leg_cannot_lose_more_than_its_premium():
    whole = stop(StopLossType.PERCENTAGE, value=Decimal(100))
    assert leg_problems(leg(side=SELL, stop_loss_config=whole)) == ()
    assert fields(leg_problems(leg(side=BUY, stop_loss_config=whole))) == ["stop_loss_config.value"]


def test_stocks_and_the_wrong_exchange_are_refused():
    config = replace(leg().underlying_config, type=UnderlyingType.STOCK, exchange=Exchange.BSE)
    assert fields(leg_problems(leg(underlying_config=config))) == [
        "underlying_config.type",
        "underlying_config.exchange",
    ]


def test_a_hedge_is_bought_and_protects_something_sold():
    sold_hedge = leg(side=SELL, category=LegCategory.HEDGE)
    assert fields(leg_problems(sold_hedge)) == ["leg_category"]
    bought = leg(side=BUY, category=LegCategory.HEDGE)
    assert fields(hedges_for_nothing([bought])) == ["legs[0].leg_category"]
    assert list(hedges_for_nothing([bought, leg(CE, SELL)])) == []
    # A bought call gains nothing when a sold put loses.
    assert fields(hedges_for_nothing([bought, leg(PE, SELL)])) == ["legs[0].leg_category"]
    other_index = replace(bought.underlying_config, symbol=Underlying.SENSEX)
    elsewhere = leg(CE, SELL, underlying_config=other_index)
    assert fields(hedges_for_nothing([bought, elsewhere])) == ["legs[0].leg_category"]


# -- together


@given(st.lists(st.sampled_from(CONDOR), max_size=8))
def test_custom_legs_may_be_any_and_numbers_have_no_gaps(legs: list[StrategyLeg]):
    assert structure_problems(StrategyType.CUSTOM, legs, whole=True) == ()
    assert [each.leg_number for each in numbered(legs)] == list(range(1, len(legs) + 1))


def test_too_many_legs_and_repeated_numbers_are_refused():
    assert fields(legs_problems(StrategyType.CUSTOM, CONDOR, 3)) == ["legs"]
    assert fields(repeated_numbers([1, 2, 1, None, None])) == [
        "legs[0].leg_number",
        "legs[2].leg_number",
    ]
