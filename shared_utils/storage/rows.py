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

    `only` keeps rows whose attributes equal these values; it is applied after reading.
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

    def many(self, keys: Sequence[Key], *, consistent: bool = True) -> tuple[T, ...]:
        """The rows in the order of their keys; what does not exist is left out."""
        distinct = {_identity(key): key for key in keys}
        found: dict[tuple[str, ...], Item] = {}
        remaining = list(distinct.values())
        for start in range(0, len(remaining), _MOST_PER_BATCH):
            for item in self._batch(remaining[start : start + _MOST_PER_BATCH], consistent):
                found[tuple(item[name]["S"] for name in self.keys)] = item
        ordered = (found.get(tuple(key[name]["S"] for name in self.keys)) for key in keys)
        return tuple(self.from_item(item) for item in ordered if item is not None)

    def page(self, where: Where, *, limit: int, cursor: str | None) -> Page[T]:
        """Raises InvalidInput for a limit or cursor that this list never gave."""
        wanted = pages.checked_limit(limit)
        digest = self._digest(where)
        start = pages.from_cursor(digest, cursor, self._stop_names(where)) if cursor else None
        items: list[Item] = []
        for _ in range(_PAGE_ROUNDS):
            answer = self._part(where, wanted - len(items), start)
            items += answer["Items"]
            start = answer.get("LastEvaluatedKey")
            if start is None or len(items) >= wanted:
                break
        next_cursor = None if start is None else pages.to_cursor(digest, start)
        return Page(self._rows_of(where.index, items), next_cursor)

    def all(self, where: Where) -> tuple[T, ...]:
        """The whole partition."""
        return self._rows_of(where.index, list(self.items(where)))

    def first(self, where: Where) -> T | None:
        """The one row of an index by id."""
        answer = self._query(where, limit=None, start=None)
        rows = self._rows_of(where.index, answer["Items"][:1])
        return rows[0] if rows else None

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

    def _rows_of(self, index: Index, items: Sequence[Item]) -> tuple[T, ...]:
        if index.keys_only:
            return self.many([{name: item[name] for name in self.keys} for item in items])
        return tuple(self.from_item(item) for item in items)

    def _batch(self, keys: list[Key], consistent: bool) -> Iterator[Item]:
        request: dict[str, Any] = {self.table: {"Keys": keys, "ConsistentRead": consistent}}
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
        if where.only:
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


def _identity(key: Key) -> tuple[str, ...]:
    return tuple(value["S"] for value in key.values())


def to_item(keys: Mapping[str, str], version: int, doc: str, **index: str | None) -> Item:
    """Text attributes (None is left out), `version` and `doc`."""
    item: Item = {name: {"S": value} for name, value in keys.items()}
    item |= {name: {"S": value} for name, value in index.items() if value is not None}
    item["version"] = {"N": str(version)}
    item["doc"] = {"S": doc}
    return item
