"""What a basket's subscribers subscribed to: a numbered version that nobody changes any more.

Publishing makes the next version when what would be traded, the words or the fees differ from the
latest one. Who may join (`min_subscription_amount`, `max_subscribers`) is the basket's own: it
changes nothing for those who are in, and makes no version.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared_utils.domain.baskets import (
    Basket,
    BasketCategory,
    PublishedFace,
    SubscriptionConfig,
    shown_to_others,
)
from shared_utils.domain.legs import StrategyLeg
from shared_utils.domain.schedules import ExecutionSchedule
from shared_utils.domain.strategies import RiskConfig, Strategy, StrategyStatus, StrategyType

# A version is written in one transaction, which holds 100 rows: its head and its basket too.
MOST_PUBLISHED = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedStrategy:
    """What trades of a strategy, and nothing of its owner's state: neither status nor record."""

    basket_id: str
    strategy_id: str
    strategy_number: int
    name: str
    description: str = ""
    strategy_type: StrategyType
    auto_execute: bool = True
    execution_schedule: ExecutionSchedule
    legs: tuple[StrategyLeg, ...]
    risk_config: RiskConfig

    @property
    def active_legs(self) -> tuple[StrategyLeg, ...]:
        return tuple(leg for leg in self.legs if leg.is_active)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionHead:
    """A version without its strategies. `number` is 1, 2, 3… of its basket; `terms` are those of
    the day it was published.
    """

    basket_id: str
    creator_user_id: str
    number: int
    name: str
    description: str
    category: BasketCategory
    terms: SubscriptionConfig
    strategy_count: int
    published_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketVersion:
    """`strategies` by their number in the basket."""

    head: VersionHead
    strategies: tuple[PublishedStrategy, ...]

    def strategy(self, strategy_id: str) -> PublishedStrategy | None:
        return next((each for each in self.strategies if each.strategy_id == strategy_id), None)


def living(strategies: Sequence[Strategy]) -> tuple[Strategy, ...]:
    """Those that a version would hold, by their number."""
    left = [each for each in strategies if each.status is not StrategyStatus.ARCHIVED]
    return tuple(sorted(left, key=lambda each: each.strategy_number))


def published_strategy(strategy: Strategy) -> PublishedStrategy:
    return PublishedStrategy(
        basket_id=strategy.basket_id,
        strategy_id=strategy.strategy_id,
        strategy_number=strategy.strategy_number,
        name=strategy.name,
        description=strategy.description,
        strategy_type=strategy.strategy_type,
        auto_execute=strategy.auto_execute,
        execution_schedule=strategy.execution_schedule,
        legs=tuple(replace(leg, last_executed=None, execution_count=0) for leg in strategy.legs),
        risk_config=strategy.risk_config,
    )


def face_of(basket: Basket, version: VersionHead) -> PublishedFace:
    return PublishedFace(
        version=version.number,
        name=version.name,
        description=version.description,
        category=version.category,
        tags=basket.tags,
        strategy_count=version.strategy_count,
    )


def shown_in(basket: Basket, version: VersionHead) -> Basket:
    """As those see it who are on this version, the latest or not."""
    return replace(
        shown_to_others(basket),
        name=version.name,
        description=version.description,
        category=version.category,
        strategy_count=version.strategy_count,
    )


def next_version(
    basket: Basket, strategies: Sequence[Strategy], terms: SubscriptionConfig, at: datetime
) -> BasketVersion:
    """What publishing the basket as it is now would make."""
    held = tuple(map(published_strategy, living(strategies)))
    head = VersionHead(
        basket_id=basket.basket_id,
        creator_user_id=basket.creator_user_id,
        number=(basket.published_version or 0) + 1,
        name=basket.name,
        description=basket.description,
        category=basket.category,
        terms=terms,
        strategy_count=len(held),
        published_at=at,
    )
    return BasketVersion(head=head, strategies=held)
