"""What a trader reads of the marketplace and of his subscriptions."""

from dataclasses import dataclass

from shared_utils.domain.baskets import Basket
from shared_utils.domain.marketplace import (
    FEATURED_CANDIDATES,
    MOST_FEATURED,
    BasketFilter,
    MarketplaceSort,
    may_be_featured,
)
from shared_utils.domain.subscriptions import BasketSubscription
from shared_utils.storage.marketplace import ListedBaskets
from shared_utils.storage.pages import Page
from shared_utils.storage.subscriptions import Subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionQueries:
    listed: ListedBaskets
    subscriptions: Subscriptions

    def browse(
        self, sort: MarketplaceSort, wanted: BasketFilter, limit: int, cursor: str | None
    ) -> Page[Basket]:
        return self.listed.page(sort, wanted, limit=limit, cursor=cursor)

    def featured(self) -> tuple[Basket, ...]:
        """By FEATURED_RULE, the best first."""
        best = self.listed.page(
            MarketplaceSort.SHARPE_RATIO, BasketFilter(), limit=FEATURED_CANDIDATES
        )
        return tuple(each for each in best.items if may_be_featured(each))[:MOST_FEATURED]

    def mine(self, user_id: str, limit: int, cursor: str | None) -> Page[BasketSubscription]:
        return self.subscriptions.mine(user_id, limit=limit, cursor=cursor)
