"""An in-memory DynamoDB client: the requests that storage makes, with DynamoDB's own answers.

For simulations: fast, deterministic, and every call can be made to fail before or after it acts.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cdk_stack.table_schemas import TableSchema
from tests.fake_dynamo.capacity import Usage, read_units, size_of, write_units
from tests.fake_dynamo.expressions import (
    Item,
    actions_of,
    holds,
    name_of,
    normal_number,
    updated,
)
from tests.fake_dynamo.faults import (
    NotInTheFake,
    cancelled,
    client_error,
    condition_failed,
    invalid,
)
from tests.fake_dynamo.partitions import RowKey, Table
from tests.fake_dynamo.queries import run_query

_MOST_READ, _MOST_WRITTEN = 100, 100
_CONDITION_FAILED = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}

OnChange = Callable[[str, Item | None, Item | None], None]
Change = tuple[Table, RowKey, Item | None]


@dataclass(frozen=True, slots=True)
class Call:
    """One request: `operation` as boto3's method names it, `number` counts from 1."""

    operation: str
    request: Mapping[str, Any]
    number: int

    @property
    def writes(self) -> bool:
        return self.operation in {
            "put_item",
            "update_item",
            "delete_item",
            "transact_write_items",
        }


Hook = Callable[[Call], None]
Act = Callable[[dict[str, Any]], dict[str, Any]]


