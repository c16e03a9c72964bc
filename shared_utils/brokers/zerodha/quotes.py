"""Kite's quotes and its instrument master, read into ours. Pure."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from shared_utils.brokers.zerodha.fields import (
    Row,
    Unreadable,
    count,
    moment,
    number,
    price_or_none,
    row_of,
)
from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.instruments import (
    EXCHANGE_OF,
    Contract,
    Exchange,
    OptionType,
    Quote,
    Underlying,
)
from shared_utils.indian_market_utils.symbols import (
    SEGMENT_OF,
    Instrument,
    InstrumentMaster,
    instrument_master,
)

QUOTES_PER_CALL = 500
_OPTION_TYPES = {option_type.value: option_type for option_type in OptionType}
_UNDERLYINGS = {underlying.value: underlying for underlying in Underlying}


def wire_key(symbol: str) -> str | None:
    """`NFO:NIFTY26D0126000CE` of a canonical symbol; one that has its exchange stays as it is.

    The index's name at the front tells the exchange; nothing else is read out of a symbol.
    """
    if ":" in symbol:
        return symbol
    for underlying, exchange in EXCHANGE_OF.items():
        if symbol.startswith(underlying):
            return f"{SEGMENT_OF[exchange]}:{symbol}"
    return None


def quotes_of(data: object, asked: Mapping[str, str]) -> dict[str, Quote]:
    """By the symbol that was asked; `asked` is wire key → that symbol."""
    rows = row_of(data)
    found = {}
    for key, symbol in asked.items():
        row = rows.get(key)
        quote = quote_of(symbol, row) if isinstance(row, dict) else None
        if quote is not None:
            found[symbol] = quote
    return found


def quote_of(symbol: str, row: Row) -> Quote | None:
    """None when Kite gives no time: a price of an unknown moment is no price."""
    try:
        at = moment(row, "timestamp")
    except Unreadable:
        return None
    bid, bid_quantity = _best(row, "buy")
    ask, ask_quantity = _best(row, "sell")
    return Quote(
        symbol=symbol.partition(":")[2] or symbol,
        last_price=price_or_none(row, "last_price"),
        bid=bid,
        ask=ask,
        bid_quantity=bid_quantity,
        ask_quantity=ask_quantity,
        volume=_count_or_zero(row, "volume"),
        open_interest=_count_or_zero(row, "oi"),
        lower_circuit=price_or_none(row, "lower_circuit_limit"),
        upper_circuit=price_or_none(row, "upper_circuit_limit"),
        at=at,
    )


def _best(row: Row, side: str) -> tuple[Decimal | None, int]:
    """The first line of the depth; an empty line (price or quantity 0) is nobody there."""
    depth = row.get("depth")
    lines: Any = depth.get(side) if isinstance(depth, dict) else None
    if not isinstance(lines, list) or not lines or not isinstance(lines[0], dict):
        return None, 0
    price, quantity = price_or_none(lines[0], "price"), count(lines[0], "quantity")
    return (price, quantity) if price is not None and quantity > 0 else (None, 0)


def _count_or_zero(row: Row, name: str) -> int:
    return int(number(row, name)) if row.get(name) is not None else 0


def master_of(table: bytes, exchange: Exchange, trading_day: date) -> InstrumentMaster:
    """The index options of the exchange's CSV; expired rows are left out.

    Raises Unreadable, or Unavailable INSTRUMENT_MASTER_INVALID when it contradicts itself.
    """
    try:
        options = list(_options(_index_rows(table.decode()), exchange, trading_day))
    except (LookupError, ValueError, InvalidOperation, csv.Error) as error:
        raise Unreadable("the instrument table cannot be read") from error
    return instrument_master(BrokerName.ZERODHA, trading_day, options)


def _index_rows(table: str) -> Iterator[Mapping[str, str]]:
    """The rows of our indices. Nine of ten rows are other names, so those are never unpacked."""
    lines = csv.reader(io.StringIO(table))
    columns = next(lines, [])
    name = columns.index("name")
    for line in lines:
        if line[name] in _UNDERLYINGS:
            yield dict(zip(columns, line, strict=True))


def _options(
    rows: Iterable[Mapping[str, str]], exchange: Exchange, trading_day: date
) -> Iterator[Instrument]:
    for row in rows:
        underlying = _UNDERLYINGS[row["name"]]
        option_type = _OPTION_TYPES.get(row["instrument_type"])
        if option_type is None or EXCHANGE_OF[underlying] is not exchange:
            continue
        expiry = date.fromisoformat(row["expiry"])
        if expiry < trading_day:
            continue
        yield Instrument(
            contract=Contract(
                underlying=underlying,
                exchange=exchange,
                expiry=expiry,
                strike=_plain(row["strike"]),
                option_type=option_type,
                lot_size=int(row["lot_size"]),
                tick_size=_plain(row["tick_size"]),
                symbol=row["tradingsymbol"],
            ),
            symbol=row["tradingsymbol"],
            token=row["instrument_token"],
        )


def _plain(text: str) -> Decimal:
    """Without trailing zeros or exponent: 26000 and 26000.0 are one strike, written one way."""
    amount = Decimal(text)
    if not amount.is_finite() or amount <= 0:
        raise ValueError("not a price")
    whole = amount.to_integral_value()
    return whole if amount == whole else amount.normalize()
