"""Which baskets others may see, and how those who browse the marketplace narrow and order them.

* PUBLIC: listed in the marketplace; what it holds is shown, its legs are not.
* SUBSCRIBERS_ONLY: not listed; who has its id sees the record and may subscribe, and what it holds
  is shown to subscribers only.
* PRIVATE: its owner's alone. Who subscribed before it was withdrawn goes on seeing it.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from shared_utils.domain.baskets import Basket, BasketCategory, BasketStatus, FeeType, Visibility
from shared_utils.domain.money import ZERO


def is_published(basket: Basket) -> bool:
    """May be found and subscribed to by others, who get its latest published version."""
    return (
        basket.is_marketplace_enabled
        and basket.published is not None
        and basket.visibility is not Visibility.PRIVATE
        and basket.status is BasketStatus.ACTIVE
    )


def is_listed(basket: Basket) -> bool:
    """Shown to those who browse."""
    return is_published(basket) and basket.visibility is Visibility.PUBLIC


class MarketplaceSort(StrEnum):
    """The best first: latest published, highest return, most subscribers, highest Sharpe ratio."""

    NEWEST = "NEWEST"
    TOTAL_RETURN = "TOTAL_RETURN"
    SUBSCRIBERS = "SUBSCRIBERS"
    SHARPE_RATIO = "SHARPE_RATIO"


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketFilter:
    """None does not narrow. Returns and drawdown in percent, the amount in rupees; a basket
    without a minimum amount asks for 0.
    """

    category: BasketCategory | None = None
    creator_user_id: str | None = None
    fee_type: FeeType | None = None
    min_total_return: Decimal | None = None
    most_drawdown: Decimal | None = None
    min_sharpe_ratio: Decimal | None = None
    min_subscribers: int | None = None
    most_required_amount: Decimal | None = None

    def keeps(self, basket: Basket) -> bool:
        terms, record = basket.subscription_config, basket.performance_metrics
        required = (terms.min_subscription_amount if terms else None) or ZERO
        return (
            self.category in {None, basket.category}
            and self.creator_user_id in {None, basket.creator_user_id}
            and self.fee_type in {None, terms.type if terms else None}
            and _at_least(record.total_return, self.min_total_return)
            and _at_most(record.max_drawdown, self.most_drawdown)
            and _at_least(record.sharpe_ratio, self.min_sharpe_ratio)
            and _at_least(Decimal(basket.subscriber_count), self.min_subscribers)
            and _at_most(required, self.most_required_amount)
        )


def _at_least(value: Decimal, least: Decimal | int | None) -> bool:
    return least is None or value >= least


def _at_most(value: Decimal, most: Decimal | None) -> bool:
    return most is None or value <= most


MOST_FEATURED = 6
# Looked at in order of their Sharpe ratio; who is not among them is not featured.
FEATURED_CANDIDATES = 50
_MOST_DRAWDOWN = Decimal(25)
FEATURED_RULE = (
    f"Up to {MOST_FEATURED} listed baskets by Sharpe ratio, among those that have a record with a "
    f"positive return, have never been {_MOST_DRAWDOWN} percent below their peak, and still take "
    "subscribers."
)


def may_be_featured(basket: Basket) -> bool:
    """FEATURED_RULE, of one basket."""
    record = basket.performance_metrics
    return (
        basket.last_performance_update is not None
        and record.total_return > 0
        and record.max_drawdown < _MOST_DRAWDOWN
        and not is_full(basket)
    )


def is_full(basket: Basket) -> bool:
    terms = basket.subscription_config
    most = terms.max_subscribers if terms else None
    return most is not None and basket.subscriber_count >= most
