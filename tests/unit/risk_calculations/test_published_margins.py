"""The estimate beside margins that were computed from NSE Clearing's own SPAN file of 2026-05-29.

The figures are those that the open-source calculator marginism publishes for `nsccl.20260529.s.spn`
(its README and its notes; the call was compared there with a broker's: 173,159): one lot of NIFTY,
30 June 2026, index 23,547.75, call 23700 at 437.65, future at 23,748.46. The put's total follows
from the straddle's and its benefit, its premium from parity with that future.
"""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from shared_utils.domain.instruments import Contract, Exchange, OptionType, Side, Underlying
from shared_utils.indian_market_utils.facts import facts_from_config
from shared_utils.risk_calculations.forwards import RISK_FREE_RATE
from shared_utils.risk_calculations.margins import (
    MarginEstimate,
    MarginLeg,
    estimate_margin,
    margin_parameters_on,
)

CONFIG = Path(__file__).resolve().parents[3] / "config" / "indian_market_config.json"
FACTS = facts_from_config(json.loads(CONFIG.read_text()))
DAY, EXPIRY = date(2026, 5, 29), date(2026, 6, 30)
SPOT = Decimal("23547.75")
PREMIUMS = {OptionType.CE: Decimal("437.65"), OptionType.PE: Decimal("389.45")}
CALL, STRADDLE, BENEFIT = Decimal(172_285), Decimal(202_898), Decimal(138_269)
PUT = STRADDLE + BENEFIT - CALL
FUTURE_SPAN, OPTION_EXPOSURE = Decimal(143_720), Decimal(30_612)


def leg(side: Side, option_type: OptionType) -> MarginLeg:
    return MarginLeg(
        contract=Contract(
            underlying=Underlying.NIFTY,
            exchange=Exchange.NSE,
            expiry=EXPIRY,
            strike=Decimal(23_700),
            option_type=option_type,
            lot_size=65,
            tick_size=Decimal("0.05"),
            symbol=f"NIFTY26JUN23700{option_type}",
        ),
        side=side,
        quantity=65,
        premium=PREMIUMS[option_type],
        years_to_expiry=(EXPIRY - DAY).days / 365,
    )


def margin(*legs: MarginLeg) -> MarginEstimate:
    return estimate_margin(
        legs,
        spots={Underlying.NIFTY: SPOT},
        rate=RISK_FREE_RATE,
        parameters=margin_parameters_on(FACTS, DAY),
    )


SHORT_CALL, SHORT_PUT = leg(Side.SELL, OptionType.CE), leg(Side.SELL, OptionType.PE)


@pytest.mark.parametrize(
    ("legs", "published"),
    [
        pytest.param((SHORT_CALL,), CALL, id="short call"),
        pytest.param((SHORT_PUT,), PUT, id="short put"),
        pytest.param((SHORT_CALL, SHORT_PUT), STRADDLE, id="short straddle"),
    ],
)
def test_an_estimate_errs_by_a_twentieth_at_most_and_on_the_safe_side(legs, published):
    ratio = margin(*legs).final / published
    assert 1 <= ratio <= Decimal("1.05")


def test_what_is_required_covers_the_published_margin_with_room():
    """The buffer is for the days on which the file's scan range is wider than the floor."""
    assert margin(SHORT_CALL, SHORT_PUT).required > STRADDLE * Decimal("1.09")


def test_a_future_made_of_two_options_is_scanned_as_the_future_is():
    spans = [
        margin(leg(Side.BUY, OptionType.CE), SHORT_PUT).span,
        margin(leg(Side.BUY, OptionType.PE), SHORT_CALL).span,
    ]
    for span in spans:
        assert abs(span / FUTURE_SPAN - 1) < Decimal("0.01")


def test_the_exposure_is_the_published_one_to_the_rupee():
    assert abs(margin(SHORT_CALL).exposure - OPTION_EXPOSURE) < 1


def test_the_second_short_of_a_straddle_costs_little_more_than_its_exposure():
    both, one = margin(SHORT_CALL, SHORT_PUT), margin(SHORT_CALL)
    assert abs(both.hedge_benefit / BENEFIT - 1) < Decimal("0.05")
    assert both.final - one.final < OPTION_EXPOSURE * Decimal("1.1")
