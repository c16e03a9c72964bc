"""REST routes of strategies and their legs. Broker allocations: `allocation_routes`."""

from lambda_functions.options_platform.strategy_manager import examples
from lambda_functions.options_platform.strategy_manager.allocation_routes import (
    register_allocations,
)
from lambda_functions.options_platform.strategy_manager.allocation_service import AllocationService
from lambda_functions.options_platform.strategy_manager.queries import StrategyQueries
from lambda_functions.options_platform.strategy_manager.schemas import (
    ActivationResponse,
    CreateStrategyRequest,
    LegsResponse,
    StrategyPage,
    StrategyResponse,
    UpdateStrategyRequest,
    to_activation,
    to_leg_spec,
)
from lambda_functions.options_platform.strategy_manager.service import StrategyService
from lambda_functions.options_platform.strategy_manager.template_routes import register_templates
from lambda_functions.options_platform.strategy_manager.template_service import TemplateService
from shared_utils.api.leg_shapes import LegRequest, UpdateLegRequest
from shared_utils.api.operations import Operations
from shared_utils.api.paging import PageQuery, page_of
from shared_utils.api.requests import RequestContext
from shared_utils.domain.errors import Conflict, NotFound, RuleBroken
from shared_utils.domain.ids import Kind

STRATEGIES = "Strategies"
LEGS = "Strategy legs"


def register(
    operations: Operations,
    strategies: StrategyService,
    allocations: AllocationService,
    queries: StrategyQueries,
    templates: TemplateService,
) -> None:
    _register_lists(operations, queries)
    _register_edits(operations, strategies, queries)
    _register_switches(operations, strategies)
    _register_leg_reads(operations, queries)
    _register_leg_edits(operations, strategies)
    register_allocations(operations, allocations, queries)
    register_templates(operations, templates)


def _register_lists(operations: Operations, queries: StrategyQueries) -> None:
    @operations.operation(
        "GET",
        "/options/strategies",
        operation_id="listStrategies",
        tag=STRATEGIES,
        query=PageQuery,
        response=StrategyPage,
    )
    def list_strategies(context: RequestContext, page: PageQuery) -> StrategyPage:
        """My strategies across all baskets."""
        found = queries.mine(context.principal.user_id, page.limit, page.cursor)
        return page_of(StrategyPage, found, StrategyResponse.from_domain)

    @operations.operation(
        "GET",
        "/options/baskets/{basket_id}/strategies",
        operation_id="listBasketStrategies",
        tag=STRATEGIES,
        query=PageQuery,
        response=StrategyPage,
        errors=(NotFound,),
    )
    def list_basket_strategies(context: RequestContext, page: PageQuery) -> StrategyPage:
        """The strategies of a basket, oldest first."""
        user_id, basket_id = context.principal.user_id, context.id_of(Kind.BASKET)
        found = queries.in_basket(user_id, basket_id, page.limit, page.cursor)
        return page_of(StrategyPage, found, StrategyResponse.from_domain)


def _register_edits(
    operations: Operations, service: StrategyService, queries: StrategyQueries
) -> None:
    @operations.operation(
        "POST",
        "/options/baskets/{basket_id}/strategies",
        operation_id="createStrategy",
        tag=STRATEGIES,
        request=CreateStrategyRequest,
        response=StrategyResponse,
        status=201,
        idempotent=True,
        errors=(NotFound, RuleBroken, Conflict),
        example=examples.STRATEGY,
    )
    def create_strategy(context: RequestContext, body: CreateStrategyRequest) -> StrategyResponse:
        """Create a strategy, paused, in a basket."""
        user_id, basket_id = context.principal.user_id, context.id_of(Kind.BASKET)
        return StrategyResponse.from_domain(service.create(user_id, basket_id, body.to_spec()))

    @operations.operation(
        "GET",
        "/options/strategies/{strategy_id}",
        operation_id="getStrategy",
        tag=STRATEGIES,
        response=StrategyResponse,
        errors=(NotFound,),
    )
    def get_strategy(context: RequestContext) -> StrategyResponse:
        """A strategy with its legs."""
        found = queries.strategy(context.principal.user_id, context.id_of(Kind.STRATEGY))
        return StrategyResponse.from_domain(found)


