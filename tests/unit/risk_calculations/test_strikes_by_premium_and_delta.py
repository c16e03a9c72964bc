"""Strikes by premium, delta, percentage and straddle."""

from contextlib import suppress
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_utils.domain.errors import DomainError, RuleBroken
from shared_utils.domain.instruments import OptionChain, OptionType, Side
from shared_utils.domain.legs import (
    PremiumRange,
    PremiumSelection,
    SelectionType,
    ThetaPreference,
)
from shared_utils.risk_calculations.forwards import forward_from_spot
from shared_utils.risk_calculations.implied_volatility import implied_volatility
from shared_utils.risk_calculations.pricing import black_76
from shared_utils.risk_calculations.quote_checks import fault_of
from shared_utils.risk_calculations.strikes.registry import KINDS, select
from tests.unit.risk_calculations.chains import (
    OLD,
    RATE,
    SPOT,
    YEARS,
    chain,
    limits,
    market,
    smile,
    spoiled,
)

CHAIN = chain()
D = Decimal


def by_premium(target: str, **fields: Any) -> PremiumSelection:
    return PremiumSelection(type=SelectionType.ABSOLUTE_PREMIUM, target_premium=D(target), **fields)


def by_delta(low: str, high: str, **fields: Any) -> PremiumSelection:
    return PremiumSelection(type=SelectionType.DELTA_BASED, delta_range=(D(low), D(high)), **fields)


def by_range(low: str, high: str, **fields: Any) -> PremiumSelection:
    return PremiumSelection(
        type=SelectionType.PREMIUM_RANGE,
        premium_range=PremiumRange(min_premium=D(low), max_premium=D(high)),
        **fields,
    )


def by_percentage(percentage: str, **fields: Any) -> PremiumSelection:
    return PremiumSelection(
        type=SelectionType.PERCENTAGE_BASED, strike_percentage=D(percentage), **fields
    )


def true_delta(strike: Decimal, option_type: OptionType) -> float:
    forward = float(SPOT) * 1.0009
    value = black_76(
        option_type,
        forward=forward,
        strike=float(strike),
        years=YEARS,
        volatility=smile(float(strike), forward),
        rate=0.0,
    )
    return abs(value.delta or 0.0)


def mids(option_type: OptionType, of: OptionChain = CHAIN) -> dict[int, Decimal]:
    return {
        int(row.contract.strike): row.quote.mid or D(0)
        for row in of.rows
        if row.contract.option_type is option_type
    }


def refusal_code(selection: PremiumSelection, **fields: Any) -> str:
    with pytest.raises(DomainError) as refused:
        select(selection, market(**fields))
    return refused.value.code


def test_every_kind_of_selection_has_its_file():
    assert set(KINDS) == set(SelectionType)


@pytest.mark.parametrize("option_type", list(OptionType))
@pytest.mark.parametrize("target", ["40", "100", "250"])
def test_the_premium_nearest_to_the_target_is_chosen_and_its_deviation_told(option_type, target):
    choice = select(by_premium(target), market(option_type))
    quoted = mids(option_type)
    best = min(quoted.values(), key=lambda mid: abs(mid - D(target)))
    assert choice.quote.mid == best
    assert choice.deviation == (abs(best - D(target)) / D(target)).quantize(D("0.0001"))
    assert choice.target == f"premium {target}.00"


def test_a_nearer_premium_with_a_bad_quote_is_passed_over_and_said():
    first = select(by_premium("100"), market())
    of = chain(change=spoiled({int(first.contract.strike)}, at=OLD))
    second = select(by_premium("100"), market(of=of))
    assert second.contract.strike != first.contract.strike
    assert second.refused == ((first.contract.symbol, "STALE"),)


def test_a_premium_no_option_has_is_refused_with_the_nearest_named():
    assert refusal_code(by_premium("9000")) == "NO_STRIKE_IN_RANGE"
    with pytest.raises(RuleBroken, match="nearest is 24000 at"):
        select(by_premium("9000"), market())


def test_premiums_that_exist_only_in_bad_quotes_are_a_lack_of_data():
    of = chain(change=spoiled(set(range(24000, 28001, 50)), at=OLD))
    assert refusal_code(by_premium("100"), of=of) == "NO_USABLE_QUOTE"
    assert refusal_code(by_range("90", "110"), of=of) == "NO_USABLE_QUOTE"
    assert refusal_code(by_delta("0.15", "0.25"), of=of) == "NO_USABLE_QUOTE"


def test_a_premium_range_takes_the_nearest_to_its_middle():
    choice = select(by_range("60", "140"), market())
    inside = [mid for mid in mids(OptionType.CE).values() if 60 <= mid <= 140]
    assert len(inside) > 1
    assert choice.quote.mid == min(inside, key=lambda mid: abs(mid - 100))
    assert choice.deviation == 0


def test_a_premium_range_between_two_strikes_is_refused():
    quoted = sorted(mids(OptionType.CE).values())
    low, high = next((a, b) for a, b in pairwise(quoted) if b > 100)
    selection = by_range(str(low + D("0.01")), str(high - D("0.01")))
    assert refusal_code(selection) == "NO_STRIKE_IN_RANGE"


