"""A chain small enough for one cache item: columns of whole paise instead of rows of quotes.

A row takes about 120 bytes as JSON, so the 200 strikes of a NIFTY weekly stay near 50 KB of the
400 KB that DynamoDB allows.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from shared_utils.domain.instruments import (
    ChainRow,
    Contract,
    Exchange,
    OptionChain,
    OptionType,
    Quote,
    Underlying,
)

_PAISE = 100

# strike, type, symbol, lot, tick | last, bid, ask, bid and ask quantity, volume, OI, circuits | age
CompactRow = tuple[
    int,
    OptionType,
    str,
    int,
    int,
    int | None,
    int | None,
    int | None,
    int,
    int,
    int,
    int,
    int | None,
    int | None,
    int,
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactChain:
    """Prices and strikes in paise; the last number of a row is how many milliseconds its quote is
    older than `at`.
    """

    underlying: Underlying
    exchange: Exchange
    expiry: date
    spot: int
    spot_at: datetime
    at: datetime
    rows: tuple[CompactRow, ...]


def compact(chain: OptionChain) -> CompactChain:
    """Raises ValueError for a price that is not whole paise, or an empty chain."""
    if not chain.rows:
        raise ValueError("a chain without rows has no exchange")
    return CompactChain(
        underlying=chain.underlying,
        exchange=chain.rows[0].contract.exchange,
        expiry=chain.expiry,
        spot=_paise(chain.spot),
        spot_at=chain.spot_at,
        at=chain.at,
        rows=tuple(_compact_row(row, chain.at) for row in chain.rows),
    )


def expand(compacted: CompactChain) -> OptionChain:
    """The chain that was compacted, every quote as old as it was."""
    return OptionChain(
        underlying=compacted.underlying,
        expiry=compacted.expiry,
        spot=_rupees(compacted.spot),
        spot_at=compacted.spot_at,
        rows=tuple(_row(row, compacted) for row in compacted.rows),
        at=compacted.at,
    )


def _compact_row(row: ChainRow, at: datetime) -> CompactRow:
    contract, quote = row.contract, row.quote
    return (
        _paise(contract.strike),
        contract.option_type,
        contract.symbol,
        contract.lot_size,
        _paise(contract.tick_size),
        _maybe_paise(quote.last_price),
        _maybe_paise(quote.bid),
        _maybe_paise(quote.ask),
        quote.bid_quantity,
        quote.ask_quantity,
        quote.volume,
        quote.open_interest,
        _maybe_paise(quote.lower_circuit),
        _maybe_paise(quote.upper_circuit),
        round((at - quote.at) / timedelta(milliseconds=1)),
    )


def _row(row: CompactRow, of: CompactChain) -> ChainRow:
    strike, option_type, symbol, lot, tick, last, bid, ask, *rest = row
    bid_quantity, ask_quantity, volume, open_interest, lower, upper, age_ms = rest
    return ChainRow(
        contract=Contract(
            underlying=of.underlying,
            exchange=of.exchange,
            expiry=of.expiry,
            strike=_rupees(strike),
            option_type=option_type,
            lot_size=lot,
            tick_size=_rupees(tick),
            symbol=symbol,
        ),
        quote=Quote(
            symbol=symbol,
            last_price=_maybe_rupees(last),
            bid=_maybe_rupees(bid),
            ask=_maybe_rupees(ask),
            bid_quantity=bid_quantity or 0,
            ask_quantity=ask_quantity or 0,
            volume=volume or 0,
            open_interest=open_interest or 0,
            lower_circuit=_maybe_rupees(lower),
            upper_circuit=_maybe_rupees(upper),
            at=of.at - timedelta(milliseconds=age_ms or 0),
        ),
    )


def _paise(amount: Decimal) -> int:
    paise = amount * _PAISE
    if paise != paise.to_integral_value():
        raise ValueError("a price with a part of a paisa")
    return int(paise)


def _maybe_paise(amount: Decimal | None) -> int | None:
    return None if amount is None else _paise(amount)


def _rupees(paise: int) -> Decimal:
    """Written without needless zeros: 26000, 100.5."""
    whole, part = divmod(paise, _PAISE)
    return Decimal(whole) if part == 0 else Decimal(paise) / _PAISE


def _maybe_rupees(paise: int | None) -> Decimal | None:
    return None if paise is None else _rupees(paise)
