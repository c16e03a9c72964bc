"""A basket: a trader's folder of strategies, or what an admin publishes in the marketplace."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from shared_utils.domain.errors import Conflict, NotFound


class CreatorType(StrEnum):
    ADMIN = "ADMIN"
    USER = "USER"


class Visibility(StrEnum):
    PRIVATE = "PRIVATE"
    PUBLIC = "PUBLIC"
    SUBSCRIBERS_ONLY = "SUBSCRIBERS_ONLY"


class BasketCategory(StrEnum):
    CONSERVATIVE = "CONSERVATIVE"
    AGGRESSIVE = "AGGRESSIVE"
    HEDGED = "HEDGED"
    INCOME = "INCOME"
    MOMENTUM = "MOMENTUM"


class BasketStatus(StrEnum):
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    ARCHIVED = "ARCHIVED"


class FeeType(StrEnum):
    FREE = "FREE"
    PAID = "PAID"
    PERFORMANCE_BASED = "PERFORMANCE_BASED"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionConfig:
    """Fees in rupees a month; the performance fee in percent of profits."""

    type: FeeType
    monthly_fee: Decimal | None = None
    performance_fee_percentage: Decimal | None = None
    min_subscription_amount: Decimal | None = None
    max_subscribers: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketPerformance:
    """Returns, drawdown, win rate and volatility in percent. Zero until there is a record."""

    total_return: Decimal = Decimal(0)
    sharpe_ratio: Decimal = Decimal(0)
    max_drawdown: Decimal = Decimal(0)
    win_rate: Decimal = Decimal(0)
    monthly_return: Decimal = Decimal(0)
    volatility: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFace:
    """What others are shown of a basket that its owner goes on editing: the latest published
    version's number and words (`basket_versions.py`).
    """

    version: int
    name: str
    description: str
    category: BasketCategory
    tags: tuple[str, ...]
    strategy_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    user_id: str
    basket_id: str
    created_by_type: CreatorType
    creator_name: str
    creator_user_id: str
    visibility: Visibility
    is_marketplace_enabled: bool = False
    subscription_config: SubscriptionConfig | None = None
    published: PublishedFace | None = None
    name: str
    description: str = ""
    category: BasketCategory
    tags: tuple[str, ...] = ()
    strategy_count: int = 0
    active_strategy_count: int = 0
    subscriber_count: int = 0
    total_aum: Decimal = Decimal(0)
    performance_metrics: BasketPerformance = field(default_factory=BasketPerformance)
    status: BasketStatus = BasketStatus.ACTIVE
    created_at: datetime
    updated_at: datetime
    last_performance_update: datetime | None = None
    version: int = 1

    @property
    def published_version(self) -> int | None:
        """The latest; None for one that was never published."""
        return self.published.version if self.published else None


def shown_to_others(basket: Basket) -> Basket:
    """As it was published, whatever its owner has written since."""
    face = basket.published
    if face is None:
        return basket
    return replace(
        basket,
        name=face.name,
        description=face.description,
        category=face.category,
        tags=face.tags,
        strategy_count=face.strategy_count,
    )


def changeable_basket(found: Basket | None, basket_id: str) -> Basket:
    """What was found among the asker's own. Raises NotFound for None, Conflict ARCHIVED."""
    if found is None:
        raise NotFound(f"There is no basket {basket_id}.")
    if found.status is BasketStatus.ARCHIVED:
        raise Conflict("The basket is archived: it is kept as a record.", code="ARCHIVED")
    return found
