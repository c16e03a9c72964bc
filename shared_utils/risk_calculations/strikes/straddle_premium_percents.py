"""STRADDLE_PREMIUM_PERCENT: the strike that costs a percentage of the ATM straddle."""

from shared_utils.domain.legs import PremiumSelection
from shared_utils.risk_calculations.strikes.at_the_money_straddles import (
    at_the_money_straddle,
)
from shared_utils.risk_calculations.strikes.choices import (
    StrikeChoice,
    StrikeMarket,
    incomplete,
)
from shared_utils.risk_calculations.strikes.premium_searches import nearest_premium


def select_by_straddle_premium(selection: PremiumSelection, market: StrikeMarket) -> StrikeChoice:
    """The straddle holds the volatility already: an adjustment to it changes nothing."""
    percent = selection.straddle_premium_percent
    if percent is None or percent <= 0:
        raise incomplete("straddle_premium_percent", "must be above 0")
    pair = at_the_money_straddle(selection, market)
    target = (pair.call + pair.put) * percent / 100
    said = f"{target:.2f}, {percent:f} percent of the {pair.strike:f} straddle"
    return nearest_premium(target, market, wanted=f"a premium near {said}", because=said)
