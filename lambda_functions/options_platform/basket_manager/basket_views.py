"""A basket as the one who asks sees it."""

from dataclasses import dataclass

from shared_utils.domain.basket_versions import PublishedStrategy
from shared_utils.domain.baskets import Basket
from shared_utils.domain.strategies import Strategy


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketDetail:
    """`has_unpublished_changes` is None for what is not the asker's, or never was published."""

    basket: Basket
    strategies: tuple[Strategy, ...] | tuple[PublishedStrategy, ...]
    has_unpublished_changes: bool | None = None