def _register_switches(operations: Operations, service: StrategyService) -> None:
    _register_update_and_delete(operations, service)

    @operations.operation(
        "POST",
        "/options/strategies/{strategy_id}/activate",
        operation_id="activateStrategy",
        tag=STRATEGIES,
        response=ActivationResponse,
        errors=(NotFound, RuleBroken, Conflict),
    )
    def activate_strategy(context: RequestContext) -> ActivationResponse:
        """Activate a strategy; every reason against it is listed at once."""
        user_id, strategy_id = context.principal.user_id, context.id_of(Kind.STRATEGY)
        return to_activation(*service.activate(user_id, strategy_id))

    @operations.operation(
        "POST",
        "/options/strategies/{strategy_id}/pause",
        operation_id="pauseStrategy",
        tag=STRATEGIES,
        response=StrategyResponse,
        errors=(NotFound, Conflict),
    )
    def pause_strategy(context: RequestContext) -> StrategyResponse:
        """Pause a strategy: nothing more is scheduled."""
        user_id, strategy_id = context.principal.user_id, context.id_of(Kind.STRATEGY)
        return StrategyResponse.from_domain(service.pause(user_id, strategy_id))


def _register_update_and_delete(operations: Operations, service: StrategyService) -> None:
    @operations.operation(
        "PUT",
        "/options/strategies/{strategy_id}",
        operation_id="updateStrategy",
        tag=STRATEGIES,
        request=UpdateStrategyRequest,
        response=StrategyResponse,
        errors=(NotFound, RuleBroken, Conflict),
        example={"name": "NIFTY iron condor, narrower", "version": 1},
    )
    def update_strategy(context: RequestContext, body: UpdateStrategyRequest) -> StrategyResponse:
        """Change a strategy; what it trades can be changed while it is paused."""
        user_id, strategy_id = context.principal.user_id, context.id_of(Kind.STRATEGY)
        changed = service.update(user_id, strategy_id, body.to_changes())
        return StrategyResponse.from_domain(changed)

    @operations.operation(
        "DELETE",
        "/options/strategies/{strategy_id}",
        operation_id="deleteStrategy",
        tag=STRATEGIES,
        status=204,
        errors=(NotFound, Conflict),
    )
    def delete_strategy(context: RequestContext) -> None:
        """Delete a paused strategy and its allocations; one that has run is archived."""
        service.delete(context.principal.user_id, context.id_of(Kind.STRATEGY))


def _register_leg_reads(operations: Operations, queries: StrategyQueries) -> None:
    @operations.operation(
        "GET",
        "/options/strategies/{strategy_id}/legs",
        operation_id="listLegs",
        tag=LEGS,
        response=LegsResponse,
        errors=(NotFound,),
    )
    def list_legs(context: RequestContext) -> LegsResponse:
        """The legs of a strategy in their order."""
        found = queries.strategy(context.principal.user_id, context.id_of(Kind.STRATEGY))
        return LegsResponse.from_domain(found)


def _register_leg_edits(operations: Operations, service: StrategyService) -> None:
    _register_leg_removal(operations, service)

    @operations.operation(
        "POST",
        "/options/strategies/{strategy_id}/legs",
        operation_id="addLeg",
        tag=LEGS,
        request=LegRequest,
        response=LegsResponse,
        status=201,
        idempotent=True,
        errors=(NotFound, RuleBroken, Conflict),
        example=examples.LEG,
    )
    def add_leg(context: RequestContext, body: LegRequest) -> LegsResponse:
        """Add a leg to a paused strategy; all its legs are answered, renumbered."""
        user_id, strategy_id = context.principal.user_id, context.id_of(Kind.STRATEGY)
        return LegsResponse.from_domain(service.add_leg(user_id, strategy_id, to_leg_spec(body)))

    @operations.operation(
        "PUT",
        "/options/strategies/{strategy_id}/legs/{leg_id}",
        operation_id="updateLeg",
        tag=LEGS,
        request=UpdateLegRequest,
        response=LegsResponse,
        errors=(NotFound, RuleBroken, Conflict),
        example=examples.LEG,
    )
    def update_leg(context: RequestContext, body: UpdateLegRequest) -> LegsResponse:
        """Replace a leg of a paused strategy; all its legs are answered."""
        user_id, strategy_id = context.principal.user_id, context.id_of(Kind.STRATEGY)
        leg_id = context.id_of(Kind.LEG)
        changed = service.update_leg(user_id, strategy_id, leg_id, to_leg_spec(body), body.version)
        return LegsResponse.from_domain(changed)


def _register_leg_removal(operations: Operations, service: StrategyService) -> None:
    @operations.operation(
        "DELETE",
        "/options/strategies/{strategy_id}/legs/{leg_id}",
        operation_id="removeLeg",
        tag=LEGS,
        status=204,
        errors=(NotFound, Conflict),
    )
    def remove_leg(context: RequestContext) -> None:
        """Remove a leg of a paused strategy; the others are renumbered."""
        user_id, strategy_id = context.principal.user_id, context.id_of(Kind.STRATEGY)
        service.remove_leg(user_id, strategy_id, context.id_of(Kind.LEG))
