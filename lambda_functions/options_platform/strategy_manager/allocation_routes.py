"""REST routes of broker allocations: which account trades how many lots of which strategy."""

from lambda_functions.options_platform.strategy_manager import examples
from lambda_functions.options_platform.strategy_manager.allocation_service import AllocationService
from lambda_functions.options_platform.strategy_manager.queries import StrategyQueries
from lambda_functions.options_platform.strategy_manager.schemas import (
    BulkAllocationRequest,
    BulkAllocationResponse,
    MarginQuery,
    to_allocation,
    to_allocation_changes,
    to_allocation_specs,
    to_bulk,
    to_strategy_allocations,
)
from shared_utils.api.allocation_shapes import (
    AllocationPage,
    AllocationRequest,
    AllocationRequests,
    AllocationResponse,
    StrategyAllocationsResponse,
    UpdateAllocationRequest,
)
from shared_utils.api.operations import Operations
from shared_utils.api.paging import PageQuery, page_of
from shared_utils.api.requests import RequestContext
from shared_utils.domain.errors import Conflict, NotFound, RuleBroken
from shared_utils.domain.ids import Kind
from shared_utils.risk_calculations.margins import MarginSource

TAG = "Broker allocation"


def register_allocations(
    operations: Operations, service: AllocationService, queries: StrategyQueries
) -> None:
    _register_of_strategy(operations, service, queries)
    _register_one(operations, service)
    _register_bulk(operations, service)
    _register_lists(operations, queries)


def _register_of_strategy(
    operations: Operations, service: AllocationService, queries: StrategyQueries
) -> None:
    @operations.operation(
        "GET",
        "/options/strategies/{strategy_id}/brokers",
        operation_id="listStrategyAllocations",
        tag=TAG,
        query=MarginQuery,
        response=StrategyAllocationsResponse,
        errors=(NotFound,),
    )
    def list_strategy_allocations(
        context: RequestContext, query: MarginQuery
    ) -> StrategyAllocationsResponse:
        """The broker allocations of a strategy, and what they add up to."""
        user_id, strategy_id = context.principal.user_id, context.id_of(Kind.STRATEGY)
        ask_brokers = query.margin is MarginSource.BROKER
        found = queries.allocations(user_id, strategy_id, ask_brokers=ask_brokers)
        return to_strategy_allocations(*found)

    @operations.operation(
        "POST",
        "/options/strategies/{strategy_id}/brokers",
        operation_id="addAllocations",
        tag=TAG,
        request=AllocationRequests,
        response=StrategyAllocationsResponse,
        status=201,
        idempotent=True,
        errors=(NotFound, RuleBroken, Conflict),
        example=examples.ALLOCATIONS,
    )
    def add_allocations(
        context: RequestContext, body: list[AllocationRequest]
    ) -> StrategyAllocationsResponse:
        """Let broker accounts trade a strategy: all that are listed, or none."""
        user_id, strategy_id = context.principal.user_id, context.id_of(Kind.STRATEGY)
        strategy, everything = service.add(user_id, strategy_id, to_allocation_specs(body))
        return to_strategy_allocations(everything, queries.summary(strategy, everything))


def _register_one(operations: Operations, service: AllocationService) -> None:
    @operations.operation(
        "PUT",
        "/options/strategies/{strategy_id}/brokers/{allocation_id}",
        operation_id="updateAllocation",
        tag=TAG,
        request=UpdateAllocationRequest,
        response=AllocationResponse,
        errors=(NotFound, RuleBroken, Conflict),
        example={"lots_per_execution": 3, "version": 1},
    )
    def update_allocation(
        context: RequestContext, body: UpdateAllocationRequest
    ) -> AllocationResponse:
        """Change an allocation's lots, turn or limits."""
        user_id, strategy_id = context.principal.user_id, context.id_of(Kind.STRATEGY)
        allocation_id, changes = context.id_of(Kind.ALLOCATION), to_allocation_changes(body)
        return to_allocation(service.update(user_id, strategy_id, allocation_id, changes))

    @operations.operation(
        "DELETE",
        "/options/strategies/{strategy_id}/brokers/{allocation_id}",
        operation_id="removeAllocation",
        tag=TAG,
        status=204,
        errors=(NotFound, Conflict),
    )
    def remove_allocation(context: RequestContext) -> None:
        """Take an account off a strategy."""
        user_id, strategy_id = context.principal.user_id, context.id_of(Kind.STRATEGY)
        service.remove(user_id, strategy_id, context.id_of(Kind.ALLOCATION))


def _register_bulk(operations: Operations, service: AllocationService) -> None:
    @operations.operation(
        "POST",
        "/options/baskets/{basket_id}/brokers/bulk",
        operation_id="configureBasketAllocations",
        tag=TAG,
        request=BulkAllocationRequest,
        response=BulkAllocationResponse,
        idempotent=True,
        errors=(NotFound, RuleBroken, Conflict),
        example={"allocations": examples.ALLOCATIONS},
    )
    def configure_basket_allocations(
        context: RequestContext, body: BulkAllocationRequest
    ) -> BulkAllocationResponse:
        """Set the same allocations for a basket's strategies: all of them, or none."""
        specs = to_allocation_specs(body.allocations)
        user_id, basket_id = context.principal.user_id, context.id_of(Kind.BASKET)
        return to_bulk(service.configure(user_id, basket_id, body.strategy_ids, specs))


def _register_lists(operations: Operations, queries: StrategyQueries) -> None:
    @operations.operation(
        "GET",
        "/options/brokers/allocations",
        operation_id="listAllocations",
        tag=TAG,
        query=PageQuery,
        response=AllocationPage,
    )
    def list_allocations(context: RequestContext, page: PageQuery) -> AllocationPage:
        """My broker allocations across all strategies."""
        found = queries.my_allocations(context.principal.user_id, page.limit, page.cursor)
        return page_of(AllocationPage, found, to_allocation)

    @operations.operation(
        "GET",
        "/options/brokers/{client_id}/allocations",
        operation_id="listAccountAllocations",
        tag=TAG,
        query=PageQuery,
        response=AllocationPage,
        errors=(NotFound,),
    )
    def list_account_allocations(context: RequestContext, page: PageQuery) -> AllocationPage:
        """What one of my broker accounts trades."""
        user_id, client_id = context.principal.user_id, context.path["client_id"]
        found = queries.of_account(user_id, client_id, page.limit, page.cursor)
        return page_of(AllocationPage, found, to_allocation)
