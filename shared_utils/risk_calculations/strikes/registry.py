"""Every kind of strike selection, one file each."""

from collections.abc import Callable, Mapping

from shared_utils.domain.legs import PremiumSelection, SelectionType
from shared_utils.risk_calculations.strikes.absolute_premiums import select_by_premium
from shared_utils.risk_calculations.strikes.at_the_money import select_at_the_money
from shared_utils.risk_calculations.strikes.choices import StrikeChoice, StrikeMarket
from shared_utils.risk_calculations.strikes.deltas import select_by_delta
from shared_utils.risk_calculations.strikes.in_the_money import select_in_the_money
from shared_utils.risk_calculations.strikes.out_of_the_money import select_out_of_the_money
from shared_utils.risk_calculations.strikes.percentages import select_by_percentage
from shared_utils.risk_calculations.strikes.premium_ranges import select_by_premium_range
from shared_utils.risk_calculations.strikes.straddle_premium_percents import (
    select_by_straddle_premium,
)
from shared_utils.risk_calculations.strikes.straddle_widths import select_by_straddle_width

Select = Callable[[PremiumSelection, StrikeMarket], StrikeChoice]

KINDS: Mapping[SelectionType, Select] = {
    SelectionType.ATM: select_at_the_money,
    SelectionType.OTM: select_out_of_the_money,
    SelectionType.ITM: select_in_the_money,
    SelectionType.ABSOLUTE_PREMIUM: select_by_premium,
    SelectionType.DELTA_BASED: select_by_delta,
    SelectionType.PERCENTAGE_BASED: select_by_percentage,
    SelectionType.PREMIUM_RANGE: select_by_premium_range,
    SelectionType.STRADDLE_WIDTH: select_by_straddle_width,
    SelectionType.STRADDLE_PREMIUM_PERCENT: select_by_straddle_premium,
}


def select(selection: PremiumSelection, market: StrikeMarket) -> StrikeChoice:
    """The contract this leg trades now, why, and what was passed over.

    Never one whose quote is missing, stale, crossed, too wide or empty on the side that is needed.
    Raises RuleBroken (SELECTION_INCOMPLETE, NO_STRIKE_IN_RANGE) where the request cannot be met,
    MarketDataUnavailable (NO_USABLE_QUOTE, SPOT_UNUSABLE, FUTURE_PRICE_MISSING,
    VOLATILITY_UNKNOWN) where the market of the moment does not allow it.
    """
    return KINDS[selection.type](selection, market)
