from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_utils.domain.errors import InvalidInput, RuleBroken, Unavailable
from shared_utils.domain.instruments import Underlying
from shared_utils.indian_market_utils.freeze_slices import (
    freeze_quantity_of,
    largest_order,
    slices,
)


def test_nifty_goes_in_orders_of_at_most_27_lots():
    assert largest_order(65, 1800) == 1755
    assert slices(65 * 28, 65, 1800) == (1755, 65)
    assert slices(65 * 27, 65, 1800) == (1755,)
    assert slices(65, 65, 1800) == (65,)


@given(lots=st.integers(1, 5000), lot=st.integers(1, 1200), freeze=st.integers(1, 9000))
def test_slices_add_up_and_none_is_above_the_freeze(lots, lot, freeze):
    if freeze < lot:
        with pytest.raises(Unavailable, match="below one lot"):
            slices(lots * lot, lot, freeze)
        return
    parts = slices(lots * lot, lot, freeze)
    assert sum(parts) == lots * lot
    assert all(0 < part <= freeze // lot * lot and part % lot == 0 for part in parts)
    assert len(parts) == -(-lots // (freeze // lot))


@pytest.mark.parametrize("quantity", [0, -65, 66, 1])
def test_a_quantity_off_the_lot_is_refused(quantity):
    with pytest.raises(RuleBroken, match="not a positive multiple of the lot of 65"):
        slices(quantity, 65, 1800)


def test_a_lot_of_nothing_is_refused():
    with pytest.raises(InvalidInput, match="at least one unit"):
        slices(65, 0, 1800)


@pytest.mark.parametrize(
    ("underlying", "day", "freeze"),
    [
        (Underlying.NIFTY, date(2024, 1, 2), 1800),
        (Underlying.MIDCPNIFTY, date(2024, 7, 31), 5500),
        (Underlying.MIDCPNIFTY, date(2024, 8, 1), 2800),
        (Underlying.MIDCPNIFTY, date(2025, 4, 1), 4200),
        (Underlying.BANKNIFTY, date(2026, 6, 30), 900),
        (Underlying.BANKNIFTY, date(2026, 7, 1), 600),
        (Underlying.FINNIFTY, date(2026, 3, 2), 1200),
        (Underlying.BANKNIFTY, date(2026, 11, 23), 600),
        (Underlying.NIFTY, date(2026, 11, 23), 1800),
        (Underlying.SENSEX, date(2026, 11, 23), 1000),
    ],
)
def test_freeze_quantities_are_those_of_the_month(facts, underlying, day, freeze):
    assert freeze_quantity_of(facts, underlying, day) == freeze


@pytest.mark.parametrize(
    ("underlying", "day"),
    [(Underlying.BANKNIFTY, date(2025, 10, 15)), (Underlying.SENSEX, date(2025, 6, 2))],
)
def test_an_unknown_freeze_quantity_is_not_guessed(facts, underlying, day):
    with pytest.raises(Unavailable, match="freeze quantity") as unknown:
        freeze_quantity_of(facts, underlying, day)
    assert unknown.value.code == "MARKET_FACT_UNKNOWN"
