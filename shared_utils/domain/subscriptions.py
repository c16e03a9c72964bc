"""A trader's subscription to a published basket, with his own say over each strategy in it."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from shared_utils.domain.allocations import StrategyBrokerAllocation


class SubscriptionStatus(StrEnum):
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True, kw_only=True)
class FinancialDetails:
    """What he agreed to pay and has paid, in rupees.

    `is_billed` says whether billing was on when he joined; `membership` counts how often he has.
    Period `next_period` (0 is the first) begins at `next_billing_date`; `prepaid_fee` was charged
    for the one before it. No performance fee is due below `high_water_mark`. `unpaid_invoices`
    are neither settled nor forgotten.
    """

    subscription_fee_paid: Decimal = Decimal(0)
    performance_fee_percentage: Decimal = Decimal(0)
    total_fees_paid: Decimal = Decimal(0)
    next_billing_date: datetime | None = None
    payment_method: str | None = None
    is_billed: bool = False
    monthly_fee: Decimal = Decimal(0)
    high_water_mark: Decimal = Decimal(0)
    membership: int = 0
    next_period: int = 0
    prepaid_fee: Decimal = Decimal(0)
    unpaid_invoices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyOverride:
    """The lot multiplier scales the custom allocations' lots, the risk multiplier the publisher's
    limits in rupees (0.5 is half): `subscriber_allocations.py`.
    """

    enabled: bool = True
    custom_allocations: tuple[StrategyBrokerAllocation, ...] = ()
    risk_multiplier: Decimal = Decimal(1)
    lot_multiplier: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyResult:
    pnl: Decimal = Decimal(0)
    trades_count: int = 0
    win_rate: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceTracking:
    total_invested: Decimal = Decimal(0)
    current_value: Decimal = Decimal(0)
    total_return: Decimal = Decimal(0)
    personal_sharpe_ratio: Decimal = Decimal(0)
    max_drawdown: Decimal = Decimal(0)
    fees_paid_to_date: Decimal = Decimal(0)
    strategy_performance: dict[str, StrategyResult] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketSubscription:
    """`basket_version` is the published version he consented to; a newer one waits for consent."""

    user_id: str
    subscription_id: str
    basket_id: str
    basket_creator_id: str
    subscription_status: SubscriptionStatus
    subscription_date: datetime
    expiry_date: datetime | None = None
    financial_details: FinancialDetails = field(default_factory=FinancialDetails)
    strategy_broker_overrides: dict[str, StrategyOverride] = field(default_factory=dict)
    performance_tracking: PerformanceTracking = field(default_factory=PerformanceTracking)
    basket_version: int = 1
    created_at: datetime
    updated_at: datetime
    version: int = 1
