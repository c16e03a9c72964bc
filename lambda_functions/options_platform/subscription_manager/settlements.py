"""What becomes of an invoice: what to do next about it, and what an answer does to it. Pure.

The provider is asked about one invoice at a time; what is owed either way between the same two is
set off first, so that no rupee is collected only to be given back.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from lambda_functions.options_platform.subscription_manager.fee_postings import (
    FeePolicy,
    Posting,
    closing,
    invoice_entry,
)
from shared_utils.domain.invoices import (
    Invoice,
    InvoiceStatus,
    not_paid,
    set_off,
    settled,
    uncollected,
)
from shared_utils.domain.ledger_entries import EntryKind
from shared_utils.domain.money import ZERO, to_paisa
from shared_utils.domain.subscription_rules import LIVE
from shared_utils.domain.subscriptions import (
    BasketSubscription,
    SubscriptionStatus,
)
from shared_utils.indian_market_utils.sessions import IST

_SETTLEMENT = "SETTLEMENT"
EXPIRED_SENTENCE = "Ended without a payment: nothing of it trades in his accounts any more."


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An invoice, its subscription as it is now, and the subscription's other unpaid invoices."""

    invoice: Invoice
    subscription: BasketSubscription
    others: tuple[Invoice, ...] = ()


class Step(StrEnum):
    NOTHING = "NOTHING"
    SET_OFF = "SET_OFF"
    ASK = "ASK"
    LOOK_UP = "LOOK_UP"
    GIVE_UP = "GIVE_UP"


def next_step(case: Case, now: datetime) -> Step:
    """What is done about the invoice now; NOTHING when it is settled, or not its time."""
    invoice = case.invoice
    due_at = invoice.next_attempt_at
    if invoice.status is not InvoiceStatus.OPEN or due_at is None or due_at > now:
        return Step.NOTHING
    if invoice.is_under_way:
        return Step.LOOK_UP
    against = _opposite(case)
    if against is not None:
        return Step.NOTHING if against.is_under_way else Step.SET_OFF
    if invoice.asking is not None:
        return Step.LOOK_UP
    return Step.GIVE_UP if grace_is_over(invoice, now) else Step.ASK


def grace_is_over(invoice: Invoice, now: datetime) -> bool:
    return invoice.grace_until is not None and now >= invoice.grace_until


def _opposite(case: Case) -> Invoice | None:
    """Another one that is owed the other way round; one that stands still comes first."""
    mine = case.invoice.amount_due
    found = [each for each in case.others if each.amount_due * mine < 0]
    return min(found, key=lambda each: (not each.is_under_way, each.issued_at), default=None)


def setting_off(case: Case, at: datetime) -> Posting:
    """Two invoices that are owed in opposite directions shrink by the same amount."""
    other = _opposite(case)
    if other is None:
        return Posting(subscription=case.subscription)
    owed, credit = (case.invoice, other) if case.invoice.amount_due > 0 else (other, case.invoice)
    return _changed(case, set_off(owed, credit, at))


def payment(case: Case, reference: str, at: datetime) -> Posting:
    """All that is due has changed hands."""
    invoice = case.invoice
    amount = invoice.amount_due
    # A payment is the share of profits first, the rest of it the monthly fee.
    performance = max(ZERO, min(invoice.performance_fee, amount))
    kind, sentence = EntryKind.PAYMENT, "The subscriber has paid."
    if amount < 0:
        kind, sentence = EntryKind.REFUND, "The subscriber has been given back what was due to him."
    entry = replace(
        invoice_entry(invoice, _SETTLEMENT, kind, sentence, at),
        amount=-amount,
        performance_part=-performance,
        reference=reference,
    )
    posting = _changed(case, (settled(invoice, at),))
    paid = _with_payment(posting.subscription, amount, performance)
    return replace(posting, subscription=paid, entries=(entry,))


def settlement_key(billing_key: str) -> str:
    """One for each invoice: it is settled once."""
    return f"{billing_key}#{_SETTLEMENT}"


def failure(case: Case, problem: str, policy: FeePolicy, at: datetime, *, pending: bool) -> Posting:
    """No money came. While grace runs the subscription goes on; then it has run out by itself."""
    invoice = not_paid(case.invoice, problem, at, grace=policy.grace, pending=pending)
    posting = _changed(case, (invoice,))
    if pending:
        return posting
    failed = EntryKind.PAYMENT_FAILED
    entry = invoice_entry(invoice, f"{failed}#{invoice.attempts:04d}", failed, problem, at)
    return replace(posting, entries=(replace(entry, reference=case.invoice.asking),))


def failure_sentence(posting: Posting) -> str:
    """For the audit record of a failure's posting."""
    invoice = posting.invoices[0]
    until = invoice.grace_until
    rest = "" if until is None else f" Without it the subscription ends {_shown(until)}."
    return f"Payment of {to_paisa(abs(invoice.amount_due))} rupees failed.{rest}"


def giving_up(case: Case, policy: FeePolicy, at: datetime) -> Posting:
    """The grace has passed. A subscription that still ran ends: unused days count for it."""
    if case.subscription.subscription_status not in LIVE:
        return _changed(case, (uncollected(case.invoice, at),))
    ended = replace(case.subscription, subscription_status=SubscriptionStatus.EXPIRED)
    closed = closing(ended, policy, at)
    invoice = replace(case.invoice, asking=None, is_pending=False)
    last = closed.invoices
    if last and last[0].amount_due < 0 < invoice.amount_due:
        invoice, credit = set_off(invoice, last[0], at)
        # A new row, whatever has been set off in it already.
        last = (replace(credit, version=1),)
    if not invoice.is_settled:
        given_up = uncollected(invoice, at)
        invoice = replace(given_up, version=case.invoice.version + 1)
    after = replace(case, subscription=closed.subscription)
    return replace(_changed(after, (invoice, *last)), entries=closed.entries)


# -- below


def _shown(at: datetime) -> str:
    return f"on {at.astimezone(IST):%d %b %Y at %H:%M} in India"


def _changed(case: Case, invoices: tuple[Invoice, ...]) -> Posting:
    """The subscription knows what is unpaid, and until when it runs in spite of it."""
    changed = {each.invoice_id: each for each in invoices}
    known = {each.invoice_id: each for each in (case.invoice, *case.others)} | changed
    details = case.subscription.financial_details
    unpaid = tuple(
        each for each in details.unpaid_invoices if each not in known or not known[each].is_settled
    )
    subscription = replace(
        case.subscription, financial_details=replace(details, unpaid_invoices=unpaid)
    )
    if subscription.subscription_status in LIVE:
        graces = [known[each].grace_until for each in unpaid if each in known]
        expiry = min((each for each in graces if each is not None), default=None)
        subscription = replace(subscription, expiry_date=expiry)
    return Posting(subscription=subscription, invoices=invoices)


def _with_payment(
    subscription: BasketSubscription, amount: Decimal, performance: Decimal
) -> BasketSubscription:
    details, record = subscription.financial_details, subscription.performance_tracking
    return replace(
        subscription,
        financial_details=replace(
            details,
            subscription_fee_paid=details.subscription_fee_paid + amount - performance,
            total_fees_paid=details.total_fees_paid + amount,
        ),
        performance_tracking=replace(record, fees_paid_to_date=record.fees_paid_to_date + amount),
    )
