"""One order through the placement protocol: claim, send once, record. See docs/broker_outcomes.md.

Whatever happens after the claim's write, this order is never sent by anybody again: the answer is
recorded, or a look at the broker's book finds out.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from shared_utils.brokers.ports import Accepted, Broker, Outcome, PlaceOrder, Rejected, Unknown
from shared_utils.clock import Clock
from shared_utils.domain.errors import VersionMoved
from shared_utils.domain.orders import (
    TRANSITIONS,
    Order,
    OrderState,
    Trigger,
    accept,
    claim,
    lose_answer,
    refuse,
)
from shared_utils.storage.orders import Orders

logger = logging.getLogger(__name__)

Remaining = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placements:
    """`remaining_s` tells how long this process may live; `nonce` names this one attempt to send.

    `send_takes_s` is connect + read timeout + a margin: with less life left nothing is claimed,
    since a process that is killed in mid-call leaves an order that has to be looked for.
    """

    orders: Orders
    clock: Clock
    nonce: Callable[[], str]
    remaining_s: Remaining
    send_takes_s: float = 12.0

    def send(self, order: Order, broker: Broker, still_allowed: Callable[[], bool]) -> Order | None:
        """The order after its one send; None when it was not ours to send or time was short.

        `still_allowed` is asked of an entry last of all, between its claim and its bytes: this
        process may have stood still since somebody looked. What reduces risk is not asked.
        """
        claimed = self._claim(order)
        if claimed is None:
            return None
        outcome = self._held_back(claimed, still_allowed) or broker.place(request_of(claimed))
        return self._record(claimed, outcome)

    def _held_back(self, order: Order, still_allowed: Callable[[], bool]) -> Rejected | None:
        if order.purpose.reduces_risk:
            return None
        if not still_allowed():
            return Rejected("ENTRIES_DISABLED", "Entries were switched off for this account.")
        if self.clock.now() >= order.send_by:
            return Rejected("PAST_SEND_BY", f"It was to be sent by {order.send_by.isoformat()}.")
        return None

    def _claim(self, order: Order) -> Order | None:
        remaining = self.remaining_s()
        if remaining < self.send_takes_s:
            return None
        now = self.clock.now()
        ends_at = now + timedelta(seconds=remaining)
        claimed = claim(order, by=self.nonce(), at=now, ends_at=ends_at)
        try:
            self.orders.save(claimed)
        except VersionMoved:
            logger.info("order claimed elsewhere", extra={"order_id": order.order_id})
            return None
        return claimed

    def _record(self, claimed: Order, outcome: Outcome) -> Order:
        after = self._after(claimed, outcome)
        try:
            self.orders.save(after)
        except VersionMoved:
            return self._record_late(claimed, outcome)
        return after

    def _record_late(self, claimed: Order, outcome: Outcome) -> Order:
        """A look was faster than our answer; what we know still counts where it adds something."""
        stored = self.orders.by_id(claimed.order_id)
        if stored is None:
            raise VersionMoved(f"Order {claimed.order_id} is gone.")
        trigger = _TRIGGERS[type(outcome)]
        if stored.state is not OrderState.UNKNOWN or trigger not in TRANSITIONS[stored.state]:
            return stored
        return self._record(stored, outcome)

    def _after(self, order: Order, outcome: Outcome) -> Order:
        now = self.clock.now()
        match outcome:
            case Accepted(broker_order_id=broker_order_id):
                return accept(order, broker_order_id=broker_order_id, at=now)
            case Rejected(code=code, reason=reason):
                return refuse(order, code=code, reason=reason, at=now)
            case Unknown(reason=reason):
                logger.warning("order outcome unknown", extra={"order_id": order.order_id})
                return lose_answer(order, since=now, reason=reason, at=now)


_TRIGGERS = {
    Accepted: Trigger.ACCEPTED,
    Rejected: Trigger.REFUSED,
    Unknown: Trigger.NO_ANSWER,
}


def request_of(order: Order) -> PlaceOrder:
    return PlaceOrder(
        contract=order.contract,
        side=order.side,
        quantity=order.quantity,
        order_type=order.order_type,
        price=order.price,
        trigger_price=order.trigger_price,
        product=order.product,
        tag=order.tag,
        reduces_risk=order.purpose.reduces_risk,
    )
