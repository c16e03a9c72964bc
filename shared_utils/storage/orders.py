"""The order-history table. Its indexes hold keys only: an order's many writes stay cheap."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared_utils.domain.order_intents import account_prefix
from shared_utils.domain.orders import Order
from shared_utils.storage.clients import DynamoClient, Item
from shared_utils.storage.documents import decode, encode
from shared_utils.storage.keys import account_key, shard_key, shard_of, sharded
from shared_utils.storage.pages import Page
from shared_utils.storage.rows import Index, Rows, Where, to_item
from shared_utils.storage.writes import (
    MOST_PER_TRANSACTION,
    Write,
    WritesRefused,
    write_together,
)

_OF_EXECUTION = Index(None, "execution_id", "order_timestamp")
_BY_ID = Index("OrdersById", "order_id", keys_only=True)
_BY_USER = Index("OrdersByUser", "user_id", "order_timestamp", keys_only=True)
_BY_SYMBOL = Index("OrdersBySymbol", "option_symbol", "order_timestamp", keys_only=True)
_BY_ACCOUNT = Index("OrdersByBroker", "client_id", "order_timestamp", keys_only=True)
_BY_STRATEGY = Index("OrdersByStrategy", "strategy_id", "order_timestamp", keys_only=True)
_UNSETTLED = Index("UnsettledOrders", "unsettled", "unsettled_key", keys_only=True)
_UNSETTLED_STATUS = "UNSETTLED"


@dataclass(frozen=True, slots=True)
class Orders:
    client: DynamoClient
    table: str
    shard_count: int

    @property
    def _rows(self) -> Rows[Order]:
        return Rows(
            self.client,
            self.table,
            "order",
            ("execution_id", "order_timestamp"),
            self._to_item,
            _from_item,
        )

    def plan(self, orders: Sequence[Order]) -> int:
        """Write down intents, an account's together (at most 100 to a transaction).

        What is there already stays as it is, so planning twice is harmless. The number of those
        that were not there before.
        """
        by_account: dict[str, list[Write]] = {}
        for order in orders:
            account = account_key(order.user_id, order.client_id)
            by_account.setdefault(account, []).append(self._rows.write_of(order, expected=0))
        return sum(
            self._plan(writes[start : start + MOST_PER_TRANSACTION])
            for writes in by_account.values()
            for start in range(0, len(writes), MOST_PER_TRANSACTION)
        )

    def save(self, order: Order) -> None:
        """Stored version must be `order.version - 1`, else VersionMoved.

        A write whose answer was lost counts as ours only if the stored document is the very one we
        sent: for a claim that includes `claimed_by`, which must therefore be a fresh nonce.
        """
        self._rows.save(order)

    def get(self, execution_id: str, order_timestamp: str) -> Order | None:
        return self._rows.get(execution_id, order_timestamp)

    def by_id(self, order_id: str) -> Order | None:
        """Whoever it belongs to, as it is now; None for moments after it was planned."""
        return self._rows.first(Where(index=_BY_ID, partition=order_id))

    def of_execution(self, execution_id: str) -> tuple[Order, ...]:
        """All accounts' orders as they are now, in the order they were planned."""
        where = Where(index=_OF_EXECUTION, partition=execution_id, consistent=True)
        return self._rows.all(where)

    def of_account(
        self, execution_id: str, user_id: str, client_id: str, released_at: datetime
    ) -> tuple[Order, ...]:
        """One account's orders of an execution as they are now, without reading all others'."""
        where = Where(
            index=_OF_EXECUTION,
            partition=execution_id,
            sort=("begins_with", account_prefix(released_at, user_id, client_id)),
            consistent=True,
        )
        return _of(user_id, client_id, self._rows.all(where))

    def unsettled(self, shard: int) -> tuple[Order, ...]:
        """What a sweep has to look for, account by account. A row just written may be missing."""
        where = Where(index=_UNSETTLED, partition=shard_key(_UNSETTLED_STATUS, shard))
        return self._rows.all(where)

    def unsettled_of_account(self, user_id: str, client_id: str) -> tuple[Order, ...]:
        where = Where(
            index=_UNSETTLED,
            partition=shard_key(_UNSETTLED_STATUS, shard_of(user_id, self.shard_count)),
            sort=("begins_with", f"{account_key(user_id, client_id)}#"),
        )
        return self._rows.all(where)

    def unsettled_of_user(
        self, user_id: str, limit: int = 50, cursor: str | None = None
    ) -> Page[Order]:
        """What a sweep still looks for on all of the user's accounts, account by account."""
        where = Where(
            index=_UNSETTLED,
            partition=shard_key(_UNSETTLED_STATUS, shard_of(user_id, self.shard_count)),
            sort=("begins_with", f"{user_id}#"),
        )
        return self._rows.page(where, limit=limit, cursor=cursor)

    def for_user(self, user_id: str, limit: int = 50, cursor: str | None = None) -> Page[Order]:
        """Latest first."""
        where = Where(index=_BY_USER, partition=user_id, descending=True)
        return self._rows.page(where, limit=limit, cursor=cursor)

    def for_strategy(
        self, user_id: str, strategy_id: str, limit: int = 50, cursor: str | None = None
    ) -> Page[Order]:
        """The user's own orders of the strategy, latest first."""
        return self._page(_BY_STRATEGY, strategy_id, user_id, limit, cursor)

    def for_account(
        self, user_id: str, client_id: str, limit: int = 50, cursor: str | None = None
    ) -> Page[Order]:
        """Latest first."""
        return self._page(_BY_ACCOUNT, client_id, user_id, limit, cursor)

    def for_symbol(
        self, user_id: str, symbol: str, limit: int = 50, cursor: str | None = None
    ) -> Page[Order]:
        """The user's own orders of the contract, latest first."""
        return self._page(_BY_SYMBOL, symbol, user_id, limit, cursor)

    def _page(
        self, index: Index, partition: str, user_id: str, limit: int, cursor: str | None
    ) -> Page[Order]:
        where = Where(index=index, partition=partition, only={"user_id": user_id}, descending=True)
        return self._rows.page(where, limit=limit, cursor=cursor)

    def _plan(self, writes: Sequence[Write]) -> int:
        while writes:
            try:
                write_together(self.client, writes)
            except WritesRefused as refusal:
                there = set(refusal.refused)
                writes = [each for number, each in enumerate(writes) if number not in there]
                continue
            return len(writes)
        return 0

    def _to_item(self, order: Order) -> Item:
        watched = order.is_watched
        account = account_key(order.user_id, order.client_id)
        return to_item(
            {"execution_id": order.execution_id, "order_timestamp": order.order_timestamp},
            order.version,
            encode(order),
            user_id=order.user_id,
            option_symbol=order.contract.symbol,
            client_id=order.client_id,
            strategy_id=order.strategy_id,
            order_id=order.order_id,
            unsettled=(
                sharded(_UNSETTLED_STATUS, order.user_id, self.shard_count) if watched else None
            ),
            unsettled_key=f"{account}#{order.order_id}" if watched else None,
        )


def _of(user_id: str, client_id: str, orders: Iterable[Order]) -> tuple[Order, ...]:
    """Accounts may share a millisecond."""
    return tuple(each for each in orders if (each.user_id, each.client_id) == (user_id, client_id))


def order_of(image: Item) -> Order:
    """From a stream record's image."""
    return _from_item(image)


def _from_item(item: Item) -> Order:
    return decode(Order, item["doc"]["S"])
