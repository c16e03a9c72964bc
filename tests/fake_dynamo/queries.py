"""Query on a table or an index: key condition, filter, limit, paging."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from typing import Any

from tests.fake_dynamo.capacity import LARGEST_PAGE_BYTES, size_of
from tests.fake_dynamo.expressions import (
    Item,
    Term,
    holds,
    matches,
    name_of,
    order_of,
    terms_of,
)
from tests.fake_dynamo.faults import NotInTheFake, invalid
from tests.fake_dynamo.partitions import Partitions, RowKey, Table

_KNOWN = frozenset(
    {
        "TableName",
        "IndexName",
        "KeyConditionExpression",
        "FilterExpression",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "Limit",
        "ExclusiveStartKey",
        "ScanIndexForward",
        "ConsistentRead",
    }
)
_LAST = "\U0010ffff"


def run_query(table: Table, request: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """The answer, and how many bytes were read for it."""
    if set(request) - _KNOWN:
        raise NotInTheFake(f"parameters {sorted(set(request) - _KNOWN)}")
    index = _index_of(table, request)
    partition, sort = _key_condition(index, request)
    entries = index.entries.get(partition, [])
    low, high = _slice(entries, sort)
    forward = request.get("ScanIndexForward", True)
    if "ExclusiveStartKey" in request:
        stopped = _stopped_at(table, index, request, partition, sort)
        if forward:
            low = max(low, bisect_right(entries, stopped))
        else:
            high = min(high, bisect_left(entries, stopped))
    found = [row for _, row in entries[low:high]]
    return _page(table, index, request, found if forward else found[::-1])


def _index_of(table: Table, request: Mapping[str, Any]) -> Partitions:
    name = request.get("IndexName")
    if name is None:
        return table.rows if request.get("ConsistentRead") else table.seen
    if name not in table.indexes:
        raise invalid(f"The table does not have the specified index: {name}", "Query")
    if request.get("ConsistentRead"):
        raise invalid("Consistent reads are not supported on global secondary indexes", "Query")
    return table.indexes[name]


def _key_condition(
    index: Partitions, request: Mapping[str, Any]
) -> tuple[str, tuple[str, list[Any]] | None]:
    names = request.get("ExpressionAttributeNames", {})
    values = request["ExpressionAttributeValues"]
    partition: str | None = None
    sort = None
    for term in terms_of(request["KeyConditionExpression"]):
        name = name_of(term.name, names)
        if name == index.partition_key and term.operator == "=":
            partition = values[term.values[0]].get("S")
        elif name == index.sort_key:
            sort = (term.operator, _bounds(term, values))
        else:
            raise invalid("Query key condition not supported", "Query")
    if not partition:
        raise invalid("Query condition missed key schema element", "Query")
    return partition, sort


def _bounds(term: Term, values: Mapping[str, Any]) -> list[Any]:
    return [order_of(values[each]) for each in term.values]


def _slice(entries: list[Any], sort: tuple[str, list[Any]] | None) -> tuple[int, int]:
    """Where in the sorted partition the sort condition holds."""
    if sort is None:
        return 0, len(entries)
    operator, bounds = sort
    first, last = bounds[0], bounds[-1]
    after: RowKey = (_LAST, _LAST)
    if operator == "begins_with":
        return bisect_left(entries, (first,)), bisect_right(entries, (first + _LAST, after))
    low = bisect_left(entries, (first,)) if operator in {"=", ">=", "BETWEEN"} else 0
    if operator == ">":
        low = bisect_right(entries, (first, after))
    high = len(entries)
    if operator in {"=", "<=", "BETWEEN"}:
        high = bisect_right(entries, (last, after))
    if operator == "<":
        high = bisect_left(entries, (last,))
    return low, high


def _stopped_at(
    table: Table,
    index: Partitions,
    request: Mapping[str, Any],
    partition: str,
    sort: tuple[str, list[Any]] | None,
) -> tuple[Any, RowKey]:
    key = request["ExclusiveStartKey"]
    wanted = {*table.key_names, index.partition_key}
    if index.sort_key is not None:
        wanted.add(index.sort_key)
    if set(key) != wanted:
        raise invalid("The provided starting key is invalid", "Query")
    row = table.key_of(key, "Query")
    place = index.place_of(key)
    outside = place is None or place[0] != partition
    if outside or (sort is not None and not matches(sort[0], place[1], sort[1])):  # type: ignore[index]  # outside is false here
        raise invalid("The provided starting key is outside query boundaries", "Query")
    return (place[1], row)  # type: ignore[index]  # not outside: there is a place


def _page(
    table: Table, index: Partitions, request: Mapping[str, Any], rows: list[RowKey]
) -> tuple[dict[str, Any], int]:
    limit = request.get("Limit")
    if limit is not None and limit < 1:
        raise invalid("Limit must be at least 1", "Query")
    items: list[Item] = []
    scanned, size = 0, 0
    answer: dict[str, Any] = {}
    for row in rows:
        shown = table.projected(index, index.items[row])
        scanned += 1
        size += size_of(shown)
        if _passes(request, shown):
            items.append(dict(shown))
        if scanned == limit or size > LARGEST_PAGE_BYTES:
            answer["LastEvaluatedKey"] = _stop_key(table, index, shown)
            break
    answer |= {"Items": items, "Count": len(items), "ScannedCount": scanned}
    return answer, size


def _passes(request: Mapping[str, Any], shown: Item) -> bool:
    expression = request.get("FilterExpression")
    if expression is None:
        return True
    names = request.get("ExpressionAttributeNames", {})
    return holds(expression, shown, names, request["ExpressionAttributeValues"])


def _stop_key(table: Table, index: Partitions, item: Item) -> Item:
    names = (*table.key_names, index.partition_key, index.sort_key)
    return {name: item[name] for name in names if name is not None}
