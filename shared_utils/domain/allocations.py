"""What one broker account trades of one strategy: its lots, its turn, its limits."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class AllocationStatus(StrEnum):
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    SUSPENDED = "SUSPENDED"


class TradingMode(StrEnum):
    """LIVE sends to the account's broker; PAPER trades the same quotes at our paper broker."""

    LIVE = "LIVE"
    PAPER = "PAPER"


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLimits:
    """For this strategy on this account. Rupees, except the utilization (percent of margin)."""

    max_daily_trades: int | None = None
    max_daily_loss: Decimal | None = None
    max_position_value: Decimal | None = None
    max_margin_utilization: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionConfig:
    execution_delay_ms: int = 0
    prefer_for_entries: bool = True
    prefer_for_exits: bool = True
    enable_auto_rebalance: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationPerformance:
    """`success_rate` in percent of orders placed, `average_execution_time` in milliseconds."""

    total_trades_executed: int = 0
    success_rate: Decimal = Decimal(0)
    average_execution_time: Decimal = Decimal(0)
    total_pnl: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyBrokerAllocation:
    """One account once per strategy. `priority` 1 is first; equal priorities go together."""

    user_id: str
    allocation_id: str
    strategy_id: str
    basket_id: str
    client_id: str
    lots_per_execution: int
    priority: int
    allocation_percentage: Decimal | None = None
    trading_mode: TradingMode = TradingMode.LIVE
    risk_limits: RiskLimits = field(default_factory=RiskLimits)
    execution_config: ExecutionConfig = field(default_factory=ExecutionConfig)
    status: AllocationStatus = AllocationStatus.ACTIVE
    performance_metrics: AllocationPerformance = field(default_factory=AllocationPerformance)
    created_at: datetime
    updated_at: datetime
    last_used: datetime | None = None
    version: int = 1
