"""The run: every period that has begun is posted, every invoice that waits is looked at.

Two runs may be at it side by side, and one may die anywhere: what is due stands in two indexes
until it is done, and each step is a conditional write.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from lambda_functions.options_platform.subscription_manager.billing_service import BillingService
from shared_utils.domain.errors import Unavailable
from shared_utils.domain.subscription_rules import LIVE

logger = logging.getLogger(__name__)


class BillingLeft(Unavailable):
    """Some of what was due could not be done; the next run tries it again."""

    code = "BILLING_LEFT"


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingRun:
    billing: BillingService
    shard_count: int

    def run(self, request_id: str) -> dict[str, int]:
        """How many invoices were issued and how many looked at. Raises BillingLeft at the end when
        anything failed: one broken row must not cost the others their run, nor go unnoticed.
        """
        failed, issued, collected = 0, 0, 0
        now = self.billing.clock.now()
        for shard in range(self.shard_count):
            for status in sorted(LIVE):
                for user_id, subscription_id in self.billing.subscriptions.to_bill(
                    status, shard, now
                ):
                    made = self._guarded(self._bill, user_id, subscription_id, request_id)
                    failed += made is None
                    issued += made or 0
        for shard in range(self.shard_count):
            for user_id, invoice_id in self.billing.invoices.due(shard, self.billing.clock.now()):
                done = self._guarded(self._collect, user_id, invoice_id, request_id)
                failed += done is None
                collected += done or 0
        if failed:
            raise BillingLeft(f"{failed} subscriptions or invoices could not be billed.")
        return {"issued": issued, "collected": collected}

    def _bill(self, user_id: str, subscription_id: str, request_id: str) -> int:
        """An index may lag: what was just issued is not looked for there."""
        issued = self.billing.bill_due(user_id, subscription_id, request_id)
        for invoice_id in issued:
            self.billing.collect(user_id, invoice_id, request_id)
        return len(issued)

    def _collect(self, user_id: str, invoice_id: str, request_id: str) -> int:
        self.billing.collect(user_id, invoice_id, request_id)
        return 1

    def _guarded(
        self, work: Callable[[str, str, str], int], user_id: str, item_id: str, request_id: str
    ) -> int | None:
        try:
            return work(user_id, item_id, request_id)
        except Exception:
            extra = {"user_id": user_id, "item_id": item_id}
            logger.exception("billing left undone", extra=extra)
            return None