class FakeDynamo:
    """`before` and `after` are called around every request with its Call and may raise: before it
    nothing is applied, after it everything is. `on_change` sees every change of a row in order, as
    a stream with old and new images does (a write that changes nothing makes no record).
    """

    def __init__(self, schemas: Mapping[str, TableSchema]) -> None:
        self.tables = {name: Table(name, schema) for name, schema in schemas.items()}
        self.before: Hook | None = None
        self.after: Hook | None = None
        self.on_change: OnChange | None = None
        self.usage = Usage()
        self._calls = 0
        self._lock = threading.RLock()
        self._tokens: set[str] = set()

    # -- the client's methods

    def get_item(self, **request: Any) -> dict[str, Any]:
        return self._run("get_item", request, self._get)

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        return self._run("batch_get_item", request, self._batch_get)

    def query(self, **request: Any) -> dict[str, Any]:
        return self._run("query", request, self._query)

    def put_item(self, **request: Any) -> dict[str, Any]:
        return self._run("put_item", request, self._write_one("Put"))

    def delete_item(self, **request: Any) -> dict[str, Any]:
        return self._run("delete_item", request, self._write_one("Delete"))

    def update_item(self, **request: Any) -> dict[str, Any]:
        return self._run("update_item", request, self._write_one("Update"))

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        return self._run("transact_write_items", request, self._transact)

    # -- for tests

    def take_usage(self) -> Usage:
        """What was used since the last time."""
        used, self.usage = self.usage, Usage()
        return used

    def rows(self, table: str) -> list[Item]:
        """All rows of a table, sorted by key."""
        items = self._table(table, "rows").rows.items
        return [items[key] for key in sorted(items)]

    def hold_indexes(self) -> None:
        """Indexes and reads that are not consistent lag from now on, as they may;
        `release_indexes` lets them catch up.
        """
        for table in self.tables.values():
            table.hold_indexes()

    def release_indexes(self) -> None:
        for table in self.tables.values():
            table.release_indexes()

    # -- below

    def _run(self, operation: str, request: dict[str, Any], act: Act) -> dict[str, Any]:
        self._calls += 1
        call = Call(operation, request, self._calls)
        if self.before is not None:
            self.before(call)
        with self._lock:
            self.usage.requests[operation] += 1
            answer = act(request)
        if self.after is not None:
            self.after(call)
        answer["ResponseMetadata"] = {"HTTPStatusCode": 200, "RetryAttempts": 0}
        return answer

    def _table(self, name: str, operation: str) -> Table:
        try:
            return self.tables[name]
        except KeyError:
            code = "ResourceNotFoundException"
            raise client_error(code, f"Table not found: {name}", operation) from None

    def _get(self, request: dict[str, Any]) -> dict[str, Any]:
        _only(request, "TableName", "Key", "ConsistentRead")
        table = self._table(request["TableName"], "GetItem")
        consistent = request.get("ConsistentRead", False)
        items = table.items_for(consistent=consistent)
        item = items.get(table.row_key(request["Key"], "GetItem"))
        self._read_one(item, consistent)
        return {} if item is None else {"Item": dict(item)}

    def _batch_get(self, request: dict[str, Any]) -> dict[str, Any]:
        asked = request["RequestItems"]
        _only(request, "RequestItems")
        if not 1 <= sum(len(each["Keys"]) for each in asked.values()) <= _MOST_READ:
            raise invalid("Too many or no items requested for BatchGetItem", "BatchGetItem")
        found = {}
        for name, each in asked.items():
            _only(each, "Keys", "ConsistentRead")
            found[name] = self._batch_of(self._table(name, "BatchGetItem"), each)
        return {"Responses": found, "UnprocessedKeys": {}}

    def _batch_of(self, table: Table, asked: dict[str, Any]) -> list[Item]:
        keys = [table.row_key(key, "BatchGetItem") for key in asked["Keys"]]
        if len(set(keys)) != len(keys):
            raise invalid("Provided list of item keys contains duplicates", "BatchGetItem")
        consistent = asked.get("ConsistentRead", False)
        stored = table.items_for(consistent=consistent)
        for key in keys:
            self._read_one(stored.get(key), consistent)
        items = [stored[key] for key in keys if key in stored]
        # DynamoDB answers in no order; the reverse finds out who relies on one.
        return [dict(item) for item in reversed(items)]

    def _query(self, request: dict[str, Any]) -> dict[str, Any]:
        answer, size = run_query(self._table(request["TableName"], "Query"), request)
        self._read(answer["ScannedCount"], size, request.get("ConsistentRead", False))
        return answer

    def _read_one(self, item: Item | None, consistent: bool) -> None:
        """What is not there costs as much as the smallest."""
        self._read(1, size_of(item) if item else 0, consistent)

    def _read(self, items: int, size: int, consistent: bool) -> None:
        self.usage.items_read += items
        self.usage.read_units += read_units(size, consistent=consistent)

    def _write_one(self, verb: str) -> Act:
        def act(request: dict[str, Any]) -> dict[str, Any]:
            operation = f"{verb}Item"
            table = self._table(request["TableName"], operation)
            row, after = _row_after(table, verb, request, operation)
            before = table.rows.items.get(row)
            if not _condition_holds(request, before):
                self.usage.write_units += write_units(size_of(before) if before else 0)
                raise condition_failed(operation, _shown_on_failure(request, before))
            self._apply([(table, row, after)], factor=1)
            return _returned(request, before, after)

        return act

    def _transact(self, request: dict[str, Any]) -> dict[str, Any]:
        _only(request, "TransactItems", "ClientRequestToken")
        entries = request["TransactItems"]
        token = request.get("ClientRequestToken")
        if token is not None and token in self._tokens:
            return {}
        if not 1 <= len(entries) <= _MOST_WRITTEN:
            raise invalid("A transaction has 1 to 100 items", "TransactWriteItems")
        changes, reasons = self._judged(entries)
        if any(reason["Code"] != "None" for reason in reasons):
            self._count_twice(changes)
            raise cancelled(reasons)
        writes = [
            change
            for change, entry in zip(changes, entries, strict=True)
            if "ConditionCheck" not in entry
        ]
        self._apply(writes, factor=2)
        self._count_twice(
            change
            for change, entry in zip(changes, entries, strict=True)
            if "ConditionCheck" in entry
        )
        if token is not None:
            self._tokens.add(token)
        return {}

    def _judged(
        self, entries: Iterable[dict[str, Any]]
    ) -> tuple[list[Change], list[dict[str, object]]]:
        changes: list[Change] = []
        reasons: list[dict[str, object]] = []
        seen = set()
        for entry in entries:
            ((verb, one),) = entry.items()
            table = self._table(one["TableName"], "TransactWriteItems")
            row, after = _row_after(table, verb, one, "TransactWriteItems")
            if (table.name, row) in seen:
                message = "Transaction request cannot include multiple operations on one item"
                raise invalid(message, "TransactWriteItems")
            seen.add((table.name, row))
            holding = _condition_holds(one, table.rows.items.get(row))
            reasons.append({"Code": "None"} if holding else dict(_CONDITION_FAILED))
            changes.append((table, row, after))
        return changes, reasons

    def _count_twice(self, changes: Iterable[Change]) -> None:
        """A transaction prepares and commits each row, also one that it only looks at."""
        for table, row, after in changes:
            item = after or table.rows.items.get(row)
            self.usage.write_units += 2 * write_units(size_of(item) if item else 0)

    def _apply(self, changes: list[Change], *, factor: int) -> None:
        """`factor`: a transaction's table writes cost twice, its index writes too."""
        told = []
        for table, row, after in changes:
            before = table.rows.items.get(row)
            self.usage.write_units += factor * table.store(row, after)
            if before != after:
                told.append((table.name, before, after))
        if self.on_change is not None:
            for change in told:
                self.on_change(*change)


