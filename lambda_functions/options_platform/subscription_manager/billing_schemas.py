"""Invoices, subscribers and revenue on the wire."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, StringConstraints

from lambda_functions.options_platform.subscription_manager.revenues import (
    MonthOfBasket,
    Revenue,
    total_of,
)
from shared_utils.api.paging import PageQuery, PageResponse
from shared_utils.api.wire_types import (
    Amount,
    Figure,
    Instant,
    RequestModel,
    ResponseModel,
    Rupees,
)
from shared_utils.domain.invoices import Invoice, InvoiceStatus, LineKind
from shared_utils.domain.ledger_entries import EntryKind, LedgerEntry
from shared_utils.domain.subscriptions import BasketSubscription, SubscriptionStatus

EXAMPLE_PAYMENT = {"amount": 999.00, "reference": "UPI 633012345678"}

_Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Month = Annotated[str, StringConstraints(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")]


class InvoicesQuery(PageQuery):
    """`subscription_id` narrows to the invoices of one subscription."""

    subscription_id: _Id | None = None


class SubscribersQuery(PageQuery):
    """What is left out does not narrow. A page may be shorter than `limit` and have a next one."""

    basket_id: _Id | None = None
    status: SubscriptionStatus | None = None


class RevenueQuery(RequestModel):
    """Months such as `2026-11`, both included; this month when nothing is said."""

    first: Month | None = Field(default=None, alias="from")
    last: Month | None = Field(default=None, alias="to")


class PaymentRequest(RequestModel):
    """`amount` is all that the invoice says is due; `reference` what the payment is found by."""

    amount: Annotated[Rupees, Field(gt=0)]
    reference: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)
    ]


class InvoiceLineResponse(ResponseModel):
    """A credit is negative."""

    kind: LineKind
    sentence: str
    amount: Amount
    period_start: Instant
    period_end: Instant


class InvoiceResponse(ResponseModel):
    """`amount_due` is what is left to be paid; below zero it is owed to the subscriber. `set_off`
    was set against another invoice of the same subscription. A payment that failed is tried again
    at `next_attempt_at`; after `grace_until` the subscription ends.
    """

    invoice_id: str
    user_id: str
    subscription_id: str
    basket_id: str
    creator_id: str
    period_start: Instant
    period_end: Instant
    lines: list[InvoiceLineResponse]
    total: Amount
    set_off: Amount
    paid: Amount
    amount_due: Amount
    status: InvoiceStatus
    attempts: int
    next_attempt_at: Instant | None
    grace_until: Instant | None
    problem: str | None
    issued_at: Instant
    settled_at: Instant | None
    version: int

    @classmethod
    def from_domain(cls, invoice: Invoice) -> "InvoiceResponse":
        return cls.model_validate(invoice)


class InvoicePage(PageResponse[InvoiceResponse]):
    """Invoices, latest first, a page at a time."""


class LedgerEntryResponse(ResponseModel):
    """Charges and refunds are positive, credits and payments negative: the sum is what is owed."""

    kind: EntryKind
    amount: Amount
    sentence: str
    reference: str | None
    posted_at: Instant


class InvoiceDetailResponse(InvoiceResponse):
    """With all that the ledger says of its period, in the order it was posted."""

    ledger_entries: list[LedgerEntryResponse]


def to_detail(invoice: Invoice, entries: Sequence[LedgerEntry]) -> InvoiceDetailResponse:
    shown = InvoiceResponse.from_domain(invoice)
    posted = [LedgerEntryResponse.model_validate(each) for each in entries]
    return InvoiceDetailResponse(**dict(shown), ledger_entries=posted)


class SubscriberResponse(ResponseModel):
    """A subscriber as the publisher sees him: what he agreed to and paid, never his broker accounts
    or settings. `basket_version` is the version that he consented to.
    """

    user_id: str
    subscription_id: str
    basket_id: str
    subscription_status: SubscriptionStatus
    subscription_date: Instant
    expiry_date: Instant | None
    basket_version: int
    investment_amount: Amount
    is_billed: bool
    monthly_fee: Amount
    performance_fee_percentage: Figure
    next_billing_date: Instant | None
    subscription_fee_paid: Amount
    total_fees_paid: Amount
    unpaid_invoices: list[str]

    @classmethod
    def from_domain(cls, subscription: BasketSubscription) -> "SubscriberResponse":
        details = subscription.financial_details
        return cls(
            user_id=subscription.user_id,
            subscription_id=subscription.subscription_id,
            basket_id=subscription.basket_id,
            subscription_status=subscription.subscription_status,
            subscription_date=subscription.subscription_date,
            expiry_date=subscription.expiry_date,
            basket_version=subscription.basket_version,
            investment_amount=subscription.performance_tracking.total_invested,
            is_billed=details.is_billed,
            monthly_fee=details.monthly_fee,
            performance_fee_percentage=details.performance_fee_percentage,
            next_billing_date=details.next_billing_date,
            subscription_fee_paid=details.subscription_fee_paid,
            total_fees_paid=details.total_fees_paid,
            unpaid_invoices=list(details.unpaid_invoices),
        )


class SubscriberPage(PageResponse[SubscriberResponse]):
    """Subscribers to baskets of mine, latest first, a page at a time."""


class RevenueResponse(ResponseModel):
    """Rupees: `collected` is net of refunds, `open_amount` what is still owed, by the month its
    invoice was issued. Subscribers who joined, and who left or ran out.
    """

    charged: Amount
    credited: Amount
    collected: Amount
    open_amount: Amount
    subscribers_gained: int
    subscribers_lost: int


class MonthOfBasketResponse(RevenueResponse):
    month: str
    basket_id: str


class RevenueReport(ResponseModel):
    """A row for each month and basket in which anything happened, and their sum."""

    first_month: str
    last_month: str
    items: list[MonthOfBasketResponse]
    total: RevenueResponse


def to_report(first: str, last: str, rows: Sequence[MonthOfBasket]) -> RevenueReport:
    return RevenueReport(
        first_month=first,
        last_month=last,
        items=[
            MonthOfBasketResponse(
                month=row.month, basket_id=row.basket_id, **dict(_shown(row.revenue))
            )
            for row in rows
        ],
        total=_shown(total_of(rows)),
    )


def _shown(revenue: Revenue) -> RevenueResponse:
    return RevenueResponse.model_validate(revenue)
