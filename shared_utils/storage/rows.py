"""Reading rows of one table as domain objects: one, many in order, a page, or a whole partition."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from shared_utils.domain.errors import Unavailable
from shared_utils.storage import pages
from shared_utils.storage.clients import DynamoClient, Item, Key
from shared_utils.storage.faults import CALL_FAULTS, is_malformed, reading
from shared_utils.storage.pages import Page
from shared_utils.storage.writes import Write, stored_item, version_of, write

T = TypeVar("T")

_MOST_PER_BATCH = 100
_BATCH_ROUNDS = 8
# A filter may leave little of what was read: a page gives up filling itself after this many reads.
_PAGE_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Index:
    """`name` None is the table itself. A KEYS_ONLY index is followed by reads of the rows."""

    name: str | None
    partition: str
    sort: str | None = None
    keys_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """One partition of an index; `sort` is one of (=, <=, begins_with) and its value.

    `only` keeps rows whose attributes equal these values; it is applied after reading: by the
    database, or by us where the index holds nothing but keys.
    """

    index: Index
    partition: str
    sort: tuple[str, str] | None = None
    only: Mapping[str, str] = field(default_factory=dict)
    descending: bool = False
    consistent: bool = False


@dataclass(frozen=True, slots=True)
class Rows(Generic[T]):
    """A table seen as `T`s. `keys` are its key attributes; `to_item` gives keys, index attributes,
    version and doc; `what` is the trader's word for a row.
    """

    client: DynamoClient
    table: str
    what: str
    keys: tuple[str, ...]
    to_item: Callable[[T], Item]
    from_item: Callable[[Item], T]

    def key(self, *values: str) -> Key:
        return {name: {"S": value} for name, value in zip(self.keys, values, strict=True)}

    # -- reading

    def get(self, *key: str) -> T | None:
        """The row as it is now, or None."""
        item = stored_item(self.client, self.table, self.key(*key))
        return None if item is None else self.from_item(item)

    def page(self, where: Where, *, limit: int, cursor: str | None) -> Page[T]:
        """Raises InvalidInput for a limit or cursor that this list never gave."""
        wanted = pages.checked_limit(limit)
        digest = self._digest(where)
        start = pages.from_cursor(digest, cursor, self._stop_names(where)) if cursor else None
        items: list[Item] = []
        for _ in range(_PAGE_ROUNDS):
            answer = self._part(where, wanted - len(items), start)
            items += self._full(where, answer["Items"])
            start = answer.get("LastEvaluatedKey")
            if start is None or len(items) >= wanted:
                break
        next_cursor = None if start is None else pages.to_cursor(digest, start)
        return Page(tuple(map(self.from_item, items)), next_cursor)

    def all(self, where: Where) -> tuple[T, ...]:
        """The whole partition."""
        return tuple(map(self.from_item, self._full(where, list(self.items(where)))))

    def portion(self, where: Where, limit: int, start: Key | None) -> tuple[list[Item], Key | None]:
        """Up to `limit` raw items after `start`, and where to go on; for merging partitions.

        Raises InvalidInput for a `start` that is no place in this partition.
        """
        answer = self._part(where, limit, start)
        return answer["Items"], answer.get("LastEvaluatedKey")

    def first(self, where: Where) -> T | None:
        """The one row of an index by id."""
        answer = self._query(where, limit=None, start=None)
        items = self._full(where, answer["Items"][:1])
        return self.from_item(items[0]) if items else None

    def many(self, keys: Sequence[tuple[str, ...]]) -> tuple[T, ...]:
        """The rows as they are now, in the order of their keys; what is gone is left out."""
        items = self._many([self.key(*each) for each in dict.fromkeys(keys)])
        return tuple(map(self.from_item, items))

    def items(self, where: Where) -> Iterator[Item]:
        """The raw items of an index, for what its keys alone tell."""
        start = None
        while True:
            answer = self._query(where, limit=None, start=start)
            yield from answer["Items"]
            start = answer.get("LastEvaluatedKey")
            if start is None:
                return

    # -- writing

    def create(self, row: T) -> None:
        """Raises Conflict when it exists."""
        write(self.client, self.write_of(row, expected=0))

    def save(self, row: T) -> None:
        """Over the version before this one. Raises VersionMoved when that is not what is stored."""
        write(self.client, self.write_of(row))

    def delete(self, row: T) -> None:
        """If it is stored as it is given."""
        write(self.client, self.deletion_of(row))

    def write_of(self, row: T, *, expected: int | None = None) -> Write:
        item = self.to_item(row)
        before = version_of(item) - 1 if expected is None else expected
        key = {name: item[name] for name in self.keys}
        return Write(table=self.table, key=key, expected=before, what=self.what, item=item)

    def deletion_of(self, row: T) -> Write:
        item = self.to_item(row)
        key = {name: item[name] for name in self.keys}
        return Write(table=self.table, key=key, expected=version_of(item), what=self.what)

    # -- below

    def _full(self, where: Where, items: list[Item]) -> list[Item]:
        """The rows behind an index's items, in their order."""
        if not where.index.keys_only:
            return items
        return [
            row
            for row in self._many([{name: item[name] for name in self.keys} for item in items])
            if all(row.get(name) == {"S": value} for name, value in where.only.items())
        ]

    def _many(self, keys: Sequence[Key]) -> list[Item]:
        """In the order of their keys, read consistently; what is gone meanwhile is left out."""
        found = {}
        for start in range(0, len(keys), _MOST_PER_BATCH):
            for item in self._batch(list(keys[start : start + _MOST_PER_BATCH])):
                found[self._identity(item)] = item
        return [found[each] for each in map(self._identity, keys) if each in found]

    def _identity(self, item: Item) -> tuple[str, ...]:
        return tuple(item[name]["S"] for name in self.keys)

    def _batch(self, keys: list[Key]) -> Iterator[Item]:
        request: dict[str, Any] = {self.table: {"Keys": keys, "ConsistentRead": True}}
        for _ in range(_BATCH_ROUNDS):
            with reading():
                answer = self.client.batch_get_item(RequestItems=request)
            yield from answer["Responses"].get(self.table, ())
            request = answer.get("UnprocessedKeys") or {}
            if not request:
                return
        raise Unavailable("The database is too busy to read; nothing was changed.")

    def _part(self, where: Where, limit: int, start: Key | None) -> Any:
        try:
            return self._query(where, limit=limit, start=start)
        except CALL_FAULTS as error:
            if start is not None and is_malformed(error):
                # The digest is no secret: a cursor may be forged, but it leads nowhere else.
                raise pages.cursor_refused() from error
            raise

    def _query(self, where: Where, *, limit: int | None, start: Key | None) -> Any:
        names = {"#p": where.index.partition}
        values = {":p": {"S": where.partition}}
        request: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "#p = :p" + _sort_condition(where, names, values),
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
            "ScanIndexForward": not where.descending,
        }
        if where.index.name is not None:
            request["IndexName"] = where.index.name
        if where.consistent:
            request["ConsistentRead"] = True
        if where.only and not where.index.keys_only:
            request["FilterExpression"] = _filter(where, names, values)
        if limit is not None:
            request["Limit"] = limit
        if start is not None:
            request["ExclusiveStartKey"] = start
        with reading():
            return self.client.query(**request)

    def _stop_names(self, where: Where) -> frozenset[str]:
        index = (where.index.partition, where.index.sort)
        return frozenset({*self.keys, *(name for name in index if name is not None)})

    def _digest(self, where: Where) -> str:
        return pages.query_digest(
            self.table,
            where.index.name,
            where.partition,
            where.sort,
            sorted(where.only.items()),
            where.descending,
        )


def _sort_condition(where: Where, names: dict[str, str], values: dict[str, Any]) -> str:
    if where.sort is None or where.index.sort is None:
        return ""
    operator, value = where.sort
    names["#s"], values[":s"] = where.index.sort, {"S": value}
    if operator == "begins_with":
        return " AND begins_with(#s, :s)"
    return f" AND #s {operator} :s"


def _filter(where: Where, names: dict[str, str], values: dict[str, Any]) -> str:
    terms = []
    for number, (name, value) in enumerate(where.only.items()):
        names[f"#f{number}"], values[f":f{number}"] = name, {"S": value}
        terms.append(f"#f{number} = :f{number}")
    return " AND ".join(terms)


def to_item(keys: Mapping[str, str], version: int, doc: str, **index: str | None) -> Item:
    """Text attributes (None is left out), `version` and `doc`."""
    item: Item = {name: {"S": value} for name, value in keys.items()}
    item |= {name: {"S": value} for name, value in index.items() if value is not None}
    item["version"] = {"N": str(version)}
    item["doc"] = {"S": doc}
    return item
