"""What a trader reads of the marketplace and of his subscriptions."""

from collections.abc import Sequence
from dataclasses import dataclass

from lambda_functions.options_platform.subscription_manager.followed_baskets import (
    Followed,
    WaitingChanges,
    followed,
    waiting_changes,
)
from shared_utils.clock import Clock
from shared_utils.domain.baskets import Basket
from shared_utils.domain.marketplace import (
    FEATURED_CANDIDATES,
    MOST_FEATURED,
    BasketFilter,
    MarketplaceSort,
    may_be_featured,
)
from shared_utils.domain.subscription_events import SubscriptionEvent
from shared_utils.domain.subscriptions import BasketSubscription
from shared_utils.storage.basket_versions import BasketVersions
from shared_utils.storage.baskets import Baskets
from shared_utils.storage.marketplace import ListedBaskets
from shared_utils.storage.pages import Page
from shared_utils.storage.subscription_events import SubscriptionEvents
from shared_utils.storage.subscriptions import Subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionQueries:
    listed: ListedBaskets
    subscriptions: Subscriptions
    baskets: Baskets
    versions: BasketVersions
    events: SubscriptionEvents
    clock: Clock

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

    def mine(self, user_id: str, limit: int, cursor: str | None) -> Page[Followed]:
        page = self.subscriptions.mine(user_id, limit=limit, cursor=cursor)
        return Page(self._followed(page.items), page.cursor)

    def followed(self, subscription: BasketSubscription) -> Followed:
        return self._followed([subscription])[0]

    def changes(self, subscription: BasketSubscription) -> WaitingChanges:
        """What waits for his consent; nothing for one that has ended or has the latest."""
        found = self.followed(subscription)
        pinned, latest = subscription.basket_version, found.latest_version
        before = self.versions.get(subscription.basket_id, pinned)
        after = self.versions.get(subscription.basket_id, latest)
        if not found.consent_needed or before is None or after is None:
            return WaitingChanges(from_version=pinned, to_version=pinned, consent_needed=False)
        return waiting_changes(found, before, after)

    def history(
        self, subscription: BasketSubscription, limit: int, cursor: str | None
    ) -> Page[SubscriptionEvent]:
        """Its audit records, the latest first."""
        found = subscription.subscription_id
        return self.events.of_subscription(found, limit=limit, cursor=cursor)

    def _followed(self, subscriptions: Sequence[BasketSubscription]) -> tuple[Followed, ...]:
        keys = [(each.basket_creator_id, each.basket_id) for each in subscriptions]
        return followed(subscriptions, self.baskets.many(keys), self.clock.now())
