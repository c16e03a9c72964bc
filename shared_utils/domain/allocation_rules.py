"""What broker allocations must satisfy: an account once, within its limits, lots that add up."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from shared_utils.domain.allocations import (
    AllocationStatus,
    ExecutionConfig,
    RiskLimits,
    StrategyBrokerAllocation,
    TradingMode,
)
from shared_utils.domain.basket_versions import PublishedStrategy
from shared_utils.domain.broker_accounts import BrokerAccount
from shared_utils.domain.errors import Problem
from shared_utils.domain.ids import Kind, derived_id
from shared_utils.domain.legs import StrategyLeg
from shared_utils.domain.strategies import Strategy

_WHOLE = Decimal(100)


def allocation_id_of(user_id: str, strategy_id: str, client_id: str) -> str:
    """The same account in the same strategy has the same id: a second one cannot be stored, however
    many requests race for it.
    """
    return derived_id(Kind.ALLOCATION, user_id, strategy_id, client_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationSpec:
    """A broker allocation as a trader asks for it."""

    client_id: str
    lots_per_execution: int
    priority: int
    allocation_percentage: Decimal | None
    trading_mode: TradingMode
    risk_limits: RiskLimits
    execution_config: ExecutionConfig
    status: AllocationStatus


def new_allocation(
    spec: AllocationSpec, strategy: Strategy | PublishedStrategy, user_id: str, at: datetime
) -> StrategyBrokerAllocation:
    """Of the user, who owns the strategy or subscribes to it."""
    return StrategyBrokerAllocation(
        user_id=user_id,
        allocation_id=allocation_id_of(user_id, strategy.strategy_id, spec.client_id),
        strategy_id=strategy.strategy_id,
        basket_id=strategy.basket_id,
        client_id=spec.client_id,
        lots_per_execution=spec.lots_per_execution,
        priority=spec.priority,
        allocation_percentage=spec.allocation_percentage,
        trading_mode=spec.trading_mode,
        risk_limits=spec.risk_limits,
        execution_config=spec.execution_config,
        status=spec.status,
        created_at=at,
        updated_at=at,
    )


def repeated_accounts(client_ids: Sequence[str]) -> Iterator[Problem]:
    """An account may appear once in a request."""
    counts = Counter(client_ids)
    for index, client_id in enumerate(client_ids):
        if counts[client_id] > 1:
            yield Problem(f"[{index}].client_id", f"{client_id} is listed more than once")


def account_problems(
    allocation: StrategyBrokerAllocation,
    accounts: Mapping[str, BrokerAccount],
    legs: Sequence[StrategyLeg],
    *,
    paper_trading: bool,
) -> Iterator[Problem]:
    """Why this account cannot carry the allocation. `accounts` are the owner's, by client id."""
    account = accounts.get(allocation.client_id)
    if account is None:
        yield Problem("client_id", f"{allocation.client_id} is not one of your broker accounts")
        return
    most = account.limits.max_lots_per_order
    for leg in legs:
        lots = allocation.lots_per_execution * leg.lots_multiple
        if most is not None and lots > most:
            yield Problem(
                "lots_per_execution",
                f"makes {lots} lots of leg {leg.leg_number}; "
                f"{account.client_id} allows at most {most} per order",
            )
    loss, allowed = allocation.risk_limits.max_daily_loss, account.limits.max_daily_loss
    if loss is not None and allowed is not None and loss > allowed:
        yield Problem(
            "risk_limits.max_daily_loss",
            f"is above the {allowed} that {account.client_id} allows over all its strategies",
        )
    if allocation.trading_mode is TradingMode.PAPER and not paper_trading:
        yield Problem("trading_mode", "PAPER trading is switched off on this platform")


def percentage_problems(allocations: Sequence[StrategyBrokerAllocation]) -> Iterator[Problem]:
    """The shares of a strategy's active allocations are parts of one whole."""
    total = sum((a.allocation_percentage or Decimal(0) for a in active_of(allocations)), Decimal(0))
    if total > _WHOLE:
        yield Problem("allocation_percentage", f"adds up to {total}; it may be at most 100")


def active_of(
    allocations: Sequence[StrategyBrokerAllocation],
) -> tuple[StrategyBrokerAllocation, ...]:
    return tuple(a for a in allocations if a.status is AllocationStatus.ACTIVE)
