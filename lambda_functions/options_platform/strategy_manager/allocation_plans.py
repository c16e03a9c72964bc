"""Broker allocations as a trader changes them, what becomes of them, and what they add up to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from lambda_functions.options_platform.strategy_manager.contract_checks import MarketDay
from lambda_functions.options_platform.strategy_manager.margin_plans import (
    AccountMargin,
    TotalMargin,
    total_of,
)
from shared_utils.domain.allocation_rules import active_of
from shared_utils.domain.allocations import (
    AllocationStatus,
    ExecutionConfig,
    RiskLimits,
    StrategyBrokerAllocation,
    TradingMode,
)
from shared_utils.domain.broker_accounts import AccountStatus, BrokerAccount, BrokerName
from shared_utils.domain.errors import Unavailable
from shared_utils.domain.legs import StrategyLeg
from shared_utils.domain.strategies import Strategy
from shared_utils.indian_market_utils.freeze_slices import freeze_quantity_of, slices

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationChanges:
    """None leaves a field as it is. `version`, when given, is the one the caller has seen."""

    lots_per_execution: int | None = None
    priority: int | None = None
    allocation_percentage: Decimal | None = None
    trading_mode: TradingMode | None = None
    risk_limits: RiskLimits | None = None
    execution_config: ExecutionConfig | None = None
    status: AllocationStatus | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegOrders:
    leg_number: int
    lots: int
    quantity: int
    orders: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSummary:
    client_id: str
    broker_name: BrokerName | None
    account_status: AccountStatus | None
    capital: Decimal | None
    lots_per_execution: int
    priority: int
    status: AllocationStatus
    legs: tuple[LegOrders, ...]
    margin: AccountMargin


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerSummary:
    broker_name: BrokerName
    accounts: int
    lots_per_execution: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationSummary:
    total_lots_per_execution: int
    allocation_count: int
    active_allocation_count: int
    brokers: tuple[BrokerSummary, ...]
    accounts: tuple[AccountSummary, ...]
    margin: TotalMargin
    warnings: tuple[str, ...]


def changed(
    allocation: StrategyBrokerAllocation, changes: AllocationChanges, at: datetime
) -> StrategyBrokerAllocation:
    return replace(
        allocation,
        lots_per_execution=_or(changes.lots_per_execution, allocation.lots_per_execution),
        priority=_or(changes.priority, allocation.priority),
        allocation_percentage=_or(changes.allocation_percentage, allocation.allocation_percentage),
        trading_mode=_or(changes.trading_mode, allocation.trading_mode),
        risk_limits=_or(changes.risk_limits, allocation.risk_limits),
        execution_config=_or(changes.execution_config, allocation.execution_config),
        status=_or(changes.status, allocation.status),
        updated_at=at,
        version=allocation.version + 1,
    )


def summary_of(
    strategy: Strategy,
    allocations: Sequence[StrategyBrokerAllocation],
    accounts: Mapping[str, BrokerAccount],
    margins: Mapping[str, AccountMargin],
    market: MarketDay,
) -> AllocationSummary:
    """Totals count what is ACTIVE; every account is listed, in order of priority.

    `margins` are those of all `allocations`, by client id. An account that is short is a warning:
    prices move until the run.
    """
    active = active_of(allocations)
    lots: dict[BrokerName, list[int]] = {}
    for allocation in active:
        account = accounts.get(allocation.client_id)
        if account is not None:
            lots.setdefault(account.broker_name, []).append(allocation.lots_per_execution)
    return AllocationSummary(
        total_lots_per_execution=sum(each.lots_per_execution for each in active),
        allocation_count=len(allocations),
        active_allocation_count=len(active),
        brokers=tuple(
            BrokerSummary(broker_name=name, accounts=len(each), lots_per_execution=sum(each))
            for name, each in sorted(lots.items())
        ),
        accounts=tuple(
            _account_summary(
                each,
                accounts.get(each.client_id),
                margins[each.client_id],
                tuple(_leg_orders(each, leg, market) for leg in strategy.active_legs),
            )
            for each in in_order(allocations)
        ),
        margin=total_of({each.client_id: each for each in active}, margins),
        warnings=tuple(_shortages(in_order(active), margins)),
    )


def _shortages(
    active: Sequence[StrategyBrokerAllocation], margins: Mapping[str, AccountMargin]
) -> Iterator[str]:
    for margin in (margins[each.client_id] for each in active):
        if margin.is_enough is False:
            yield margin.sentence


def in_order(
    allocations: Sequence[StrategyBrokerAllocation],
) -> list[StrategyBrokerAllocation]:
    return sorted(allocations, key=lambda each: (each.priority, each.created_at, each.client_id))


def _account_summary(
    allocation: StrategyBrokerAllocation,
    account: BrokerAccount | None,
    margin: AccountMargin,
    legs: tuple[LegOrders, ...],
) -> AccountSummary:
    return AccountSummary(
        client_id=allocation.client_id,
        broker_name=account.broker_name if account else None,
        account_status=account.status if account else None,
        capital=account.capital if account else None,
        lots_per_execution=allocation.lots_per_execution,
        priority=allocation.priority,
        status=allocation.status,
        legs=legs,
        margin=margin,
    )


def _leg_orders(
    allocation: StrategyBrokerAllocation, leg: StrategyLeg, market: MarketDay
) -> LegOrders:
    lots = allocation.lots_per_execution * leg.lots_multiple
    lot = leg.underlying_config.lot_size
    orders: int | None
    try:
        freeze = freeze_quantity_of(market.facts, leg.underlying_config.symbol, market.today)
        orders = len(slices(lots * lot, lot, freeze))
    except Unavailable:
        orders = None
    return LegOrders(leg_number=leg.leg_number, lots=lots, quantity=lots * lot, orders=orders)


def _or(value: T | None, otherwise: T) -> T:
    return otherwise if value is None else value
