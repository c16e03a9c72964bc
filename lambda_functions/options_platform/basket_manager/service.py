"""What a trader does with his baskets."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from lambda_functions.options_platform.basket_manager.basket_edits import (
    BasketChanges,
    BasketSpec,
    Creator,
    changed,
    new_basket,
)
from lambda_functions.options_platform.basket_manager.publishing import (
    Publication,
    publication_problems,
    published,
    withdrawn,
)
from shared_utils.api.errors import refuse
from shared_utils.clock import Clock
from shared_utils.domain.baskets import Basket, BasketStatus, changeable_basket
from shared_utils.domain.errors import Conflict, Forbidden, VersionMoved
from shared_utils.domain.ids import Kind
from shared_utils.domain.strategies import StrategyStatus
from shared_utils.storage.baskets import Baskets
from shared_utils.storage.strategies import Strategies


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketService:
    baskets: Baskets
    strategies: Strategies
    clock: Clock
    fresh_id: Callable[[Kind, datetime], str]
    allow_performance_fees: bool

    def create(self, creator: Creator, spec: BasketSpec) -> Basket:
        now = self.clock.now()
        basket = new_basket(spec, creator, self.fresh_id(Kind.BASKET, now), now)
        self.baskets.create(basket)
        return basket

    def update(self, user_id: str, basket_id: str, changes: BasketChanges) -> Basket:
        """Raises VersionMoved when the basket is not, or not any more, as the caller saw it."""
        basket = self._current(user_id, basket_id)
        if changes.version not in {None, basket.version}:
            raise VersionMoved("The basket was changed meanwhile; read it again.")
        after = changed(basket, changes, self.clock.now())
        self.baskets.save(after)
        return after

    def delete(self, user_id: str, basket_id: str) -> None:
        """An empty basket goes; one whose strategies are all archived is archived with them.

        Raises Conflict PUBLISHED or HAS_SUBSCRIBERS while it is others' business too, and
        BASKET_NOT_EMPTY while it holds anything that could still trade. A strategy
        that is added in the same moment moves the basket's version, so one of the two fails.
        """
        basket = self._current(user_id, basket_id)
        _require_nobody_elses(basket)
        if basket.strategy_count == 0:
            self.baskets.delete(basket)
            return
        page = self.strategies.in_basket(user_id, basket_id, limit=100)
        archived = sum(each.status is StrategyStatus.ARCHIVED for each in page.items)
        if archived < basket.strategy_count:
            raise Conflict(
                f"The basket still holds {basket.strategy_count - archived} strategies; "
                "delete them first.",
                code="BASKET_NOT_EMPTY",
            )
        now, version = self.clock.now(), basket.version + 1
        self.baskets.save(
            replace(basket, status=BasketStatus.ARCHIVED, updated_at=now, version=version)
        )

    def publish(self, caller: Creator, basket_id: str, asked: Publication) -> Basket:
        """For others to find and subscribe to; publishing again changes visibility and terms.

        Raises Forbidden ADMIN_ONLY, RuleBroken NOT_READY with every problem, VersionMoved.
        """
        basket = self._for_admin(caller, basket_id)
        if asked.version not in {None, basket.version}:
            raise VersionMoved("The basket was changed meanwhile; read it again.")
        page = self.strategies.in_basket(basket.user_id, basket_id, limit=100)
        problems = publication_problems(
            basket, page.items, asked, allow_performance_fees=self.allow_performance_fees
        )
        refuse(problems, code="NOT_READY")
        after = published(basket, asked, self.clock.now())
        self.baskets.save(after)
        return after

    def unpublish(self, caller: Creator, basket_id: str) -> Basket:
        """Nobody else finds it; its subscribers stay. Withdrawing what is not out changes nothing.

        Raises Forbidden ADMIN_ONLY.
        """
        basket = self._for_admin(caller, basket_id)
        if not basket.is_marketplace_enabled:
            return basket
        after = withdrawn(basket, self.clock.now())
        self.baskets.save(after)
        return after

    def _for_admin(self, caller: Creator, basket_id: str) -> Basket:
        basket = self._current(caller.user_id, basket_id)
        if not caller.is_admin:
            raise Forbidden("Only admins publish baskets.", code="ADMIN_ONLY")
        return basket

    def _current(self, user_id: str, basket_id: str) -> Basket:
        return changeable_basket(self.baskets.get(user_id, basket_id), basket_id)


def _require_nobody_elses(basket: Basket) -> None:
    if basket.is_marketplace_enabled:
        raise Conflict("The basket is published; withdraw it first.", code="PUBLISHED")
    if basket.subscriber_count:
        raise Conflict(
            f"The basket still has {basket.subscriber_count} subscribers.", code="HAS_SUBSCRIBERS"
        )
