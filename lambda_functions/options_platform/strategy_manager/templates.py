"""The library of standard structures, and the strategy that one of them asks for.

A template places its legs in strikes from at the money: so many times its `distance` and so many
times its `width`, both parameters. Above 0 is out of the money, below 0 in the money.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from lambda_functions.options_platform.strategy_manager.contract_checks import MarketDay
from lambda_functions.options_platform.strategy_manager.strategy_edits import (
    LegSpec,
    StatedUnderlying,
    StrategySpec,
)
from shared_utils.domain.errors import NotFound, Problem
from shared_utils.domain.ids import Kind, derived_id
from shared_utils.domain.instruments import OptionType, Side, Underlying
from shared_utils.domain.legs import (
    ExpiryType,
    LegCategory,
    OptionConfig,
    OrderType,
    PremiumSelection,
    SelectionType,
    StopLossConfig,
    StopLossType,
    TransactionConfig,
    UnderlyingType,
)
from shared_utils.domain.schedules import ExecutionSchedule
from shared_utils.domain.strategies import RiskConfig, StrategyType
from shared_utils.indian_market_utils.dated_values import find_in_force


class TemplateCategory(StrEnum):
    """INCOME sells premium, HEDGED limits what can be lost, DIRECTIONAL and VOLATILITY need a move
    one way or either way.
    """

    INCOME = "INCOME"
    HEDGED = "HEDGED"
    DIRECTIONAL = "DIRECTIONAL"
    VOLATILITY = "VOLATILITY"


class Outlook(StrEnum):
    """What the index should do."""

    BULLISH = "BULLISH"
    BEARISH = "BEARISH"
    NEUTRAL = "NEUTRAL"
    VOLATILE = "VOLATILE"


class Parameter(StrEnum):
    """Both in listed strikes: from the money to the core legs, and from those to the wings."""

    DISTANCE = "distance"
    WIDTH = "width"


Parameters = Mapping[Parameter, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateLeg:
    """`expiry` counts expiries after the strategy's own; `lots` multiply the account's."""

    option_type: OptionType
    side: Side
    distance: int
    width: int
    lots: int
    expiry: int
    category: LegCategory
    purpose: str

    def strikes_from_atm(self, parameters: Parameters) -> int:
        core = self.distance * parameters.get(Parameter.DISTANCE, 0)
        return core + self.width * parameters.get(Parameter.WIDTH, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """`parameters` holds each parameter that the structure has, with its default."""

    key: str
    name: str
    category: TemplateCategory
    outlook: Outlook
    strategy_type: StrategyType
    description: str
    parameters: dict[Parameter, int]
    legs: tuple[TemplateLeg, ...]

    @property
    def template_id(self) -> str:
        """Derived from the key, so that it is the same in every environment and release."""
        return derived_id(Kind.TEMPLATE, self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Illustration:
    """The made-up market in which payoffs are drawn; the volatility is a fraction a year."""

    index_price: Decimal
    strike_step: Decimal
    volatility: Decimal
    days_to_expiry: int
    days_between_expiries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateLibrary:
    """`config/strategy_templates.json`."""

    default_schedule: ExecutionSchedule
    illustration: Illustration
    templates: tuple[Template, ...]

    def named(self, template_id: str) -> Template:
        for template in self.templates:
            if template.template_id == template_id:
                return template
        raise NotFound(f"There is no template {template_id}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateOrder:
    """What a trader asks of a template. None takes the template's or the library's default;
    `stop_loss_percentage` is of the premium of each sold leg.
    """

    basket_id: str
    name: str
    symbol: Underlying
    description: str | None = None
    expiry_type: ExpiryType | None = None
    expiry_offset: int = 0
    distance: int | None = None
    width: int | None = None
    lots_multiple: int = 1
    order_type: OrderType = OrderType.MARKET
    stop_loss_percentage: Decimal | None = None
    execution_schedule: ExecutionSchedule | None = None
    risk_config: RiskConfig
    auto_execute: bool = True

    @property
    def stated(self) -> Parameters:
        values = {Parameter.DISTANCE: self.distance, Parameter.WIDTH: self.width}
        return {name: value for name, value in values.items() if value is not None}


def library_from(config: Mapping[str, Any]) -> TemplateLibrary:
    """Raises msgspec.ValidationError, which names the place, for a file that does not fit."""
    return msgspec.convert(config, TemplateLibrary)


def order_problems(template: Template, order: TemplateOrder) -> tuple[Problem, ...]:
    """What is asked of the template that it does not have."""
    found = [
        Problem(name, f"has no meaning for {template.name}")
        for name in order.stated
        if name not in template.parameters
    ]
    if order.stop_loss_percentage is not None and not _sells(template):
        found.append(Problem("stop_loss_percentage", f"{template.name} sells nothing to stop"))
    return tuple(found)


def spec_of(
    template: Template, order: TemplateOrder, library: TemplateLibrary, market: MarketDay
) -> StrategySpec:
    """The strategy, as if the trader had stated every leg himself."""
    parameters = {**template.parameters, **order.stated}
    kind = order.expiry_type or _nearest_kind(order.symbol, market)
    return StrategySpec(
        name=order.name,
        description=template.description if order.description is None else order.description,
        strategy_type=template.strategy_type,
        execution_schedule=order.execution_schedule or library.default_schedule,
        legs=tuple(_leg(leg, order, parameters, kind) for leg in template.legs),
        risk_config=order.risk_config,
        auto_execute=order.auto_execute,
    )


def _sells(template: Template) -> bool:
    return any(leg.side is Side.SELL for leg in template.legs)


def _nearest_kind(symbol: Underlying, market: MarketDay) -> ExpiryType:
    """Weekly where the index has weeklies; only NIFTY and SENSEX do today (decisions 1)."""
    weekly = find_in_force(market.facts.indices[symbol].weekly_expiry, market.today)
    return ExpiryType.WEEKLY if weekly else ExpiryType.MONTHLY


def _leg(
    leg: TemplateLeg, order: TemplateOrder, parameters: Parameters, kind: ExpiryType
) -> LegSpec:
    stop = order.stop_loss_percentage if leg.side is Side.SELL else None
    return LegSpec(
        leg_id=None,
        leg_number=None,
        underlying_config=StatedUnderlying(
            type=UnderlyingType.INDEX, symbol=order.symbol, exchange=None, lot_size=None
        ),
        option_config=OptionConfig(
            option_type=leg.option_type,
            expiry_type=kind,
            expiry_offset=order.expiry_offset + leg.expiry,
        ),
        premium_selection=_selection(leg.strikes_from_atm(parameters)),
        transaction_config=TransactionConfig(
            transaction_type=leg.side, order_type=order.order_type
        ),
        stop_loss_config=StopLossConfig()
        if stop is None
        else StopLossConfig(enabled=True, type=StopLossType.PERCENTAGE, value=stop),
        leg_category=leg.category,
        leg_purpose=leg.purpose,
        lots_multiple=leg.lots * order.lots_multiple,
        sequence=None,
        reentry_on_stop=None,
        reentry_on_target=None,
        wait_and_trade=None,
        is_active=True,
    )


def _selection(strikes: int) -> PremiumSelection:
    if strikes == 0:
        return PremiumSelection(type=SelectionType.ATM)
    kind = SelectionType.OTM if strikes > 0 else SelectionType.ITM
    return PremiumSelection(type=kind, strike_count=abs(strikes))
