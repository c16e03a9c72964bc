"""A chain as a trader reads it: volatilities and greeks of every option, open interest, the money.

Imports numpy, so only the routes that need it import this, when they are asked. Black-76 on the
forward that the quotes imply; an option is priced at the mid of its two sides. What cannot be told
is None, and a status says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from lambda_functions.options_platform.market_data_fetcher.at_the_money import (
    AtTheMoney,
    at_the_money,
    market_price,
)
from shared_utils.domain.instruments import ChainRow, OptionChain, OptionType
from shared_utils.risk_calculations.forwards import RISK_FREE_RATE
from shared_utils.risk_calculations.pricing_chain import (
    PRICE_STATUSES,
    VOLATILITY_STATUSES,
    ChainValues,
    ChainVolatilities,
    value_chain,
    volatility_chain,
)

NO_TWO_SIDED_QUOTE = "NO_TWO_SIDED_QUOTE"
WING_DELTA = 0.25
_FURTHEST_WING = 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuedOption:
    """`volatility` a fraction a year, greeks per unit in the units of `pricing`.

    `status` is OK, NO_TWO_SIDED_QUOTE, or what `implied_volatility` found.
    """

    row: ChainRow
    mid: Decimal | None
    volatility: float | None
    delta: float | None
    gamma: float | None
    vega: float | None
    theta: float | None
    rho: float | None
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInterest:
    """Units. Ratios are puts over calls, None without calls; `max_pain` is the strike at which the
    options held would pay their holders least.
    """

    calls: int
    puts: int
    ratio: float | None
    volume_ratio: float | None
    max_pain: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainView:
    chain: OptionChain
    years: float
    money: AtTheMoney
    options: tuple[ValuedOption, ...]
    interest: OpenInterest


@dataclass(frozen=True, slots=True, kw_only=True)
class Skew:
    """Volatilities, fractions a year, of the options whose delta is nearest to a quarter."""

    put: ValuedOption
    call: ValuedOption


def view_chain(chain: OptionChain, years: float, rate: float = RISK_FREE_RATE) -> ChainView:
    money = at_the_money(chain, years, rate)
    return ChainView(
        chain=chain,
        years=years,
        money=money,
        options=_valued(chain.rows, money.forward, years, rate),
        interest=_open_interest(chain.rows),
    )


def skew_of(view: ChainView) -> Skew | None:
    """None when no quoted option is near enough to a delta of a quarter on either side."""
    put = _wing(view, OptionType.PE)
    call = _wing(view, OptionType.CE)
    return None if put is None or call is None else Skew(put=put, call=call)


def _wing(view: ChainView, option_type: OptionType) -> ValuedOption | None:
    known = [
        (abs(abs(option.delta) - WING_DELTA), option)
        for option in view.options
        if option.row.contract.option_type is option_type and option.delta is not None
    ]
    if not known:
        return None
    distance, nearest = min(known, key=lambda each: each[0])
    return nearest if distance <= _FURTHEST_WING else None


def _valued(
    rows: Sequence[ChainRow], forward: float, years: float, rate: float
) -> tuple[ValuedOption, ...]:
    mids = [market_price(row.quote) for row in rows]
    is_call = [row.contract.option_type is OptionType.CE for row in rows]
    strikes = np.array([float(row.contract.strike) for row in rows])
    implied = volatility_chain(
        is_call,
        price=np.array([np.nan if mid is None else float(mid) for mid in mids]),
        forward=forward,
        strike=strikes,
        years=years,
        rate=rate,
    )
    values = value_chain(
        is_call,
        forward=forward,
        strike=strikes,
        years=years,
        volatility=implied.volatility,
        rate=rate,
    )
    return tuple(
        _option(row, mid, index, implied, values)
        for index, (row, mid) in enumerate(zip(rows, mids, strict=True))
    )


def _option(
    row: ChainRow, mid: Decimal | None, index: int, implied: ChainVolatilities, values: ChainValues
) -> ValuedOption:
    volatility = _known(implied.volatility[index])
    if mid is None:
        status = NO_TWO_SIDED_QUOTE
    elif volatility is None:
        status = str(VOLATILITY_STATUSES[implied.status[index]])
    else:
        status = str(PRICE_STATUSES[values.status[index]])
    return ValuedOption(
        row=row,
        mid=mid,
        volatility=volatility,
        delta=_known(values.delta[index]),
        gamma=_known(values.gamma[index]),
        vega=_known(values.vega[index]),
        theta=_known(values.theta[index]),
        rho=_known(values.rho[index]),
        status=status,
    )


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _open_interest(rows: Sequence[ChainRow]) -> OpenInterest:
    calls = [row for row in rows if row.contract.option_type is OptionType.CE]
    puts = [row for row in rows if row.contract.option_type is OptionType.PE]
    held_calls = sum(row.quote.open_interest for row in calls)
    held_puts = sum(row.quote.open_interest for row in puts)
    return OpenInterest(
        calls=held_calls,
        puts=held_puts,
        ratio=_ratio(held_puts, held_calls),
        volume_ratio=_ratio(
            sum(row.quote.volume for row in puts), sum(row.quote.volume for row in calls)
        ),
        max_pain=_max_pain(calls, puts) if held_calls + held_puts else None,
    )


def _ratio(part: int, of: int) -> float | None:
    return part / of if of else None


def _max_pain(calls: Sequence[ChainRow], puts: Sequence[ChainRow]) -> Decimal:
    """Of several such strikes the lowest."""
    strikes = sorted({row.contract.strike for row in (*calls, *puts)})
    at = np.array([float(each) for each in strikes])[:, None]
    paid = np.zeros(len(strikes))
    for rows, sign in ((calls, 1.0), (puts, -1.0)):
        of = np.array([float(row.contract.strike) for row in rows])
        held = np.array([float(row.quote.open_interest) for row in rows])
        paid += np.maximum(sign * (at - of), 0.0) @ held
    return strikes[int(np.argmin(paid))]
