"""REST routes of the marketplace and of subscriptions. Invoices: `billing_routes`."""

from lambda_functions.options_platform.subscription_manager.billing_queries import BillingQueries
from lambda_functions.options_platform.subscription_manager.billing_routes import register_billing
from lambda_functions.options_platform.subscription_manager.billing_service import BillingService
from lambda_functions.options_platform.subscription_manager.queries import SubscriptionQueries
from lambda_functions.options_platform.subscription_manager.schemas import (
    EXAMPLE_OVERRIDES,
    EXAMPLE_SUBSCRIPTION,
    CategoriesResponse,
    ChangesResponse,
    ConsentRequest,
    ConsentResponse,
    FeaturedResponse,
    HistoryPage,
    MarketplaceQuery,
    OverridesRequest,
    SubscribeRequest,
    SubscriptionEventResponse,
    SubscriptionPage,
    SubscriptionResponse,
    categories,
    to_consent,
)
from lambda_functions.options_platform.subscription_manager.service import SubscriptionService
from shared_utils.api.basket_shapes import BasketPage, BasketResponse
from shared_utils.api.operations import Operations
from shared_utils.api.paging import PageQuery, page_of
from shared_utils.api.requests import RequestContext
from shared_utils.domain.errors import Conflict, NotFound, RuleBroken
from shared_utils.domain.ids import Kind
from shared_utils.domain.subscription_events import Cause

MARKETPLACE = "Marketplace"
SUBSCRIPTIONS = "Subscriptions"


def register(
    operations: Operations,
    service: SubscriptionService,
    queries: SubscriptionQueries,
    billing: BillingService,
    billing_queries: BillingQueries,
) -> None:
    register_billing(operations, billing, billing_queries)
    _register_marketplace(operations, queries)
    _register_reads(operations, service, queries)
    _register_joining(operations, service, queries)
    _register_switches(operations, service, queries)
    _register_overrides(operations, service, queries)
    _register_consent(operations, service, queries)
    _register_history(operations, service, queries)


def _register_marketplace(operations: Operations, queries: SubscriptionQueries) -> None:
    @operations.operation(
        "GET",
        "/options/marketplace",
        operation_id="browseMarketplace",
        tag=MARKETPLACE,
        query=MarketplaceQuery,
        response=BasketPage,
    )
    def browse_marketplace(_: RequestContext, query: MarketplaceQuery) -> BasketPage:
        """Baskets that may be subscribed to, the best first."""
        found = queries.browse(query.sort, query.to_filter(), query.limit, query.cursor)
        return page_of(BasketPage, found, BasketResponse.from_domain)

    @operations.operation(
        "GET",
        "/options/marketplace/categories",
        operation_id="listMarketplaceCategories",
        tag=MARKETPLACE,
        response=CategoriesResponse,
    )
    def list_categories(_: RequestContext) -> CategoriesResponse:
        """The categories of baskets, and what they mean."""
        return categories()

    @operations.operation(
        "GET",
        "/options/marketplace/featured",
        operation_id="listFeaturedBaskets",
        tag=MARKETPLACE,
        response=FeaturedResponse,
    )
    def list_featured(_: RequestContext) -> FeaturedResponse:
        """The featured baskets, and the rule that chose them."""
        return FeaturedResponse(
            items=[BasketResponse.from_domain(each) for each in queries.featured()]
        )


def _register_reads(
    operations: Operations, service: SubscriptionService, queries: SubscriptionQueries
) -> None:
    @operations.operation(
        "GET",
        "/options/subscriptions",
        operation_id="listSubscriptions",
        tag=SUBSCRIPTIONS,
        query=PageQuery,
        response=SubscriptionPage,
    )
    def list_subscriptions(context: RequestContext, page: PageQuery) -> SubscriptionPage:
        """My subscriptions."""
        found = queries.mine(context.principal.user_id, page.limit, page.cursor)
        return page_of(SubscriptionPage, found, SubscriptionResponse.from_domain)

    @operations.operation(
        "GET",
        "/options/subscriptions/{subscription_id}",
        operation_id="getSubscription",
        tag=SUBSCRIPTIONS,
        response=SubscriptionResponse,
        errors=(NotFound,),
    )
    def get_subscription(context: RequestContext) -> SubscriptionResponse:
        """A subscription of mine."""
        subscription_id = context.id_of(Kind.SUBSCRIPTION)
        found = service.mine(context.principal.user_id, subscription_id)
        return SubscriptionResponse.from_domain(queries.followed(found))


def _register_history(
    operations: Operations, service: SubscriptionService, queries: SubscriptionQueries
) -> None:
    @operations.operation(
        "GET",
        "/options/subscriptions/{subscription_id}/history",
        operation_id="listSubscriptionEvents",
        tag=SUBSCRIPTIONS,
        query=PageQuery,
        response=HistoryPage,
        errors=(NotFound,),
    )
    def list_events(context: RequestContext, page: PageQuery) -> HistoryPage:
        """What was done with a subscription of mine, the latest first."""
        subscription_id = context.id_of(Kind.SUBSCRIPTION)
        mine = service.mine(context.principal.user_id, subscription_id)
        found = queries.history(mine, page.limit, page.cursor)
        return page_of(HistoryPage, found, SubscriptionEventResponse.from_domain)


