"""The strategy-broker-allocations table."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared_utils.domain.allocations import StrategyBrokerAllocation
from shared_utils.storage.clients import DynamoClient, Item
from shared_utils.storage.documents import decode, encode
from shared_utils.storage.keys import account_key, number_key, time_key
from shared_utils.storage.pages import Page
from shared_utils.storage.rows import Index, Rows, Where, to_item
from shared_utils.storage.writes import Write, write_together

_MINE = Index(None, "user_id", "allocation_id")
_BY_ID = Index("AllocationsById", "allocation_id")
_BY_STRATEGY = Index("AllocationsByStrategy", "strategy_id", "priority")
_BY_ACCOUNT = Index("AllocationsByBroker", "client_id", "created_at")
_BY_BASKET = Index("AllocationsByBasket", "basket_id", "strategy_id")


@dataclass(frozen=True, slots=True)
class Allocations:
    """What accounts trade of strategies. An id derived from (strategy, user, account) makes
    `create` refuse the same account twice.
    """

    client: DynamoClient
    table: str
    shard_count: int = 1

    @property
    def _rows(self) -> Rows[StrategyBrokerAllocation]:
        return Rows(
            self.client,
            self.table,
            "broker allocation",
            ("user_id", "allocation_id"),
            _to_item,
            _from_item,
        )

    def get(self, user_id: str, allocation_id: str) -> StrategyBrokerAllocation | None:
        return self._rows.get(user_id, allocation_id)

    def by_id(self, allocation_id: str) -> StrategyBrokerAllocation | None:
        """Whoever it belongs to; may lag a write by moments."""
        return self._rows.first(Where(index=_BY_ID, partition=allocation_id))

    def of_strategy(self, strategy_id: str) -> tuple[StrategyBrokerAllocation, ...]:
        """The owner's and every subscriber's, by priority; may lag a write by moments."""
        return self._rows.all(Where(index=_BY_STRATEGY, partition=strategy_id))

    def of_strategy_for(
        self, user_id: str, strategy_id: str
    ) -> tuple[StrategyBrokerAllocation, ...]:
        """The user's own, by priority."""
        where = Where(index=_BY_STRATEGY, partition=strategy_id, only={"user_id": user_id})
        return self._rows.all(where)

    def of_strategy_now(
        self, user_id: str, strategy_id: str
    ) -> tuple[StrategyBrokerAllocation, ...]:
        """The user's own as they are now, found among all of his: for what must miss none."""
        return self._rows.all(self._among_mine(user_id, "strategy_id", strategy_id))

    def in_basket_now(self, user_id: str, basket_id: str) -> tuple[StrategyBrokerAllocation, ...]:
        """As `of_strategy_now`, of all strategies of a basket."""
        return self._rows.all(self._among_mine(user_id, "basket_id", basket_id))

    def of_account(
        self, user_id: str, client_id: str, limit: int = 50, cursor: str | None = None
    ) -> Page[StrategyBrokerAllocation]:
        """Oldest first."""
        where = Where(index=_BY_ACCOUNT, partition=account_key(user_id, client_id))
        return self._rows.page(where, limit=limit, cursor=cursor)

    def in_basket(
        self, user_id: str, basket_id: str, limit: int = 50, cursor: str | None = None
    ) -> Page[StrategyBrokerAllocation]:
        where = Where(index=_BY_BASKET, partition=basket_id, only={"user_id": user_id})
        return self._rows.page(where, limit=limit, cursor=cursor)

    def mine(
        self, user_id: str, limit: int = 50, cursor: str | None = None
    ) -> Page[StrategyBrokerAllocation]:
        where = Where(index=_MINE, partition=user_id, consistent=True)
        return self._rows.page(where, limit=limit, cursor=cursor)

    def create(self, allocation: StrategyBrokerAllocation) -> None:
        """Raises Conflict when it exists."""
        self._rows.create(allocation)

    def create_all(
        self, allocations: Sequence[StrategyBrokerAllocation], *, also: Sequence[Write] = ()
    ) -> None:
        """All or none, at most 100. Raises WritesRefused when one of them exists.

        `also` are writes that belong to it (their strategies' next versions); they come last.
        """
        writes = [self._rows.write_of(each, expected=0) for each in allocations]
        write_together(self.client, [*writes, *also])

    def save(self, allocation: StrategyBrokerAllocation) -> None:
        """Stored version must be `allocation.version - 1`, else VersionMoved."""
        self._rows.save(allocation)

    def delete(self, allocation: StrategyBrokerAllocation) -> None:
        self._rows.delete(allocation)

    def save_with(self, allocation: StrategyBrokerAllocation, *also: Write) -> None:
        """As `save`, in one transaction with what belongs to it."""
        write_together(self.client, [self._rows.write_of(allocation), *also])

    def delete_with(self, allocation: StrategyBrokerAllocation, *also: Write) -> None:
        """As `delete`, in one transaction with what belongs to it."""
        write_together(self.client, [self._rows.deletion_of(allocation), *also])

    def _among_mine(self, user_id: str, name: str, value: str) -> Where:
        return Where(index=_MINE, partition=user_id, only={name: value}, consistent=True)

    def saves_of(self, allocations: Sequence[StrategyBrokerAllocation]) -> tuple[Write, ...]:
        """To be made part of a transaction."""
        return tuple(self._rows.write_of(each) for each in allocations)

    def deletions_of(self, allocations: Sequence[StrategyBrokerAllocation]) -> tuple[Write, ...]:
        """To be made part of a transaction."""
        return tuple(self._rows.deletion_of(each) for each in allocations)


def _to_item(allocation: StrategyBrokerAllocation) -> Item:
    item = to_item(
        {"user_id": allocation.user_id, "allocation_id": allocation.allocation_id},
        allocation.version,
        encode(allocation),
        strategy_id=allocation.strategy_id,
        basket_id=allocation.basket_id,
        client_id=account_key(allocation.user_id, allocation.client_id),
        created_at=time_key(allocation.created_at),
    )
    item["priority"] = {"N": number_key(allocation.priority)}
    return item


def _from_item(item: Item) -> StrategyBrokerAllocation:
    return decode(StrategyBrokerAllocation, item["doc"]["S"])
