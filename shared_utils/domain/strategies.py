"""A strategy: legs, schedule and risk that belong together. The rules that span its fields live
in `strategy_rules.py`; what a broker account does with it is its allocation (`allocations.py`).
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from shared_utils.domain.legs import StrategyLeg
from shared_utils.domain.schedules import EventKind, ExecutionSchedule


class StrategyType(StrEnum):
    IRON_CONDOR = "IRON_CONDOR"
    STRADDLE = "STRADDLE"
    STRANGLE = "STRANGLE"
    BUTTERFLY = "BUTTERFLY"
    CUSTOM = "CUSTOM"


class StrategyStatus(StrEnum):
    """A new strategy is PAUSED; activation is a gate."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    TESTING = "TESTING"
    ARCHIVED = "ARCHIVED"


class PositionSizeType(StrEnum):
    FIXED_LOTS = "FIXED_LOTS"
    PERCENTAGE_OF_CAPITAL = "PERCENTAGE_OF_CAPITAL"
    FIXED_AMOUNT = "FIXED_AMOUNT"


class OnLegFailure(StrEnum):
    """When a leg fails for good: close what filled, try the leg again, or keep it and alert."""

    UNWIND = "UNWIND"
    RETRY = "RETRY"
    KEEP_AND_ALERT = "KEEP_AND_ALERT"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockAndTrail:
    """On combined P&L in rupees: at `lock_at` keep `lock_profit`; each `trail_step` more adds."""

    lock_at: Decimal
    lock_profit: Decimal
    trail_step: Decimal | None = None
    trail_by: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskConfig:
    """Rupees, except the percentage (of capital). A limit that is None is not set by the trader."""

    max_loss_per_trade: Decimal | None = None
    max_loss_percentage: Decimal | None = None
    position_size_type: PositionSizeType = PositionSizeType.FIXED_LOTS
    position_size_value: Decimal | None = None
    daily_loss_limit: Decimal | None = None
    strategy_stop_loss: Decimal | None = None
    strategy_target: Decimal | None = None
    lock_and_trail: LockAndTrail | None = None
    on_leg_failure: OnLegFailure = OnLegFailure.UNWIND
    max_reexecutions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyPerformance:
    total_trades: int = 0
    winning_trades: int = 0
    total_pnl: Decimal = Decimal(0)
    average_pnl_per_trade: Decimal = Decimal(0)
    max_single_loss: Decimal = Decimal(0)
    max_single_profit: Decimal = Decimal(0)
    current_drawdown: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """`next_execution` and `next_event` follow from schedule and calendar; None when paused.

    `next_execution_problem` says why there is none although the strategy is active (a calendar that
    is not loaded yet, say).
    """

    user_id: str
    strategy_id: str
    basket_id: str
    strategy_number: int
    name: str
    description: str = ""
    strategy_type: StrategyType
    execution_schedule: ExecutionSchedule
    legs: tuple[StrategyLeg, ...]
    risk_config: RiskConfig
    performance_metrics: StrategyPerformance = field(default_factory=StrategyPerformance)
    status: StrategyStatus = StrategyStatus.PAUSED
    auto_execute: bool = True
    created_at: datetime
    updated_at: datetime
    last_executed: datetime | None = None
    next_execution: datetime | None = None
    next_event: EventKind | None = None
    next_execution_problem: str | None = None
    version: int = 1

    @property
    def leg_count(self) -> int:
        return len(self.legs)

    @property
    def active_legs(self) -> tuple[StrategyLeg, ...]:
        return tuple(leg for leg in self.legs if leg.is_active)
