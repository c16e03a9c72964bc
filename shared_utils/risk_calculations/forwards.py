"""Where the market sees the index at expiry, and which strike is at the money."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import exp

# Fractions a year. No forward-looking rate is quoted to us; the repo rate moves premiums of a week
# by paise, and a fixed one keeps every account's strike equal.
RISK_FREE_RATE = 0.065


@dataclass(frozen=True, slots=True, kw_only=True)
class StrikePair:
    """The mids of call and put of one strike, rupees per unit, quoted at the same moment."""

    strike: Decimal
    call: Decimal
    put: Decimal


def forward_from_parity(pair: StrikePair, *, years: float, rate: float) -> float:
    """Put-call parity: F = K + (C - P) exp(rT), in index points."""
    return float(pair.strike) + float(pair.call - pair.put) * exp(rate * years)


def forward_of_pairs(
    pairs: Iterable[StrikePair], *, near: Decimal, years: float, rate: float, count: int = 3
) -> float | None:
    """The median of the parity forwards of the `count` strikes nearest to `near`.

    Near the money spreads are tight; the median ignores one bad quote. None without any pair.
    """
    nearest = list(pairs)
    if len(nearest) > count:
        nearest = sorted(nearest, key=lambda pair: abs(pair.strike - near))[:count]
    forwards = sorted(forward_from_parity(pair, years=years, rate=rate) for pair in nearest)
    if not forwards:
        return None
    middle = len(forwards) // 2
    if len(forwards) % 2:
        return forwards[middle]
    return 0.5 * (forwards[middle - 1] + forwards[middle])


def forward_from_spot(
    spot: Decimal, *, years: float, rate: float, dividend_yield: float = 0.0
) -> float:
    """Cost of carry: F = S exp((r - q) T), for when no pair of quotes can be used."""
    return float(spot) * exp((rate - dividend_yield) * years)


def synthetic_future(pair: StrikePair) -> Decimal:
    """What buying the call and selling the put amounts to, as traders quote it: K + C - P."""
    return pair.strike + pair.call - pair.put


def at_the_money_strike(strikes: Sequence[Decimal], reference: Decimal) -> Decimal:
    """The listed strike nearest to the reference (spot, future or synthetic future).

    A tie goes to the lower strike. Raises ValueError when nothing is listed.
    """
    return min(strikes, key=lambda strike: (abs(strike - reference), strike))
