"""REST routes of executions."""

from lambda_functions.execution_engine.strategy_executor.executions_asked import ExecutionsAsked
from lambda_functions.execution_engine.strategy_executor.queries import ExecutionQueries
from lambda_functions.execution_engine.strategy_executor.schemas import (
    EXECUTE_EXAMPLE,
    ExecuteRequest,
    ExecutionDetailResponse,
    ExecutionPage,
    ExecutionResponse,
    to_detail,
)
from shared_utils.api.operations import Operations
from shared_utils.api.paging import PageQuery, page_of
from shared_utils.api.requests import RequestContext
from shared_utils.domain.errors import Conflict, NotFound
from shared_utils.domain.ids import Kind

TAG = "Executions"
_KEY = "idempotency-key"


def register(operations: Operations, asked: ExecutionsAsked, queries: ExecutionQueries) -> None:
    _register_reads(operations, queries)
    _register_asks(operations, asked)


def _register_reads(operations: Operations, queries: ExecutionQueries) -> None:
    @operations.operation(
        "GET",
        "/execution/strategies/{strategy_id}/history",
        operation_id="listStrategyExecutions",
        tag=TAG,
        query=PageQuery,
        response=ExecutionPage,
        errors=(NotFound,),
    )
    def list_strategy_executions(context: RequestContext, page: PageQuery) -> ExecutionPage:
        """A strategy's runs, latest first."""
        user_id, strategy_id = context.principal.user_id, context.id_of(Kind.STRATEGY)
        found = queries.history(user_id, strategy_id, page.limit, page.cursor)
        return page_of(ExecutionPage, found, ExecutionResponse.from_domain)

    @operations.operation(
        "GET",
        "/execution/{execution_id}",
        operation_id="getExecution",
        tag=TAG,
        response=ExecutionDetailResponse,
        errors=(NotFound,),
    )
    def get_execution(context: RequestContext) -> ExecutionDetailResponse:
        """A run: its contracts and why, its accounts, reasons and orders."""
        execution_id = context.id_of(Kind.EXECUTION)
        return to_detail(*queries.detail(context.principal.user_id, execution_id))


def _register_asks(operations: Operations, asked: ExecutionsAsked) -> None:
    @operations.operation(
        "POST",
        "/execution/strategies/{strategy_id}/execute",
        operation_id="executeStrategy",
        tag=TAG,
        request=ExecuteRequest,
        response=ExecutionResponse,
        status=202,
        idempotent=True,
        errors=(NotFound, Conflict),
        example=EXECUTE_EXAMPLE,
    )
    def execute_strategy(context: RequestContext, body: ExecuteRequest) -> ExecutionResponse:
        """Run a strategy now. What is entered in a pause is closed at the schedule's next exit."""
        execution = asked.execute(
            context.principal.user_id,
            context.id_of(Kind.STRATEGY),
            body.kind,
            context.headers.get(_KEY) or context.request_id,
        )
        return ExecutionResponse.from_domain(execution)

    @operations.operation(
        "POST",
        "/execution/{execution_id}/cancel",
        operation_id="cancelExecution",
        tag=TAG,
        response=ExecutionResponse,
        errors=(NotFound, Conflict),
    )
    def cancel_execution(context: RequestContext) -> ExecutionResponse:
        """Take back a run that has not begun."""
        execution_id = context.id_of(Kind.EXECUTION)
        cancelled = asked.cancel(context.principal.user_id, execution_id)
        return ExecutionResponse.from_domain(cancelled)
