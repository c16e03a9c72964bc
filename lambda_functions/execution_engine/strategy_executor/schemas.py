"""Executions on the wire."""

from collections.abc import Iterable

from shared_utils.api.order_shapes import ContractResponse, OrderResponse
from shared_utils.api.paging import PageResponse
from shared_utils.api.wire_types import Amount, Figure, Instant, RequestModel, ResponseModel
from shared_utils.domain.executions import (
    AccountOutcome,
    Execution,
    ExecutionStatus,
    ExecutionTrigger,
)
from shared_utils.domain.instruments import Side
from shared_utils.domain.orders import Order
from shared_utils.domain.schedules import EventKind

EXECUTE_EXAMPLE = {"kind": "ENTRY"}


class ExecuteRequest(RequestModel):
    """ENTRY opens the strategy's legs now, EXIT closes what it holds."""

    kind: EventKind


class ReasonResponse(ResponseModel):
    """Why something did not trade: a stable code and one sentence; of one account or of all."""

    code: str
    sentence: str
    client_id: str | None


class RefusedStrikeResponse(ResponseModel):
    """A contract that was nearer to the target, and the fault of its quote."""

    symbol: str
    fault: str


class ResolvedLegResponse(ResponseModel):
    """What a leg became: its contract, the premium it was seen at, and why this strike.
    `deviation` is a fraction of the target; `refused` what would have been nearer to it.
    """

    leg_id: str
    leg_number: int
    side: Side
    contract: ContractResponse
    premium: Amount
    chosen_because: str
    deviation: Figure | None
    refused: list[RefusedStrikeResponse]


class AccountRunResponse(ResponseModel):
    client_id: str
    allocation_id: str
    lots: int
    outcome: AccountOutcome
    code: str | None
    sentence: str | None


class ExecutionResponse(ResponseModel):
    """A run of a strategy. `released_at` is when its prices were looked at."""

    execution_id: str
    strategy_id: str
    basket_id: str
    kind: EventKind
    trigger: ExecutionTrigger
    status: ExecutionStatus
    scheduled_for: Instant
    send_by: Instant
    released_at: Instant | None
    spot: Amount | None
    accounts: list[AccountRunResponse]
    reasons: list[ReasonResponse]
    created_at: Instant
    updated_at: Instant
    version: int

    @classmethod
    def from_domain(cls, execution: Execution) -> "ExecutionResponse":
        return cls.model_validate(execution)


class ExecutionDetailResponse(ExecutionResponse):
    """With the contracts it chose, and its orders as they are now."""

    strategy_version: int
    legs: list[ResolvedLegResponse]
    orders: list[OrderResponse]


class ExecutionPage(PageResponse[ExecutionResponse]):
    """A strategy's executions, latest first, a page at a time."""


def to_detail(execution: Execution, orders: Iterable[Order]) -> ExecutionDetailResponse:
    shown = ExecutionResponse.from_domain(execution)
    return ExecutionDetailResponse(
        **dict(shown),
        strategy_version=execution.strategy_version,
        legs=[ResolvedLegResponse.model_validate(leg) for leg in execution.legs],
        orders=[OrderResponse.from_domain(order) for order in orders],
    )
