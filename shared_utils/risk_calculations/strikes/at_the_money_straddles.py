"""The straddle at the money, which two kinds of selection measure with."""

from shared_utils.domain.legs import PremiumSelection
from shared_utils.risk_calculations.forwards import StrikePair
from shared_utils.risk_calculations.strikes.choices import StrikeMarket, no_usable_quote
from shared_utils.risk_calculations.strikes.ladders import pairs_near, reference_price


def at_the_money_straddle(selection: PremiumSelection, market: StrikeMarket) -> StrikePair:
    """Of the strike nearest to the reference whose call and put both have a sound quote."""
    pairs = pairs_near(market, reference_price(selection.atm_source, market), 1)
    if not pairs:
        raise no_usable_quote("the at-the-money straddle", ())
    return pairs[0]
