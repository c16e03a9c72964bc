"""The broker's wire shapes: our orders, quotes and positions as Kite Connect v3 writes them.

Times are naive India time, as Kite sends them; prices are exact JSON numbers.
"""

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from shared_utils.domain.money import to_paisa
from shared_utils.indian_market_utils.sessions import IST
from simulator.instruments import Instrument
from simulator.market import DEPTH, Level, MarketQuote
from simulator.orders import SimulatedOrder, Step, Trade

Json = dict[str, Any]

_COLUMNS = (
    "instrument_token",
    "exchange_token",
    "tradingsymbol",
    "name",
    "last_price",
    "expiry",
    "strike",
    "tick_size",
    "lot_size",
    "instrument_type",
    "segment",
    "exchange",
)
_NOBODY = {"price": 0, "quantity": 0, "orders": 0}
_AVERAGE = Decimal("0.0001")


def india_time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(IST).strftime("%Y-%m-%d %H:%M:%S")


def master_csv(instruments: Iterable[Instrument]) -> str:
    """The instrument dump. Kite's `name` of an option is its underlying; last_price is not live."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in instruments:
        writer.writerow(
            (
                row.token,
                row.exchange_token,
                row.symbol,
                row.name,
                0,
                row.expiry.isoformat() if row.expiry else "",
                row.strike,
                row.tick,
                row.lot,
                row.kind,
                row.segment,
                row.exchange,
            )
        )
    return text.getvalue()


def order_row(order: SimulatedOrder, step: Step) -> Json:
    """A row of the order book or, with an older step, of the order's history."""
    ticket = order.ticket
    cancelled = step.cancelled_quantity
    return {
        "placed_by": order.user_id,
        "order_id": order.order_id,
        "exchange_order_id": step.exchange_order_id,
        "parent_order_id": None,
        "status": step.status,
        "status_message": step.status_message,
        "status_message_raw": step.status_message_raw,
        "order_timestamp": india_time(step.at),
        "exchange_update_timestamp": india_time(step.exchange_at),
        "exchange_timestamp": india_time(step.exchange_at),
        "variety": "regular",
        "modified": order.modifications > 0,
        "exchange": ticket.exchange,
        "tradingsymbol": ticket.symbol,
        "instrument_token": order.token,
        "order_type": step.order_type,
        "transaction_type": ticket.side,
        "validity": step.validity,
        "validity_ttl": ticket.validity_ttl,
        "product": ticket.product,
        "quantity": step.quantity,
        "disclosed_quantity": ticket.disclosed_quantity,
        "price": step.price,
        "trigger_price": step.trigger_price,
        "average_price": step.average_price.quantize(_AVERAGE).normalize(),
        "filled_quantity": step.filled_quantity,
        "pending_quantity": step.quantity - step.filled_quantity - cancelled,
        "cancelled_quantity": cancelled,
        "market_protection": ticket.market_protection,
        "meta": {},
        "tag": ticket.tag,
        **({"tags": [ticket.tag]} if ticket.tag else {}),
        "guid": f"sim{order.order_id}",
    }


def trade_row(trade: Trade) -> Json:
    return {
        "trade_id": trade.trade_id,
        "order_id": trade.order_id,
        "exchange_order_id": trade.exchange_order_id,
        "tradingsymbol": trade.symbol,
        "exchange": trade.exchange,
        "instrument_token": trade.token,
        "transaction_type": trade.side,
        "product": trade.product,
        "average_price": trade.price,
        "quantity": trade.quantity,
        "fill_timestamp": india_time(trade.at),
        "order_timestamp": trade.at.astimezone(IST).strftime("%H:%M:%S"),
        "exchange_timestamp": india_time(trade.at),
    }


def quote_row(quote: MarketQuote) -> Json:
    """`/quote`: an index has a price and its day only, an option its whole book."""
    row = {
        "instrument_token": quote.instrument.token,
        "timestamp": india_time(quote.at),
        "last_price": quote.last_price,
        "net_change": quote.last_price - quote.close,
        "ohlc": _ohlc(quote),
    }
    if quote.instrument.kind == "EQ":
        return row
    lot = quote.instrument.lot
    return row | {
        "last_trade_time": india_time(quote.at),
        "last_quantity": lot if quote.volume else 0,
        "buy_quantity": sum(level.quantity for level in quote.bids) * 20,
        "sell_quantity": sum(level.quantity for level in quote.asks) * 20,
        "volume": quote.volume,
        "average_price": to_paisa((quote.high + quote.low + quote.last_price) / 3),
        "oi": quote.open_interest,
        "oi_day_high": quote.open_interest,
        "oi_day_low": quote.open_interest * 9 // 10 // lot * lot,
        "lower_circuit_limit": quote.lower_circuit,
        "upper_circuit_limit": quote.upper_circuit,
        "depth": {"buy": _depth(quote.bids), "sell": _depth(quote.asks)},
    }


def ohlc_row(quote: MarketQuote) -> Json:
    return {
        "instrument_token": quote.instrument.token,
        "last_price": quote.last_price,
        "ohlc": _ohlc(quote),
    }


def ltp_row(quote: MarketQuote) -> Json:
    return {"instrument_token": quote.instrument.token, "last_price": quote.last_price}


def _ohlc(quote: MarketQuote) -> Json:
    return {"open": quote.open, "high": quote.high, "low": quote.low, "close": quote.close}


def _depth(levels: tuple[Level, ...]) -> list[Json]:
    rows: list[Json] = [level._asdict() for level in levels]
    return rows + [_NOBODY] * (DEPTH - len(rows))
