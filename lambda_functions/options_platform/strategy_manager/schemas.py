"""Strategies on the wire; legs, schedules and allocations have shapes that packages share."""

from typing import Annotated

from pydantic import Field

from lambda_functions.options_platform.strategy_manager.activation_gate import Check, Gate
from lambda_functions.options_platform.strategy_manager.allocation_plans import (
    AllocationChanges,
    AllocationSummary,
    in_order,
)
from lambda_functions.options_platform.strategy_manager.strategy_edits import (
    LegSpec,
    StrategyChanges,
    StrategySpec,
)
from shared_utils.api import allocation_shapes
from shared_utils.api.allocation_shapes import (
    AllocationRequest,
    AllocationRequests,
    AllocationResponse,
    StrategyAllocationsResponse,
    UpdateAllocationRequest,
)
from shared_utils.api.conversions import to_domain
from shared_utils.api.leg_shapes import LegRequest, LegResponse
from shared_utils.api.paging import PageResponse
from shared_utils.api.schedule_shapes import ExecutionSchedule
from shared_utils.api.wire_types import (
    Amount,
    Flag,
    Instant,
    Name,
    RequestModel,
    ResponseModel,
    Rupees,
    SeenVersion,
    Share,
    Text,
    WholeNumber,
)
from shared_utils.domain.allocation_rules import AllocationSpec
from shared_utils.domain.allocations import StrategyBrokerAllocation
from shared_utils.domain.schedules import EventKind
from shared_utils.domain.strategies import (
    OnLegFailure,
    PositionSizeType,
    Strategy,
    StrategyStatus,
    StrategyType,
)
from shared_utils.risk_calculations.margins import MarginSource

MAX_LEGS = 50
Legs = Annotated[tuple[LegRequest, ...], Field(max_length=MAX_LEGS)]


class LockAndTrail(RequestModel):
    """Rupees of combined P&L: at `lock_at` keep `lock_profit`; each `trail_step` more adds
    `trail_by`.
    """

    lock_at: Annotated[Rupees, Field(gt=0)]
    lock_profit: Rupees
    trail_step: Annotated[Rupees, Field(gt=0)] | None = None
    trail_by: Annotated[Rupees, Field(gt=0)] | None = None


class RiskConfig(RequestModel):
    """Rupees, except the percentage (of capital). What is left out is not limited."""

    max_loss_per_trade: Annotated[Rupees, Field(gt=0)] | None = None
    max_loss_percentage: Annotated[Share, Field(gt=0)] | None = None
    position_size_type: PositionSizeType = PositionSizeType.FIXED_LOTS
    position_size_value: Annotated[Rupees, Field(gt=0)] | None = None
    daily_loss_limit: Annotated[Rupees, Field(gt=0)] | None = None
    strategy_stop_loss: Annotated[Rupees, Field(gt=0)] | None = None
    strategy_target: Annotated[Rupees, Field(gt=0)] | None = None
    lock_and_trail: LockAndTrail | None = None
    on_leg_failure: OnLegFailure = OnLegFailure.UNWIND
    max_reexecutions: Annotated[WholeNumber, Field(ge=0, le=20)] = 0


class CreateStrategyRequest(RequestModel):
    """A strategy starts paused; its legs may also be added one by one."""

    name: Name
    description: Text = ""
    strategy_type: StrategyType
    execution_schedule: ExecutionSchedule
    legs: Legs = ()
    risk_config: RiskConfig = RiskConfig()
    auto_execute: Flag = True

    def to_spec(self) -> StrategySpec:
        return to_domain(self, StrategySpec)


class UpdateStrategyRequest(RequestModel):
    """What is left out stays as it is; `legs`, when given, are all of them (a leg that has its
    `leg_id` is kept). `version`, when given, must be the stored one.
    """

    name: Name | None = None
    description: Text | None = None
    strategy_type: StrategyType | None = None
    execution_schedule: ExecutionSchedule | None = None
    legs: Legs | None = None
    risk_config: RiskConfig | None = None
    auto_execute: Flag | None = None
    version: SeenVersion | None = None

    def to_changes(self) -> StrategyChanges:
        return to_domain(self, StrategyChanges)


