"""What a trader reads of his baskets, and of those that others publish."""

from dataclasses import dataclass

from lambda_functions.options_platform.basket_manager.basket_views import BasketDetail
from shared_utils.clock import Clock
from shared_utils.domain.basket_versions import (
    BasketVersion,
    VersionHead,
    next_version,
    shown_in,
)
from shared_utils.domain.baskets import Basket, Visibility, shown_to_others
from shared_utils.domain.errors import NotFound
from shared_utils.domain.marketplace import BasketFilter, MarketplaceSort, is_published
from shared_utils.domain.subscription_rules import is_live, subscription_id_of
from shared_utils.domain.subscriptions import BasketSubscription
from shared_utils.domain.version_differences import differences
from shared_utils.storage.basket_versions import BasketVersions
from shared_utils.storage.baskets import Baskets
from shared_utils.storage.marketplace import ListedBaskets
from shared_utils.storage.pages import Page
from shared_utils.storage.strategies import Strategies
from shared_utils.storage.subscriptions import Subscriptions

# The most strategies any environment allows in a basket (config/environments.json).
MOST_STRATEGIES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketQueries:
    baskets: Baskets
    strategies: Strategies
    versions: BasketVersions
    subscriptions: Subscriptions
    listed: ListedBaskets
    clock: Clock

    def mine(self, user_id: str, limit: int, cursor: str | None) -> Page[Basket]:
        return self.baskets.mine(user_id, limit=limit, cursor=cursor)

    def marketplace(self, sort: MarketplaceSort, limit: int, cursor: str | None) -> Page[Basket]:
        """What is listed for everybody, the best first."""
        return self.listed.page(sort, BasketFilter(), limit=limit, cursor=cursor)

    def detail(self, user_id: str, basket_id: str) -> BasketDetail:
        """One's own as it is drafted, another's as it was published: in its latest version, or in
        the one that the asker consented to.

        Raises NotFound for what is missing or another's.
        """
        own = self.baskets.get(user_id, basket_id)
        if own is not None:
            return self._own(own)
        basket, pinned = self._anothers(user_id, basket_id)
        hidden = pinned is None and basket.visibility is Visibility.SUBSCRIBERS_ONLY
        version = None if hidden else self._version(basket, pinned)
        if version is None:
            return BasketDetail(basket=shown_to_others(basket), strategies=())
        return BasketDetail(basket=shown_in(basket, version.head), strategies=version.strategies)

    def versions_of(
        self, user_id: str, basket_id: str, limit: int, cursor: str | None
    ) -> Page[VersionHead]:
        """The latest first. Raises NotFound for who neither owns the basket nor subscribes."""
        if self.baskets.get(user_id, basket_id) is None and not self._subscription(
            user_id, basket_id
        ):
            raise no_such_basket(basket_id)
        return self.versions.of_basket(basket_id, limit=limit, cursor=cursor)

    # -- below

    def _own(self, basket: Basket) -> BasketDetail:
        found = self.strategies.in_basket(basket.user_id, basket.basket_id, limit=MOST_STRATEGIES)
        drafted = tuple(sorted(found.items, key=lambda strategy: strategy.strategy_number))
        latest, terms = self._version(basket, None), basket.subscription_config
        changed = None
        if latest is not None and terms is not None:
            following = next_version(basket, drafted, terms, self.clock.now())
            changed = bool(differences(latest, following))
        return BasketDetail(basket=basket, strategies=drafted, has_unpublished_changes=changed)

    def _anothers(self, user_id: str, basket_id: str) -> tuple[Basket, BasketSubscription | None]:
        basket = self.baskets.by_id(basket_id)
        if basket is None:
            raise no_such_basket(basket_id)
        subscription = self._subscription(user_id, basket_id)
        if subscription is None and not is_published(basket):
            raise no_such_basket(basket_id)
        return basket, subscription

    def _version(self, basket: Basket, pinned: BasketSubscription | None) -> BasketVersion | None:
        number = pinned.basket_version if pinned else basket.published_version
        return None if number is None else self.versions.get(basket.basket_id, number)

    def _subscription(self, user_id: str, basket_id: str) -> BasketSubscription | None:
        """None for one that has ended too."""
        found = self.subscriptions.get(user_id, subscription_id_of(user_id, basket_id))
        return found if is_live(found, self.clock.now()) else None


def no_such_basket(basket_id: str) -> NotFound:
    return NotFound(f"There is no basket {basket_id}.")
