"""From resolved legs and an allocation to the account's orders. Pure.

An entry's quantities, slices, prices and stages are those of
`shared_utils/risk_calculations/entry_orders.py`, which margins are estimated from too; a bought leg
is a HEDGE where the strategy also sells. An exit buys back the shorts first, then sells the longs.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from shared_utils.domain.allocations import StrategyBrokerAllocation, TradingMode
from shared_utils.domain.broker_accounts import BrokerAccount, BrokerName
from shared_utils.domain.errors import MarketDataUnavailable
from shared_utils.domain.executions import Execution, ResolvedLeg
from shared_utils.domain.instruments import Side
from shared_utils.domain.legs import OrderType, StrategyLeg
from shared_utils.domain.order_intents import (
    RISK_REDUCING_ATTEMPTS,
    Placement,
    Terms,
    account_stamp,
    plan_order,
)
from shared_utils.domain.orders import Asked, Order, Purpose
from shared_utils.domain.positions import Position
from shared_utils.domain.strategies import Strategy
from shared_utils.indian_market_utils.marketable_prices import limit_off_last_known
from shared_utils.risk_calculations.entry_orders import (
    EntryOrder,
    entry_orders,
    slices_of,
    stage_of,
)
from shared_utils.risk_calculations.limit_prices import PriceContext, price_of

logger = logging.getLogger(__name__)

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanContext(PriceContext):
    """Used for every account of the run (decisions 22).

    `released_at` is the run's own and does not move when its planning is resumed.
    """

    released_at: datetime


def plan_entry(
    execution: Execution,
    strategy: Strategy,
    legs: Sequence[ResolvedLeg],
    *,
    allocation: StrategyBrokerAllocation,
    account: BrokerAccount,
    context: PlanContext,
    lots: int,
) -> tuple[Order, ...]:
    """All entry orders of one account. Raises MarketDataUnavailable when a leg cannot be priced."""
    sells = any(leg.side is Side.SELL for leg in legs)
    return tuple(
        _planned(
            _placement(execution, allocation, account, each.config),
            _entry_terms(each, strategy, _turn_of(allocation, context)),
            purpose=Purpose.HEDGE if each.side is Side.BUY and sells else Purpose.ENTRY,
            stage=each.stage,
            slice_number=each.slice_number,
            send_by=execution.send_by,
            context=context,
        )
        for each in entry_orders(strategy, legs, lots, context)
    )


def plan_exit(
    execution: Execution,
    strategy: Strategy,
    positions: Iterable[Position],
    *,
    context: PlanContext,
    allocation_id: str,
) -> tuple[Order, ...]:
    """Orders that close what the strategy holds on the account: shorts are bought back first."""
    slippage = max(
        (leg.transaction_config.exit_slippage for leg in strategy.legs), default=_HUNDRED
    )
    held = sorted(positions, key=lambda position: position.position_key)
    orders: list[Order] = []
    for number, position in enumerate(held, start=1):
        if position.net_quantity == 0:
            continue
        terms = _exit_terms(position, slippage, context)
        parts = slices_of(context.facts, terms.contract, terms.quantity, context.today)
        orders += [
            _planned(
                _exit_placement(execution, position, number, allocation_id),
                replace(terms, quantity=part),
                purpose=Purpose.EXIT,
                stage=stage_of(terms.side, None),
                slice_number=slice_number,
                send_by=execution.send_by,
                context=context,
            )
            for slice_number, part in enumerate(parts)
        ]
    return tuple(orders)


def _exit_terms(position: Position, slippage: Decimal, context: PlanContext) -> Terms:
    side = Side.BUY if position.net_quantity < 0 else Side.SELL
    asked = Asked(order_type=OrderType.MARKET, slippage=slippage)
    return Terms(
        contract=position.contract,
        side=side,
        quantity=abs(position.net_quantity),
        asked=asked,
        order_type=OrderType.LIMIT,
        price=_exit_price(position, side, asked, context),
        max_attempts=RISK_REDUCING_ATTEMPTS,
        exit_slippage=slippage,
    )


def _exit_placement(
    execution: Execution, position: Position, number: int, allocation_id: str
) -> Placement:
    return Placement(
        execution_id=execution.execution_id,
        user_id=position.user_id,
        strategy_id=execution.strategy_id,
        basket_id=execution.basket_id,
        allocation_id=allocation_id,
        client_id=position.client_id,
        broker_name=position.broker_name,
        leg_id=position.position_id,
        leg_number=number,
    )


def _exit_price(position: Position, side: Side, asked: Asked, context: PlanContext) -> Decimal:
    """Marketable where there is a fresh quote; a way out is tried without one too."""
    contract = position.contract
    try:
        if contract.symbol in context.quotes:
            return price_of(contract, side, asked, context)
    except MarketDataUnavailable as problem:
        logger.warning("an exit goes without a quote", extra={"reason": problem.message})
    known = position.mark_price or position.average_price
    return limit_off_last_known(known, side, asked.slippage, contract.tick_size)


def _entry_terms(order: EntryOrder, strategy: Strategy, not_before: datetime | None) -> Terms:
    transaction = order.config.transaction_config
    return Terms(
        contract=order.contract,
        side=order.side,
        quantity=order.quantity,
        asked=order.asked,
        order_type=OrderType.LIMIT,
        price=order.price,
        timeout_s=transaction.order_timeout,
        max_attempts=1 + transaction.order_retry_attempts,
        exit_slippage=transaction.exit_slippage,
        on_leg_failure=strategy.risk_config.on_leg_failure,
        not_before=not_before,
    )


def _turn_of(allocation: StrategyBrokerAllocation, context: PlanContext) -> datetime | None:
    """The allocation's `execution_delay_ms` staggers its entries behind the release."""
    delay = allocation.execution_config.execution_delay_ms
    return context.released_at + timedelta(milliseconds=delay) if delay else None


def _placement(
    execution: Execution,
    allocation: StrategyBrokerAllocation,
    account: BrokerAccount,
    leg: StrategyLeg,
) -> Placement:
    return Placement(
        execution_id=execution.execution_id,
        user_id=allocation.user_id,
        strategy_id=execution.strategy_id,
        basket_id=execution.basket_id,
        allocation_id=allocation.allocation_id,
        client_id=allocation.client_id,
        broker_name=broker_of(allocation, account),
        leg_id=leg.leg_id,
        leg_number=leg.leg_number,
    )


def broker_of(allocation: StrategyBrokerAllocation, account: BrokerAccount) -> BrokerName:
    """PAPER allocations of a live account trade at our paper broker."""
    is_paper = allocation.trading_mode is TradingMode.PAPER
    return BrokerName.PAPER if is_paper else account.broker_name


def _planned(
    placement: Placement,
    terms: Terms,
    *,
    purpose: Purpose,
    stage: int,
    slice_number: int,
    send_by: datetime,
    context: PlanContext,
) -> Order:
    return plan_order(
        placement,
        terms,
        purpose=purpose,
        stage=stage,
        slice_number=slice_number,
        at=context.now,
        stamp=account_stamp(context.released_at, placement.user_id, placement.client_id),
        send_by=send_by,
    )
