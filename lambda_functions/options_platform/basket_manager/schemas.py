"""Baskets on the wire."""

from typing import Annotated

from pydantic import Field

from lambda_functions.options_platform.basket_manager.basket_edits import BasketChanges, BasketSpec
from shared_utils.api.conversions import to_domain
from shared_utils.api.paging import PageResponse
from shared_utils.api.wire_types import (
    Amount,
    Figure,
    Instant,
    Name,
    RequestModel,
    ResponseModel,
    Text,
    WholeNumber,
    Word,
)
from shared_utils.domain.baskets import (
    Basket,
    BasketCategory,
    BasketStatus,
    CreatorType,
    FeeType,
    Visibility,
)
from shared_utils.domain.strategies import Strategy, StrategyStatus, StrategyType

Tags = Annotated[tuple[Word, ...], Field(max_length=20)]

BASKET_EXAMPLE = {
    "name": "Conservative Income Strategy",
    "description": "Weekly premium selling on NIFTY with bought wings",
    "category": "INCOME",
    "tags": ["theta-decay", "weekly-expiry", "nifty"],
}


class CreateBasketRequest(RequestModel):
    """A basket starts private and empty."""

    name: Name
    description: Text = ""
    category: BasketCategory
    tags: Tags = ()

    def to_spec(self) -> BasketSpec:
        return to_domain(self, BasketSpec)


class UpdateBasketRequest(RequestModel):
    """What is left out stays as it is. `version`, when given, must be the stored one."""

    name: Name | None = None
    description: Text | None = None
    category: BasketCategory | None = None
    tags: Tags | None = None
    version: Annotated[WholeNumber, Field(ge=1)] | None = None

    def to_changes(self) -> BasketChanges:
        return to_domain(self, BasketChanges)


class SubscriptionConfig(ResponseModel):
    type: FeeType
    monthly_fee: Amount | None
    performance_fee_percentage: Figure | None
    min_subscription_amount: Amount | None
    max_subscribers: int | None


class BasketPerformance(ResponseModel):
    """Percent, except the Sharpe ratio; zero until there is a record."""

    total_return: Figure
    sharpe_ratio: Figure
    max_drawdown: Figure
    win_rate: Figure
    monthly_return: Figure
    volatility: Figure


class BasketResponse(ResponseModel):
    user_id: str
    basket_id: str
    created_by_type: CreatorType
    creator_name: str
    creator_user_id: str
    visibility: Visibility
    is_marketplace_enabled: bool
    subscription_config: SubscriptionConfig | None
    name: str
    description: str
    category: BasketCategory
    tags: list[str]
    strategy_count: int
    active_strategy_count: int
    subscriber_count: int
    total_aum: Amount
    performance_metrics: BasketPerformance
    status: BasketStatus
    created_at: Instant
    updated_at: Instant
    last_performance_update: Instant | None
    version: int

    @classmethod
    def from_domain(cls, basket: Basket) -> "BasketResponse":
        return cls.model_validate(basket)


class StrategySummary(ResponseModel):
    """A strategy as its basket lists it; its legs are at `/options/strategies/{strategy_id}`."""

    strategy_id: str
    strategy_number: int
    name: str
    strategy_type: StrategyType
    leg_count: int
    status: StrategyStatus
    auto_execute: bool
    next_execution: Instant | None
    last_executed: Instant | None

    @classmethod
    def from_domain(cls, strategy: Strategy) -> "StrategySummary":
        return cls.model_validate(strategy)


class BasketDetailResponse(BasketResponse):
    strategies: list[StrategySummary]


class BasketPage(PageResponse[BasketResponse]):
    """My baskets, a page at a time."""


def to_detail(basket: Basket, strategies: tuple[Strategy, ...]) -> BasketDetailResponse:
    shown = BasketResponse.from_domain(basket)
    return BasketDetailResponse(
        **dict(shown), strategies=[StrategySummary.from_domain(each) for each in strategies]
    )
