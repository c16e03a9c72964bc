from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_utils.domain.errors import InvalidInput, RuleBroken, Unavailable
from shared_utils.domain.instruments import Exchange, OptionType, Underlying
from shared_utils.indian_market_utils.contracts import (
    contract_chain,
    contract_of,
    lot_entry_of,
    lot_size_of,
    strike_ladder,
    strike_step_of,
    tick_size_of,
)
from shared_utils.indian_market_utils.dated_values import Confidence
from shared_utils.indian_market_utils.index_facts import LotCycle

U = Underlying
TODAY = date(2026, 11, 23)
NEXT_WEEKLY = date(2026, 12, 1)


def lot(facts, underlying, expiry, on_day=None):
    expiry = date.fromisoformat(expiry)
    return lot_size_of(facts, underlying, expiry, date.fromisoformat(on_day) if on_day else expiry)


@pytest.mark.parametrize(
    ("underlying", "expiry", "expected"),
    [
        (U.NIFTY, "2024-04-25", 50),
        (U.NIFTY, "2024-05-02", 25),
        (U.NIFTY, "2024-12-26", 25),
        (U.NIFTY, "2025-01-02", 75),
        (U.NIFTY, "2025-01-30", 25),  # the January 2025 monthly stayed 25 among weeklies of 75
        (U.NIFTY, "2025-02-27", 75),
        (U.NIFTY, "2025-12-30", 75),
        (U.NIFTY, "2026-01-06", 65),
        (U.NIFTY, "2026-01-27", 65),
        (U.NIFTY, "2026-11-23", 65),
        (U.BANKNIFTY, "2024-12-24", 15),
        (U.BANKNIFTY, "2025-01-30", 30),
        (U.BANKNIFTY, "2025-06-26", 30),
        (U.BANKNIFTY, "2025-07-31", 35),
        (U.BANKNIFTY, "2025-12-30", 35),
        (U.BANKNIFTY, "2026-01-27", 30),
        (U.FINNIFTY, "2024-07-23", 40),
        (U.FINNIFTY, "2024-07-30", 25),
        (U.FINNIFTY, "2024-08-06", 25),
        (U.FINNIFTY, "2025-01-30", 25),
        (U.FINNIFTY, "2025-02-27", 65),
        (U.FINNIFTY, "2026-01-27", 60),
        (U.MIDCPNIFTY, "2024-07-22", 75),
        (U.MIDCPNIFTY, "2024-07-29", 50),
        (U.MIDCPNIFTY, "2025-02-27", 120),
        (U.MIDCPNIFTY, "2025-07-31", 140),
        (U.MIDCPNIFTY, "2026-01-27", 120),
        (U.SENSEX, "2025-01-03", 10),
        (U.SENSEX, "2025-01-07", 20),
        (U.SENSEX, "2026-11-26", 20),
    ],
)
def test_the_lot_belongs_to_the_contract(facts, underlying, expiry, expected):
    assert lot(facts, underlying, expiry) == expected


def test_a_long_listed_contract_changes_its_lot_on_a_named_day(facts):
    # Quarterlies of NIFTY switched after the end of 2025-12-30, serial months never did.
    assert lot(facts, U.NIFTY, "2026-03-30", "2025-12-30") == 75
    assert lot(facts, U.NIFTY, "2026-03-30", "2025-12-31") == 65
    assert lot(facts, U.NIFTY, "2026-01-27", "2025-12-30") == 65
    assert lot(facts, U.NIFTY, "2025-03-27", "2024-12-26") == 25
    assert lot(facts, U.NIFTY, "2025-03-27", "2024-12-27") == 75
    assert lot(facts, U.BANKNIFTY, "2025-09-30", "2025-04-24") == 30
    assert lot(facts, U.BANKNIFTY, "2025-09-30", "2025-04-25") == 35
    assert lot(facts, U.BANKNIFTY, "2025-06-26", "2025-05-02") == 30


def test_lots_of_january_2027_are_carried_forward_as_unconfirmed(facts):
    entry = lot_entry_of(facts, U.NIFTY, date(2027, 1, 5), TODAY, LotCycle.WEEKLY)
    assert (entry.value, entry.confidence) == (65, Confidence.UNCONFIRMED)


def test_a_lot_before_all_records_is_unknown(facts):
    with pytest.raises(Unavailable, match="lot size") as unknown:
        lot_size_of(facts, U.BANKNIFTY, date(2023, 6, 29), date(2023, 6, 29), LotCycle.WEEKLY)
    assert unknown.value.code == "MARKET_FACT_UNKNOWN"


