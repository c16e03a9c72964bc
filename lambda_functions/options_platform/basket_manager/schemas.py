"""Baskets on the wire."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from lambda_functions.options_platform.basket_manager.basket_edits import BasketChanges, BasketSpec
from lambda_functions.options_platform.basket_manager.basket_views import BasketDetail
from lambda_functions.options_platform.basket_manager.publishing import Publication
from shared_utils.api.basket_shapes import BasketResponse, SubscriptionConfig
from shared_utils.api.conversions import to_domain
from shared_utils.api.paging import PageQuery, PageResponse
from shared_utils.api.wire_types import (
    Instant,
    Name,
    RequestModel,
    ResponseModel,
    Rupees,
    SeenVersion,
    Share,
    Text,
    WholeNumber,
    Word,
)
from shared_utils.domain.basket_versions import PublishedStrategy, VersionHead
from shared_utils.domain.baskets import (
    BasketCategory,
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

PUBLICATION_EXAMPLE = {
    "visibility": "PUBLIC",
    "subscription_config": {
        "type": "PAID",
        "monthly_fee": 999,
        "min_subscription_amount": 200000,
        "max_subscribers": 100,
    },
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
    version: SeenVersion | None = None

    def to_changes(self) -> BasketChanges:
        return to_domain(self, BasketChanges)


class PublicationTerms(RequestModel):
    """Rupees, a month where it says so; the performance fee in percent of profits. What is left out
    is not charged, not asked for, not limited.
    """

    type: FeeType
    monthly_fee: Annotated[Rupees, Field(gt=0)] | None = None
    performance_fee_percentage: Annotated[Share, Field(gt=0, le=50)] | None = None
    min_subscription_amount: Annotated[Rupees, Field(gt=0)] | None = None
    max_subscribers: Annotated[WholeNumber, Field(ge=1, le=1_000_000)] | None = None


class PublishBasketRequest(RequestModel):
    """PUBLIC is listed in the marketplace; SUBSCRIBERS_ONLY is found by its id alone, and shows
    what it holds to its subscribers. `version`, when given, must be the stored one.
    """

    visibility: Literal[Visibility.PUBLIC, Visibility.SUBSCRIBERS_ONLY] = Visibility.PUBLIC
    subscription_config: PublicationTerms
    version: SeenVersion | None = None

    def to_publication(self) -> Publication:
        return to_domain(self, Publication)


class BasketListKind(StrEnum):
    MINE = "mine"
    MARKETPLACE = "marketplace"


class BasketQuery(PageQuery):
    """My baskets, unless `type` or `creator_type` ask for the marketplace's: the latest first, or
    those of admins by their return.
    """

    type: BasketListKind | None = None
    creator_type: Literal[CreatorType.ADMIN] | None = None


class StrategySummary(ResponseModel):
    """A strategy as its basket lists it; its legs are at `/options/strategies/{strategy_id}`.
    Null of a published one is what its owner does with his: status and times.
    """

    strategy_id: str
    strategy_number: int
    name: str
    strategy_type: StrategyType
    leg_count: int
    status: StrategyStatus | None
    auto_execute: bool
    next_execution: Instant | None
    last_executed: Instant | None

    @classmethod
    def from_domain(cls, strategy: Strategy | PublishedStrategy) -> "StrategySummary":
        mine = strategy if isinstance(strategy, Strategy) else None
        return cls(
            strategy_id=strategy.strategy_id,
            strategy_number=strategy.strategy_number,
            name=strategy.name,
            strategy_type=strategy.strategy_type,
            leg_count=len(strategy.legs),
            status=mine.status if mine else None,
            auto_execute=strategy.auto_execute,
            next_execution=mine.next_execution if mine else None,
            last_executed=mine.last_executed if mine else None,
        )


class BasketDetailResponse(BasketResponse):
    """`strategies` are the owner's as he has them now; others see those of the latest published
    version, a subscriber those of the version he consented to. `has_unpublished_changes` says to
    the owner whether publishing would make a new version; it is null otherwise.
    """

    strategies: list[StrategySummary]
    has_unpublished_changes: bool | None


def to_detail(detail: BasketDetail) -> BasketDetailResponse:
    shown = BasketResponse.from_domain(detail.basket)
    return BasketDetailResponse(
        **dict(shown),
        strategies=[StrategySummary.from_domain(each) for each in detail.strategies],
        has_unpublished_changes=detail.has_unpublished_changes,
    )


class BasketVersionResponse(ResponseModel):
    """A published version, which nothing changes any more; `terms` are those of that day."""

    basket_id: str
    creator_user_id: str
    number: int
    name: str
    description: str
    category: BasketCategory
    terms: SubscriptionConfig
    strategy_count: int
    published_at: Instant

    @classmethod
    def from_domain(cls, version: VersionHead) -> "BasketVersionResponse":
        return cls.model_validate(version)


class BasketVersionPage(PageResponse[BasketVersionResponse]):
    """Published versions, the latest first, a page at a time."""
