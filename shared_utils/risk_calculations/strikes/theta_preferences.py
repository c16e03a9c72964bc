"""`theta_preference`: among strikes that fit, the one that decays fastest (HIGH) or slowest."""

from collections.abc import Callable
from math import inf

from shared_utils.domain.instruments import ChainRow
from shared_utils.domain.legs import ThetaPreference
from shared_utils.risk_calculations.implied_volatility import implied_volatility
from shared_utils.risk_calculations.pricing import black_76
from shared_utils.risk_calculations.strikes.choices import StrikeMarket
from shared_utils.risk_calculations.strikes.ladders import forward_of_market


def theta_rank(preference: ThetaPreference, market: StrikeMarket) -> Callable[[ChainRow], float]:
    """Lowest is preferred. A strike without a theta (no volatility in its price) comes last."""
    forward = forward_of_market(market)
    sign = 1.0 if preference is ThetaPreference.HIGH else -1.0

    def rank(row: ChainRow) -> float:
        theta = theta_of(row, forward, market)
        return inf if theta is None else sign * theta

    return rank


def theta_of(row: ChainRow, forward: float, market: StrikeMarket) -> float | None:
    """Rupees per unit and calendar day (negative for what is held), at the mid's volatility."""
    mid, strike = row.quote.mid, float(row.contract.strike)
    option_type, years, rate = row.contract.option_type, market.years_to_expiry, market.rate
    volatility = implied_volatility(
        option_type,
        price=None if mid is None else float(mid),
        forward=forward,
        strike=strike,
        years=years,
        rate=rate,
    ).volatility
    if volatility is None:
        return None
    return black_76(
        option_type,
        forward=forward,
        strike=strike,
        years=years,
        volatility=volatility,
        rate=rate,
    ).theta