def _only(request: Mapping[str, Any], *known: str) -> None:
    unknown = set(request) - set(known)
    if unknown:
        raise NotInTheFake(f"parameters {sorted(unknown)}")


_CONDITION = (
    "TableName",
    "ConditionExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "ReturnValues",
    "ReturnValuesOnConditionCheckFailure",
)


def _row_after(
    table: Table, verb: str, request: dict[str, Any], operation: str
) -> tuple[RowKey, Item | None]:
    """The row that a write is about, and what it becomes."""
    if verb == "Put":
        _only(request, "Item", *_CONDITION)
        item = _normal(request["Item"])
        row = table.key_of(item, operation)
        table.check(item, operation)
        return row, item
    row = table.row_key(request["Key"], operation)
    if verb == "Update":
        _only(request, "Key", "UpdateExpression", *_CONDITION)
        return row, _updated(table, row, request, operation)
    _only(request, "Key", *_CONDITION)
    return row, None


def _updated(table: Table, row: RowKey, request: dict[str, Any], operation: str) -> Item:
    names = request.get("ExpressionAttributeNames", {})
    expression = request["UpdateExpression"]
    for action in actions_of(expression):
        if name_of(action.name, names) in table.key_names:
            raise invalid("Cannot update a key attribute", operation)
    before = table.rows.items.get(row) or request["Key"]
    after = updated(
        before, expression, names, _normal(request.get("ExpressionAttributeValues", {}))
    )
    table.check(after, operation)
    return after


def _normal(item: Item) -> Item:
    return {
        name: {"N": normal_number(value["N"])} if "N" in value else value
        for name, value in item.items()
    }


def _condition_holds(request: Mapping[str, Any], before: Item | None) -> bool:
    return holds(
        request.get("ConditionExpression"),
        before,
        request.get("ExpressionAttributeNames", {}),
        request.get("ExpressionAttributeValues", {}),
    )


def _shown_on_failure(request: Mapping[str, Any], before: Item | None) -> Item | None:
    wanted = request.get("ReturnValuesOnConditionCheckFailure", "NONE")
    return before if wanted == "ALL_OLD" else None


def _returned(
    request: Mapping[str, Any], before: Item | None, after: Item | None
) -> dict[str, Any]:
    wanted = request.get("ReturnValues", "NONE")
    if wanted == "ALL_OLD":
        return {} if before is None else {"Attributes": dict(before)}
    if wanted == "ALL_NEW":
        return {"Attributes": dict(after or {})}
    if wanted == "UPDATED_NEW":
        names = request.get("ExpressionAttributeNames", {})
        touched = {name_of(each.name, names) for each in actions_of(request["UpdateExpression"])}
        return {"Attributes": {name: (after or {})[name] for name in touched if after}}
    if wanted != "NONE":
        raise NotInTheFake(f"ReturnValues {wanted}")
    return {}
