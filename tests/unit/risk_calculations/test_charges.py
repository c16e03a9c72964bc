"""Charges to the paisa, on the day's rates."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.instruments import Exchange, Side
from shared_utils.domain.money import to_paisa
from shared_utils.indian_market_utils.charge_facts import ChargeRates, charge_rates_on
from shared_utils.indian_market_utils.facts import facts_from_config
from shared_utils.risk_calculations.charges import (
    NO_CHARGES,
    charges_at_exercise,
    charges_of_next_fill,
    charges_of_order,
    sum_of_charges,
)

CONFIG = Path(__file__).resolve().parents[3] / "config" / "indian_market_config.json"
FACTS = facts_from_config(json.loads(CONFIG.read_text()))
TODAY = date(2026, 11, 23)


def rates(day: date = TODAY, exchange: Exchange = Exchange.NSE) -> ChargeRates:
    return charge_rates_on(FACTS.charges, exchange, BrokerName.ZERODHA, day)


def test_the_worked_example_of_the_contract_note_reproduces():
    charges = charges_of_order(rates(), Side.SELL, Decimal(65) * Decimal(100))
    assert charges.brokerage == 20
    assert charges.stt == 10
    assert to_paisa(charges.exchange_transaction + charges.investor_protection) == Decimal("2.31")
    assert to_paisa(charges.sebi_fee) == Decimal("0.01")
    assert charges.stamp_duty == 0
    assert to_paisa(charges.gst) == Decimal("4.02")
    assert charges.total == Decimal("36.33")


@pytest.mark.parametrize(
    ("day", "exchange", "side", "turnover", "total"),
    [
        # 20 + 0 + 2.30945 + 0.0065 + 0.195 + 0.18 x 22.31595
        (TODAY, Exchange.NSE, Side.BUY, "6500", "26.53"),
        # STT 0.1 % = 6.5 -> 7, half up; the first day of that rate
        (date(2024, 10, 1), Exchange.NSE, Side.SELL, "6500", "33.33"),
        # and its last day
        (date(2026, 3, 31), Exchange.NSE, Side.SELL, "6500", "33.33"),
        (date(2026, 4, 1), Exchange.NSE, Side.SELL, "6500", "36.33"),
        # SENSEX: 0.0325 % and no protection fund: 20 + 12 + 2.6 + 0.008 + 0.18 x 22.608
        (TODAY, Exchange.BSE, Side.SELL, "8000", "38.68"),
    ],
)
def test_rates_follow_the_day_and_the_exchange(day, exchange, side, turnover, total):
    assert charges_of_order(rates(day, exchange), side, Decimal(turnover)).total == Decimal(total)


def test_stt_is_rounded_half_up_to_the_rupee():
    assert charges_of_order(rates(), Side.SELL, Decimal(1000)).stt == 2  # 1.50
    assert charges_of_order(rates(), Side.SELL, Decimal("999.99")).stt == 1  # 1.499985


def test_an_order_that_never_executed_costs_nothing():
    assert charges_of_order(rates(), Side.SELL, Decimal(0)) == NO_CHARGES


def test_a_negative_turnover_is_refused():
    with pytest.raises(ValueError, match="never negative"):
        charges_of_order(rates(), Side.SELL, Decimal(-1))


def test_slices_of_a_frozen_quantity_pay_brokerage_each():
    half = charges_of_order(rates(), Side.BUY, Decimal(50_000))
    assert sum_of_charges([half, half]).brokerage == 40
    assert charges_of_order(rates(), Side.BUY, Decimal(100_000)).brokerage == 20


def test_the_holder_pays_stt_on_intrinsic_value_at_exercise():
    # 0.15 % of 120.35 x 65 = 11.734
    assert charges_at_exercise(rates(), Decimal("120.35"), 65).total == 12
    # 0.125 % before April 2026 = 9.778
    assert charges_at_exercise(rates(date(2026, 3, 31)), Decimal("120.35"), 65).total == 10


def test_an_option_that_expires_worthless_pays_no_stt():
    assert charges_at_exercise(rates(), Decimal(0), 65) == NO_CHARGES
    assert charges_at_exercise(rates(), Decimal(-5), 65) == NO_CHARGES


prices = st.decimals(min_value=Decimal("0.05"), max_value=Decimal(5000), places=2)
quantities = st.integers(min_value=1, max_value=1800)
fills = st.lists(st.tuples(prices, quantities), min_size=1, max_size=8)


@given(fills, st.sampled_from(Side))
def test_an_order_costs_the_same_in_whatever_pieces_it_was_filled(pieces, side):
    added, before = Decimal(0), Decimal(0)
    for price, quantity in pieces:
        value = price * quantity
        added += charges_of_next_fill(rates(), side, turnover_before=before, turnover_of_fill=value)
        before += value
    assert added == charges_of_order(rates(), side, before).total


@given(prices, quantities, st.sampled_from(Side))
def test_every_total_is_whole_paise_and_above_the_brokerage_with_its_gst(price, quantity, side):
    total = charges_of_order(rates(), side, price * quantity).total
    assert total == total.quantize(Decimal("0.01"))
    assert total >= Decimal("23.60")


@given(fills)
def test_a_seller_never_pays_stamp_duty_and_a_buyer_never_pays_stt(pieces):
    turnover = sum((price * quantity for price, quantity in pieces), Decimal(0))
    assert charges_of_order(rates(), Side.SELL, turnover).stamp_duty == 0
    assert charges_of_order(rates(), Side.BUY, turnover).stt == 0
