"""ITM: away from the money, calls below it and puts above it."""

from shared_utils.domain.legs import PremiumSelection
from shared_utils.risk_calculations.strikes.away_from_the_money import select_away
from shared_utils.risk_calculations.strikes.choices import StrikeChoice, StrikeMarket


def select_in_the_money(selection: PremiumSelection, market: StrikeMarket) -> StrikeChoice:
    return select_away(selection, market, out_of_the_money=False)