def _register_joining(
    operations: Operations, service: SubscriptionService, queries: SubscriptionQueries
) -> None:
    @operations.operation(
        "POST",
        "/options/baskets/{basket_id}/subscribe",
        operation_id="subscribe",
        tag=SUBSCRIPTIONS,
        request=SubscribeRequest,
        response=SubscriptionResponse,
        status=201,
        idempotent=True,
        errors=(NotFound, RuleBroken, Conflict),
        example=EXAMPLE_SUBSCRIPTION,
    )
    def subscribe(context: RequestContext, body: SubscribeRequest) -> SubscriptionResponse:
        """Subscribe to a published basket at its terms of now."""
        basket_id = context.id_of(Kind.BASKET)
        made = service.subscribe(_cause(context), basket_id, body.to_spec())
        return SubscriptionResponse.from_domain(queries.followed(made))

    @operations.operation(
        "DELETE",
        "/options/subscriptions/{subscription_id}",
        operation_id="unsubscribe",
        tag=SUBSCRIPTIONS,
        status=204,
        errors=(NotFound, Conflict),
    )
    def unsubscribe(context: RequestContext) -> None:
        """End a subscription; it is kept as a record."""
        service.cancel(_cause(context), context.id_of(Kind.SUBSCRIPTION))


def _register_switches(
    operations: Operations, service: SubscriptionService, queries: SubscriptionQueries
) -> None:
    @operations.operation(
        "POST",
        "/options/subscriptions/{subscription_id}/pause",
        operation_id="pauseSubscription",
        tag=SUBSCRIPTIONS,
        response=SubscriptionResponse,
        errors=(NotFound, Conflict),
    )
    def pause_subscription(context: RequestContext) -> SubscriptionResponse:
        """Pause a subscription; its place is kept."""
        switched = service.pause(_cause(context), context.id_of(Kind.SUBSCRIPTION))
        return SubscriptionResponse.from_domain(queries.followed(switched))

    @operations.operation(
        "POST",
        "/options/subscriptions/{subscription_id}/resume",
        operation_id="resumeSubscription",
        tag=SUBSCRIPTIONS,
        response=SubscriptionResponse,
        errors=(NotFound, Conflict),
    )
    def resume_subscription(context: RequestContext) -> SubscriptionResponse:
        """Resume a paused subscription."""
        switched = service.resume(_cause(context), context.id_of(Kind.SUBSCRIPTION))
        return SubscriptionResponse.from_domain(queries.followed(switched))


def _register_overrides(
    operations: Operations, service: SubscriptionService, queries: SubscriptionQueries
) -> None:
    @operations.operation(
        "PUT",
        "/options/subscriptions/{subscription_id}/overrides",
        operation_id="setSubscriptionOverrides",
        tag=SUBSCRIPTIONS,
        request=OverridesRequest,
        response=SubscriptionResponse,
        errors=(NotFound, RuleBroken, Conflict),
        example=EXAMPLE_OVERRIDES,
    )
    def set_overrides(context: RequestContext, body: OverridesRequest) -> SubscriptionResponse:
        """Set my accounts, lots and risk for each strategy of a subscription."""
        subscription_id = context.id_of(Kind.SUBSCRIPTION)
        changed = service.override(_cause(context), subscription_id, body.to_specs(), body.version)
        return SubscriptionResponse.from_domain(queries.followed(changed))


def _register_consent(
    operations: Operations, service: SubscriptionService, queries: SubscriptionQueries
) -> None:
    @operations.operation(
        "GET",
        "/options/subscriptions/{subscription_id}/changes",
        operation_id="readVersionChanges",
        tag=SUBSCRIPTIONS,
        response=ChangesResponse,
        errors=(NotFound,),
    )
    def changes(context: RequestContext) -> ChangesResponse:
        """What the latest version of a basket changes, in words, before I consent to it."""
        subscription_id = context.id_of(Kind.SUBSCRIPTION)
        mine = service.mine(context.principal.user_id, subscription_id)
        return ChangesResponse.from_domain(queries.changes(mine))

    @operations.operation(
        "POST",
        "/options/subscriptions/{subscription_id}/consent",
        operation_id="consentToVersion",
        tag=SUBSCRIPTIONS,
        request=ConsentRequest,
        response=ConsentResponse,
        errors=(NotFound, RuleBroken, Conflict),
        example={"basket_version": 2},
    )
    def consent(context: RequestContext, body: ConsentRequest) -> ConsentResponse:
        """Let the latest version of a basket trade in my accounts in place of the one I have."""
        subscription_id = context.id_of(Kind.SUBSCRIPTION)
        after, dropped = service.consent(_cause(context), subscription_id, body.basket_version)
        return to_consent(queries.followed(after), dropped)


def _cause(context: RequestContext) -> Cause:
    return Cause(actor=context.principal.user_id, request_id=context.request_id)
