"""PERCENTAGE_BASED: a percentage of the reference price away from it."""

from decimal import Decimal

from shared_utils.domain.instruments import OptionType
from shared_utils.domain.legs import PremiumSelection
from shared_utils.risk_calculations.strikes.choices import (
    StrikeChoice,
    StrikeMarket,
    incomplete,
)
from shared_utils.risk_calculations.strikes.ladders import choice_near, reference_price
from shared_utils.risk_calculations.strikes.volatility_adjustments import (
    adjustment_said,
    volatility_factor,
)

GREATEST_PERCENTAGE = Decimal(50)


def select_by_percentage(selection: PremiumSelection, market: StrikeMarket) -> StrikeChoice:
    """A positive percentage is out of the money (calls above, puts below), a negative one in it."""
    percentage = selection.strike_percentage
    if percentage is None or abs(percentage) > GREATEST_PERCENTAGE:
        raise incomplete("strike_percentage", f"must be between -{GREATEST_PERCENTAGE} and 50")
    reference = reference_price(selection.atm_source, market)
    factor = volatility_factor(selection, market)
    direction = 1 if market.option_type is OptionType.CE else -1
    target = reference * (1 + direction * percentage * factor / 100)
    wanted = f"{percentage:f} percent from {reference:f}{adjustment_said(factor)}"
    return choice_near(target, market, wanted=wanted)
