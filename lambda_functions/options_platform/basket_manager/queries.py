"""What a trader reads of his baskets."""

from dataclasses import dataclass

from shared_utils.domain.baskets import Basket
from shared_utils.domain.errors import NotFound
from shared_utils.domain.strategies import Strategy
from shared_utils.storage.baskets import Baskets
from shared_utils.storage.pages import Page
from shared_utils.storage.strategies import Strategies

# The most strategies any environment allows in a basket (config/environments.json).
MOST_STRATEGIES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketQueries:
    baskets: Baskets
    strategies: Strategies

    def mine(self, user_id: str, limit: int, cursor: str | None) -> Page[Basket]:
        return self.baskets.mine(user_id, limit=limit, cursor=cursor)

    def detail(self, user_id: str, basket_id: str) -> tuple[Basket, tuple[Strategy, ...]]:
        """The basket and its strategies. Raises NotFound for what is missing or another's."""
        basket = owned(self.baskets, user_id, basket_id)
        page = self.strategies.in_basket(user_id, basket_id, limit=MOST_STRATEGIES)
        in_order = sorted(page.items, key=lambda strategy: strategy.strategy_number)
        return basket, tuple(in_order)


def owned(baskets: Baskets, user_id: str, basket_id: str) -> Basket:
    basket = baskets.get(user_id, basket_id)
    if basket is None:
        raise NotFound(f"There is no basket {basket_id}.")
    return basket
