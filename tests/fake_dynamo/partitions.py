"""One table's rows and its indexes' entries, each partition sorted."""

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from typing import Any

from cdk_stack.table_schemas import IndexSchema, TableSchema, attribute_type
from tests.fake_dynamo.capacity import LARGEST_ITEM_BYTES, size_of, write_units
from tests.fake_dynamo.expressions import Item, order_of
from tests.fake_dynamo.faults import invalid

RowKey = tuple[str, str]
# Sorts before every other sort key: where a partition's slice begins.
_Entry = tuple[Any, RowKey]


@dataclass(slots=True)
class Partitions:
    """Entries of a table or an index: by partition, sorted by sort key, then by the row's key."""

    partition_key: str
    sort_key: str | None
    keys_only: bool = False
    entries: dict[str, list[_Entry]] = field(default_factory=dict)
    items: dict[RowKey, Item] = field(default_factory=dict)

    def place_of(self, item: Item) -> tuple[str, Any] | None:
        """Partition and sort value; None when the item has no place here (a sparse index)."""
        partition = item.get(self.partition_key)
        if partition is None:
            return None
        if self.sort_key is None:
            return partition["S"], ""
        sort = item.get(self.sort_key)
        return None if sort is None else (partition["S"], order_of(sort))

    def replace(self, row: RowKey, item: Item | None) -> None:
        before = self.items.pop(row, None)
        old = self.place_of(before) if before is not None else None
        new = self.place_of(item) if item is not None else None
        if old is not None and old != new:
            entries = self.entries[old[0]]
            del entries[bisect_left(entries, (old[1], row))]
        if new is not None and item is not None:
            self.items[row] = item
            if old != new:
                insort(self.entries.setdefault(new[0], []), (new[1], row))


@dataclass(slots=True)
class Table:
    """Rows are immutable once stored: a change stores another dictionary."""

    name: str
    schema: TableSchema
    rows: Partitions = field(init=False)
    # What an eventually consistent read of the table sees: it lags with the indexes.
    seen: Partitions = field(init=False)
    indexes: dict[str, Partitions] = field(init=False)
    index_keys: tuple[str, ...] = field(init=False)
    held: list[tuple[RowKey, Item | None]] | None = None

    def __post_init__(self) -> None:
        self.rows = Partitions(self.schema.partition_key, self.schema.sort_key)
        self.seen = Partitions(self.schema.partition_key, self.schema.sort_key)
        self.indexes = {index.name: self._index(index) for index in self.schema.indexes}
        keys = {
            key
            for index in self.schema.indexes
            for key in (index.partition_key, index.sort_key)
            if key is not None
        }
        self.index_keys = tuple(sorted(keys))

    def _index(self, index: IndexSchema) -> Partitions:
        return Partitions(index.partition_key, index.sort_key, index.keys_only)

    @property
    def key_names(self) -> tuple[str, ...]:
        schema = self.schema
        if schema.sort_key is None:
            return (schema.partition_key,)
        return (schema.partition_key, schema.sort_key)

    def row_key(self, key: Item, operation: str) -> RowKey:
        """Of an exact key. Raises ValidationException."""
        if set(key) != set(self.key_names):
            raise invalid("The provided key element does not match the schema", operation)
        return self.key_of(key, operation)

    def key_of(self, item: Item, operation: str) -> RowKey:
        values = [self._key_value(item, name, operation) for name in self.key_names]
        return (values[0], values[1] if len(values) > 1 else "")

    def _key_value(self, item: Item, name: str, operation: str) -> str:
        value = item.get(name, {}).get("S")
        if not value:
            raise invalid(f"Missing, empty or mistyped key {name} in the item", operation)
        text: str = value
        return text

    def check(self, item: Item, operation: str) -> None:
        """What DynamoDB refuses to store."""
        if size_of(item) > LARGEST_ITEM_BYTES:
            raise invalid("Item size has exceeded the maximum allowed size", operation)
        for name in self.index_keys:
            value = item.get(name)
            if value is None:
                continue
            if set(value) != {attribute_type(name)} or value.get("S") == "":
                raise invalid(f"Type mismatch or empty value for Index Key {name}", operation)

    def store(self, row: RowKey, item: Item | None) -> int:
        """Write or (None) delete; the write units of the table and its indexes."""
        before = self.rows.items.get(row)
        self.rows.replace(row, item)
        if self.held is not None:
            self.held.append((row, item))
        else:
            self._index_row(row, item)
        return self._cost(before, item)

    def _index_row(self, row: RowKey, item: Item | None) -> None:
        self.seen.replace(row, item)
        for index in self.indexes.values():
            index.replace(row, item)

    def items_for(self, *, consistent: bool) -> dict[RowKey, Item]:
        return self.rows.items if consistent else self.seen.items

    def hold_indexes(self) -> None:
        """From now on indexes, and reads that are not consistent, show what was written before."""
        if self.held is None:
            self.held = []

    def release_indexes(self) -> None:
        held, self.held = self.held or [], None
        for row, item in held:
            self._index_row(row, item)

    def _cost(self, before: Item | None, after: Item | None) -> int:
        sizes = (size_of(before) if before else 0, size_of(after) if after else 0)
        return write_units(max(sizes)) + sum(
            self._index_cost(index, before, after, sizes) for index in self.indexes.values()
        )

    def _index_cost(
        self, index: Partitions, before: Item | None, after: Item | None, sizes: tuple[int, int]
    ) -> int:
        """`sizes` are those of the whole items."""
        old = index.place_of(before) if before is not None else None
        new = index.place_of(after) if after is not None else None
        if old is None and new is None:
            return 0
        shown_before = self.projected(index, before) if old is not None and before else {}
        shown_after = self.projected(index, after) if new is not None and after else {}
        if old == new and shown_before == shown_after:
            return 0
        if index.keys_only:
            sizes = (size_of(shown_before), size_of(shown_after))
        removed = 0 if old is None else write_units(sizes[0])
        added = 0 if new is None else write_units(sizes[1])
        return max(removed, added) if old == new else removed + added

    def projected(self, index: Partitions, item: Item) -> Item:
        if not index.keys_only:
            return item
        names = (*self.key_names, index.partition_key, index.sort_key)
        return {name: item[name] for name in names if name is not None and name in item}
