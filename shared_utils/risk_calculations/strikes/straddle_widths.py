"""STRADDLE_WIDTH: as far from the money as the market itself expects to move, or a multiple."""

from decimal import Decimal

from shared_utils.domain.instruments import OptionType
from shared_utils.domain.legs import PremiumSelection
from shared_utils.risk_calculations.strikes.at_the_money_straddles import (
    at_the_money_straddle,
)
from shared_utils.risk_calculations.strikes.choices import (
    StrikeChoice,
    StrikeMarket,
    incomplete,
)
from shared_utils.risk_calculations.strikes.ladders import choice_near

GREATEST_WIDTH = Decimal(10)


def select_by_straddle_width(selection: PremiumSelection, market: StrikeMarket) -> StrikeChoice:
    """ATM strike plus (calls) or minus (puts) `straddle_width` times the ATM straddle's premium.

    A negative width is in the money. The straddle holds the volatility already: no adjustment.
    """
    width = selection.straddle_width
    if width is None or abs(width) > GREATEST_WIDTH:
        raise incomplete("straddle_width", f"must be between -{GREATEST_WIDTH} and 10")
    pair = at_the_money_straddle(selection, market)
    premium = pair.call + pair.put
    direction = 1 if market.option_type is OptionType.CE else -1
    target = pair.strike + direction * width * premium
    wanted = f"{width:f} times the {pair.strike:f} straddle's premium of {premium:.2f} from it"
    return choice_near(target, market, wanted=wanted)
