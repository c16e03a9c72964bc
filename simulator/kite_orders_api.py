"""Orders and trades: place, modify, cancel, the day's book, an order's history, its fills."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from starlette.routing import Route

from simulator.calls import Call, endpoint
from simulator.faults import Operation
from simulator.kite_wire import order_row, trade_row
from simulator.orders import Change, Ticket
from simulator.refusals import InputRefused
from simulator.world import World

_ZERO = Decimal(0)


def order_routes(world: World) -> list[Route]:
    def route(method: str, path: str, operation: Operation, handler: Any) -> Route:
        return Route(path, endpoint(world, operation, handler), methods=[method])

    return [
        route("GET", "/orders", Operation.BOOK, _book),
        route("GET", "/trades", Operation.BOOK, _trades),
        route("GET", "/orders/{order_id}", Operation.BOOK, _history),
        route("GET", "/orders/{order_id}/trades", Operation.BOOK, _order_trades),
        route("POST", "/orders/{variety}", Operation.PLACE, _place),
        route("PUT", "/orders/{variety}/{order_id}", Operation.MODIFY, _modify),
        route("DELETE", "/orders/{variety}/{order_id}", Operation.CANCEL, _cancel),
    ]


def _place(call: Call) -> Any:
    _require_regular(call)
    if call.fields.get("autoslice") == "true":
        raise InputRefused("autoslice is not offered by the simulator: slice the order yourself.")
    ticket = _ticket(call)
    order = call.world.exchange.place(
        call.user_id,
        ticket,
        held_for=timedelta(seconds=call.effects.held_for_s),
        fill_limit=_fill_limit(call, ticket),
        rejection=call.effects.rejection,
    )
    return {"order_id": order.order_id}


def _ticket(call: Call) -> Ticket:
    return Ticket(
        exchange=call.text("exchange"),
        symbol=call.text("tradingsymbol"),
        side=call.text("transaction_type"),
        quantity=call.whole("quantity") or 0,
        product=call.text("product"),
        order_type=call.text("order_type"),
        price=call.number("price") or _ZERO,
        trigger_price=call.number("trigger_price") or _ZERO,
        validity=call.text("validity", "DAY"),
        validity_ttl=call.whole("validity_ttl") or 0,
        disclosed_quantity=call.whole("disclosed_quantity") or 0,
        market_protection=call.number("market_protection") or _ZERO,
        tag=call.fields.get("tag") or None,
    )


def _fill_limit(call: Call, ticket: Ticket) -> int | None:
    """A partial fill stops at whole lots, and short of the whole order."""
    fraction = call.effects.fill_fraction
    if fraction is None:
        return None
    found = call.world.market.master(call.world.exchange.day).find(
        f"{ticket.exchange}:{ticket.symbol}"
    )
    lot = found.lot if found is not None and found.lot else 1
    return int(ticket.quantity * fraction) // lot * lot


def _modify(call: Call) -> Any:
    _require_regular(call)
    change = Change(
        quantity=call.whole("quantity"),
        price=call.number("price"),
        trigger_price=call.number("trigger_price"),
        order_type=call.fields.get("order_type"),
        validity=call.fields.get("validity"),
    )
    order = call.world.exchange.modify(call.user_id, call.request.path_params["order_id"], change)
    return {"order_id": order.order_id}


def _cancel(call: Call) -> Any:
    _require_regular(call)
    order = call.world.exchange.cancel(call.user_id, call.request.path_params["order_id"])
    return {"order_id": order.order_id}


def _book(call: Call) -> Any:
    seen_at = call.at - timedelta(seconds=call.effects.stale_s)
    orders = call.world.exchange.book(call.user_id)
    if call.effects.stale_s == 0:
        return [order_row(order, order.steps[-1]) for order in orders]
    seen = ((order, order.known_at(seen_at)) for order in orders)
    return [order_row(order, step) for order, step in seen if step is not None]


def _trades(call: Call) -> Any:
    seen_at = call.at - timedelta(seconds=call.effects.stale_s)
    trades = call.world.exchange.trades(call.user_id)
    return [
        trade_row(trade) for trade in trades if call.effects.stale_s == 0 or trade.at <= seen_at
    ]


def _history(call: Call) -> Any:
    call.world.exchange.advance()
    order = call.world.exchange.find(call.user_id, call.request.path_params["order_id"])
    return [order_row(order, step) for step in order.steps]


def _order_trades(call: Call) -> Any:
    trades = call.world.exchange.trades(call.user_id)
    order = call.world.exchange.find(call.user_id, call.request.path_params["order_id"])
    return [trade_row(trade) for trade in trades if trade.order_id == order.order_id]


def _require_regular(call: Call) -> None:
    variety = call.request.path_params["variety"]
    if variety != "regular":
        raise InputRefused(f"The variety {variety} is not offered by the simulator.")
