"""What a chain says at the money: forward, straddle, implied volatility; and thirty days between
two expiries. Pure Python: a handful of options, each minute.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

from shared_utils.domain.instruments import OptionChain, OptionType, Quote
from shared_utils.risk_calculations.forwards import (
    RISK_FREE_RATE,
    StrikePair,
    at_the_money_strike,
    forward_from_spot,
    forward_of_pairs,
)
from shared_utils.risk_calculations.implied_volatility import implied_volatility

THIRTY_DAYS = 30.0 / 365.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AtTheMoney:
    """Of the strike nearest to the forward. None where the quotes do not say.

    `forward` in index points, `straddle` in rupees per unit, `volatility` a fraction a year: the
    mean of what call and put imply.
    """

    strike: Decimal
    forward: float
    forward_from_quotes: bool
    straddle: Decimal | None
    volatility: float | None


def market_price(quote: Quote) -> Decimal | None:
    """The mid of a two-sided, uncrossed quote; nothing else is a price to calculate with."""
    if quote.bid is None or quote.ask is None or not 0 < quote.bid <= quote.ask:
        return None
    return quote.mid


def at_the_money(chain: OptionChain, years: float, rate: float = RISK_FREE_RATE) -> AtTheMoney:
    """Raises ValueError for a chain without rows."""
    pairs = strike_pairs(chain)
    implied = forward_of_pairs(pairs.values(), near=chain.spot, years=years, rate=rate)
    forward = implied if implied is not None else forward_from_spot(
        chain.spot, years=years, rate=rate
    )  # fmt: skip
    strikes = sorted({row.contract.strike for row in chain.rows})
    strike = at_the_money_strike(strikes, Decimal(str(forward)))
    pair = pairs.get(strike)
    return AtTheMoney(
        strike=strike,
        forward=forward,
        forward_from_quotes=implied is not None,
        straddle=None if pair is None else pair.call + pair.put,
        volatility=None if pair is None else _volatility(pair, forward, years, rate),
    )


def strike_pairs(chain: OptionChain) -> dict[Decimal, StrikePair]:
    """The strikes of which both sides have a market."""
    mids: dict[tuple[Decimal, OptionType], Decimal] = {}
    for row in chain.rows:
        price = market_price(row.quote)
        if price is not None:
            mids[row.contract.strike, row.contract.option_type] = price
    return {
        strike: StrikePair(strike=strike, call=call, put=mids[strike, OptionType.PE])
        for (strike, option_type), call in mids.items()
        if option_type is OptionType.CE and (strike, OptionType.PE) in mids
    }


def thirty_day_volatility(terms: Iterable[tuple[float, float | None]]) -> float | None:
    """From (years, volatility) of several expiries: total variance is a straight line between the
    two around thirty days; outside them the nearest one's volatility stands. None without any.
    """
    known = sorted((years, vol) for years, vol in terms if vol is not None and years > 0.0)
    if not known:
        return None
    before = [each for each in known if each[0] <= THIRTY_DAYS]
    after = [each for each in known if each[0] > THIRTY_DAYS]
    if not before or not after:
        return (before[-1] if before else after[0])[1]
    (near, low), (far, high) = before[-1], after[0]
    share = (THIRTY_DAYS - near) / (far - near)
    variance = low * low * near * (1.0 - share) + high * high * far * share
    return sqrt(variance / THIRTY_DAYS)


def _volatility(pair: StrikePair, forward: float, years: float, rate: float) -> float | None:
    sides: Sequence[tuple[OptionType, Decimal]] = (
        (OptionType.CE, pair.call),
        (OptionType.PE, pair.put),
    )
    implied = [
        implied_volatility(
            option_type,
            price=float(price),
            forward=forward,
            strike=float(pair.strike),
            years=years,
            rate=rate,
        ).volatility
        for option_type, price in sides
    ]
    known = [each for each in implied if each is not None]
    return sum(known) / len(known) if known else None
