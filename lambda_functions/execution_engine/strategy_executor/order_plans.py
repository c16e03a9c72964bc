"""From resolved legs and an allocation to the account's orders. Pure.

    stage 0   every bought leg, in slices      (HEDGE where the strategy also sells)
    stage 1   every sold leg, in slices        gated on the fills of stage 0
    exits     stage 0 buys back the shorts, stage 1 sells the longs

A leg's `sequence` orders legs of the same side further; it never lets a short go before a hedge.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from shared_utils.domain.allocations import StrategyBrokerAllocation, TradingMode
from shared_utils.domain.broker_accounts import BrokerAccount, BrokerName
from shared_utils.domain.errors import MarketDataUnavailable
from shared_utils.domain.executions import Execution, ResolvedLeg
from shared_utils.domain.instruments import Contract, Quote, Side, Underlying
from shared_utils.domain.legs import OrderType, StrategyLeg
from shared_utils.domain.money import ceil_to_tick, floor_to_tick
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
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.freeze_slices import freeze_quantity_of, slices
from shared_utils.indian_market_utils.marketable_prices import (
    limit_off_last_known,
    marketable_limit,
)
from shared_utils.indian_market_utils.price_bands import price_band

logger = logging.getLogger(__name__)

SELL_STAGE = 40
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanContext:
    """The day's facts and one moment's quotes, used for every account of the run (decisions 22).

    `released_at` is the run's own and does not move when its planning is resumed.
    """

    facts: MarketFacts
    today: date
    now: datetime
    released_at: datetime
    quotes: Mapping[str, Quote]
    spots: Mapping[Underlying, Decimal]
    max_quote_age_s: float


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
    by_id = {leg.leg_id: leg for leg in strategy.legs}
    orders: list[Order] = []
    for leg in legs:
        config = by_id[leg.leg_id]
        quantity = lots * config.lots_multiple * leg.contract.lot_size
        is_hedge = leg.side is Side.BUY and sells
        orders += _sliced(
            _placement(execution, allocation, account, config),
            replace(
                _entry_terms(leg, config, strategy, context, quantity),
                not_before=_turn_of(allocation, context),
            ),
            purpose=Purpose.HEDGE if is_hedge else Purpose.ENTRY,
            stage=_stage(leg.side, config.sequence),
            send_by=execution.send_by,
            context=context,
        )
    return tuple(orders)


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
        orders += _sliced(
            _exit_placement(execution, position, number, allocation_id),
            terms,
            purpose=Purpose.EXIT,
            stage=_stage(terms.side, None),
            send_by=execution.send_by,
            context=context,
        )
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


def price_of(contract: Contract, side: Side, asked: Asked, context: PlanContext) -> Decimal:
    """The limit that goes out: marketable within the slippage, or the trader's passive limit."""
    quote = context.quotes[contract.symbol]
    band = price_band(context.facts, contract.exchange, quote, contract.tick_size, context.today)
    marketable = marketable_limit(
        quote,
        side,
        slippage=asked.slippage,
        tick=contract.tick_size,
        band=band,
        now=context.now,
        max_age_s=context.max_quote_age_s,
    ).price
    if asked.order_type is not OrderType.LIMIT or quote.mid is None:
        return marketable
    # LIMIT rests at the middle of the spread, never worse than the marketable price.
    if side is Side.BUY:
        return min(marketable, band.clamp(floor_to_tick(quote.mid, contract.tick_size)))
    return max(marketable, band.clamp(ceil_to_tick(quote.mid, contract.tick_size)))


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


def _entry_terms(
    leg: ResolvedLeg, config: StrategyLeg, strategy: Strategy, context: PlanContext, quantity: int
) -> Terms:
    transaction = config.transaction_config
    asked = Asked(order_type=transaction.order_type, slippage=transaction.entry_slippage)
    return Terms(
        contract=leg.contract,
        side=leg.side,
        quantity=quantity,
        asked=asked,
        order_type=OrderType.LIMIT,
        price=price_of(leg.contract, leg.side, asked, context),
        timeout_s=transaction.order_timeout,
        max_attempts=1 + transaction.order_retry_attempts,
        exit_slippage=transaction.exit_slippage,
        on_leg_failure=strategy.risk_config.on_leg_failure,
    )


def _turn_of(allocation: StrategyBrokerAllocation, context: PlanContext) -> datetime | None:
    """The allocation's `execution_delay_ms` staggers its entries behind the release."""
    delay = allocation.execution_config.execution_delay_ms
    return context.released_at + timedelta(milliseconds=delay) if delay else None


def _stage(side: Side, sequence: int | None) -> int:
    return (0 if side is Side.BUY else SELL_STAGE) + (sequence or 0)


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


def _sliced(
    placement: Placement,
    terms: Terms,
    *,
    purpose: Purpose,
    stage: int,
    send_by: datetime,
    context: PlanContext,
) -> list[Order]:
    contract = terms.contract
    freeze = freeze_quantity_of(context.facts, contract.underlying, context.today)
    return [
        plan_order(
            placement,
            replace(terms, quantity=quantity),
            purpose=purpose,
            stage=stage,
            slice_number=number,
            at=context.now,
            stamp=account_stamp(context.released_at, placement.user_id, placement.client_id),
            send_by=send_by,
        )
        for number, quantity in enumerate(slices(terms.quantity, contract.lot_size, freeze))
    ]
