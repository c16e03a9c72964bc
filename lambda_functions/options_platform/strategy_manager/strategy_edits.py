"""A strategy as a trader asks for it, and what becomes of it: new, changed, its legs renumbered."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from shared_utils.domain.instruments import Exchange, Underlying
from shared_utils.domain.legs import (
    LegCategory,
    OptionConfig,
    PremiumSelection,
    ReentryConfig,
    StopLossConfig,
    StrategyLeg,
    TransactionConfig,
    UnderlyingConfig,
    UnderlyingType,
    WaitAndTrade,
)
from shared_utils.domain.schedules import ExecutionSchedule, ScheduledEvent
from shared_utils.domain.strategies import RiskConfig, Strategy, StrategyStatus, StrategyType
from shared_utils.domain.strategy_rules import numbered

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedUnderlying:
    """As the trader states it; what he leaves out, and the expiry weekdays, the facts fill in."""

    type: UnderlyingType
    symbol: Underlying
    exchange: Exchange | None
    lot_size: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegSpec:
    leg_id: str | None
    leg_number: int | None
    underlying_config: StatedUnderlying
    option_config: OptionConfig
    premium_selection: PremiumSelection
    transaction_config: TransactionConfig
    stop_loss_config: StopLossConfig
    leg_category: LegCategory
    leg_purpose: str
    lots_multiple: int
    sequence: int | None
    reentry_on_stop: ReentryConfig | None
    reentry_on_target: ReentryConfig | None
    wait_and_trade: WaitAndTrade | None
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategySpec:
    name: str
    description: str
    strategy_type: StrategyType
    execution_schedule: ExecutionSchedule
    legs: tuple[LegSpec, ...]
    risk_config: RiskConfig
    auto_execute: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyChanges:
    """None leaves a field as it is. `version`, when given, is the one the caller has seen."""

    name: str | None = None
    description: str | None = None
    strategy_type: StrategyType | None = None
    execution_schedule: ExecutionSchedule | None = None
    legs: tuple[LegSpec, ...] | None = None
    risk_config: RiskConfig | None = None
    auto_execute: bool | None = None
    version: int | None = None

    @property
    def changes_trading(self) -> bool:
        """Whether it touches more than words."""
        traded = (
            self.strategy_type,
            self.execution_schedule,
            self.legs,
            self.risk_config,
            self.auto_execute,
        )
        return any(part is not None for part in traded)


def leg_of(
    spec: LegSpec, underlying: UnderlyingConfig, before: StrategyLeg | None, fresh_id: str
) -> StrategyLeg:
    """The leg that `spec` asks for. One that exists keeps its id and its record."""
    return StrategyLeg(
        leg_id=before.leg_id if before else fresh_id,
        leg_number=spec.leg_number or (before.leg_number if before else 0),
        underlying_config=underlying,
        option_config=spec.option_config,
        premium_selection=spec.premium_selection,
        transaction_config=spec.transaction_config,
        stop_loss_config=spec.stop_loss_config,
        leg_category=spec.leg_category,
        leg_purpose=spec.leg_purpose,
        lots_multiple=spec.lots_multiple,
        sequence=spec.sequence,
        reentry_on_stop=spec.reentry_on_stop,
        reentry_on_target=spec.reentry_on_target,
        wait_and_trade=spec.wait_and_trade,
        is_active=spec.is_active,
        last_executed=before.last_executed if before else None,
        execution_count=before.execution_count if before else 0,
    )


def spec_like(strategy: Strategy, name: str) -> StrategySpec:
    """What a trader would state to get the same strategy again; the facts fill in the lots."""
    return StrategySpec(
        name=name,
        description=strategy.description,
        strategy_type=strategy.strategy_type,
        execution_schedule=strategy.execution_schedule,
        legs=tuple(_spec_like(leg) for leg in strategy.legs),
        risk_config=strategy.risk_config,
        auto_execute=strategy.auto_execute,
    )


def _spec_like(leg: StrategyLeg) -> LegSpec:
    config = leg.underlying_config
    return LegSpec(
        leg_id=None,
        leg_number=leg.leg_number,
        underlying_config=StatedUnderlying(
            type=config.type, symbol=config.symbol, exchange=config.exchange, lot_size=None
        ),
        option_config=leg.option_config,
        premium_selection=leg.premium_selection,
        transaction_config=leg.transaction_config,
        stop_loss_config=leg.stop_loss_config,
        leg_category=leg.leg_category,
        leg_purpose=leg.leg_purpose,
        lots_multiple=leg.lots_multiple,
        sequence=leg.sequence,
        reentry_on_stop=leg.reentry_on_stop,
        reentry_on_target=leg.reentry_on_target,
        wait_and_trade=leg.wait_and_trade,
        is_active=leg.is_active,
    )


def in_stated_order(legs: Sequence[StrategyLeg]) -> tuple[StrategyLeg, ...]:
    """By their stated numbers if every leg has one, else as they came; numbered without gaps."""
    if all(leg.leg_number for leg in legs):
        legs = sorted(legs, key=lambda leg: leg.leg_number)
    return numbered(legs)


def new_strategy(
    spec: StrategySpec,
    legs: Sequence[StrategyLeg],
    *,
    owner: str,
    basket_id: str,
    strategy_number: int,
    strategy_id: str,
    at: datetime,
) -> Strategy:
    """Paused: activation is a gate."""
    return Strategy(
        user_id=owner,
        strategy_id=strategy_id,
        basket_id=basket_id,
        strategy_number=strategy_number,
        name=spec.name,
        description=spec.description,
        strategy_type=spec.strategy_type,
        execution_schedule=spec.execution_schedule,
        legs=tuple(legs),
        risk_config=spec.risk_config,
        auto_execute=spec.auto_execute,
        created_at=at,
        updated_at=at,
    )


def changed(
    strategy: Strategy,
    changes: StrategyChanges,
    legs: Sequence[StrategyLeg] | None,
    at: datetime,
) -> Strategy:
    return replace(
        bumped(strategy, at),
        name=_or(changes.name, strategy.name),
        description=_or(changes.description, strategy.description),
        strategy_type=_or(changes.strategy_type, strategy.strategy_type),
        execution_schedule=_or(changes.execution_schedule, strategy.execution_schedule),
        legs=strategy.legs if legs is None else tuple(legs),
        risk_config=_or(changes.risk_config, strategy.risk_config),
        auto_execute=_or(changes.auto_execute, strategy.auto_execute),
    )


def with_legs(strategy: Strategy, legs: Sequence[StrategyLeg], at: datetime) -> Strategy:
    return replace(bumped(strategy, at), legs=numbered(legs))


def activated(strategy: Strategy, following: ScheduledEvent | None, at: datetime) -> Strategy:
    """Waiting for `following`; None is for a strategy that only its owner starts."""
    return replace(
        bumped(strategy, at),
        status=StrategyStatus.ACTIVE,
        next_execution=following.at if following else None,
        next_event=following.kind if following else None,
        next_execution_problem=None,
    )


def paused(
    strategy: Strategy, last_exit: ScheduledEvent | None, problem: str | None, at: datetime
) -> Strategy:
    """No more entries. `last_exit` still closes what the strategy may hold; `problem` says why
    there is none although it ran.
    """
    return replace(
        bumped(strategy, at),
        status=StrategyStatus.PAUSED,
        next_execution=last_exit.at if last_exit else None,
        next_event=last_exit.kind if last_exit else None,
        next_execution_problem=problem,
    )


def bumped(strategy: Strategy, at: datetime) -> Strategy:
    """The next version of the same strategy."""
    return replace(strategy, updated_at=at, version=strategy.version + 1)


def _or(value: T | None, otherwise: T) -> T:
    return otherwise if value is None else value
