"""REST routes of orders."""

from lambda_functions.execution_engine.order_manager.orders_asked import OrdersAsked
from lambda_functions.execution_engine.order_manager.queries import OrderFilter, OrderQueries
from lambda_functions.execution_engine.order_manager.schemas import OrdersQuery
from shared_utils.api.operations import Operations
from shared_utils.api.order_shapes import OrderDetailResponse, OrderPage, OrderResponse
from shared_utils.api.paging import PageQuery, page_of
from shared_utils.api.requests import RequestContext
from shared_utils.domain.errors import Conflict, NotFound
from shared_utils.domain.ids import Kind

TAG = "Orders"


def register(operations: Operations, asked: OrdersAsked, queries: OrderQueries) -> None:
    _register_lists(operations, queries)
    _register_one(operations, asked, queries)


def _register_lists(operations: Operations, queries: OrderQueries) -> None:
    @operations.operation(
        "GET",
        "/execution/orders",
        operation_id="listOrders",
        tag=TAG,
        query=OrdersQuery,
        response=OrderPage,
    )
    def list_orders(context: RequestContext, asked: OrdersQuery) -> OrderPage:
        """My orders, latest first; of one strategy, contract or account if asked."""
        wanted = OrderFilter(
            strategy_id=asked.strategy_id, symbol=asked.symbol, client_id=asked.client_id
        )
        found = queries.page(context.principal.user_id, wanted, asked.limit, asked.cursor)
        return page_of(OrderPage, found, OrderResponse.from_domain)

    @operations.operation(
        "GET",
        "/execution/orders/live",
        operation_id="listLiveOrders",
        tag=TAG,
        query=PageQuery,
        response=OrderPage,
    )
    def list_live_orders(context: RequestContext, page: PageQuery) -> OrderPage:
        """My orders that are not settled."""
        found = queries.live(context.principal.user_id, page.limit, page.cursor)
        return page_of(OrderPage, found, OrderResponse.from_domain)


def _register_one(operations: Operations, asked: OrdersAsked, queries: OrderQueries) -> None:
    @operations.operation(
        "GET",
        "/execution/orders/{order_id}",
        operation_id="getOrder",
        tag=TAG,
        response=OrderDetailResponse,
        errors=(NotFound,),
    )
    def get_order(context: RequestContext) -> OrderDetailResponse:
        """An order with its trades and its history."""
        order = queries.detail(context.principal.user_id, context.id_of(Kind.ORDER))
        return OrderDetailResponse.from_domain(order)

    @operations.operation(
        "POST",
        "/execution/orders/{order_id}/cancel",
        operation_id="cancelOrder",
        tag=TAG,
        response=OrderResponse,
        status=202,
        errors=(NotFound, Conflict),
    )
    def cancel_order(context: RequestContext) -> OrderResponse:
        """Ask for an order to be taken back."""
        order_id = context.id_of(Kind.ORDER)
        order = asked.cancel(context.principal.user_id, order_id, context.request_id)
        return OrderResponse.from_domain(order)
