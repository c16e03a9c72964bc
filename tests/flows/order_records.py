"""What the records of orders prove: in which order things were done, and for what money."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.platforms import Trader

Order = dict[str, Any]
CLAIMED, FILLED = "SUBMITTING", "FILLED"


def orders_of(trader: Trader, execution: dict[str, Any]) -> list[Order]:
    """An execution's orders, with their histories and trades."""
    return [
        trader.api.get(f"/execution/orders/{order['order_id']}") for order in execution["orders"]
    ]


def came_to(order: Order, status: str) -> datetime:
    """When the order came into the status for the first time."""
    moments = [step["at"] for step in order["history"] if step["status"] == status]
    return min(datetime.fromisoformat(each) for each in moments)


def hedges_filled_before_shorts(orders: Sequence[Order]) -> bool:
    return all_before(
        [order for order in orders if order["purpose"] == "HEDGE"],
        [order for order in orders if order["side"] == "SELL"],
    )


def bought_before_sold(orders: Sequence[Order]) -> bool:
    return all_before(
        [order for order in orders if order["side"] == "BUY"],
        [order for order in orders if order["side"] == "SELL"],
    )


def all_before(first: Sequence[Order], then: Sequence[Order]) -> bool:
    """Whether all of `first` were filled when any of `then` was claimed. Both must be there."""
    assert first
    assert then
    return max(came_to(order, FILLED) for order in first) <= min(
        came_to(order, CLAIMED) for order in then
    )


def total(orders: Iterable[Order], side: str) -> Decimal:
    """The money of all trades of a side."""
    return sum(
        (
            fill["price"] * fill["quantity"]
            for order in orders
            if order["side"] == side
            for fill in order["fills"]
        ),
        Decimal(0),
    )


def net_by_symbol(orders: Iterable[Order]) -> dict[tuple[str, str], int]:
    """Units by account and contract; short is negative."""
    net: dict[tuple[str, str], int] = {}
    for order in orders:
        key = (order["client_id"], order["contract"]["symbol"])
        sign = 1 if order["side"] == "BUY" else -1
        net[key] = net.get(key, 0) + sign * sum(fill["quantity"] for fill in order["fills"])
    return net
