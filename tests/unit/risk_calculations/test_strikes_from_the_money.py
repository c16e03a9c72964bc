"""ATM, OTM and ITM strikes: what is chosen, why, and what is never chosen."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared_utils.domain.errors import MarketDataUnavailable, RuleBroken
from shared_utils.domain.instruments import OptionType, Side
from shared_utils.domain.legs import AtmSource, PremiumSelection, SelectionType
from shared_utils.risk_calculations.strikes.registry import select
from tests.unit.risk_calculations.chains import NOW, OLD, chain, market, spoiled

ATM = PremiumSelection(type=SelectionType.ATM)


def otm(**fields: Any) -> PremiumSelection:
    return PremiumSelection(type=SelectionType.OTM, **fields)


def itm(**fields: Any) -> PremiumSelection:
    return PremiumSelection(type=SelectionType.ITM, **fields)


def strike(selection: PremiumSelection, **fields: Any) -> int:
    return int(select(selection, market(**fields)).contract.strike)


def test_atm_is_the_strike_nearest_to_the_spot():
    choice = select(ATM, market())
    assert choice.contract.strike == 26000
    assert choice.contract.option_type is OptionType.CE
    assert choice.target == "ATM 26000"
    assert choice.deviation == 0
    assert choice.refused == ()
    assert choice.reason == "26000 is the strike nearest to the spot price 26012.35."


def test_a_spot_halfway_between_two_strikes_takes_the_lower_one():
    assert strike(ATM, of=chain(spot=Decimal(26025))) == 26000
    assert strike(ATM, of=chain(spot=Decimal("26025.05"))) == 26050


def test_atm_of_the_future_follows_the_future():
    selection = PremiumSelection(type=SelectionType.ATM, atm_source=AtmSource.FUTURE)
    assert strike(selection, future_price=Decimal(26130)) == 26150
    with pytest.raises(MarketDataUnavailable) as refused:
        select(selection, market())
    assert refused.value.code == "FUTURE_PRICE_MISSING"


def test_atm_of_the_synthetic_future_follows_call_and_put():
    selection = PremiumSelection(type=SelectionType.ATM, atm_source=AtmSource.SYNTHETIC_FUTURE)
    assert strike(selection, of=chain(forward=26110.0)) == 26100


@pytest.mark.parametrize(
    ("selection", "option_type", "expected"),
    [
        (otm(strike_offset=Decimal(200)), OptionType.CE, 26200),
        (otm(strike_offset=Decimal(200)), OptionType.PE, 25800),
        (itm(strike_offset=Decimal(200)), OptionType.CE, 25800),
        (itm(strike_offset=Decimal(200)), OptionType.PE, 26200),
        (otm(strike_count=3), OptionType.CE, 26150),
        (otm(strike_count=3), OptionType.PE, 25850),
        (itm(strike_count=1), OptionType.PE, 26050),
        (otm(strike_offset=Decimal(210)), OptionType.CE, 26200),
        (otm(strike_offset=Decimal(10)), OptionType.CE, 26050),
    ],
)
def test_points_and_strikes_are_counted_away_from_atm(selection, option_type, expected):
    assert strike(selection, option_type=option_type) == expected


def test_the_reason_names_the_distance_and_the_money():
    choice = select(otm(strike_offset=Decimal(200)), market())
    assert choice.reason == (
        "26200 is 200 points above the ATM strike 26000 (wanted OTM by 200 points)."
    )
    assert choice.target == "OTM 26200"


def test_an_offset_beyond_the_listed_strikes_is_refused_with_the_nearest_named():
    for selection in (otm(strike_offset=Decimal(5000)), otm(strike_count=100)):
        with pytest.raises(RuleBroken) as refused:
            select(selection, market())
        assert refused.value.code == "NO_STRIKE_IN_RANGE"
        assert "28000" in refused.value.message


@pytest.mark.parametrize(
    "selection",
    [otm(), itm(), otm(strike_offset=Decimal(0)), otm(strike_offset=Decimal(-50))],
)
def test_a_selection_without_a_distance_is_refused(selection):
    with pytest.raises(RuleBroken) as refused:
        select(selection, market())
    assert refused.value.code == "SELECTION_INCOMPLETE"
    assert refused.value.details[0].field == "premium_selection.strike_offset"


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"bid": None}, "MISSING"),
        ({"ask": None}, "MISSING"),
        ({"bid": Decimal(0)}, "MISSING"),
        ({"at": OLD}, "STALE"),
        ({"at": NOW + timedelta(seconds=6)}, "AHEAD_OF_CLOCK"),
        ({"bid": Decimal(90), "ask": Decimal(80)}, "CROSSED"),
        ({"bid": Decimal(60), "ask": Decimal(90)}, "ILLIQUID"),
        ({"bid_quantity": 0}, "NOTHING_OFFERED"),
    ],
)
def test_a_quote_that_may_not_be_traded_on_is_passed_over_and_said(fields, fault):
    choice = select(
        otm(strike_offset=Decimal(200)), market(of=chain(change=spoiled({26200}, **fields)))
    )
    assert choice.contract.strike in (26150, 26250)
    assert choice.refused == (("NIFTY26D0126200CE", fault),)
    assert choice.deviation == Decimal("0.0019")


def test_a_buyer_needs_something_offered_and_a_seller_something_bid_for():
    of = chain(change=spoiled({26000}, ask_quantity=0))
    assert strike(ATM, of=of, side=Side.SELL) == 26000
    assert strike(ATM, of=of, side=Side.BUY) == 26050


def test_a_stand_in_is_close_by_or_there_is_none():
    of = chain(change=spoiled(set(range(26100, 26301, 50)), at=OLD))
    with pytest.raises(MarketDataUnavailable) as refused:
        select(otm(strike_offset=Decimal(200)), market(of=of))
    assert refused.value.code == "NO_USABLE_QUOTE"
    assert "NIFTY26D0126200CE STALE" in refused.value.message
    assert len(refused.value.details) == 5


def test_an_otm_leg_never_lands_on_the_money_or_beyond_it():
    of = chain(change=spoiled({26050, 26100}, at=OLD))
    assert strike(otm(strike_offset=Decimal(50)), of=of) == 26150
    of = chain(change=spoiled({26050, 26100, 26150}, at=OLD))
    with pytest.raises(MarketDataUnavailable):
        select(otm(strike_offset=Decimal(50)), market(of=of))


def test_a_stale_index_gives_no_strike():
    with pytest.raises(MarketDataUnavailable) as refused:
        select(
            ATM,
            market(
                limits=market().limits.__class__(
                    now=NOW + timedelta(seconds=6), max_age_s=5, max_spread_percentage=Decimal(5)
                )
            ),
        )
    assert refused.value.code == "SPOT_UNUSABLE"


def test_an_empty_chain_gives_no_strike():
    with pytest.raises(MarketDataUnavailable) as refused:
        select(ATM, market(of=chain(strikes=range(0))))
    assert refused.value.code == "NO_USABLE_QUOTE"


def test_a_spread_of_two_ticks_is_never_too_wide():
    cheap = {"bid": Decimal("0.05"), "ask": Decimal("0.15")}
    assert (
        strike(otm(strike_offset=Decimal(200)), of=chain(change=spoiled({26200}, **cheap))) == 26200
    )