class StrategyPerformance(ResponseModel):
    total_trades: int
    winning_trades: int
    total_pnl: Amount
    average_pnl_per_trade: Amount
    max_single_loss: Amount
    max_single_profit: Amount
    current_drawdown: Amount


class StrategyResponse(ResponseModel):
    user_id: str
    strategy_id: str
    basket_id: str
    strategy_number: int
    name: str
    description: str
    strategy_type: StrategyType
    execution_schedule: ExecutionSchedule
    legs: list[LegResponse]
    leg_count: int
    risk_config: RiskConfig
    performance_metrics: StrategyPerformance
    status: StrategyStatus
    auto_execute: bool
    created_at: Instant
    updated_at: Instant
    last_executed: Instant | None
    next_execution: Instant | None
    next_event: EventKind | None
    next_execution_problem: str | None
    version: int

    @classmethod
    def from_domain(cls, strategy: Strategy) -> "StrategyResponse":
        return cls.model_validate(strategy)


class StrategyPage(PageResponse[StrategyResponse]):
    """Strategies, a page at a time."""


class LegsResponse(PageResponse[LegResponse]):
    """All legs of a strategy in their order; they always fit one page."""

    leg_count: int
    strategy_version: int

    @classmethod
    def from_domain(cls, strategy: Strategy) -> "LegsResponse":
        return cls(
            items=[LegResponse.model_validate(leg) for leg in strategy.legs],
            leg_count=strategy.leg_count,
            strategy_version=strategy.version,
        )


class ActivationFinding(ResponseModel):
    """`passed` is null where it cannot be said now; the sentence says why. MARGIN is found for each
    account that trades, named by its `client_id`.
    """

    check: Check
    passed: bool | None
    sentence: str
    client_id: str | None


class ActivationResponse(StrategyResponse):
    """The strategy, now active, and what was checked."""

    checks: list[ActivationFinding]


class MarginQuery(RequestModel):
    """ESTIMATE tells our own figure; with BROKER each connected account's broker is asked too."""

    margin: MarginSource = MarginSource.ESTIMATE


class BulkAllocationRequest(RequestModel):
    """The same allocations for every strategy of the basket, or for those named."""

    strategy_ids: Annotated[tuple[str, ...], Field(min_length=1, max_length=100)] | None = None
    allocations: AllocationRequests


class BulkResult(ResponseModel):
    strategy_id: str
    name: str
    allocations: list[AllocationResponse]


class BulkAllocationResponse(ResponseModel):
    """All or nothing: every strategy that is listed was configured."""

    results: list[BulkResult]


def to_allocation_specs(requests: list[AllocationRequest]) -> tuple[AllocationSpec, ...]:
    return tuple(to_domain(request, AllocationSpec) for request in requests)


def to_allocation_changes(request: UpdateAllocationRequest) -> AllocationChanges:
    return to_domain(request, AllocationChanges)


def to_leg_spec(request: LegRequest) -> LegSpec:
    return to_domain(request, LegSpec)


def to_activation(strategy: Strategy, gate: Gate) -> ActivationResponse:
    shown = StrategyResponse.from_domain(strategy)
    checks = [ActivationFinding.model_validate(finding) for finding in gate.findings]
    return ActivationResponse(**dict(shown), checks=checks)


def to_allocation(allocation: StrategyBrokerAllocation) -> AllocationResponse:
    return AllocationResponse.model_validate(allocation)


def to_strategy_allocations(
    allocations: tuple[StrategyBrokerAllocation, ...], summary: AllocationSummary
) -> StrategyAllocationsResponse:
    return StrategyAllocationsResponse(
        items=[to_allocation(each) for each in in_order(allocations)],
        summary=allocation_shapes.AllocationSummary.model_validate(summary),
    )


def to_bulk(
    configured: tuple[tuple[Strategy, tuple[StrategyBrokerAllocation, ...]], ...],
) -> BulkAllocationResponse:
    return BulkAllocationResponse(
        results=[
            BulkResult(
                strategy_id=strategy.strategy_id,
                name=strategy.name,
                allocations=[to_allocation(each) for each in in_order(allocations)],
            )
            for strategy, allocations in configured
        ]
    )
