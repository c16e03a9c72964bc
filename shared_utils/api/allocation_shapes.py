"""How a broker allocation looks on the wire: one account's lots, turn and limits in a strategy."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from shared_utils.api.margin_shapes import AccountMargin, TotalMargin
from shared_utils.api.paging import PageResponse
from shared_utils.api.wire_types import (
    Amount,
    ClientId,
    Figure,
    Flag,
    Instant,
    RequestModel,
    ResponseModel,
    Rupees,
    SeenVersion,
    Share,
    WholeNumber,
)
from shared_utils.domain.allocations import AllocationStatus, TradingMode
from shared_utils.domain.broker_accounts import AccountStatus, BrokerName

MAX_ALLOCATIONS = 50

Lots = Annotated[WholeNumber, Field(ge=1, le=10_000)]
Priority = Annotated[WholeNumber, Field(ge=1, le=100)]


class RiskLimits(RequestModel):
    """For this strategy on this account. Rupees; the utilization in percent of its margin."""

    max_daily_trades: Annotated[WholeNumber, Field(ge=1, le=10_000)] | None = None
    max_daily_loss: Annotated[Rupees, Field(gt=0)] | None = None
    max_position_value: Annotated[Rupees, Field(gt=0)] | None = None
    max_margin_utilization: Annotated[Share, Field(gt=0)] | None = None


class ExecutionConfig(RequestModel):
    execution_delay_ms: Annotated[WholeNumber, Field(ge=0, le=60_000)] = 0
    prefer_for_entries: Flag = True
    prefer_for_exits: Flag = True
    enable_auto_rebalance: Flag = False


class AllocationRequest(RequestModel):
    """`priority` 1 is first; equal priorities go together."""

    client_id: ClientId
    lots_per_execution: Lots
    priority: Priority = 1
    allocation_percentage: Annotated[Share, Field(gt=0)] | None = None
    trading_mode: TradingMode = TradingMode.LIVE
    risk_limits: RiskLimits = RiskLimits()
    execution_config: ExecutionConfig = ExecutionConfig()
    status: AllocationStatus = AllocationStatus.ACTIVE


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


# The document's array body; one allocation alone may come without its brackets.
AllocationRequests = Annotated[
    list[AllocationRequest],
    Field(min_length=1, max_length=MAX_ALLOCATIONS),
    BeforeValidator(_as_list, json_schema_input_type=list[AllocationRequest] | AllocationRequest),
]


class UpdateAllocationRequest(RequestModel):
    """What is left out stays as it is. `version`, when given, must be the stored one."""

    lots_per_execution: Lots | None = None
    priority: Priority | None = None
    allocation_percentage: Annotated[Share, Field(gt=0)] | None = None
    trading_mode: TradingMode | None = None
    risk_limits: RiskLimits | None = None
    execution_config: ExecutionConfig | None = None
    status: AllocationStatus | None = None
    version: SeenVersion | None = None


class AllocationPerformance(ResponseModel):
    total_trades_executed: int
    success_rate: Figure
    average_execution_time: Figure
    total_pnl: Amount


class AllocationResponse(ResponseModel):
    allocation_id: str
    strategy_id: str
    basket_id: str
    client_id: str
    lots_per_execution: int
    priority: int
    allocation_percentage: Figure | None
    trading_mode: TradingMode
    risk_limits: RiskLimits
    execution_config: ExecutionConfig
    status: AllocationStatus
    performance_metrics: AllocationPerformance
    created_at: Instant
    updated_at: Instant
    last_used: Instant | None
    version: int


class AllocationPage(PageResponse[AllocationResponse]):
    """My allocations, a page at a time."""


class LegOrders(ResponseModel):
    """What one leg becomes on one account: its units, and in how many orders they are sent.

    `orders` counts the slices under the exchange's freeze quantity; null while that is unknown.
    """

    leg_number: int
    lots: int
    quantity: int
    orders: int | None


class AccountSummary(ResponseModel):
    """One account's part of each execution; `capital` is what its owner states for it."""

    client_id: str
    broker_name: BrokerName | None
    account_status: AccountStatus | None
    capital: Amount | None
    lots_per_execution: int
    priority: int
    status: AllocationStatus
    legs: list[LegOrders]
    margin: AccountMargin


class BrokerSummary(ResponseModel):
    broker_name: BrokerName
    accounts: int
    lots_per_execution: int


class AllocationSummary(ResponseModel):
    """Of all the strategy's allocations that are ACTIVE; `accounts` lists the others too.

    `warnings` name the accounts that would be short of margin now; nothing is refused for it.
    """

    total_lots_per_execution: int
    allocation_count: int
    active_allocation_count: int
    brokers: list[BrokerSummary]
    accounts: list[AccountSummary]
    margin: TotalMargin
    warnings: list[str]


class StrategyAllocationsResponse(PageResponse[AllocationResponse]):
    """A strategy's allocations in order of priority, and what they add up to."""

    summary: AllocationSummary
