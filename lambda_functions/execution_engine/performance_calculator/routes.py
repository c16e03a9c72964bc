"""REST routes of positions, profit and loss, and the dashboard."""

from lambda_functions.execution_engine.performance_calculator.queries import (
    DashboardQueries,
    PositionQueries,
    ProfitReport,
)
from lambda_functions.execution_engine.performance_calculator.schemas import (
    DashboardResponse,
    ExecutionCounts,
    LivePositionPage,
    LivePositionResponse,
    PnlResponse,
    PositionPage,
    PositionResponse,
    PositionsQuery,
    ProfitReportResponse,
    ProfitResponse,
    StrategyPnlResponse,
    StrategyPositionsResponse,
    StrategyProfitResponse,
)
from shared_utils.api.operations import Operations
from shared_utils.api.paging import PageQuery, page_of
from shared_utils.api.requests import RequestContext
from shared_utils.domain.errors import NotFound
from shared_utils.domain.ids import Kind, require_kind

POSITIONS = "Positions"
PROFIT = "Profit and loss"


def register(operations: Operations, queries: PositionQueries, dashboard: DashboardQueries) -> None:
    _register_positions(operations, queries)
    _register_one(operations, queries)
    _register_profit(operations, queries)
    _register_dashboard(operations, dashboard)


def _register_positions(operations: Operations, queries: PositionQueries) -> None:
    @operations.operation(
        "GET",
        "/execution/positions",
        operation_id="listPositions",
        tag=POSITIONS,
        query=PositionsQuery,
        response=PositionPage,
    )
    def list_positions(context: RequestContext, asked: PositionsQuery) -> PositionPage:
        """My positions as they were last written."""
        found = queries.page(
            context.principal.user_id, asked.limit, asked.cursor, open_only=asked.status == "OPEN"
        )
        return page_of(PositionPage, found, PositionResponse.from_domain)

    @operations.operation(
        "GET",
        "/execution/positions/live",
        operation_id="listLivePositions",
        tag=POSITIONS,
        query=PageQuery,
        response=LivePositionPage,
    )
    def list_live_positions(context: RequestContext, page: PageQuery) -> LivePositionPage:
        """My open positions at what they are worth now."""
        found = queries.live(context.principal.user_id, page.limit, page.cursor)
        return page_of(LivePositionPage, found, LivePositionResponse.from_marked)


def _register_one(operations: Operations, queries: PositionQueries) -> None:
    @operations.operation(
        "GET",
        "/execution/positions/{id}",
        operation_id="getPositions",
        tag=POSITIONS,
        response=LivePositionResponse | StrategyPositionsResponse,
        errors=(NotFound,),
    )
    def get_positions(context: RequestContext) -> LivePositionResponse | StrategyPositionsResponse:
        """A position (pos_…), or all positions of a strategy (stg_…)."""
        user_id, asked = context.principal.user_id, context.path["id"]
        if asked.startswith(f"{Kind.STRATEGY}_"):
            strategy_id = require_kind(asked, Kind.STRATEGY)
            found = queries.of_strategy(user_id, strategy_id)
            items = [LivePositionResponse.from_marked(each) for each in found]
            return StrategyPositionsResponse(strategy_id=strategy_id, items=items)
        position_id = require_kind(asked, Kind.POSITION)
        return LivePositionResponse.from_marked(queries.one(user_id, position_id))


def _register_profit(operations: Operations, queries: PositionQueries) -> None:
    @operations.operation(
        "GET",
        "/execution/pnl",
        operation_id="getPnl",
        tag=PROFIT,
        response=PnlResponse,
    )
    def get_pnl(context: RequestContext) -> PnlResponse:
        """My profit and loss, and each strategy's."""
        whole, parts = queries.profit(context.principal.user_id)
        strategies = [
            StrategyProfitResponse(strategy_id=strategy_id, **dict(_report(report)))
            for strategy_id, report in sorted(parts.items())
        ]
        return PnlResponse(at=whole.at, strategies=strategies, **dict(_report(whole)))

    @operations.operation(
        "GET",
        "/execution/pnl/{strategy_id}",
        operation_id="getStrategyPnl",
        tag=PROFIT,
        response=StrategyPnlResponse,
        errors=(NotFound,),
    )
    def get_strategy_pnl(context: RequestContext) -> StrategyPnlResponse:
        """A strategy's profit and loss."""
        strategy_id = context.id_of(Kind.STRATEGY)
        report = queries.profit_of_strategy(context.principal.user_id, strategy_id)
        return StrategyPnlResponse(strategy_id=strategy_id, at=report.at, **dict(_report(report)))


def _register_dashboard(operations: Operations, dashboard: DashboardQueries) -> None:
    @operations.operation(
        "GET",
        "/execution/dashboard",
        operation_id="getDashboard",
        tag=PROFIT,
        response=DashboardResponse,
    )
    def get_dashboard(context: RequestContext) -> DashboardResponse:
        """The trading day so far."""
        today = dashboard.so_far(context.principal.user_id)
        pnl = today.todays_pnl
        return DashboardResponse(
            at=today.at,
            executions_today=ExecutionCounts(
                **{status.lower(): count for status, count in today.executions.items()}
            ),
            open_positions=today.open_positions,
            live_orders=today.live_orders,
            orders_needing_attention=today.orders_needing_attention,
            todays_pnl=None if pnl is None else ProfitResponse.model_validate(pnl),
            pnl_problem=today.pnl_problem,
        )


def _report(report: ProfitReport) -> ProfitReportResponse:
    return ProfitReportResponse.model_validate(
        {"current": report.current, "total": report.total, "problems": list(report.problems)}
    )
