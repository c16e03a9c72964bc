"""The sweep that finds what messages and workers lost: every account with orders to look for.

One look at an account's book serves all its orders. What a look cannot finish is handed to the
account's worker; the look and the worker may both be at it, since every change is by version.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from lambda_functions.execution_engine.order_manager.service import AccountWork
from shared_utils.clock import Clock
from shared_utils.domain.errors import Unavailable
from shared_utils.domain.orders import Order, OrderState
from shared_utils.messaging.queues import OrderQueue
from shared_utils.storage.orders import Orders

logger = logging.getLogger(__name__)

# What was not placed, or cancelled, may still turn up or fill until its day is over.
LATE_ORDERS_FOR = timedelta(hours=12)
# A worker that is at it needs no help: only what has not moved for this long is handed on.
QUIET_FOR = timedelta(seconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    orders: Orders
    work: AccountWork
    queue: OrderQueue
    clock: Clock
    shard_count: int

    def run(self) -> int:
        """Looks once at every account that has orders to look for; how many accounts."""
        accounts = 0
        for shard in range(self.shard_count):
            for group in _by_account(self._watched(shard)):
                accounts += 1
                try:
                    self._sweep(group)
                except Unavailable as problem:
                    # One account's broken broker or row must not cost the others their sweep.
                    logger.warning("account not swept", extra={"reason": problem.message})
        return accounts

    def _watched(self, shard: int) -> list[Order]:
        oldest = self.clock.now() - LATE_ORDERS_FOR
        return [
            order
            for order in self.orders.unsettled(shard)
            if order.is_watched and (not order.is_settled or order.planned_at >= oldest)
        ]

    def _sweep(self, group: list[Order]) -> None:
        sent = [order for order in group if order.state is not OrderState.PLANNED]
        before = self.clock.now() - QUIET_FOR
        found = self.work.look(sent) if sent else False
        silent = {
            order.execution_id
            for order in group
            if not order.is_settled and order.updated_at < before
        }
        touched = {order.execution_id for order in group} if found else silent
        for execution_id in sorted(touched):
            self.queue.work(
                execution_id=execution_id,
                user_id=group[0].user_id,
                client_id=group[0].client_id,
                hop=f"sweep-{self.clock.now():%H%M%S}",
            )


def _by_account(orders: Iterable[Order]) -> list[list[Order]]:
    groups: dict[tuple[str, str], list[Order]] = defaultdict(list)
    for order in orders:
        groups[order.user_id, order.client_id].append(order)
    return list(groups.values())
