"""What a message on the orders queue asks for: work an account's orders, or take one back."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from lambda_functions.execution_engine.order_manager.service import AccountWork, Worked
from shared_utils.broker_desk import BrokerDesk
from shared_utils.clock import Clock
from shared_utils.domain.errors import DomainError, Unavailable, VersionMoved
from shared_utils.domain.orders import Order, OrderState, ask_cancel, deny
from shared_utils.messaging.messages import Cancel, Warm, Work
from shared_utils.messaging.queues import OrderQueue
from shared_utils.storage.orders import Orders

logger = logging.getLogger(__name__)

LONGEST_WARM_UP = timedelta(seconds=30)


def work_message(work: AccountWork, queue: OrderQueue, message: Work, now: datetime) -> Worked:
    """Works the account; what is unfinished goes behind whatever else waits for the account."""
    worked = work.work(
        message.execution_id, message.user_id, message.client_id, message.released_at
    )
    if worked is Worked.UNFINISHED:
        queue.work(
            execution_id=message.execution_id,
            user_id=message.user_id,
            client_id=message.client_id,
            hop=f"on-{now:%H%M%S%f}",
            released_at=message.released_at,
        )
    return worked


def warm_up(desk: BrokerDesk, clock: Clock, message: Warm) -> None:
    """Imports done, token decrypted, connection open: a cold start is then not on the way of the
    account's first order (decisions 20). Whatever fails here fails again where it matters.
    """
    try:
        desk.open(message.user_id, message.client_id).margins()
    except DomainError as problem:
        logger.info("account not warm", extra={"code": problem.code})
    clock.sleep_until(min(message.until, clock.now() + LONGEST_WARM_UP))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancels:
    """A trader takes an order back. Only the broker's book tells whether it went."""

    orders: Orders
    work: AccountWork
    queue: OrderQueue
    clock: Clock

    def cancel(self, message: Cancel) -> None:
        """Does nothing for an order that is settled meanwhile, or that is not the asker's."""
        order = self.orders.by_id(message.order_id)
        if order is None or order.user_id != message.user_id or order.is_settled:
            return
        if order.state is OrderState.PLANNED:
            self._withdraw(order)
        elif order.broker_order_id is not None:
            self._ask(order)
        self.queue.work(
            execution_id=order.execution_id,
            user_id=order.user_id,
            client_id=order.client_id,
            hop=f"cancel-{self.clock.now():%H%M%S%f}",
        )

    def _withdraw(self, order: Order) -> None:
        why = "The trader cancelled the order before it was sent."
        now = self.clock.now()
        self.orders.save(deny(order, code="CANCELLED_BY_TRADER", reason=why, at=now))

    def _ask(self, order: Order) -> None:
        """Raises VersionMoved when the order moved on meanwhile: the message comes again."""
        try:
            broker = self.work.broker_for(order)
        except Unavailable as problem:
            logger.warning("order not cancelled", extra={"reason": problem.message})
            raise VersionMoved("The broker cannot be reached to cancel the order.") from problem
        self.orders.save(ask_cancel(order, at=self.clock.now()))
        if order.broker_order_id is not None:
            broker.cancel(order.broker_order_id)
