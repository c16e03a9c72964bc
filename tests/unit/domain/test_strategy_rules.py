"""The rules of legs, structures and strategies, each by the example that breaks it."""

from dataclasses import replace
from datetime import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_utils.domain.instruments import Exchange, OptionType, Side, Underlying
from shared_utils.domain.leg_rules import SELECTORS_OF, leg_problems
from shared_utils.domain.legs import (
    ExpiryType,
    LegCategory,
    OptionConfig,
    OrderType,
    PremiumRange,
    PremiumSelection,
    SelectionType,
    StopLossConfig,
    StopLossType,
    StrategyLeg,
    TargetProfitConfig,
    TimeBasedConfig,
    TrailingConfig,
    TransactionConfig,
    UnderlyingConfig,
    UnderlyingType,
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

CE, PE, BUY, SELL = OptionType.CE, OptionType.PE, Side.BUY, Side.SELL


def leg(
    kind: OptionType = CE,
    side: Side = SELL,
    offset: int | None = 200,
    *,
    category: LegCategory = LegCategory.TD,
    lots: int = 1,
    **parts: Any,
) -> StrategyLeg:
    selection = (
        PremiumSelection(type=SelectionType.ATM)
        if offset is None
        else PremiumSelection(type=SelectionType.OTM, strike_offset=Decimal(offset))
    )
    made = StrategyLeg(
        leg_id="leg_1",
        leg_number=1,
        underlying_config=UnderlyingConfig(
            type=UnderlyingType.INDEX,
            symbol=Underlying.NIFTY,
            exchange=Exchange.NSE,
            lot_size=65,
        ),
        option_config=OptionConfig(option_type=kind, expiry_type=ExpiryType.WEEKLY),
        premium_selection=selection,
        transaction_config=TransactionConfig(transaction_type=side, order_type=OrderType.MARKET),
        stop_loss_config=StopLossConfig(),
        leg_category=category,
        lots_multiple=lots,
    )
    return replace(made, **parts)


CONDOR = (leg(CE, SELL, 200), leg(CE, BUY, 400), leg(PE, SELL, 200), leg(PE, BUY, 400))


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
    assert list(hedges_for_nothing([bought, leg(PE, SELL)])) == []


# -- structures


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
    lame = (leg(CE, BUY, None), leg(CE, SELL, 200), leg(CE, BUY, 400))
    assert structure_problems(StrategyType.BUTTERFLY, lame, whole=True) != ()
    assert structure_problems(StrategyType.BUTTERFLY, lame[:2], whole=False) == ()


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
