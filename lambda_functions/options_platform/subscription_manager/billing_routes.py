"""REST routes of invoices, and of a publisher's subscribers and revenue."""

from lambda_functions.options_platform.subscription_manager.billing_queries import BillingQueries
from lambda_functions.options_platform.subscription_manager.billing_schemas import (
    EXAMPLE_PAYMENT,
    InvoiceDetailResponse,
    InvoicePage,
    InvoiceResponse,
    InvoicesQuery,
    PaymentRequest,
    RevenueQuery,
    RevenueReport,
    SubscriberPage,
    SubscriberResponse,
    SubscribersQuery,
    to_detail,
    to_report,
)
from lambda_functions.options_platform.subscription_manager.billing_service import BillingService
from shared_utils.api.operations import Operations
from shared_utils.api.paging import page_of
from shared_utils.api.requests import RequestContext
from shared_utils.domain.errors import Conflict, Forbidden, NotFound, RuleBroken
from shared_utils.domain.ids import Kind

INVOICES = "Invoices"
PUBLISHING = "Subscribers and revenue"


def register_billing(
    operations: Operations, service: BillingService, queries: BillingQueries
) -> None:
    _register_invoices(operations, queries)
    _register_subscribers(operations, queries)
    _register_payments(operations, service)


def _register_invoices(operations: Operations, queries: BillingQueries) -> None:
    @operations.operation(
        "GET",
        "/options/invoices",
        operation_id="listInvoices",
        tag=INVOICES,
        query=InvoicesQuery,
        response=InvoicePage,
    )
    def list_invoices(context: RequestContext, query: InvoicesQuery) -> InvoicePage:
        """My invoices, latest first."""
        user_id = context.principal.user_id
        found = queries.mine(user_id, query.limit, query.cursor, query.subscription_id)
        return page_of(InvoicePage, found, InvoiceResponse.from_domain)

    @operations.operation(
        "GET",
        "/options/invoices/{invoice_id}",
        operation_id="getInvoice",
        tag=INVOICES,
        response=InvoiceDetailResponse,
        errors=(NotFound,),
    )
    def get_invoice(context: RequestContext) -> InvoiceDetailResponse:
        """An invoice of mine, or of a subscriber to a basket of mine, with its ledger entries."""
        return to_detail(*queries.invoice(context.principal.user_id, context.id_of(Kind.INVOICE)))


def _register_subscribers(operations: Operations, queries: BillingQueries) -> None:
    @operations.operation(
        "GET",
        "/options/admin/subscribers",
        operation_id="listSubscribers",
        tag=PUBLISHING,
        query=SubscribersQuery,
        response=SubscriberPage,
        errors=(Forbidden,),
    )
    def list_subscribers(context: RequestContext, query: SubscribersQuery) -> SubscriberPage:
        """Subscribers to the baskets that I publish, latest first (admins only)."""
        found = queries.subscribers(
            _publisher(context),
            basket_id=query.basket_id,
            status=query.status,
            limit=query.limit,
            cursor=query.cursor,
        )
        return page_of(SubscriberPage, found, SubscriberResponse.from_domain)

    @operations.operation(
        "GET",
        "/options/admin/revenue",
        operation_id="getRevenue",
        tag=PUBLISHING,
        query=RevenueQuery,
        response=RevenueReport,
        errors=(Forbidden,),
    )
    def get_revenue(context: RequestContext, query: RevenueQuery) -> RevenueReport:
        """What my baskets charged and were paid, by month and basket (admins only)."""
        return to_report(*queries.revenue(_publisher(context), query.first, query.last))


def _register_payments(operations: Operations, service: BillingService) -> None:
    @operations.operation(
        "POST",
        "/options/admin/invoices/{invoice_id}/payments",
        operation_id="recordPayment",
        tag=PUBLISHING,
        request=PaymentRequest,
        response=InvoiceResponse,
        status=201,
        idempotent=True,
        errors=(NotFound, Forbidden, RuleBroken, Conflict),
        example=EXAMPLE_PAYMENT,
    )
    def record_payment(context: RequestContext, body: PaymentRequest) -> InvoiceResponse:
        """Record a payment, or a refund, that was made outside the platform (admins only)."""
        creator_id, invoice_id = _publisher(context), context.id_of(Kind.INVOICE)
        paid = service.record_payment(creator_id, invoice_id, body.amount, body.reference)
        return InvoiceResponse.from_domain(paid)


def _publisher(context: RequestContext) -> str:
    if not context.principal.is_admin:
        raise Forbidden("Only admins publish baskets, and see who subscribes.", code="ADMIN_ONLY")
    return context.principal.user_id
