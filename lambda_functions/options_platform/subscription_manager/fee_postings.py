"""What is posted when somebody joins, when a period begins, and when he leaves. Pure.

A posting is the subscription with its new financial details, invoices and ledger entries; whoever
writes it gives the subscription its next version and writes all of it in one transaction.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from shared_utils.domain.baskets import SubscriptionConfig
from shared_utils.domain.fees import (
    Period,
    net_profit,
    period_of,
    profit_share,
    unused_days,
    unused_part,
)
from shared_utils.domain.invoices import (
    Invoice,
    InvoiceLine,
    InvoiceStatus,
    LineKind,
    invoice_id_of,
)
from shared_utils.domain.ledger_entries import EntryKind, LedgerEntry
from shared_utils.domain.money import ZERO, to_paisa
from shared_utils.domain.subscriptions import BasketSubscription, FinancialDetails
from shared_utils.indian_market_utils.sessions import IST

CLOSING = "closing"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeePolicy:
    """The environment's: whether anything is charged, and shares of profits among it; how it is
    paid.
    """

    payment_method: str
    charges: bool
    performance_fees: bool
    grace: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """Goes into one transaction. `invoices` are new, or the next versions of known ones."""

    subscription: BasketSubscription
    invoices: tuple[Invoice, ...] = ()
    entries: tuple[LedgerEntry, ...] = ()


def period(subscription: BasketSubscription, number: int) -> Period:
    """Counted from the day he joined, as the calendar in India says it."""
    counted = period_of(subscription.subscription_date.astimezone(IST), number)
    start, end = counted.start.astimezone(UTC), counted.end.astimezone(UTC)
    return replace(counted, start=start, end=end)


def billing_key(subscription: BasketSubscription, part: int | str) -> str:
    """`0001-0003`: the fourth period of his first membership; `0001-closing`: its end."""
    number = f"{part:04d}" if isinstance(part, int) else part
    return f"{subscription.financial_details.membership:04d}-{number}"


def opening(
    subscription: BasketSubscription, terms: SubscriptionConfig, policy: FeePolicy, at: datetime
) -> Posting:
    """He joins at these terms: the first month is charged, profits count from here.

    While billing is off he joins for nothing, and it stays so for as long as he stays.
    """
    before = subscription.financial_details
    monthly = terms.monthly_fee or ZERO
    share = terms.performance_fee_percentage or ZERO
    first = period(subscription, 0)
    is_billed = policy.charges and bool(monthly or share)
    charged = monthly if is_billed else ZERO
    details = replace(
        before,
        is_billed=is_billed,
        payment_method=policy.payment_method if is_billed else None,
        monthly_fee=monthly,
        performance_fee_percentage=share,
        high_water_mark=_mark_of(subscription),
        membership=before.membership + 1,
        next_period=1,
        next_billing_date=first.end if is_billed else None,
        prepaid_fee=charged,
    )
    joined = replace(subscription, financial_details=details)
    lines = (_monthly_line(charged, first),) if charged else ()
    note = _note(joined, 0, EntryKind.JOINED, sentence="Joined the basket.", shown=first, at=at)
    return _posted(joined, 0, lines, first, at, also=(note,))


def next_period(subscription: BasketSubscription, policy: FeePolicy, at: datetime) -> Posting:
    """The period that has begun: its monthly fee ahead, the share of profits of the one before.

    A period without a fee is posted too, as NO_CHARGE: each period once, whatever it costs.
    """
    details = subscription.financial_details
    number = details.next_period
    begun, over = period(subscription, number), period(subscription, max(0, number - 1))
    charges = policy.charges and details.is_billed
    monthly = details.monthly_fee if charges else ZERO
    lines = [_monthly_line(monthly, begun)] if monthly else []
    if charges:
        lines += _performance_lines(subscription, policy, over.start, over.end)
    after = replace(
        subscription,
        financial_details=replace(
            details,
            high_water_mark=_mark_of(subscription),
            next_period=number + 1,
            next_billing_date=begun.end,
            prepaid_fee=monthly,
        ),
    )
    shown = begun if monthly else over
    if not lines:
        reason = "No profit above the high-water mark." if charges else "Billing is switched off."
        note = _note(after, number, EntryKind.NO_CHARGE, sentence=reason, shown=shown, at=at)
        return Posting(subscription=after, entries=(note,))
    return _posted(after, number, tuple(lines), shown, at)


def closing(subscription: BasketSubscription, policy: FeePolicy, at: datetime) -> Posting:
    """He has left: the share of profits up to now, and the unused days back.

    `subscription` has its new status already. What ran out before now is settled as of then.
    """
    details = subscription.financial_details
    expiry = subscription.expiry_date
    ended_at = at if expiry is None else min(at, expiry)
    running = period(subscription, max(0, details.next_period - 1))
    until = replace(running, end=max(running.start, min(ended_at, running.end)))
    lines = list(_unused_lines(details.prepaid_fee, running, ended_at))
    if policy.charges and details.is_billed:
        lines += _performance_lines(subscription, policy, until.start, until.end)
    after = replace(
        subscription,
        financial_details=replace(
            details,
            high_water_mark=_mark_of(subscription),
            next_billing_date=None,
            prepaid_fee=ZERO,
        ),
    )
    note = _note(after, CLOSING, EntryKind.LEFT, sentence="Left the basket.", shown=until, at=at)
    return _posted(after, CLOSING, tuple(lines), running, at, also=(note,))


# -- lines


def _monthly_line(fee: Decimal, ahead: Period) -> InvoiceLine:
    return InvoiceLine(
        kind=LineKind.MONTHLY_FEE,
        sentence=f"Monthly fee for {_days(ahead.start, ahead.end)}, charged ahead.",
        amount=fee,
        period_start=ahead.start,
        period_end=ahead.end,
    )


def _performance_lines(
    subscription: BasketSubscription, policy: FeePolicy, start: datetime, end: datetime
) -> Iterator[InvoiceLine]:
    """None where they are switched off, and none without a new high."""
    details = subscription.financial_details
    if not policy.performance_fees:
        return
    profit = net_profit(subscription.performance_tracking)
    share = profit_share(profit, details.high_water_mark, details.performance_fee_percentage)
    if share.fee:
        yield InvoiceLine(
            kind=LineKind.PERFORMANCE_FEE,
            sentence=(
                f"{details.performance_fee_percentage.normalize():f} percent of the net profit of "
                f"{to_paisa(share.profit)} above the high-water mark of "
                f"{to_paisa(details.high_water_mark)}, {_days(start, end)}."
            ),
            amount=share.fee,
            period_start=start,
            period_end=end,
        )


def _unused_lines(prepaid: Decimal, running: Period, ended_at: datetime) -> Iterator[InvoiceLine]:
    credit = unused_part(prepaid, running, ended_at)
    if credit:
        days = unused_days(running, ended_at)
        of = (running.end - running.start).days
        yield InvoiceLine(
            kind=LineKind.UNUSED_DAYS,
            sentence=(
                f"{days} unused of {of} days of the monthly fee for "
                f"{_days(running.start, running.end)}."
            ),
            amount=-credit,
            period_start=max(ended_at, running.start),
            period_end=running.end,
        )


def _mark_of(subscription: BasketSubscription) -> Decimal:
    """Also where nothing is charged: profits of a free time are never charged later."""
    mark = subscription.financial_details.high_water_mark
    return max(mark, net_profit(subscription.performance_tracking))


def _days(start: datetime, end: datetime) -> str:
    return f"{start.astimezone(IST):%d %b %Y} to {end.astimezone(IST):%d %b %Y}"


# -- invoice and entries


def _posted(
    subscription: BasketSubscription,
    part: int | str,
    lines: tuple[InvoiceLine, ...],
    shown: Period,
    at: datetime,
    *,
    also: tuple[LedgerEntry, ...] = (),
) -> Posting:
    if not lines:
        return Posting(subscription=subscription, entries=also)
    invoice = _invoice(subscription, billing_key(subscription, part), lines, shown, at)
    entries = tuple(_line_entry(invoice, line, at) for line in lines)
    return Posting(
        subscription=_with_unpaid(subscription, invoice),
        invoices=(invoice,),
        entries=(*entries, *also),
    )


def _with_unpaid(subscription: BasketSubscription, invoice: Invoice) -> BasketSubscription:
    details: FinancialDetails = subscription.financial_details
    if invoice.is_settled:
        return subscription
    unpaid = (*details.unpaid_invoices, invoice.invoice_id)
    return replace(subscription, financial_details=replace(details, unpaid_invoices=unpaid))


def _invoice(
    subscription: BasketSubscription,
    key: str,
    lines: tuple[InvoiceLine, ...],
    shown: Period,
    at: datetime,
) -> Invoice:
    nothing_due = sum((line.amount for line in lines), ZERO) == ZERO
    return Invoice(
        user_id=subscription.user_id,
        invoice_id=invoice_id_of(subscription.subscription_id, key),
        subscription_id=subscription.subscription_id,
        basket_id=subscription.basket_id,
        creator_id=subscription.basket_creator_id,
        billing_key=key,
        period_start=shown.start,
        period_end=shown.end,
        lines=lines,
        status=InvoiceStatus.PAID if nothing_due else InvoiceStatus.OPEN,
        next_attempt_at=None if nothing_due else at,
        issued_at=at,
        settled_at=at if nothing_due else None,
        updated_at=at,
    )


def invoice_entry(
    invoice: Invoice, posting: str, kind: EntryKind, sentence: str, at: datetime
) -> LedgerEntry:
    """An entry of an invoice that moves no money yet; `posting` names it within the period."""
    return LedgerEntry(
        subscription_id=invoice.subscription_id,
        entry_key=f"{invoice.billing_key}#{posting}",
        billing_key=invoice.billing_key,
        kind=kind,
        user_id=invoice.user_id,
        creator_id=invoice.creator_id,
        basket_id=invoice.basket_id,
        invoice_id=invoice.invoice_id,
        period_start=invoice.period_start,
        period_end=invoice.period_end,
        sentence=sentence,
        posted_at=at,
    )


def _line_entry(invoice: Invoice, line: InvoiceLine, at: datetime) -> LedgerEntry:
    kind = EntryKind.CREDIT if line.kind is LineKind.UNUSED_DAYS else EntryKind.CHARGE
    performance = line.kind is LineKind.PERFORMANCE_FEE
    return replace(
        invoice_entry(invoice, f"{kind}#{line.kind}", kind, line.sentence, at),
        amount=line.amount,
        performance_part=line.amount if performance else ZERO,
        period_start=line.period_start,
        period_end=line.period_end,
    )


def _note(
    subscription: BasketSubscription,
    part: int | str,
    kind: EntryKind,
    *,
    sentence: str,
    shown: Period,
    at: datetime,
) -> LedgerEntry:
    """That something happened which moves no money."""
    key = billing_key(subscription, part)
    return LedgerEntry(
        subscription_id=subscription.subscription_id,
        entry_key=f"{key}#{kind}",
        billing_key=key,
        kind=kind,
        user_id=subscription.user_id,
        creator_id=subscription.basket_creator_id,
        basket_id=subscription.basket_id,
        period_start=shown.start,
        period_end=shown.end,
        sentence=sentence,
        posted_at=at,
    )
