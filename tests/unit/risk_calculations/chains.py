"""Synthetic chains: Black-76 prices on a smile, with a spread, as a market would show them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import log, sqrt
from typing import Any

from shared_utils.domain.instruments import (
    ChainRow,
    Contract,
    Exchange,
    OptionChain,
    OptionType,
    Quote,
    Side,
    Underlying,
)
from shared_utils.domain.money import ceil_to_tick, floor_to_tick
from shared_utils.risk_calculations.pricing import black_76
from shared_utils.risk_calculations.quote_checks import QuoteLimits
from shared_utils.risk_calculations.strikes.choices import StrikeMarket

NOW = datetime(2026, 11, 26, 4, 30, tzinfo=UTC)
EXPIRY = date(2026, 12, 1)
YEARS = 5.23 / 365
RATE = 0.065
SPOT = Decimal("26012.35")
TICK = Decimal("0.05")


def smile(strike: float, forward: float) -> float:
    """A NIFTY-like skew: 12 % at the money, more below."""
    x = log(strike / forward) / sqrt(YEARS)
    return 0.12 - 0.03 * x + 0.06 * x * x


def contract(strike: int | Decimal, option_type: OptionType) -> Contract:
    return Contract(
        underlying=Underlying.NIFTY,
        exchange=Exchange.NSE,
        expiry=EXPIRY,
        strike=Decimal(strike),
        option_type=option_type,
        lot_size=65,
        tick_size=TICK,
        symbol=f"NIFTY26D01{strike}{option_type}",
    )


def quote(symbol: str, bid: Decimal | None, ask: Decimal | None, at: datetime = NOW) -> Quote:
    return Quote(
        symbol=symbol,
        last_price=ask,
        bid=bid,
        ask=ask,
        bid_quantity=650,
        ask_quantity=650,
        volume=1000,
        open_interest=1000,
        lower_circuit=None,
        upper_circuit=None,
        at=at,
    )


def chain(
    *,
    spot: Decimal = SPOT,
    strikes: range = range(24000, 28001, 50),
    forward: float | None = None,
    spread: Decimal = Decimal("0.01"),
    change: Callable[[ChainRow], ChainRow | None] = lambda row: row,
) -> OptionChain:
    """`change` may replace a row or drop it."""
    forward = forward or float(spot) * 1.0009
    rows = []
    for strike in strikes:
        for option_type in OptionType:
            value = black_76(
                option_type,
                forward=forward,
                strike=float(strike),
                years=YEARS,
                volatility=smile(strike, forward),
                rate=RATE,
            )
            fair = Decimal(value.price or 0.0)
            bid = max(floor_to_tick(fair * (1 - spread / 2), TICK), TICK)
            ask = max(ceil_to_tick(fair * (1 + spread / 2), TICK), bid + TICK)
            listed = contract(strike, option_type)
            row = change(ChainRow(contract=listed, quote=quote(listed.symbol, bid, ask)))
            if row is not None:
                rows.append(row)
    return OptionChain(
        underlying=Underlying.NIFTY,
        expiry=EXPIRY,
        spot=spot,
        spot_at=NOW,
        rows=tuple(rows),
        at=NOW,
    )


def limits(now: datetime = NOW) -> QuoteLimits:
    return QuoteLimits(now=now, max_age_s=5, max_spread_percentage=Decimal(5))


def market(
    option_type: OptionType = OptionType.CE,
    side: Side = Side.SELL,
    of: OptionChain | None = None,
    **fields: Any,
) -> StrikeMarket:
    given: dict[str, Any] = {
        "chain": of or chain(),
        "option_type": option_type,
        "side": side,
        "years_to_expiry": YEARS,
        "rate": RATE,
        "limits": limits(),
        **fields,
    }
    return StrikeMarket(**given)


def with_quote(row: ChainRow, **fields: Any) -> ChainRow:
    return replace(row, quote=replace(row.quote, **fields))


def spoiled(strikes: set[int], **fields: Any) -> Callable[[ChainRow], ChainRow]:
    """A `change` for `chain`: these strikes' quotes get other fields."""
    return lambda row: with_quote(row, **fields) if int(row.contract.strike) in strikes else row


OLD = NOW - timedelta(seconds=6)
