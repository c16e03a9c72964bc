"""The options-strategies table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from shared_utils.domain.baskets import Basket
from shared_utils.domain.strategies import Strategy, StrategyStatus
from shared_utils.storage.baskets import Baskets, with_counts
from shared_utils.storage.clients import DynamoClient, Item
from shared_utils.storage.documents import decode, encode
from shared_utils.storage.keys import number_key, shard_key, sharded, time_key, time_of
from shared_utils.storage.pages import Page
from shared_utils.storage.rows import Index, Rows, Where, to_item
from shared_utils.storage.writes import Write, write_together

_MINE = Index(None, "user_id", "strategy_id")
_BY_ID = Index("StrategiesById", "strategy_id", keys_only=True)
_BY_BASKET = Index("StrategiesByBasket", "basket_id", "created_at")
_DUE = Index("ActiveStrategiesForExecution", "status", "next_execution", keys_only=True)


# What may have something scheduled.
WAITING = (StrategyStatus.ACTIVE, StrategyStatus.PAUSED)


class DueStrategy(NamedTuple):
    """What the index alone tells; the strategy itself is read by whoever claims it."""

    user_id: str
    strategy_id: str
    next_execution: datetime


@dataclass(frozen=True, slots=True)
class Strategies:
    """Strategies of their owners. `baskets_table` is needed where their number in a basket changes:
    strategy and basket are then one transaction, so that a basket's limit holds.
    """

    client: DynamoClient
    table: str
    shard_count: int
    baskets_table: str = ""

    @property
    def _rows(self) -> Rows[Strategy]:
        return Rows(
            self.client,
            self.table,
            "strategy",
            ("user_id", "strategy_id"),
            self._to_item,
            _from_item,
        )

    def get(self, user_id: str, strategy_id: str) -> Strategy | None:
        return self._rows.get(user_id, strategy_id)

    def by_id(self, strategy_id: str) -> Strategy | None:
        """Whoever it belongs to; may lag a write by moments."""
        return self._rows.first(Where(index=_BY_ID, partition=strategy_id))

    def mine(self, user_id: str, limit: int = 50, cursor: str | None = None) -> Page[Strategy]:
        where = Where(index=_MINE, partition=user_id, consistent=True)
        return self._rows.page(where, limit=limit, cursor=cursor)

    def in_basket(
        self, user_id: str, basket_id: str, limit: int = 50, cursor: str | None = None
    ) -> Page[Strategy]:
        """Oldest first; empty for a basket that is not the user's."""
        where = Where(index=_BY_BASKET, partition=basket_id, only={"user_id": user_id})
        return self._rows.page(where, limit=limit, cursor=cursor)

    def all_in_basket(self, user_id: str, basket_id: str) -> tuple[Strategy, ...]:
        """Each as it is now. Which there are may lag by moments: who must have all of them compares
        with the basket's count.
        """
        where = Where(index=_BY_BASKET, partition=basket_id, only={"user_id": user_id})
        found = list(self._rows.items(where))
        return self._rows.many([(user_id, each["strategy_id"]["S"]) for each in found])

    def due(self, shard: int, until: datetime) -> list[DueStrategy]:
        """Strategies of the shard whose next execution is at `until` or before it: the active
        ones, and the paused ones that still have an exit to come.
        """
        return [
            DueStrategy(
                item["user_id"]["S"],
                item["strategy_id"]["S"],
                time_of(item["next_execution"]["S"]),
            )
            for status in WAITING
            for item in self._rows.items(
                Where(index=_DUE, partition=shard_key(status, shard), sort=("<=", time_key(until)))
            )
        ]

    def create(self, strategy: Strategy, basket_before: Basket) -> None:
        """With the basket's counts and version, in one transaction.

        Raises VersionMoved when the basket is no longer `basket_before`.
        """
        after = with_counts(
            basket_before, strategies=1, active=_active(strategy), at=strategy.updated_at
        )
        self._together(self._rows.write_of(strategy, expected=0), after)

    def save(self, strategy: Strategy) -> None:
        """Stored version must be `strategy.version - 1`, else VersionMoved."""
        self._rows.save(strategy)

    def save_with_status(self, before: Strategy, after: Strategy, basket_before: Basket) -> None:
        """A save that may change how many strategies of the basket are active."""
        counted = with_counts(
            basket_before,
            strategies=0,
            active=_active(after) - _active(before),
            at=after.updated_at,
        )
        self._together(self._rows.write_of(after), counted)

    def delete(
        self,
        strategy: Strategy,
        basket_before: Basket,
        *,
        at: datetime,
        also: Sequence[Write] = (),
    ) -> None:
        """As it is given; `also` are writes that belong to it, such as its allocations' end."""
        after = with_counts(basket_before, strategies=-1, active=-_active(strategy), at=at)
        self._together(self._rows.deletion_of(strategy), after, *also)

    def write_of(self, strategy: Strategy) -> Write:
        """The save, to be made part of a transaction."""
        return self._rows.write_of(strategy)

    def deletion_of(self, strategy: Strategy) -> Write:
        """To be made part of a transaction that counts it in its basket."""
        return self._rows.deletion_of(strategy)

    def _together(self, write: Write, basket_after: Basket, *also: Write) -> None:
        baskets = Baskets(self.client, self.baskets_table)
        write_together(self.client, [write, baskets.write_of(basket_after), *also])

    def _to_item(self, strategy: Strategy) -> Item:
        waits = strategy.status in WAITING and strategy.next_execution is not None
        item = to_item(
            {"user_id": strategy.user_id, "strategy_id": strategy.strategy_id},
            strategy.version,
            encode(strategy),
            basket_id=strategy.basket_id,
            created_at=time_key(strategy.created_at),
            updated_at=time_key(strategy.updated_at),
            strategy_type=strategy.strategy_type,
            status=_status_key(strategy, self.shard_count) if waits else strategy.status,
            next_execution=(
                time_key(strategy.next_execution) if waits and strategy.next_execution else None
            ),
        )
        item["total_pnl"] = {"N": number_key(strategy.performance_metrics.total_pnl)}
        return item


def _status_key(strategy: Strategy, shard_count: int) -> str:
    return sharded(strategy.status, strategy.strategy_id, shard_count)


def _active(strategy: Strategy) -> int:
    return 1 if strategy.status is StrategyStatus.ACTIVE else 0


def _from_item(item: Item) -> Strategy:
    return decode(Strategy, item["doc"]["S"])
