"""The market-data-cache table: what the market showed lately, and whose session shows it to us."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from shared_utils.storage.clients import DynamoClient, Item
from shared_utils.storage.documents import decode, encode
from shared_utils.storage.faults import CALL_FAULTS, fault_of, maybe_written
from shared_utils.storage.keys import time_key
from shared_utils.storage.rows import Index, Rows, Where, to_item
from shared_utils.storage.writes import Write, stored_item, version_of, write_together

T = TypeVar("T")

_OF_SYMBOL = Index(None, "underlying_symbol", "data_timestamp")
_FEEDS = "FEEDS"
# A minute has a handful of chains of one index; one that is missing may be in the minute before.
_LAST_FEW = 16


class FeedAccount(NamedTuple):
    """A broker account whose session may be used to read quotes; priority 1 is asked first."""

    priority: int
    user_id: str
    client_id: str


@dataclass(frozen=True, slots=True)
class MarketCache:
    client: DynamoClient
    table: str
    shard_count: int = 1

    @property
    def _rows(self) -> Rows[Item]:
        return Rows(
            self.client,
            self.table,
            "market data",
            ("underlying_symbol", "data_timestamp"),
            lambda item: item,
            lambda item: item,
        )

    def put(
        self,
        symbol: str,
        stamp: str,
        value: Any,
        *,
        data_type: str | None,
        at: datetime,
        expires_at: datetime,
    ) -> None:
        """Keep `value` under (symbol, stamp); the last writer wins, as the market does.

        With a `data_type` it is also found through the index DataByType. `at` is market time;
        `expires_at` is the wall clock's, for the table's TTL.
        """
        item = to_item(
            {"underlying_symbol": symbol, "data_timestamp": stamp},
            1,
            encode(value),
            data_type=data_type,
            timestamp=time_key(at),
        )
        item["ttl"] = {"N": str(int(expires_at.timestamp()))}
        try:
            self.client.put_item(TableName=self.table, Item=item)
        except CALL_FAULTS as error:
            fault_of(error)
            raise maybe_written() from error

    def get(self, cls: type[T], symbol: str, stamp: str, *, wall_now: datetime) -> T | None:
        """What was kept, unless it has expired: TTL deletes hours late (decisions 18)."""
        item = stored_item(self.client, self.table, self._rows.key(symbol, stamp))
        if item is None or has_expired(item, wall_now):
            return None
        return decode(cls, item["doc"]["S"])

    def latest(self, cls: type[T], symbol: str, prefix: str, *, wall_now: datetime) -> T | None:
        """Of what was kept under stamps that begin with `prefix`, the greatest stamp's."""
        where = Where(
            index=_OF_SYMBOL, partition=symbol, sort=("begins_with", prefix), descending=True
        )
        for item in self._rows.items(where):
            if not has_expired(item, wall_now):
                return decode(cls, item["doc"]["S"])
        return None

    def newest(
        self, cls: type[T], symbol: str, *, up_to: str, ending: str, wall_now: datetime
    ) -> T | None:
        """Of what was kept under stamps up to `up_to` that end so, the greatest stamp's; looked for
        among the last few.
        """
        where = Where(index=_OF_SYMBOL, partition=symbol, sort=("<=", up_to), descending=True)
        items, _ = self._rows.portion(where, _LAST_FEW, None)
        for item in items:
            is_meant = item["data_timestamp"]["S"].endswith(ending)
            if is_meant and not has_expired(item, wall_now):
                return decode(cls, item["doc"]["S"])
        return None

    def kept(self, cls: type[T], symbol: str, *, wall_now: datetime) -> tuple[T, ...]:
        """All that was kept under the symbol, by rising stamp, without what has expired."""
        items = self._rows.items(Where(index=_OF_SYMBOL, partition=symbol))
        return tuple(
            decode(cls, item["doc"]["S"]) for item in items if not has_expired(item, wall_now)
        )

    def feeds(self) -> tuple[FeedAccount, ...]:
        """In the order they are to be asked."""
        where = Where(index=_OF_SYMBOL, partition=_FEEDS, consistent=True)
        return tuple(_feed_of(item) for item in self._rows.items(where))

    def set_feeds(self, feeds: Sequence[FeedAccount]) -> None:
        """Exactly these, in one transaction. Raises VersionMoved when somebody else sets them."""
        where = Where(index=_OF_SYMBOL, partition=_FEEDS, consistent=True)
        before = {item["data_timestamp"]["S"]: item for item in self._rows.items(where)}
        after = {_feed_stamp(feed): feed for feed in feeds}
        writes = [
            self._feed_write(stamp, version_of(item), None)
            for stamp, item in before.items()
            if stamp not in after
        ]
        writes += [
            self._feed_write(stamp, 0, feed) for stamp, feed in after.items() if stamp not in before
        ]
        if writes:
            write_together(self.client, writes)

    def _feed_write(self, stamp: str, expected: int, feed: FeedAccount | None) -> Write:
        key = {"underlying_symbol": _FEEDS, "data_timestamp": stamp}
        return Write(
            table=self.table,
            key=self._rows.key(_FEEDS, stamp),
            expected=expected,
            what="feed account",
            item=None if feed is None else to_item(key, 1, encode(feed)),
        )


def _feed_stamp(feed: FeedAccount) -> str:
    return f"{feed.priority:03d}#{feed.user_id}#{feed.client_id}"


def _feed_of(item: Item) -> FeedAccount:
    return decode(FeedAccount, item["doc"]["S"])


def has_expired(item: Item, wall_now: datetime) -> bool:
    """TTL deletes hours late (decisions 18)."""
    return "ttl" in item and int(item["ttl"]["N"]) <= wall_now.timestamp()
