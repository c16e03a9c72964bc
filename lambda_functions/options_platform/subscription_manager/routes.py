"""REST routes of the marketplace and of subscriptions."""

from lambda_functions.options_platform.subscription_manager.queries import SubscriptionQueries
from lambda_functions.options_platform.subscription_manager.schemas import (
    EXAMPLE_OVERRIDES,
    EXAMPLE_SUBSCRIPTION,
    CategoriesResponse,
    FeaturedResponse,
    MarketplaceQuery,
    OverridesRequest,
    SubscribeRequest,
    SubscriptionPage,
    SubscriptionResponse,
    categories,
)
from lambda_functions.options_platform.subscription_manager.service import SubscriptionService
from shared_utils.api.basket_shapes import BasketPage, BasketResponse
from shared_utils.api.operations import Operations
from shared_utils.api.paging import PageQuery, page_of
from shared_utils.api.requests import RequestContext
from shared_utils.domain.errors import Conflict, NotFound, RuleBroken
from shared_utils.domain.ids import Kind

MARKETPLACE = "Marketplace"
SUBSCRIPTIONS = "Subscriptions"


def register(
    operations: Operations, service: SubscriptionService, queries: SubscriptionQueries
) -> None:
    _register_marketplace(operations, queries)
    _register_reads(operations, service, queries)
    _register_joining(operations, service)
    _register_switches(operations, service)
    _register_overrides(operations, service)


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
        return SubscriptionResponse.from_domain(found)


def _register_joining(operations: Operations, service: SubscriptionService) -> None:
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
        user_id, basket_id = context.principal.user_id, context.id_of(Kind.BASKET)
        return SubscriptionResponse.from_domain(
            service.subscribe(user_id, basket_id, body.to_spec())
        )

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
        service.cancel(context.principal.user_id, context.id_of(Kind.SUBSCRIPTION))


def _register_switches(operations: Operations, service: SubscriptionService) -> None:
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
        user_id, subscription_id = context.principal.user_id, context.id_of(Kind.SUBSCRIPTION)
        return SubscriptionResponse.from_domain(service.pause(user_id, subscription_id))

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
        user_id, subscription_id = context.principal.user_id, context.id_of(Kind.SUBSCRIPTION)
        return SubscriptionResponse.from_domain(service.resume(user_id, subscription_id))


def _register_overrides(operations: Operations, service: SubscriptionService) -> None:
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
        user_id, subscription_id = context.principal.user_id, context.id_of(Kind.SUBSCRIPTION)
        changed = service.override(user_id, subscription_id, body.to_specs(), body.version)
        return SubscriptionResponse.from_domain(changed)
