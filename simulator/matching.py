"""How much of an order the displayed book fills, and at which prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from simulator.market import Level, MarketQuote
from simulator.orders import SimulatedOrder


@dataclass(frozen=True, slots=True)
class Fill:
    price: Decimal
    quantity: int


def is_triggered(order: SimulatedOrder, quote: MarketQuote) -> bool:
    """A stop waits for the last price to reach its trigger."""
    if order.ticket.side == "BUY":
        return quote.last_price >= order.trigger_price
    return quote.last_price <= order.trigger_price


def fills_of(order: SimulatedOrder, quote: MarketQuote, taken: int) -> list[Fill]:
    """Fills against the opposite side, best price first, never beyond the limit.

    `taken` units of that side were taken already by others in this second.
    """
    left = order.pending_quantity
    if order.fill_limit is not None:
        left = min(left, max(order.fill_limit - order.filled_quantity, 0))
    fills = []
    for level in _opposite(order, quote):
        if left == 0 or not _within_limit(order, level.price):
            break
        skipped = min(taken, level.quantity)
        taken -= skipped
        quantity = min(left, level.quantity - skipped)
        if quantity > 0:
            fills.append(Fill(level.price, quantity))
            left -= quantity
    return fills


def _opposite(order: SimulatedOrder, quote: MarketQuote) -> Sequence[Level]:
    return quote.asks if order.ticket.side == "BUY" else quote.bids


def _within_limit(order: SimulatedOrder, price: Decimal) -> bool:
    if order.ticket.side == "BUY":
        return price <= order.price
    return price >= order.price


class TakenQuantities:
    """What has been taken from each side of each book in the present second; then it refills."""

    def __init__(self) -> None:
        self._second: datetime | None = None
        self._taken: dict[tuple[int, str], int] = {}

    def of(self, token: int, side: str, at: datetime) -> int:
        self._keep_only(at)
        return self._taken.get((token, side), 0)

    def add(self, token: int, side: str, at: datetime, quantity: int) -> None:
        self._keep_only(at)
        self._taken[token, side] = self._taken.get((token, side), 0) + quantity

    def _keep_only(self, at: datetime) -> None:
        second = at.replace(microsecond=0)
        if second != self._second:
            self._second = second
            self._taken.clear()
