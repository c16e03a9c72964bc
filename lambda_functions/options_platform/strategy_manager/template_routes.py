"""REST routes of templates, and of copies of strategies."""

from lambda_functions.options_platform.strategy_manager.schemas import StrategyResponse
from lambda_functions.options_platform.strategy_manager.template_schemas import (
    EXAMPLE_CLONE,
    EXAMPLE_ORDER,
    CloneStrategyRequest,
    CreateFromTemplateRequest,
    TemplatePage,
    TemplateQuery,
    TemplateResponse,
    to_template,
)
from lambda_functions.options_platform.strategy_manager.template_service import TemplateService
from shared_utils.api.operations import Operations
from shared_utils.api.paging import page_of
from shared_utils.api.requests import RequestContext
from shared_utils.domain.errors import Conflict, NotFound, RuleBroken
from shared_utils.domain.ids import Kind

TAG = "Templates"


def register_templates(operations: Operations, service: TemplateService) -> None:
    _register_reads(operations, service)
    _register_creates(operations, service)


def _register_reads(operations: Operations, service: TemplateService) -> None:
    @operations.operation(
        "GET",
        "/options/templates",
        operation_id="listTemplates",
        tag=TAG,
        query=TemplateQuery,
        response=TemplatePage,
    )
    def list_templates(_: RequestContext, query: TemplateQuery) -> TemplatePage:
        """The library of standard structures, with the shape of their payoffs."""
        found = service.page(query.category, query.outlook, query.limit, query.cursor)
        return page_of(TemplatePage, found, lambda each: to_template(each, service.thumbnail(each)))

    @operations.operation(
        "GET",
        "/options/templates/{template_id}",
        operation_id="getTemplate",
        tag=TAG,
        response=TemplateResponse,
        errors=(NotFound,),
    )
    def get_template(context: RequestContext) -> TemplateResponse:
        """One template with its legs and payoff."""
        template = service.template(context.id_of(Kind.TEMPLATE))
        return to_template(template, service.thumbnail(template))


def _register_creates(operations: Operations, service: TemplateService) -> None:
    @operations.operation(
        "POST",
        "/options/templates/{template_id}/create",
        operation_id="createFromTemplate",
        tag=TAG,
        request=CreateFromTemplateRequest,
        response=StrategyResponse,
        status=201,
        idempotent=True,
        errors=(NotFound, RuleBroken, Conflict),
        example=EXAMPLE_ORDER,
    )
    def create_from_template(
        context: RequestContext, body: CreateFromTemplateRequest
    ) -> StrategyResponse:
        """Create a strategy, paused, from a template."""
        user_id, template_id = context.principal.user_id, context.id_of(Kind.TEMPLATE)
        created = service.create(user_id, template_id, body.to_order())
        return StrategyResponse.from_domain(created)

    @operations.operation(
        "POST",
        "/options/strategies/{strategy_id}/clone",
        operation_id="cloneStrategy",
        tag=TAG,
        request=CloneStrategyRequest,
        response=StrategyResponse,
        status=201,
        idempotent=True,
        errors=(NotFound, RuleBroken, Conflict),
        example=EXAMPLE_CLONE,
    )
    def clone_strategy(context: RequestContext, body: CloneStrategyRequest) -> StrategyResponse:
        """Copy a strategy, paused and without broker accounts, into an own basket."""
        user_id, strategy_id = context.principal.user_id, context.id_of(Kind.STRATEGY)
        cloned = service.clone(user_id, strategy_id, body.basket_id, body.name)
        return StrategyResponse.from_domain(cloned)