def test_decay_is_preferred_fast_or_slow_within_the_range():
    fast = select(by_range("20", "140", theta_preference=ThetaPreference.HIGH), market())
    slow = select(by_range("20", "140", theta_preference=ThetaPreference.LOW), market())
    assert fast.contract.strike < slow.contract.strike  # out of the money decay grows inwards
    assert "fastest decay" in fast.reason
    assert "slowest decay" in slow.reason


@pytest.mark.parametrize("option_type", list(OptionType))
@pytest.mark.parametrize("ends", [("0.15", "0.25"), ("0.05", "0.10"), ("0.70", "0.80")])
def test_the_delta_lies_in_its_range_and_nearest_to_the_middle(option_type, ends):
    choice = select(by_delta(*ends), market(option_type))
    middle = (float(ends[0]) + float(ends[1])) / 2
    strikes = [D(strike) for strike in mids(option_type)]
    best = min(strikes, key=lambda strike: abs(true_delta(strike, option_type) - middle))
    assert abs(choice.contract.strike - best) <= 50
    assert float(ends[0]) - 0.01 < true_delta(choice.contract.strike, option_type)
    assert true_delta(choice.contract.strike, option_type) < float(ends[1]) + 0.01
    assert choice.deviation == 0


def test_a_delta_range_between_two_strikes_is_refused_with_the_nearest_named():
    with pytest.raises(RuleBroken) as refused:
        select(by_delta("0.4999", "0.5"), market())
    assert refused.value.code == "NO_STRIKE_IN_RANGE"
    assert "the nearest is" in refused.value.message


def test_one_delta_asks_for_the_nearest_and_tells_the_deviation():
    choice = select(by_delta("0.2", "0.2"), market())
    assert choice.deviation is not None
    assert 0 < choice.deviation < D("0.15")
    assert choice.target == "a delta near 0.2"


def test_decay_is_preferred_within_a_delta_range():
    fast = select(by_delta("0.1", "0.3", theta_preference=ThetaPreference.HIGH), market())
    slow = select(by_delta("0.1", "0.3", theta_preference=ThetaPreference.LOW), market())
    middle = select(by_delta("0.1", "0.3"), market())
    assert fast.contract.strike < middle.contract.strike < slow.contract.strike


@pytest.mark.parametrize(
    ("fields", "fault"),
    [({"at": OLD}, "STALE"), ({"bid": None}, "MISSING"), ({"bid_quantity": 0}, "NOTHING_OFFERED")],
)
def test_a_delta_with_a_bad_quote_is_passed_over_and_said(fields, fault):
    first = select(by_delta("0.15", "0.25"), market())
    of = chain(change=spoiled({int(first.contract.strike)}, **fields))
    second = select(by_delta("0.15", "0.25"), market(of=of))
    assert abs(second.contract.strike - first.contract.strike) == 50
    assert second.refused == ((first.contract.symbol, fault),)


def test_an_option_without_time_value_has_no_delta():
    deep = {row.contract.strike for row in CHAIN.rows if row.contract.strike < 25000}
    flat = D("0.05")

    def at_intrinsic(row):
        if row.contract.strike in deep and row.contract.option_type is OptionType.CE:
            worth = D(str(float(SPOT) * 1.0009)) - row.contract.strike - 3
            return spoiled({int(row.contract.strike)}, bid=worth, ask=worth + flat)(row)
        return row

    assert refusal_code(by_delta("0.9999", "0.99999"), of=chain(change=at_intrinsic)) in {
        "NO_STRIKE_IN_RANGE",
        "NO_USABLE_QUOTE",
    }


@pytest.mark.parametrize(
    ("percentage", "option_type", "expected"),
    [
        ("2", OptionType.CE, 26550),  # 26012.35 x 1.02 = 26532.6
        ("2", OptionType.PE, 25500),  # x 0.98 = 25492.1
        ("-1", OptionType.CE, 25750),  # x 0.99 = 25752.2
        ("0", OptionType.PE, 26000),
    ],
)
def test_a_percentage_is_measured_from_the_spot_outwards(percentage, option_type, expected):
    choice = select(by_percentage(percentage), market(option_type, of=CHAIN))
    assert choice.contract.strike == expected


def test_the_straddle_width_is_the_markets_own_expected_move():
    straddle = mids(OptionType.CE)[26000] + mids(OptionType.PE)[26000]
    for option_type, sign in ((OptionType.CE, 1), (OptionType.PE, -1)):
        selection = PremiumSelection(type=SelectionType.STRADDLE_WIDTH, straddle_width=D("1.5"))
        choice = select(selection, market(option_type))
        assert abs(choice.contract.strike - (26000 + sign * straddle * D("1.5"))) <= 25


