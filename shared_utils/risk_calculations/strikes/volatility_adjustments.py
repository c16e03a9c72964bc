"""`volatility_adjustment`: the same idea in a calm and in a nervous market.

Distances from the money and target premiums are multiplied by today's at-the-money implied
volatility over what it usually is, held within a half and two. Kinds that measure in the market's
own volatility already (ATM, delta, both straddle kinds) are not changed by it.
"""

from decimal import Decimal

from shared_utils.domain.errors import MarketDataUnavailable
from shared_utils.domain.instruments import OptionType
from shared_utils.domain.legs import PremiumSelection
from shared_utils.risk_calculations.forwards import forward_from_parity
from shared_utils.risk_calculations.implied_volatility import implied_volatility
from shared_utils.risk_calculations.strikes.choices import StrikeMarket
from shared_utils.risk_calculations.strikes.ladders import fresh_spot, pairs_near

LEAST_FACTOR = Decimal("0.5")
GREATEST_FACTOR = Decimal(2)


def at_the_money_volatility(market: StrikeMarket) -> float | None:
    """Of the pair nearest to the spot, a fraction a year; None when the quotes hold none."""
    for pair in pairs_near(market, fresh_spot(market), 1):
        years, rate = market.years_to_expiry, market.rate
        # Parity makes call and put imply one volatility; the call speaks for both.
        return implied_volatility(
            OptionType.CE,
            price=float(pair.call),
            forward=forward_from_parity(pair, years=years, rate=rate),
            strike=float(pair.strike),
            years=years,
            rate=rate,
        ).volatility
    return None


def volatility_factor(selection: PremiumSelection, market: StrikeMarket) -> Decimal:
    """1 when no adjustment is asked for. Raises VOLATILITY_UNKNOWN when it cannot be measured."""
    if not selection.volatility_adjustment:
        return Decimal(1)
    usual = market.reference_volatility
    now = at_the_money_volatility(market)
    if usual is None or usual <= 0 or now is None:
        missing = "at-the-money volatility" if now is None else "usual volatility"
        raise MarketDataUnavailable(
            f"The {missing} of {market.chain.underlying} is not known, "
            "so the strike cannot be adjusted to it.",
            code="VOLATILITY_UNKNOWN",
        )
    factor = Decimal(now / usual).quantize(Decimal("0.001"))
    return min(max(factor, LEAST_FACTOR), GREATEST_FACTOR)


def adjustment_said(factor: Decimal) -> str:
    """For the reason; nothing when nothing was adjusted."""
    return "" if factor == 1 else f", adjusted to volatility by {factor:f}"
