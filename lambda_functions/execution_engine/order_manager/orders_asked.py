"""What a trader asks of an order himself. The account's worker does it, in its turn."""

from dataclasses import dataclass

from lambda_functions.execution_engine.order_manager.queries import owned
from shared_utils.domain.errors import Conflict
from shared_utils.domain.orders import Order
from shared_utils.messaging.queues import OrderQueue
from shared_utils.storage.orders import Orders


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersAsked:
    orders: Orders
    queue: OrderQueue

    def cancel(self, user_id: str, order_id: str, request_key: str) -> Order:
        """The order as it is while it waits to be taken back; only the broker's book tells whether
        it was. Raises NotFound, Conflict ORDER_SETTLED, Unavailable.
        """
        order = owned(self.orders, user_id, order_id)
        if order.is_settled:
            raise Conflict(
                f"The order is {order.state}: there is nothing left to cancel.",
                code="ORDER_SETTLED",
            )
        self.queue.cancel(
            order_id=order_id,
            user_id=user_id,
            client_id=order.client_id,
            request=request_key,
        )
        return order