def test_a_percent_of_the_straddle_is_a_premium():
    straddle = mids(OptionType.CE)[26000] + mids(OptionType.PE)[26000]
    selection = PremiumSelection(
        type=SelectionType.STRADDLE_PREMIUM_PERCENT, straddle_premium_percent=D(20)
    )
    choice = select(selection, market(OptionType.PE))
    best = min(mids(OptionType.PE).values(), key=lambda mid: abs(mid - straddle / 5))
    assert choice.quote.mid == best


def test_twice_the_usual_volatility_doubles_a_distance_and_a_premium():
    nervous: dict[str, Any] = {"reference_volatility": 0.06}
    otm = PremiumSelection(type=SelectionType.OTM, strike_offset=D(200), volatility_adjustment=True)
    assert select(otm, market(**nervous)).contract.strike == 26400
    choice = select(by_premium("50", volatility_adjustment=True), market(**nervous))
    assert abs((choice.quote.mid or D(0)) - 100) < 10
    assert "adjusted to volatility by 2" in choice.reason
    percentage = by_percentage("1", volatility_adjustment=True)
    assert select(percentage, market(**nervous)).contract.strike == 26550
    count = PremiumSelection(type=SelectionType.OTM, strike_count=2, volatility_adjustment=True)
    assert select(count, market(**nervous)).contract.strike == 26200


def test_an_adjustment_is_held_between_a_half_and_two():
    otm = PremiumSelection(type=SelectionType.OTM, strike_offset=D(200), volatility_adjustment=True)
    assert select(otm, market(reference_volatility=9.0)).contract.strike == 26100
    assert select(otm, market(reference_volatility=0.001)).contract.strike == 26400


def test_an_adjustment_to_an_unknown_volatility_is_refused():
    otm = PremiumSelection(type=SelectionType.OTM, strike_offset=D(200), volatility_adjustment=True)
    assert refusal_code(otm) == "VOLATILITY_UNKNOWN"


@pytest.mark.parametrize(
    "selection",
    [
        PremiumSelection(type=SelectionType.ABSOLUTE_PREMIUM),
        PremiumSelection(type=SelectionType.PREMIUM_RANGE),
        by_range("100", "90"),
        PremiumSelection(type=SelectionType.DELTA_BASED),
        by_delta("0.3", "0.2"),
        by_delta("0", "0.2"),
        by_delta("0.5", "1"),
        PremiumSelection(type=SelectionType.PERCENTAGE_BASED),
        by_percentage("51"),
        PremiumSelection(type=SelectionType.STRADDLE_WIDTH),
        PremiumSelection(type=SelectionType.STRADDLE_PREMIUM_PERCENT),
    ],
)
def test_a_selection_that_lacks_its_own_field_is_refused(selection):
    assert refusal_code(selection) == "SELECTION_INCOMPLETE"


def test_without_a_pair_near_the_money_the_forward_is_carried_from_the_spot():
    calls_only = chain(change=lambda row: row if row.contract.option_type == "CE" else None)
    choice = select(by_delta("0.15", "0.25"), market(of=calls_only))
    forward = forward_from_spot(SPOT, years=YEARS, rate=RATE)
    solved = implied_volatility(
        OptionType.CE,
        price=float(choice.quote.mid or 0),
        forward=forward,
        strike=float(choice.contract.strike),
        years=YEARS,
        rate=RATE,
    )
    assert solved.volatility is not None


selections = st.one_of(
    st.builds(by_premium, st.integers(5, 900).map(str)),
    st.builds(lambda d: by_delta(str(d), str(d + D("0.1"))), st.decimals("0.03", "0.85", places=2)),
    st.builds(by_percentage, st.integers(-6, 6).map(str)),
    st.builds(
        lambda n: PremiumSelection(type=SelectionType.OTM, strike_count=n), st.integers(1, 30)
    ),
    st.just(PremiumSelection(type=SelectionType.ATM)),
)
faults = st.sampled_from(
    [
        {"at": OLD},
        {"bid": None},
        {"ask": None},
        {"ask_quantity": 0},
        {"bid_quantity": 0},
        {"bid": D(5000), "ask": D(1)},
    ]
)


@settings(max_examples=120, deadline=None)
@given(
    selections,
    st.sets(st.integers(480, 560).map(lambda n: n * 50), max_size=60),
    faults,
    st.sampled_from(OptionType),
    st.sampled_from(Side),
)
def test_whatever_is_asked_of_whatever_chain_a_bad_quote_is_never_chosen(
    selection, bad, fault, option_type, side
):
    of = chain(change=spoiled(bad, **fault))
    choice = None
    with suppress(DomainError):
        choice = select(selection, market(option_type, side, of))
    if choice is None:
        assert refusal_code(selection, option_type=option_type, side=side, of=of) in {
            "NO_STRIKE_IN_RANGE",
            "NO_USABLE_QUOTE",
        }
        return
    judged = fault_of(choice.quote, side=side, tick=D("0.05"), limits=limits())
    assert judged is None
    assert choice.contract.option_type is option_type
    assert choice.contract.symbol not in dict(choice.refused)
    assert choice.reason.endswith(".")
