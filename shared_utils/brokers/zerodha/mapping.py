"""Kite's words and ours: orders, trades, positions, margins. Pure.

Formats: kite.trade/docs/connect/v3 and zerodha/kiteconnect-mocks; statuses as collected in the
market's status map. A status nobody has seen before is OPEN and alarms: it is never an end.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from shared_utils.brokers.ports import BasketMargin, BrokerPosition, Margins, PlaceOrder
from shared_utils.brokers.zerodha.fields import (
    Row,
    Unreadable,
    count,
    maybe_text,
    moment,
    number,
    price_or_none,
    row_of,
    rows_of,
    text,
    units,
)
from shared_utils.domain.instruments import Exchange, Side
from shared_utils.domain.legs import OrderType
from shared_utils.domain.money import to_paisa
from shared_utils.domain.orders import BrokerReport, Fill, OrderState, Product
from shared_utils.indian_market_utils.symbols import SEGMENT_OF

logger = logging.getLogger(__name__)

REGULAR = "regular"
EXCHANGE_OF_SEGMENT: Mapping[str, Exchange] = MappingProxyType(
    {segment: exchange for exchange, segment in SEGMENT_OF.items()}
)
_PRODUCTS: Mapping[Product, str] = MappingProxyType(
    {Product.NORMAL: "NRML", Product.INTRADAY: "MIS"}
)
# Cover and bracket orders, placed by hand, end the same day as MIS does.
_PRODUCT_OF: Mapping[str, Product] = MappingProxyType(
    {
        "NRML": Product.NORMAL,
        "MIS": Product.INTRADAY,
        "CO": Product.INTRADAY,
        "BO": Product.INTRADAY,
    }
)
_SENDABLE = frozenset({OrderType.LIMIT, OrderType.SL})

_WORKING = (
    "PUT ORDER REQ RECEIVED",
    "VALIDATION PENDING",
    "OPEN PENDING",
    "AMO REQ RECEIVED",
    "OPEN",
    "TRIGGER PENDING",
    "MODIFY VALIDATION PENDING",
    "MODIFY PENDING",
    "MODIFIED",
    "NOT MODIFIED",
    "CANCEL PENDING",
    # Postbacks only: a partial fill or a change; the quantities tell which.
    "UPDATE",
)
STATES: Mapping[str, OrderState] = MappingProxyType(
    {
        **dict.fromkeys(_WORKING, OrderState.OPEN),
        "COMPLETE": OrderState.FILLED,
        "CANCELLED": OrderState.CANCELLED,
        "CANCELLED AMO": OrderState.CANCELLED,
        "REJECTED": OrderState.REJECTED,
    }
)


def state_of(status: str) -> OrderState:
    state = STATES.get(status.strip().upper().replace("_", " "))
    if state is None:
        logger.error("unknown order status at the broker", extra={"order_status": status[:60]})
        return OrderState.OPEN
    return state


def place_form(request: PlaceOrder) -> tuple[tuple[str, str], ...]:
    """The body of POST /orders/regular. Raises ValueError for what the platform never sends."""
    if request.order_type not in _SENDABLE:
        raise ValueError(f"{request.order_type} orders are never sent (decisions 3)")
    if (request.order_type is OrderType.SL) != (request.trigger_price is not None):
        raise ValueError("an SL order, and only that, has a trigger")
    return (
        ("exchange", SEGMENT_OF[request.contract.exchange]),
        ("tradingsymbol", request.contract.symbol),
        ("transaction_type", request.side),
        ("quantity", str(request.quantity)),
        ("product", _PRODUCTS[request.product]),
        ("order_type", request.order_type),
        ("price", money_text(request.price)),
        *_trigger(request.trigger_price),
        ("validity", "DAY"),
        ("tag", request.tag),
    )


def modify_form(
    quantity: int, price: Decimal, trigger_price: Decimal | None
) -> tuple[tuple[str, str], ...]:
    return (
        ("order_type", OrderType.LIMIT if trigger_price is None else OrderType.SL),
        ("quantity", str(quantity)),
        ("price", money_text(price)),
        *_trigger(trigger_price),
        ("validity", "DAY"),
    )


def margin_question(request: PlaceOrder) -> dict[str, object]:
    """One order of POST /margins/basket."""
    return {
        "exchange": SEGMENT_OF[request.contract.exchange],
        "tradingsymbol": request.contract.symbol,
        "transaction_type": request.side,
        "variety": REGULAR,
        "product": _PRODUCTS[request.product],
        "order_type": request.order_type,
        "quantity": request.quantity,
        "price": request.price,
        "trigger_price": request.trigger_price or Decimal(0),
    }


def money_text(amount: Decimal) -> str:
    """Plain digits, as Kite's forms want them: never an exponent."""
    return f"{amount:f}"


