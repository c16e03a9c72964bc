"""What a trader does with his baskets."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lambda_functions.options_platform.basket_manager.basket_edits import (
    BasketChanges,
    BasketSpec,
    Creator,
    changed,
    new_basket,
)
from lambda_functions.options_platform.basket_manager.basket_ends import BasketEnd, end_of
from lambda_functions.options_platform.basket_manager.publishing import (
    Publication,
    publication_problems,
    published,
    withdrawn,
)
from shared_utils.api.errors import refuse
from shared_utils.clock import Clock
from shared_utils.domain.basket_versions import BasketVersion, next_version
from shared_utils.domain.baskets import Basket, changeable_basket
from shared_utils.domain.errors import Conflict, Forbidden, VersionMoved
from shared_utils.domain.ids import Kind
from shared_utils.domain.strategies import Strategy
from shared_utils.domain.version_differences import differences
from shared_utils.storage.allocations import Allocations
from shared_utils.storage.attempts import SeenVersionMoved, persist
from shared_utils.storage.basket_versions import BasketVersions
from shared_utils.storage.baskets import Baskets
from shared_utils.storage.strategies import Strategies
from shared_utils.storage.trading_records import TradingRecords
from shared_utils.storage.writes import Write, write_together


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketService:
    baskets: Baskets
    strategies: Strategies
    allocations: Allocations
    records: TradingRecords
    versions: BasketVersions
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
        """The basket with all that it holds, in one transaction: strategies that never ran go with
        their allocations, those that did are archived, and the basket with them.

        Raises Conflict PUBLISHED or HAS_SUBSCRIBERS while it is others' business too, and
        STRATEGY_ACTIVE, EXECUTION_UNDER_WAY, OPEN_POSITIONS or TOO_MANY_AT_ONCE; Unavailable
        POSITIONS_UNKNOWN. What is added in the same moment moves a version: VersionMoved, and no
        second try, which would take away what the caller has not seen.
        """
        basket = self._current(user_id, basket_id)
        _require_nobody_elses(basket)
        allocations = self.allocations.in_basket_now(user_id, basket_id)
        held = self._held(basket)
        end = end_of(basket, held, allocations, self.records.of, self.clock.now())
        write_together(self.baskets.client, self._writes_of(basket, end))

    def _held(self, basket: Basket) -> tuple[Strategy, ...]:
        """All of them, as they are now; the basket's count tells when the index lags."""
        held = self.strategies.all_in_basket(basket.user_id, basket.basket_id)
        if len(held) != basket.strategy_count:
            raise VersionMoved("The basket's strategies are just changing; try again.")
        return tuple(sorted(held, key=lambda strategy: strategy.strategy_number))

    def _writes_of(self, basket: Basket, end: BasketEnd) -> tuple[Write, ...]:
        after = end.basket_after
        return (
            self.baskets.deletion_of(basket) if after is None else self.baskets.write_of(after),
            *(self.strategies.write_of(each) for each in end.archived),
            *(self.strategies.deletion_of(each) for each in end.deleted),
            *self.allocations.deletions_of(end.allocations),
        )

    def publish(self, caller: Creator, basket_id: str, asked: Publication) -> Basket:
        """As its owner has it now, for others to find and subscribe to. Publishing again makes a
        new version if anything a subscriber consented to differs, and changes visibility and terms.

        Raises Forbidden ADMIN_ONLY, RuleBroken NOT_READY with every problem, VersionMoved.
        """

        def attempt() -> Basket:
            basket = self._for_admin(caller, basket_id)
            if asked.version not in {None, basket.version}:
                raise SeenVersionMoved("The basket was changed meanwhile; read it again.")
            strategies = self._held(basket)
            problems = publication_problems(
                basket, strategies, asked, allow_performance_fees=self.allow_performance_fees
            )
            refuse(problems, code="NOT_READY")
            now = self.clock.now()
            latest = self._latest(basket)
            drafted = next_version(basket, strategies, asked.subscription_config, now)
            if latest is not None and not differences(latest, drafted):
                after = published(basket, asked, latest.head, now)
                self.baskets.save(after)
                return after
            after = published(basket, asked, drafted.head, now)
            self.versions.create(drafted, self.baskets.write_of(after))
            return after

        return persist(attempt)

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

    def _latest(self, basket: Basket) -> BasketVersion | None:
        number = basket.published_version
        return None if number is None else self.versions.get(basket.basket_id, number)

    def _current(self, user_id: str, basket_id: str) -> Basket:
        return changeable_basket(self.baskets.get(user_id, basket_id), basket_id)


def _require_nobody_elses(basket: Basket) -> None:
    if basket.is_marketplace_enabled:
        raise Conflict("The basket is published; withdraw it first.", code="PUBLISHED")
    if basket.subscriber_count:
        raise Conflict(
            f"The basket still has {basket.subscriber_count} subscribers.", code="HAS_SUBSCRIBERS"
        )
