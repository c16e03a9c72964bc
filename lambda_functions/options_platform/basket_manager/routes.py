"""REST routes of baskets."""

from lambda_functions.options_platform.basket_manager.basket_edits import Creator
from lambda_functions.options_platform.basket_manager.queries import BasketQueries
from lambda_functions.options_platform.basket_manager.schemas import (
    BASKET_EXAMPLE,
    BasketDetailResponse,
    BasketPage,
    BasketResponse,
    CreateBasketRequest,
    UpdateBasketRequest,
    to_detail,
)
from lambda_functions.options_platform.basket_manager.service import BasketService
from shared_utils.api.operations import Operations
from shared_utils.api.paging import PageQuery, page_of
from shared_utils.api.principals import Principal
from shared_utils.api.requests import RequestContext
from shared_utils.domain.errors import Conflict, NotFound
from shared_utils.domain.ids import Kind

TAG = "Baskets"


def register(operations: Operations, service: BasketService, queries: BasketQueries) -> None:
    _register_reads(operations, queries)
    _register_writes(operations, service)


def _register_reads(operations: Operations, queries: BasketQueries) -> None:
    @operations.operation(
        "GET",
        "/options/baskets",
        operation_id="listBaskets",
        tag=TAG,
        query=PageQuery,
        response=BasketPage,
    )
    def list_baskets(context: RequestContext, page: PageQuery) -> BasketPage:
        """My baskets."""
        found = queries.mine(context.principal.user_id, page.limit, page.cursor)
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
        """A basket with its strategies."""
        return to_detail(*queries.detail(context.principal.user_id, context.id_of(Kind.BASKET)))


def _register_writes(operations: Operations, service: BasketService) -> None:
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

    @operations.operation(
        "DELETE",
        "/options/baskets/{basket_id}",
        operation_id="deleteBasket",
        tag=TAG,
        status=204,
        errors=(NotFound, Conflict),
    )
    def delete_basket(context: RequestContext) -> None:
        """Delete an empty basket; one with archived strategies only is archived."""
        service.delete(context.principal.user_id, context.id_of(Kind.BASKET))


def _creator(principal: Principal) -> Creator:
    return Creator(user_id=principal.user_id, name=principal.name, is_admin=principal.is_admin)
