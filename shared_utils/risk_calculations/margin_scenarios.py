"""One option in SPAN's 16 scenarios, per unit held long."""

from dataclasses import dataclass
from math import exp, sqrt
from typing import NamedTuple

from shared_utils.domain.instruments import OptionType
from shared_utils.risk_calculations.implied_volatility import implied_volatility
from shared_utils.risk_calculations.pricing import forward_value

# Index moves in thirds of the scan range; each is taken with volatility up and with it down.
THIRDS = (0.0, 1 / 3, -1 / 3, 2 / 3, -2 / 3, 1.0, -1.0)

LONG_DATED_YEARS = 0.75
DELTA_BUMP = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRules:
    """Fractions, `least_volatility_range` in volatility itself (0.04 is four points).

    With a `daily_volatility` the price range is at least 6 sigma root(2). An option whose price
    holds no volatility (at or below intrinsic value) is scanned with `volatility_when_unknown`.
    """

    price_range: float
    long_dated_price_range: float
    volatility_range: float
    least_volatility_range: float
    extreme_multiple: float
    extreme_cover: float
    daily_volatility: float | None = None
    volatility_when_unknown: float = 0.30

    def price_range_at(self, years: float) -> float:
        floor = self.long_dated_price_range if years > LONG_DATED_YEARS else self.price_range
        return max(floor, 6.0 * sqrt(2.0) * (self.daily_volatility or 0.0))


class Scanned(NamedTuple):
    """Rupees lost per unit held long in each scenario (a gain is negative), and the delta."""

    losses: tuple[float, ...]
    delta: float


def scan(
    option_type: OptionType,
    *,
    strike: float,
    premium: float,
    spot: float,
    years: float,
    rate: float,
    rules: ScanRules,
) -> Scanned:
    """The volatility is the one the premium implies; losses are from the model's own value now."""
    years = max(years, 0.0)
    discount, root = exp(-rate * years), sqrt(years)
    forward = spot / discount
    implied = implied_volatility(
        option_type, price=premium, forward=forward, strike=strike, years=years, rate=rate
    ).volatility
    volatility = rules.volatility_when_unknown if implied is None else implied
    shift = max(rules.volatility_range * volatility, rules.least_volatility_range)
    high, low = (volatility + shift) * root, max(volatility - shift, 0.0) * root
    reach = rules.price_range_at(years)
    now = forward_value(option_type, forward, strike, volatility * root)
    losses = []
    for third in THIRDS:
        moved = forward * (1.0 + third * reach)
        losses += [
            (now - forward_value(option_type, moved, strike, total)) * discount
            for total in (high, low)
        ]
    for direction in (1.0, -1.0):
        moved = forward * max(1.0 + direction * rules.extreme_multiple * reach, DELTA_BUMP)
        value = forward_value(option_type, moved, strike, volatility * root)
        losses.append((now - value) * discount * rules.extreme_cover)
    bumped = forward_value(option_type, forward * (1.0 + DELTA_BUMP), strike, volatility * root)
    return Scanned(tuple(losses), (bumped - now) / (forward * DELTA_BUMP))