def test_a_lot_of_a_day_without_expiry_is_refused(facts):
    with pytest.raises(RuleBroken, match="no expiry on 2026-11-24"):
        lot(facts, U.NIFTY, "2026-11-24")


@pytest.mark.parametrize(
    ("underlying", "step"),
    [(U.NIFTY, 50), (U.BANKNIFTY, 100), (U.FINNIFTY, 50), (U.MIDCPNIFTY, 25), (U.SENSEX, 100)],
)
def test_strikes_and_ticks_of_today(facts, underlying, step):
    assert strike_step_of(facts, underlying, date(2026, 12, 31), TODAY) == step
    assert tick_size_of(facts, underlying, TODAY) == Decimal("0.05")


def test_half_yearlies_have_coarse_strikes_until_they_come_near(facts):
    december = date(2026, 12, 29)
    assert strike_step_of(facts, U.NIFTY, december, date(2024, 6, 3)) == 1000
    assert strike_step_of(facts, U.NIFTY, december, date(2025, 12, 30)) == 1000
    assert strike_step_of(facts, U.NIFTY, december, date(2025, 12, 31)) == 50
    assert strike_step_of(facts, U.SENSEX, date(2026, 12, 31), date(2025, 10, 1)) == 1000


def test_a_contract_has_everything_an_order_needs(facts):
    contract = contract_of(
        facts,
        U.NIFTY,
        TODAY,
        strike=Decimal(26000),
        option_type=OptionType.CE,
        on_day=TODAY,
    )
    assert contract.symbol == "NIFTY26NOV26000CE"
    assert contract.exchange is Exchange.NSE
    assert (contract.lot_size, contract.tick_size) == (65, Decimal("0.05"))


@pytest.mark.parametrize(
    ("strike", "message"),
    [
        ("26010", "the nearest are 26000 and 26050"),
        ("-50", "strikes are above zero"),
        ("0", "strikes are above zero"),
        ("NaN", "strikes are above zero"),
    ],
)
def test_a_strike_that_does_not_exist_is_refused(facts, strike, message):
    with pytest.raises(RuleBroken, match=message):
        contract_of(
            facts,
            U.NIFTY,
            NEXT_WEEKLY,
            strike=Decimal(strike),
            option_type=OptionType.PE,
            on_day=TODAY,
        )


def test_an_expiry_that_is_over_is_refused(facts):
    with pytest.raises(RuleBroken, match="2026-11-17 is over"):
        contract_of(
            facts,
            U.NIFTY,
            date(2026, 11, 17),
            strike=Decimal(26000),
            option_type=OptionType.PE,
            on_day=TODAY,
        )


def test_a_chain_holds_call_and_put_of_every_strike(facts):
    chain = contract_chain(
        facts, U.SENSEX, date(2026, 11, 26), around=Decimal("85049.9"), count=1, on_day=TODAY
    )
    assert [c.symbol for c in chain] == [
        "SENSEX26NOV84900CE",
        "SENSEX26NOV84900PE",
        "SENSEX26NOV85000CE",
        "SENSEX26NOV85000PE",
        "SENSEX26NOV85100CE",
        "SENSEX26NOV85100PE",
    ]
    assert {c.lot_size for c in chain} == {20}


@given(
    around=st.decimals("0.05", "200000", places=2),
    count=st.integers(0, 60),
    underlying=st.sampled_from(list(Underlying)),
)
def test_a_ladder_is_on_step_rising_and_around_the_price(facts, around, count, underlying):
    ladder = strike_ladder(
        facts, underlying, date(2026, 12, 29), around=around, count=count, on_day=TODAY
    )
    step = strike_step_of(facts, underlying, date(2026, 12, 29), TODAY)
    assert all(strike % step == 0 and strike > 0 for strike in ladder)
    assert list(ladder) == sorted(set(ladder))
    assert len(ladder) <= 2 * count + 1
    if around > step * (count + 1):
        assert len(ladder) == 2 * count + 1
        assert abs(ladder[count] - around) * 2 <= step


@pytest.mark.parametrize(("around", "count"), [("0", 3), ("-1", 3), ("NaN", 3), ("100", -1)])
def test_a_ladder_around_nothing_is_refused(facts, around, count):
    with pytest.raises(InvalidInput, match="strike ladder"):
        strike_ladder(
            facts, U.NIFTY, NEXT_WEEKLY, around=Decimal(around), count=count, on_day=TODAY
        )
