"""The volatility surface of the simulated market: a level per index and moment, skewed by strike.

Volatilities are annual fractions (0.12 is 12 percent). Time runs in calendar days of 365.
"""

import math
from dataclasses import dataclass, replace
from datetime import datetime

from shared_utils.domain.instruments import Underlying

_SECONDS_OF_YEAR = 365 * 24 * 3600.0
_LEAST_TIME = 60 / _SECONDS_OF_YEAR  # in the last minute there is still something to hope for

RATE = 0.065
DIVIDEND_YIELD = 0.012

_LEVELS = {
    Underlying.NIFTY: 0.122,
    Underlying.BANKNIFTY: 0.146,
    Underlying.FINNIFTY: 0.142,
    Underlying.MIDCPNIFTY: 0.178,
    Underlying.SENSEX: 0.124,
}
_SKEW = -0.07  # puts below the money cost more than calls above it
_CURVATURE = 0.022
_WINGS = 3.0  # standard deviations beyond which the smile flattens
_LEVERAGE = 2.2  # a fall of one percent lifts the level by about that share of it
_LONG_RUN = 0.16


@dataclass(frozen=True, slots=True)
class Slice:
    """One expiry at one moment: everything that its strikes share."""

    forward: float
    years: float
    discount: float
    deviation: float  # at-the-money volatility times the root of time
    at_the_money: float

    def moneyness(self, strike: float) -> float:
        """Standard deviations from the forward: negative below it."""
        return math.log(strike / self.forward) / self.deviation

    def volatility(self, strike: float) -> float:
        bounded = _WINGS * math.tanh(self.moneyness(strike) / _WINGS)
        return self.at_the_money * (1 + _SKEW * bounded + _CURVATURE * bounded * bounded)

    def moved(self, spot_factor: float, volatility_factor: float) -> "Slice":
        """The same expiry after a sudden move, for margin scenarios."""
        return replace(
            self,
            forward=self.forward * spot_factor,
            deviation=self.deviation * volatility_factor,
            at_the_money=self.at_the_money * volatility_factor,
        )

    def price(self, strike: float, *, call: bool) -> float:
        return (
            black_76(
                self.forward, strike, self.volatility(strike) * math.sqrt(self.years), call=call
            )
            * self.discount
        )


def slice_of(
    underlying: Underlying, spot: float, previous_close: float, at: datetime, expires_at: datetime
) -> Slice:
    years = max((expires_at - at).total_seconds() / _SECONDS_OF_YEAR, _LEAST_TIME)
    level = _LEVELS[underlying] * (1 - _LEVERAGE * math.log(spot / previous_close))
    share = math.exp(-years * 2.5)
    at_the_money = max(level * share + _LONG_RUN * (1 - share), 0.04)
    return Slice(
        forward=spot * math.exp((RATE - DIVIDEND_YIELD) * years),
        years=years,
        discount=math.exp(-RATE * years),
        deviation=at_the_money * math.sqrt(years),
        at_the_money=at_the_money,
    )


def black_76(forward: float, strike: float, deviation: float, *, call: bool) -> float:
    """Undiscounted option value; `deviation` is volatility times the root of time (Black, 1976)."""
    d1 = math.log(forward / strike) / deviation + deviation / 2
    d2 = d1 - deviation
    if call:
        return forward * _normal(d1) - strike * _normal(d2)
    return strike * _normal(-d2) - forward * _normal(-d1)


def _normal(x: float) -> float:
    return 0.5 * math.erfc(-x * 0.7071067811865476)
