"""Browsing published baskets by the indexes that hold them, and no others.

An order that is spread over partitions (categories) is merged from all of them, the best of their
heads first. The cursor remembers the last basket taken from each partition.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from shared_utils.domain.baskets import (
    Basket,
    BasketCategory,
    CreatorType,
    Visibility,
    shown_to_others,
)
from shared_utils.domain.marketplace import BasketFilter, MarketplaceSort
from shared_utils.storage import pages
from shared_utils.storage.baskets import LISTED_STATUS, Baskets, basket_from
from shared_utils.storage.clients import DynamoClient, Item, Key
from shared_utils.storage.documents import encode
from shared_utils.storage.pages import Page
from shared_utils.storage.rows import Index, Rows, Where

_INDEXES = {
    MarketplaceSort.NEWEST: Index("MarketplaceBaskets", "visibility", "created_at"),
    MarketplaceSort.TOTAL_RETURN: Index("BasketsByCreatorType", "created_by_type", "total_return"),
    MarketplaceSort.SUBSCRIBERS: Index("BasketsByCategory", "category", "subscriber_count"),
    MarketplaceSort.SHARPE_RATIO: Index("BasketsByPerformance", "status", "sharpe_ratio"),
}
# What a filter leaves over may be little: a page looks at this many baskets for each it may hold.
_LOOKS_PER_ITEM = 8
_CURSOR_FIELDS = 4
_FIGURE = re.compile(r"-?\d{1,38}(\.\d{1,38})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ListedBaskets:
    """What the marketplace lists, as it was published; may lag a write by moments."""

    client: DynamoClient
    table: str

    def page(
        self,
        sort: MarketplaceSort,
        wanted: BasketFilter,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Basket]:
        """The best first. A page may be shorter than `limit` and still have a next one.

        Raises InvalidInput for a limit or cursor that this list never gave.
        """
        limit = pages.checked_limit(limit)
        partitions = self._partitions(sort, wanted.category)
        digest = pages.query_digest(self.table, sort, partitions, encode(wanted))
        starts = _starts(digest, cursor, sort, partitions) if cursor else {}
        heads = [
            self._stream(sort, partition, len(partitions), limit, starts.get(number))
            for number, partition in enumerate(partitions)
        ]
        found: list[Basket] = []
        for looks in range(limit * _LOOKS_PER_ITEM, 0, -1):
            best = _best(heads, looks) if len(found) < limit else None
            if best is None:
                break
            basket = shown_to_others(basket_from(best.take()))
            if wanted.keeps(basket):
                found.append(basket)
        more = _best(heads, 0) is not None
        return Page(tuple(found), _cursor(digest, heads) if more else None)

    def _partitions(
        self, sort: MarketplaceSort, category: BasketCategory | None
    ) -> tuple[str, ...]:
        match sort:
            case MarketplaceSort.NEWEST:
                return (Visibility.PUBLIC.value,)
            case MarketplaceSort.TOTAL_RETURN:
                return (CreatorType.ADMIN.value,)
            case MarketplaceSort.SUBSCRIBERS:
                return tuple(each.value for each in ([category] if category else BasketCategory))
            case MarketplaceSort.SHARPE_RATIO:
                return (LISTED_STATUS,)

    def _stream(
        self,
        sort: MarketplaceSort,
        partition: str,
        partitions: int,
        limit: int,
        start: tuple[str, ...] | None,
    ) -> "_Stream":
        rows = Baskets(self.client, self.table).rows
        where = Where(index=_INDEXES[sort], partition=partition, descending=True)
        # One more than a fair share: whether there is a next page is known without another read.
        stream = _Stream(rows, where, portion=limit // partitions + 1)
        if start is not None:
            stream.begin_after(start)
        return stream


@dataclass(slots=True)
class _Stream:
    """One partition from its highest sort value down. Each portion read is twice the one before:
    a filter that keeps little is walked in few requests.
    """

    rows: Rows[Basket]
    where: Where
    portion: int
    waiting: list[Item] = field(default_factory=list)
    next_key: Key | None = None
    ended: bool = False
    taken: tuple[str, ...] | None = None

    @property
    def sort_name(self) -> str:
        return self.where.index.sort or ""

    @property
    def _kind(self) -> str:
        return "S" if self.sort_name == "created_at" else "N"

    def begin_after(self, taken: tuple[str, ...]) -> None:
        self.taken = taken
        value, user_id, basket_id = taken
        self.next_key = {
            self.where.index.partition: {"S": self.where.partition},
            self.sort_name: {self._kind: value},
            "user_id": {"S": user_id},
            "basket_id": {"S": basket_id},
        }

    def head(self, share: int) -> Decimal | str | None:
        """The sort value of what comes next; None at the end. Reads `share` and one at most."""
        while not self.waiting and not self.ended:
            portion = min(self.portion, share + 1)
            items, self.next_key = self.rows.portion(self.where, portion, self.next_key)
            self.waiting, self.ended = items[::-1], self.next_key is None
            self.portion *= 2
        if not self.waiting:
            return None
        value = self.waiting[-1][self.sort_name]
        return Decimal(value["N"]) if "N" in value else str(value["S"])

    def take(self) -> Item:
        item = self.waiting.pop()
        value = str(item[self.sort_name][self._kind])
        self.taken = (value, str(item["user_id"]["S"]), str(item["basket_id"]["S"]))
        return item


def _best(streams: Sequence[_Stream], looks: int) -> _Stream | None:
    """The stream whose next is the highest; the first of equals. `looks`: so many may be taken."""
    best: _Stream | None = None
    highest: Decimal | str | None = None
    for stream in streams:
        head = stream.head(looks // len(streams))
        if head is not None and (highest is None or head > highest):  # type: ignore[operator]  # one index, one type
            best, highest = stream, head
    return best


def _cursor(digest: str, streams: Sequence[_Stream]) -> str:
    lines = [
        "|".join((str(number), *stream.taken))
        for number, stream in enumerate(streams)
        if stream.taken is not None
    ]
    return pages.to_cursor(digest, {"taken": {"S": "\n".join(lines)}})


def _starts(
    digest: str, cursor: str, sort: MarketplaceSort, partitions: Sequence[str]
) -> Mapping[int, tuple[str, ...]]:
    """By the partition's number. Raises InvalidInput for what no such list has returned."""
    key = pages.from_cursor(digest, cursor, frozenset({"taken"}))
    found = {}
    for line in key["taken"].get("S", "").split("\n"):
        number, *taken = line.split("|")
        known = number.isdecimal() and number.isascii() and int(number) < len(partitions)
        if not known or len(taken) != _CURSOR_FIELDS - 1 or not all(taken):
            raise pages.cursor_refused()
        if sort is not MarketplaceSort.NEWEST and not _FIGURE.fullmatch(taken[0]):
            raise pages.cursor_refused()
        found[int(number)] = tuple(taken)
    return found
