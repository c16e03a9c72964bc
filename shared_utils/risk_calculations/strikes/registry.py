"""Every kind of strike selection, one file each."""

from collections.abc import Callable, Mapping

from shared_utils.domain.legs import PremiumSelection, SelectionType
from shared_utils.risk_calculations.strikes.at_the_money import select_at_the_money
from shared_utils.risk_calculations.strikes.choices import StrikeChoice, StrikeMarket
from shared_utils.risk_calculations.strikes.in_the_money import select_in_the_money
from shared_utils.risk_calculations.strikes.out_of_the_money import select_out_of_the_money

Select = Callable[[PremiumSelection, StrikeMarket], StrikeChoice]

KINDS: Mapping[SelectionType, Select] = {
    SelectionType.ATM: select_at_the_money,
    SelectionType.OTM: select_out_of_the_money,
    SelectionType.ITM: select_in_the_money,
}


def select(selection: PremiumSelection, market: StrikeMarket) -> StrikeChoice:
    """The contract this leg trades now, why, and what was passed over.

    Never one whose quote is missing, stale, crossed, too wide or empty on the side that is needed.
    Raises RuleBroken (SELECTION_INCOMPLETE, NO_STRIKE_IN_RANGE) where the request cannot be met,
    MarketDataUnavailable (NO_USABLE_QUOTE, SPOT_UNUSABLE, FUTURE_PRICE_MISSING,
    VOLATILITY_UNKNOWN) where the market of the moment does not allow it.
    """
    return KINDS[selection.type](selection, market)
