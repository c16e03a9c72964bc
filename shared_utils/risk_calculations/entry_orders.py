"""From resolved legs to what goes out for them: quantities, slices, prices, order. Pure.

The executor places these, and before a run its margin is estimated from them: the same contracts,
the same quantities, in the same order.

    stage 0    every bought leg, in slices
    stage 40   every sold leg, in slices     gated on the fills of the bought ones

A leg's `sequence` orders legs of the same side further; it never lets a short go before a hedge.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from shared_utils.domain.executions import ResolvedLeg
from shared_utils.domain.instruments import Contract, Side
from shared_utils.domain.legs import StrategyLeg
from shared_utils.domain.orders import Asked
from shared_utils.domain.strategies import Strategy
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.freeze_slices import freeze_quantity_of, slices
from shared_utils.risk_calculations.forwards import RISK_FREE_RATE
from shared_utils.risk_calculations.limit_prices import PriceContext, price_of
from shared_utils.risk_calculations.margins import (
    MarginEstimate,
    estimate_margin,
    margin_leg_of,
    margin_parameters_on,
)

SELL_STAGE = 40


class PricedOrder(Protocol):
    """What a margin is asked for: `quantity` in units, `price` the limit in rupees per unit."""

    @property
    def contract(self) -> Contract: ...
    @property
    def side(self) -> Side: ...
    @property
    def quantity(self) -> int: ...
    @property
    def price(self) -> Decimal: ...


class StagedOrder(PricedOrder, Protocol):
    """An order that is planned, or one that would be."""

    @property
    def stage(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryOrder:
    """One slice of a leg: `quantity` in units, `price` the limit in rupees per unit."""

    leg: ResolvedLeg
    config: StrategyLeg
    asked: Asked
    quantity: int
    price: Decimal
    stage: int
    slice_number: int

    @property
    def contract(self) -> Contract:
        return self.leg.contract

    @property
    def side(self) -> Side:
        return self.leg.side


def entry_orders(
    strategy: Strategy, legs: Sequence[ResolvedLeg], lots: int, context: PriceContext
) -> tuple[EntryOrder, ...]:
    """Of an account that trades `lots`, leg by leg. Raises MarketDataUnavailable when a leg cannot
    be priced.
    """
    by_id = {leg.leg_id: leg for leg in strategy.legs}
    return tuple(order for leg in legs for order in _of_leg(leg, by_id[leg.leg_id], lots, context))


def in_stages(orders: Iterable[EntryOrder]) -> tuple[EntryOrder, ...]:
    """As they go out: hedges first."""
    return tuple(sorted(orders, key=lambda order: order.stage))


def estimate_of(orders: Iterable[StagedOrder], context: PriceContext) -> MarginEstimate:
    """In the order of the stages. Raises Unavailable (MARGIN_UNKNOWN, MARKET_FACT_UNKNOWN)."""
    return estimate_margin(
        [
            margin_leg_of(
                context.facts,
                order.contract,
                side=order.side,
                quantity=order.quantity,
                premium=order.price,
                now=context.now,
                today=context.today,
            )
            for order in sorted(orders, key=lambda order: order.stage)
        ],
        spots=context.spots,
        rate=RISK_FREE_RATE,
        parameters=margin_parameters_on(context.facts, context.today),
    )


def stage_of(side: Side, sequence: int | None) -> int:
    return (0 if side is Side.BUY else SELL_STAGE) + (sequence or 0)


def slices_of(facts: MarketFacts, contract: Contract, quantity: int, today: date) -> Sequence[int]:
    """Orders that the exchange's freeze quantity lets through (decisions 4)."""
    return slices(
        quantity, contract.lot_size, freeze_quantity_of(facts, contract.underlying, today)
    )


def _of_leg(
    leg: ResolvedLeg, config: StrategyLeg, lots: int, context: PriceContext
) -> list[EntryOrder]:
    transaction = config.transaction_config
    asked = Asked(order_type=transaction.order_type, slippage=transaction.entry_slippage)
    quantity = lots * config.lots_multiple * leg.contract.lot_size
    price = price_of(leg.contract, leg.side, asked, context)
    parts = slices_of(context.facts, leg.contract, quantity, context.today)
    return [
        EntryOrder(
            leg=leg,
            config=config,
            asked=asked,
            quantity=part,
            price=price,
            stage=stage_of(leg.side, config.sequence),
            slice_number=number,
        )
        for number, part in enumerate(parts)
    ]
