"""Fills become positions and profit: a fold that any number of deliveries leaves the same."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from shared_utils.domain.errors import Unavailable, VersionMoved
from shared_utils.domain.orders import Fill, Order
from shared_utils.domain.positions import (
    Position,
    apply_fill,
    fills_to_apply,
    key_of,
    new_position,
)
from shared_utils.indian_market_utils.charge_facts import ChargeRates
from shared_utils.risk_calculations.charges import charges_of_next_fill
from shared_utils.storage.positions import Positions

logger = logging.getLogger(__name__)

RatesOf = Callable[[Fill, Order], ChargeRates]
ATTEMPTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class FillBookings:
    """`rates_of` gives the charges of the fill's day; it raises Unavailable if they are unknown."""

    positions: Positions
    rates_of: RatesOf

    def book(self, order: Order) -> Position | None:
        """The position after all fills of `order` that it had not counted; None if none was new.

        Raises VersionMoved when writers keep coming first: the delivery is then tried again.
        """
        if not order.fills:
            return None
        key = key_of(order)
        for _ in range(ATTEMPTS):
            position = self.positions.get(order.user_id, key) or new_position(order)
            booked = self._booked(position, order)
            if booked is None:
                return None
            try:
                self.positions.put(booked)
            except VersionMoved:
                continue
            return booked
        raise VersionMoved(f"Position {key} moved {ATTEMPTS} times while a fill was booked.")

    def _booked(self, position: Position, order: Order) -> Position | None:
        new = fills_to_apply(position, order)
        if not new:
            return None
        counted = order.fills[: len(order.fills) - len(new)]
        turnover = sum((fill.price * fill.quantity for fill in counted), Decimal(0))
        after = position
        for fill in new:
            after = apply_fill(after, order.side, fill, self._charges(order, fill, turnover))
            turnover += fill.price * fill.quantity
        applied = {**position.applied_fills, order.order_id: len(order.fills)}
        return replace(after, applied_fills=applied, version=position.version + 1)

    def _charges(self, order: Order, fill: Fill, turnover_before: Decimal) -> Decimal | None:
        try:
            rates = self.rates_of(fill, order)
        except Unavailable as unknown:
            logger.warning("charges of the day unknown", extra={"reason": unknown.message})
            return None
        return charges_of_next_fill(
            rates,
            order.side,
            turnover_before=turnover_before,
            turnover_of_fill=fill.price * fill.quantity,
        )
