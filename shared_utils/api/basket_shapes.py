"""How a basket looks on the wire, for every package that shows baskets."""

from shared_utils.api.paging import PageResponse
from shared_utils.api.wire_types import Amount, Figure, Instant, ResponseModel
from shared_utils.domain.baskets import (
    Basket,
    BasketCategory,
    BasketStatus,
    CreatorType,
    FeeType,
    Visibility,
)


class SubscriptionConfig(ResponseModel):
    """Rupees, a month where it says so; the performance fee in percent of profits."""

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
    """`published_version` is the latest that others may subscribe to; null for none."""

    user_id: str
    basket_id: str
    created_by_type: CreatorType
    creator_name: str
    creator_user_id: str
    visibility: Visibility
    is_marketplace_enabled: bool
    subscription_config: SubscriptionConfig | None
    published_version: int | None
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


class BasketPage(PageResponse[BasketResponse]):
    """Baskets, a page at a time."""
