r"""An invoice and what may become of it.

OPEN ----> PAID          paid, or set off against a credit
  | \----> REFUNDED      its amount was owed to the subscriber and went back to him
  v
UNCOLLECTED ----> PAID   the grace has passed; a late payment may still be recorded

An attempt is written before the provider is asked. Whoever finds one that was begun looks it up
under its key and never asks anew: the same rule as for orders.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from shared_utils.domain.ids import Kind, derived_id
from shared_utils.domain.money import ZERO

# As long as an attempt may be under way before another process looks it up.
ATTEMPT_TAKES = timedelta(minutes=5)
TRIES_EVERY = timedelta(days=1)


class InvoiceStatus(StrEnum):
    OPEN = "OPEN"
    PAID = "PAID"
    REFUNDED = "REFUNDED"
    UNCOLLECTED = "UNCOLLECTED"


class LineKind(StrEnum):
    MONTHLY_FEE = "MONTHLY_FEE"
    PERFORMANCE_FEE = "PERFORMANCE_FEE"
    UNUSED_DAYS = "UNUSED_DAYS"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """Rupees; a credit is negative."""

    kind: LineKind
    sentence: str
    amount: Decimal
    period_start: datetime
    period_end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """`amount_due` is what is left of `total` after what was `set_off` and `paid`; below zero it is
    owed to the subscriber. `asking` is the key of the attempt that was begun; `is_pending` says
    that the provider has answered it with "not yet". `grace_until` is set by the first attempt
    that brought no money.
    """

    user_id: str
    invoice_id: str
    subscription_id: str
    basket_id: str
    creator_id: str
    billing_key: str
    period_start: datetime
    period_end: datetime
    lines: tuple[InvoiceLine, ...]
    set_off: Decimal = ZERO
    paid: Decimal = ZERO
    status: InvoiceStatus = InvoiceStatus.OPEN
    attempts: int = 0
    asking: str | None = None
    is_pending: bool = False
    next_attempt_at: datetime | None = None
    grace_until: datetime | None = None
    problem: str | None = None
    issued_at: datetime
    settled_at: datetime | None = None
    updated_at: datetime
    version: int = 1

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), ZERO)

    @property
    def amount_due(self) -> Decimal:
        return self.total - self.set_off - self.paid

    @property
    def performance_fee(self) -> Decimal:
        lines = (each for each in self.lines if each.kind is LineKind.PERFORMANCE_FEE)
        return sum((each.amount for each in lines), ZERO)

    @property
    def is_settled(self) -> bool:
        return self.status in {InvoiceStatus.PAID, InvoiceStatus.REFUNDED}

    @property
    def is_under_way(self) -> bool:
        """An attempt was begun and nobody knows its outcome: the amount stands still."""
        return self.asking is not None and not self.is_pending


def invoice_id_of(subscription_id: str, billing_key: str) -> str:
    """One invoice for each period of a membership, however many runs race."""
    return derived_id(Kind.INVOICE, subscription_id, billing_key)


def asked(invoice: Invoice, at: datetime) -> Invoice:
    """Before the provider is asked: the attempt has its key."""
    return replace(
        invoice,
        attempts=invoice.attempts + 1,
        asking=f"{invoice.invoice_id}-{invoice.attempts + 1}",
        is_pending=False,
        next_attempt_at=at + ATTEMPT_TAKES,
        updated_at=at,
        version=invoice.version + 1,
    )


def settled(invoice: Invoice, at: datetime) -> Invoice:
    """Its whole amount due has changed hands."""
    refund = invoice.amount_due < 0
    return replace(
        _ended(invoice, at),
        paid=invoice.paid + invoice.amount_due,
        status=InvoiceStatus.REFUNDED if refund else InvoiceStatus.PAID,
        settled_at=at,
        problem=None,
    )


def uncollected(invoice: Invoice, at: datetime) -> Invoice:
    return replace(_ended(invoice, at), status=InvoiceStatus.UNCOLLECTED)


def not_paid(
    invoice: Invoice, problem: str, at: datetime, *, grace: timedelta, pending: bool
) -> Invoice:
    """The attempt brought no money (a pending one may yet): tried again daily while grace runs."""
    until = invoice.grace_until
    if until is None and invoice.amount_due > 0:
        until = at + grace
    again = at + TRIES_EVERY
    return replace(
        invoice,
        asking=invoice.asking if pending else None,
        is_pending=pending,
        grace_until=until,
        next_attempt_at=again if until is None else min(again, max(until, at)),
        problem=problem,
        updated_at=at,
        version=invoice.version + 1,
    )


def set_off(owed: Invoice, credit: Invoice, at: datetime) -> tuple[Invoice, Invoice]:
    """As much as both hold of what he owes and of what is owed to him, one against the other."""
    amount = min(owed.amount_due, -credit.amount_due)
    return _less(owed, amount, at), _less(credit, -amount, at)


def _less(invoice: Invoice, amount: Decimal, at: datetime) -> Invoice:
    """What is left is asked for anew: an attempt's amount never changes under its key."""
    changed = replace(
        invoice,
        set_off=invoice.set_off + amount,
        asking=None,
        is_pending=False,
        next_attempt_at=at if invoice.status is InvoiceStatus.OPEN else None,
        updated_at=at,
        version=invoice.version + 1,
    )
    if changed.amount_due == ZERO:
        ended = replace(_ended(changed, at), version=changed.version)
        return replace(ended, status=InvoiceStatus.PAID, settled_at=at, problem=None)
    return changed


def _ended(invoice: Invoice, at: datetime) -> Invoice:
    return replace(
        invoice,
        asking=None,
        is_pending=False,
        next_attempt_at=None,
        updated_at=at,
        version=invoice.version + 1,
    )
