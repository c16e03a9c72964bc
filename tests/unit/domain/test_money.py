"""How an amount is read in India."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_utils.domain.money import in_rupees, to_paisa


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0.00"),
        ("999.995", "1,000.00"),
        ("50000", "50,000.00"),
        ("172285", "1,72,285.00"),
        ("12345678.9", "1,23,45,678.90"),
        ("-172285.5", "-1,72,285.50"),
        ("-0.001", "0.00"),
    ],
)
def test_lakhs_and_crores_are_grouped(amount, text):
    assert in_rupees(Decimal(amount)) == text


@given(st.decimals(-(10**12), 10**12, allow_nan=False))
def test_nothing_but_commas_is_added(amount):
    assert Decimal(in_rupees(amount).replace(",", "")) == to_paisa(amount)
