"""The sixteen scenarios, each priced again from its definition."""

import json
import math
from datetime import date
from pathlib import Path

import pytest

from shared_utils.domain.instruments import OptionType
from shared_utils.indian_market_utils.facts import facts_from_config
from shared_utils.risk_calculations.margin_scenarios import scan
from shared_utils.risk_calculations.margins import margin_parameters_on
from shared_utils.risk_calculations.pricing import black_76

CONFIG = Path(__file__).resolve().parents[3] / "config" / "indian_market_config.json"
FACTS = facts_from_config(json.loads(CONFIG.read_text()))
RULES = margin_parameters_on(FACTS, date(2026, 11, 23)).scan
SPOT, YEARS, RATE = 26000.0, 8 / 365, 0.065


def value(option_type: OptionType, strike: float, volatility: float, move: float = 0.0) -> float:
    forward = SPOT * math.exp(RATE * YEARS) * (1 + move)
    price = black_76(
        option_type,
        forward=forward,
        strike=strike,
        years=YEARS,
        volatility=volatility,
        rate=RATE,
    ).price
    assert price is not None
    return price


def losses(option_type: OptionType, strike: float, volatility: float) -> tuple[float, ...]:
    return scan(
        option_type,
        strike=strike,
        premium=value(option_type, strike, volatility),
        spot=SPOT,
        years=YEARS,
        rate=RATE,
        rules=RULES,
    ).losses


@pytest.mark.parametrize("option_type", list(OptionType))
@pytest.mark.parametrize(("volatility", "shift"), [(0.13, 0.04), (0.40, 0.10)])
def test_the_index_moves_by_thirds_of_its_range_and_volatility_by_a_quarter_or_four_points(
    option_type, volatility, shift
):
    now = value(option_type, 26200.0, volatility)
    expected = {
        round(now - value(option_type, 26200.0, volatility + sign * shift, 0.093 * third / 3), 6)
        for third in (-3, -2, -1, 0, 1, 2, 3)
        for sign in (1, -1)
    } | {
        round(0.35 * (now - value(option_type, 26200.0, volatility, 0.186 * sign)), 6)
        for sign in (1, -1)
    }
    found = losses(option_type, 26200.0, volatility)
    assert len(found) == 16
    assert sorted({round(loss, 6) for loss in found}) == pytest.approx(sorted(expected), abs=1e-5)


def test_a_short_far_from_the_money_is_margined_by_the_extreme_move():
    strike = SPOT * 1.15
    found = losses(OptionType.CE, strike, 0.13)
    worst_of_a_short = min(found)
    assert worst_of_a_short == min(found[-2:])
    assert worst_of_a_short == pytest.approx(
        -0.35 * (SPOT * 1.186 - strike * math.exp(-RATE * YEARS)), rel=0.02
    )


def test_a_price_without_a_volatility_is_still_scanned():
    found = scan(
        OptionType.CE,
        strike=20000.0,
        premium=5000.0,
        spot=SPOT,
        years=YEARS,
        rate=RATE,
        rules=RULES,
    ).losses
    assert max(found) == pytest.approx(0.093 * SPOT, rel=0.02)
