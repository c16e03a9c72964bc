"""Positions and profit on the wire. What is not known is null and never zero."""

from typing import Literal

from lambda_functions.execution_engine.performance_calculator.fresh_marks import (
    MarkedPosition,
    MarkFault,
)
from shared_utils.api.order_shapes import ContractResponse
from shared_utils.api.paging import PageQuery, PageResponse
from shared_utils.api.wire_types import Amount, Instant, ResponseModel
from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.positions import Position, PositionStatus


class PositionsQuery(PageQuery):
    """OPEN ones, or ALL that there ever were."""

    status: Literal["OPEN", "ALL"] = "OPEN"


class PositionResponse(ResponseModel):
    """Of one contract on one account in one strategy. `net_quantity` in units, short is negative.

    `realised_pnl` and `unrealised_pnl` are gross; `net_pnl` is both, less charges. The mark is the
    price it was valued at, at `marked_at`.
    """

    position_id: str
    strategy_id: str
    basket_id: str
    client_id: str
    broker_name: BrokerName
    contract: ContractResponse
    status: PositionStatus
    net_quantity: int
    average_price: Amount
    buy_quantity: int
    sell_quantity: int
    buy_value: Amount
    sell_value: Amount
    mark_price: Amount | None
    marked_at: Instant | None
    realised_pnl: Amount
    unrealised_pnl: Amount | None
    charges: Amount | None
    net_pnl: Amount | None
    opened_at: Instant
    updated_at: Instant
    version: int

    @classmethod
    def from_domain(cls, position: Position) -> "PositionResponse":
        return cls.model_validate(position_fields(position))


class MarkProblemResponse(ResponseModel):
    code: MarkFault
    sentence: str


class LivePositionResponse(PositionResponse):
    """Valued now. Without a fresh quote the mark and what follows from it are null, and
    `mark_problem` says why.
    """

    mark_problem: MarkProblemResponse | None

    @classmethod
    def from_marked(cls, marked: MarkedPosition) -> "LivePositionResponse":
        problem = {"mark_problem": marked.problem}
        return cls.model_validate(position_fields(marked.position) | problem)


class PositionPage(PageResponse[PositionResponse]):
    """My positions, a page at a time."""


class LivePositionPage(PageResponse[LivePositionResponse]):
    """My open positions at what they are worth now, a page at a time."""


class StrategyPositionsResponse(ResponseModel):
    """All positions a strategy has had, valued now."""

    strategy_id: str
    items: list[LivePositionResponse]


class ProfitResponse(ResponseModel):
    """Rupees. gross = realised + unrealised, net = gross - charges."""

    realised: Amount
    unrealised: Amount | None
    gross: Amount | None
    charges: Amount | None
    net: Amount | None


class ProfitReportResponse(ResponseModel):
    """`current` is of what is open or was closed today, `total` of all there ever was.

    `problems` say why a sum is unknown.
    """

    current: ProfitResponse
    total: ProfitResponse
    problems: list[MarkProblemResponse]


class StrategyProfitResponse(ProfitReportResponse):
    strategy_id: str


class PnlResponse(ProfitReportResponse):
    at: Instant
    strategies: list[StrategyProfitResponse]


class StrategyPnlResponse(StrategyProfitResponse):
    at: Instant


class ExecutionCounts(ResponseModel):
    pending: int
    running: int
    completed: int
    failed: int
    cancelled: int


class DashboardResponse(ResponseModel):
    """The trading day so far. `todays_pnl` or a part of it is null while it is unknown;
    `pnl_problem` says why.
    """

    at: Instant
    executions_today: ExecutionCounts
    open_positions: int
    live_orders: int
    orders_needing_attention: int
    todays_pnl: ProfitResponse | None
    pnl_problem: str | None


def position_fields(position: Position) -> dict[str, object]:
    """PositionResponse's fields: the position's own of the same names."""
    fields: dict[str, object] = {
        name: getattr(position, name) for name in PositionResponse.model_fields
    }
    return fields | {"charges": position.charges if position.charges_known else None}
