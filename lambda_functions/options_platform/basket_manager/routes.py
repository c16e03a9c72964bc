"""REST routes of baskets."""

from lambda_functions.options_platform.basket_manager.basket_edits import Creator
from lambda_functions.options_platform.basket_manager.queries import BasketQueries
from lambda_functions.options_platform.basket_manager.schemas import (
    BASKET_EXAMPLE,
    PUBLICATION_EXAMPLE,
    BasketDetailResponse,
    BasketListKind,
    BasketQuery,
    BasketVersionPage,
    BasketVersionResponse,
    CreateBasketRequest,
    PublishBasketRequest,
    UpdateBasketRequest,
    to_detail,
)
from lambda_functions.options_platform.basket_manager.service import BasketService
from shared_utils.api.basket_shapes import BasketPage, BasketResponse
from shared_utils.api.operations import Operations
from shared_utils.api.paging import PageQuery, page_of
from shared_utils.api.principals import Principal
from shared_utils.api.requests import RequestContext
from shared_utils.domain.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    Problem,
    RuleBroken,
)
from shared_utils.domain.ids import Kind
from shared_utils.domain.marketplace import MarketplaceSort

TAG = "Baskets"


def register(operations: Operations, service: BasketService, queries: BasketQueries) -> None:
    _register_reads(operations, queries)
    _register_versions(operations, queries)
    _register_writes(operations, service)
    _register_publishing(operations, service)


def _register_reads(operations: Operations, queries: BasketQueries) -> None:
    @operations.operation(
        "GET",
        "/options/baskets",
        operation_id="listBaskets",
        tag=TAG,
        query=BasketQuery,
        response=BasketPage,
    )
    def list_baskets(context: RequestContext, query: BasketQuery) -> BasketPage:
        """My baskets, or those of the marketplace."""
        user_id, sort = context.principal.user_id, _sort_of(query)
        found = (
            queries.mine(user_id, query.limit, query.cursor)
            if sort is None
            else queries.marketplace(sort, query.limit, query.cursor)
        )
        return page_of(BasketPage, found, BasketResponse.from_domain)

    @operations.operation(
        "GET",
        "/options/baskets/{basket_id}",
        operation_id="getBasket",
        tag=TAG,
        response=BasketDetailResponse,
        errors=(NotFound,),
    )
    def get_basket(context: RequestContext) -> BasketDetailResponse:
        """A basket of mine, or a published one, with its strategies."""
        return to_detail(queries.detail(context.principal.user_id, context.id_of(Kind.BASKET)))


def _register_versions(operations: Operations, queries: BasketQueries) -> None:
    @operations.operation(
        "GET",
        "/options/baskets/{basket_id}/versions",
        operation_id="listBasketVersions",
        tag=TAG,
        query=PageQuery,
        response=BasketVersionPage,
        errors=(NotFound,),
    )
    def list_versions(context: RequestContext, page: PageQuery) -> BasketVersionPage:
        """What was published of a basket of mine, or of one I subscribe to, the latest first."""
        user_id, basket_id = context.principal.user_id, context.id_of(Kind.BASKET)
        found = queries.versions_of(user_id, basket_id, page.limit, page.cursor)
        return page_of(BasketVersionPage, found, BasketVersionResponse.from_domain)


def _register_writes(operations: Operations, service: BasketService) -> None:
    _register_deletion(operations, service)

    @operations.operation(
        "POST",
        "/options/baskets",
        operation_id="createBasket",
        tag=TAG,
        request=CreateBasketRequest,
        response=BasketResponse,
        status=201,
        idempotent=True,
        example=BASKET_EXAMPLE,
    )
    def create_basket(context: RequestContext, body: CreateBasketRequest) -> BasketResponse:
        """Create a basket, private and empty."""
        basket = service.create(_creator(context.principal), body.to_spec())
        return BasketResponse.from_domain(basket)

    @operations.operation(
        "PUT",
        "/options/baskets/{basket_id}",
        operation_id="updateBasket",
        tag=TAG,
        request=UpdateBasketRequest,
        response=BasketResponse,
        errors=(NotFound, Conflict),
        example={"name": "Income, conservative", "version": 1},
    )
    def update_basket(context: RequestContext, body: UpdateBasketRequest) -> BasketResponse:
        """Change a basket's words."""
        basket_id = context.id_of(Kind.BASKET)
        basket = service.update(context.principal.user_id, basket_id, body.to_changes())
        return BasketResponse.from_domain(basket)


def _register_deletion(operations: Operations, service: BasketService) -> None:
    @operations.operation(
        "DELETE",
        "/options/baskets/{basket_id}",
        operation_id="deleteBasket",
        tag=TAG,
        status=204,
        errors=(NotFound, Conflict),
    )
    def delete_basket(context: RequestContext) -> None:
        """Delete a basket with its paused strategies; what has run is archived."""
        service.delete(context.principal.user_id, context.id_of(Kind.BASKET))


def _register_publishing(operations: Operations, service: BasketService) -> None:
    @operations.operation(
        "POST",
        "/options/baskets/{basket_id}/publish",
        operation_id="publishBasket",
        tag=TAG,
        request=PublishBasketRequest,
        response=BasketResponse,
        errors=(NotFound, Forbidden, RuleBroken, Conflict),
        example=PUBLICATION_EXAMPLE,
    )
    def publish_basket(context: RequestContext, body: PublishBasketRequest) -> BasketResponse:
        """Publish a basket of mine, or change its terms (admins only)."""
        basket_id = context.id_of(Kind.BASKET)
        asked = body.to_publication()
        return BasketResponse.from_domain(
            service.publish(_creator(context.principal), basket_id, asked)
        )

    @operations.operation(
        "POST",
        "/options/baskets/{basket_id}/unpublish",
        operation_id="unpublishBasket",
        tag=TAG,
        response=BasketResponse,
        errors=(NotFound, Forbidden, Conflict),
    )
    def unpublish_basket(context: RequestContext) -> BasketResponse:
        """Withdraw a basket of mine from the marketplace; its subscribers stay (admins only)."""
        basket_id = context.id_of(Kind.BASKET)
        return BasketResponse.from_domain(service.unpublish(_creator(context.principal), basket_id))


def _sort_of(query: BasketQuery) -> MarketplaceSort | None:
    """None for the caller's own baskets."""
    if query.creator_type is None:
        return MarketplaceSort.NEWEST if query.type is BasketListKind.MARKETPLACE else None
    if query.type is BasketListKind.MINE:
        raise InvalidInput(
            "creator_type narrows the marketplace, not my baskets.",
            details=[Problem("creator_type", "has no meaning with type=mine")],
        )
    return MarketplaceSort.TOTAL_RETURN


def _creator(principal: Principal) -> Creator:
    return Creator(user_id=principal.user_id, name=principal.name, is_admin=principal.is_admin)
