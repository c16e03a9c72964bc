"""A run, an order and a position of somebody's, written as records: nothing of them is under way.

A real run of everybody's would take minutes, and go on while the matrix looks whether anything has
changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from shared_utils.domain.executions import Execution, ExecutionStatus, ExecutionTrigger
from shared_utils.domain.ids import Kind, derived_id
from shared_utils.domain.instruments import Side
from shared_utils.domain.invoices import Invoice, InvoiceLine, InvoiceStatus, LineKind
from shared_utils.domain.orders import OrderState
from shared_utils.domain.positions import apply_fill, new_position
from shared_utils.domain.schedules import EventKind
from shared_utils.storage.executions import Executions
from shared_utils.storage.invoices import Invoices
from shared_utils.storage.orders import Orders
from shared_utils.storage.positions import Positions
from tests.factories import NOW, a_fill, an_order
from tests.platforms import PREFIX


@dataclass(frozen=True)
class SeededRuns:
    dynamo: Any
    shards: int

    def of(self, user_id: str, has: Mapping[str, str]) -> dict[str, str]:
        """For the strategy and the account that somebody has; the ids of what was written."""
        execution = self._execution(user_id, has)
        Executions(self.dynamo, f"{PREFIX}-strategy-executions", self.shards).create(execution)
        whose: dict[str, Any] = {
            name: has[name] for name in ("strategy_id", "basket_id", "client_id")
        }
        # Refused, and without trades: an order that traded would be booked once more by the stream.
        order = an_order(
            execution_id=execution.execution_id,
            user_id=user_id,
            state=OrderState.REJECTED,
            **whose,
        )
        Orders(self.dynamo, f"{PREFIX}-order-history", self.shards).plan([order])
        traded = replace(order, fills=(a_fill(),))
        position = apply_fill(new_position(traded), Side.SELL, a_fill(), None)
        Positions(self.dynamo, f"{PREFIX}-position-tracker", self.shards).put(
            replace(position, version=1)
        )
        return {
            "execution_id": execution.execution_id,
            "order_id": order.order_id,
            "position_id": position.position_id,
        }

    def invoice_of(self, user_id: str) -> str:
        """A paid one, of a subscription to a basket of somebody who is not in the matrix."""
        line = InvoiceLine(
            kind=LineKind.MONTHLY_FEE,
            sentence="Monthly fee.",
            amount=Decimal("999.00"),
            period_start=NOW,
            period_end=NOW + timedelta(days=30),
        )
        invoice = Invoice(
            user_id=user_id,
            invoice_id=derived_id(Kind.INVOICE, user_id),
            subscription_id=derived_id(Kind.SUBSCRIPTION, user_id),
            basket_id=derived_id(Kind.BASKET, user_id),
            creator_id="nobody-here",
            billing_key="0001-0000",
            period_start=line.period_start,
            period_end=line.period_end,
            lines=(line,),
            paid=line.amount,
            status=InvoiceStatus.PAID,
            issued_at=NOW,
            settled_at=NOW,
            updated_at=NOW,
        )
        Invoices(self.dynamo, f"{PREFIX}-subscription-invoices", self.shards).save(invoice)
        return invoice.invoice_id

    def _execution(self, user_id: str, has: Mapping[str, str]) -> Execution:
        return Execution(
            strategy_id=has["strategy_id"],
            execution_timestamp=NOW.strftime("%Y-%m-%d-%H-%M-%S"),
            execution_id=derived_id(Kind.EXECUTION, user_id, has["strategy_id"]),
            user_id=user_id,
            basket_id=has["basket_id"],
            kind=EventKind.ENTRY,
            trigger=ExecutionTrigger.MANUAL,
            status=ExecutionStatus.FAILED,
            scheduled_for=NOW,
            send_by=NOW + timedelta(minutes=5),
            strategy_version=1,
            created_at=NOW,
            updated_at=NOW,
        )
