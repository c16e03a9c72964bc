"""What a trader reads of his baskets, and of those that others publish."""

from dataclasses import dataclass, replace

from shared_utils.clock import Clock
from shared_utils.domain.baskets import Basket, Visibility
from shared_utils.domain.errors import NotFound
from shared_utils.domain.marketplace import BasketFilter, MarketplaceSort, is_published
from shared_utils.domain.strategies import Strategy, StrategyStatus
from shared_utils.domain.subscription_rules import is_live, subscription_id_of
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

    subscriptions: Subscriptions
    listed: ListedBaskets
    clock: Clock

    def mine(self, user_id: str, limit: int, cursor: str | None) -> Page[Basket]:
        return self.baskets.mine(user_id, limit=limit, cursor=cursor)

    def marketplace(self, sort: MarketplaceSort, limit: int, cursor: str | None) -> Page[Basket]:
        """What is listed for everybody, the best first."""
        return self.listed.page(sort, BasketFilter(), limit=limit, cursor=cursor)

    def detail(self, user_id: str, basket_id: str) -> tuple[Basket, tuple[Strategy, ...]]:
        """The basket and its strategies: one's own, a published one, or one subscribed to.

        Raises NotFound for what is missing or another's.
        """
        basket = self.baskets.get(user_id, basket_id)
        if basket is not None:
            return basket, self._strategies(basket)
        basket = self.baskets.by_id(basket_id)
        if basket is None:
            raise no_such_basket(basket_id)
        subscribes = self._subscribes(user_id, basket_id)
        if not subscribes and not is_published(basket):
            raise no_such_basket(basket_id)
        if not subscribes and basket.visibility is Visibility.SUBSCRIBERS_ONLY:
            return basket, ()
        held = self._strategies(basket)
        living = [each for each in held if each.status is not StrategyStatus.ARCHIVED]
        return basket, tuple(
            replace(each, next_execution=None, last_executed=None) for each in living
        )

    def _strategies(self, basket: Basket) -> tuple[Strategy, ...]:
        owner, basket_id = basket.user_id, basket.basket_id
        page = self.strategies.in_basket(owner, basket_id, limit=MOST_STRATEGIES)
        return tuple(sorted(page.items, key=lambda strategy: strategy.strategy_number))

    def _subscribes(self, user_id: str, basket_id: str) -> bool:
        found = self.subscriptions.get(user_id, subscription_id_of(user_id, basket_id))
        return is_live(found, self.clock.now())


def no_such_basket(basket_id: str) -> NotFound:
    return NotFound(f"There is no basket {basket_id}.")
