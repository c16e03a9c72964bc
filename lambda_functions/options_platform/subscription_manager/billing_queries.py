"""What subscribers read of their invoices, and publishers of their subscribers and revenue."""

from dataclasses import dataclass
from datetime import date, datetime, time

from lambda_functions.options_platform.subscription_manager.revenues import (
    MonthOfBasket,
    by_month_and_basket,
    month_of,
)
from shared_utils.clock import Clock
from shared_utils.domain.errors import InvalidInput, NotFound, Problem
from shared_utils.domain.fees import months_after
from shared_utils.domain.invoices import Invoice
from shared_utils.domain.ledger_entries import LedgerEntry
from shared_utils.domain.subscriptions import BasketSubscription, SubscriptionStatus
from shared_utils.indian_market_utils.sessions import IST, at_ist
from shared_utils.storage.billing_ledger import BillingLedger
from shared_utils.storage.invoices import Invoices
from shared_utils.storage.pages import Page
from shared_utils.storage.subscriptions import Subscriptions

MOST_MONTHS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingQueries:
    invoices: Invoices
    ledger: BillingLedger
    subscriptions: Subscriptions
    clock: Clock

    def mine(
        self, user_id: str, limit: int, cursor: str | None, subscription_id: str | None
    ) -> Page[Invoice]:
        return self.invoices.mine(user_id, limit, cursor, subscription_id=subscription_id)

    def invoice(self, user_id: str, invoice_id: str) -> tuple[Invoice, tuple[LedgerEntry, ...]]:
        """With what was posted about it. Raises NotFound for one that is neither the subscriber's
        own nor of somebody who subscribes to a basket of his.
        """
        found = self.invoices.get(user_id, invoice_id) or self.invoices.by_id(invoice_id)
        if found is None or user_id not in {found.user_id, found.creator_id}:
            raise NotFound(f"There is no invoice {invoice_id}.")
        entries = self.ledger.of_subscription(found.subscription_id, found.billing_key)
        return found, entries

    def subscribers(
        self,
        creator_id: str,
        *,
        basket_id: str | None,
        status: SubscriptionStatus | None,
        limit: int,
        cursor: str | None,
    ) -> Page[BasketSubscription]:
        """Latest first. A page may be shorter than `limit` and still have a next one."""
        page = self.subscriptions.of_creator(creator_id, limit, cursor, basket_id=basket_id)
        kept = (each for each in page.items if status in {None, each.subscription_status})
        return Page(tuple(kept), page.cursor)

    def revenue(
        self, creator_id: str, first: str | None, last: str | None
    ) -> tuple[str, str, tuple[MonthOfBasket, ...]]:
        """The months from first to last, both included, and what was charged and paid in them;
        this month when nothing is said. Raises InvalidInput for months upside down or too many.
        """
        last = last or max(first or "", month_of(self.clock.now()))
        first = first or last
        begins, ends = _begin(first), months_after(_begin(last), 1)
        if begins >= ends:
            raise _refused("to", "must not be before from")
        if months_after(begins, MOST_MONTHS) < ends:
            raise _refused("to", f"may be at most {MOST_MONTHS} months from the first")
        entries = self.ledger.posted(creator_id, begins, ends)
        return (
            first,
            last,
            by_month_and_basket(entries, self.invoices.issued(creator_id, begins, ends)),
        )


def _begin(month: str) -> datetime:
    """Midnight in India, in India's zone."""
    return at_ist(date.fromisoformat(f"{month}-01"), time()).astimezone(IST)


def _refused(field: str, problem: str) -> InvalidInput:
    return InvalidInput(f"{field} {problem}.", details=[Problem(field, problem)])
