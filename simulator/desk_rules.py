"""What the order desk lets a client do with its orders: change, cancel, and how often."""

from collections import defaultdict
from datetime import UTC, datetime

from simulator.instruments import Instrument
from simulator.market import Market
from simulator.order_checks import check_order_type, check_prices, check_quantity
from simulator.orders import Change, SimulatedOrder, Status
from simulator.refusals import InputRefused, OrderRefused, TooManyRequests

_MOST_MODIFICATIONS = 25
_CANCELLABLE = frozenset(
    {Status.OPEN, Status.TRIGGER_PENDING, Status.MODIFIED, Status.OPEN_PENDING}
)


class MessageLimit:
    """So many order messages (place, modify, cancel) in one second of the server's calendar."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._counts: dict[str, tuple[datetime, int]] = defaultdict(lambda: (_NEVER, 0))

    def count(self, user_id: str, at: datetime) -> None:
        second = at.replace(microsecond=0)
        counted, messages = self._counts[user_id]
        messages = messages + 1 if counted == second else 1
        self._counts[user_id] = (second, messages)
        if messages > self._per_second:
            raise TooManyRequests("Too many requests")


_NEVER = datetime.min.replace(tzinfo=UTC)


def check_cancel(order: SimulatedOrder) -> None:
    if order.is_final:
        raise OrderRefused(f"Order cannot be cancelled as it is {order.status.lower()}.")
    if order.status not in _CANCELLABLE:
        raise OrderRefused("Order cannot be cancelled as it is being processed. Try later.")


def check_change(
    order: SimulatedOrder, change: Change, instrument: Instrument, market: Market, at: datetime
) -> None:
    """Only a resting order can be modified, and only so often."""
    if order.is_final:
        raise OrderRefused(f"Order cannot be modified as it is {order.status.lower()}.")
    if not order.is_resting:
        raise OrderRefused("Order cannot be modified as it is being processed. Try later.")
    if order.modifications >= _MOST_MODIFICATIONS:
        raise TooManyRequests("Maximum allowed order modifications exceeded.")
    if change.quantity is not None:
        check_quantity(change.quantity, instrument, market, at)
        if change.quantity < order.filled_quantity:
            raise InputRefused("Quantity cannot be below what has been filled already.")
    order_type = change.order_type or order.order_type
    if order_type == "MARKET":
        raise InputRefused("Modify to a LIMIT price instead of to MARKET.")
    check_order_type(order_type, order.ticket.market_protection)
    price = order.price if change.price is None else change.price
    trigger = order.trigger_price if change.trigger_price is None else change.trigger_price
    if not (order.triggered and order_type == "SL"):
        check_prices(order_type, price, trigger, order.ticket.side, instrument)