def _trigger(trigger_price: Decimal | None) -> tuple[tuple[str, str], ...]:
    return () if trigger_price is None else (("trigger_price", money_text(trigger_price)),)


def reports_of(orders: object, trades: object) -> tuple[BrokerReport, ...]:
    """The whole order book, each order with its trades. Raises Unreadable."""
    fills = fills_by_order(trades)
    return tuple(
        report_of(row, tuple(fills.get(text(row, "order_id"), ()))) for row in rows_of(orders)
    )


def history_of(steps: object, trades: object) -> tuple[BrokerReport, ...]:
    """One order's states, oldest first; its trades are on the last."""
    rows = rows_of(steps)
    fills = fills_by_order(trades)
    last = len(rows) - 1
    return tuple(
        report_of(row, tuple(fills.get(text(row, "order_id"), ())) if place == last else ())
        for place, row in enumerate(rows)
    )


def report_of(row: Row, fills: Sequence[Fill] = ()) -> BrokerReport:
    return BrokerReport(
        broker_order_id=text(row, "order_id"),
        tag=_tag(row),
        symbol=text(row, "tradingsymbol"),
        side=_side(row),
        quantity=count(row, "quantity"),
        state=state_of(text(row, "status")),
        filled_quantity=count(row, "filled_quantity"),
        average_price=price_or_none(row, "average_price"),
        fills=tuple(fills),
        reason=maybe_text(row, "status_message") or maybe_text(row, "status_message_raw"),
        at=moment(row, "exchange_update_timestamp", "order_timestamp"),
    )


def fills_by_order(trades: object) -> Mapping[str, list[Fill]]:
    fills: dict[str, list[Fill]] = defaultdict(list)
    for row in rows_of(trades):
        fills[text(row, "order_id")].append(_fill_of(row))
    return fills


def positions_of(data: object) -> tuple[BrokerPosition, ...]:
    """The net positions in derivatives: shares are not ours to count."""
    net = rows_of(row_of(data).get("net"))
    return tuple(_position_of(row) for row in net if row.get("exchange") in EXCHANGE_OF_SEGMENT)


def margins_of(data: object) -> Margins:
    """Derivatives trade on the `equity` segment's money: `net` is free, `debits` are used."""
    equity = row_of(data, "equity")
    used = number(row_of(equity, "utilised"), "debits")
    return Margins(available=to_paisa(number(equity, "net")), used=to_paisa(used))


def basket_margin_of(data: object) -> BasketMargin:
    return BasketMargin(
        initial=to_paisa(number(row_of(data, "initial"), "total")),
        final=to_paisa(number(row_of(data, "final"), "total")),
    )


def _position_of(row: Row) -> BrokerPosition:
    product = _PRODUCT_OF.get(text(row, "product"))
    if product is None:
        raise Unreadable("a position has a product that is not known")
    return BrokerPosition(
        symbol=text(row, "tradingsymbol"),
        exchange=EXCHANGE_OF_SEGMENT[text(row, "exchange")],
        product=product,
        net_quantity=units(row, "quantity"),
        average_price=number(row, "average_price"),
    )


def _fill_of(row: Row) -> Fill:
    quantity, price = count(row, "quantity"), price_or_none(row, "average_price")
    if quantity == 0 or price is None:
        raise Unreadable("a trade has no quantity or no price")
    return Fill(
        trade_id=text(row, "trade_id"),
        quantity=quantity,
        price=price,
        at=moment(row, "fill_timestamp", "exchange_timestamp", "order_timestamp"),
    )


def _side(row: Row) -> Side:
    try:
        return Side(text(row, "transaction_type"))
    except ValueError as error:
        raise Unreadable("an order is neither BUY nor SELL") from error


def _tag(row: Row) -> str | None:
    tag = maybe_text(row, "tag")
    if tag is not None:
        return tag
    tags = row.get("tags")
    return _first_text(tags) if isinstance(tags, list) else None


def _first_text(values: Iterable[object]) -> str | None:
    return next((value for value in values if isinstance(value, str) and value), None)
