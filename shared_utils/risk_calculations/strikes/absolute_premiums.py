"""ABSOLUTE_PREMIUM: the strike whose premium is nearest to an amount of rupees."""

from shared_utils.domain.legs import PremiumSelection
from shared_utils.risk_calculations.strikes.choices import (
    StrikeChoice,
    StrikeMarket,
    incomplete,
)
from shared_utils.risk_calculations.strikes.premium_searches import nearest_premium
from shared_utils.risk_calculations.strikes.volatility_adjustments import (
    adjustment_said,
    volatility_factor,
)


def select_by_premium(selection: PremiumSelection, market: StrikeMarket) -> StrikeChoice:
    target = selection.target_premium
    if target is None or target <= 0:
        raise incomplete("target_premium", "must be above 0")
    factor = volatility_factor(selection, market)
    said = f"{target:.2f}{adjustment_said(factor)}"
    return nearest_premium(target * factor, market, wanted=f"a premium near {said}", because=said)
