"""Random requests of the forms that storage uses, and what a client makes of them."""

import random
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from tests.fake_dynamo.expressions import Item

Request = tuple[str, dict[str, Any]]

_USERS = ("u1", "u2")
_ROWS = tuple(f"s{number}" for number in range(6))
_STATUSES = ("ACTIVE#00", "ACTIVE#01", "PAUSED")
_TIMES = tuple(f"2026-11-25T04:{minute:02d}" for minute in range(20))
_NOT_COMPARED = ("ResponseMetadata", "ConsumedCapacity")
# The index, its partition and sort key, and the partitions that exist.
_QUERIES = (
    (None, "user_id", "strategy_id", _USERS),
    ("StrategiesByBasket", "basket_id", "created_at", ("b1", "b2")),
    ("ActiveStrategiesForExecution", "status", "next_execution", _STATUSES),
    ("StrategiesById", "strategy_id", None, _ROWS),
)


class Sequence:
    """Requests to one table with the strategies' schema; the same seed, the same requests.

    Sort keys of indexes are never equal: in which order DynamoDB shows ties is not defined.
    `moto` leaves out what moto is known to do differently: transactions take it seconds, numbers
    are not normalised, UPDATED_NEW of a new row shows its key too, a full last page says it ends.
    """

    def __init__(self, table: str, seed: int, *, moto: bool = False) -> None:
        self._table = table
        self._moto = moto
        self._rng = random.Random(seed)  # noqa: S311 - a replayable sequence, no secret
        self._stamp = 0
        self._kinds = [self._put, self._put, self._delete, self._update, self._get, self._batch]
        self._kinds += [self._query, self._query]
        if not moto:
            self._kinds += [self._transact, self._transact]

    def take(self, count: int) -> Iterator[Request]:
        for _ in range(count):
            yield self._rng.choice(self._kinds)()

    def _key(self) -> Item:
        rng = self._rng
        return {"user_id": {"S": rng.choice(_USERS)}, "strategy_id": {"S": rng.choice(_ROWS)}}

    def _unique(self, prefix: str) -> str:
        self._stamp += 1
        return f"{prefix}#{self._stamp:05d}"

    def _item(self) -> Item:
        rng = self._rng
        item = self._key()
        item["version"] = {"N": str(rng.randint(1, 3))}
        item["doc"] = {"S": rng.choice(("a", "é", "x" * 50))}
        item["basket_id"] = {"S": rng.choice(("b1", "b2"))}
        item["created_at"] = {"S": self._unique(rng.choice(_TIMES))}
        item["total_pnl"] = {
            "N": rng.choice(("0", "-12.5") if self._moto else ("1E3", "007.50", "-0"))
        }
        if rng.random() < 0.6:
            item["status"] = {"S": rng.choice(_STATUSES)}
            item["next_execution"] = {"S": self._unique(rng.choice(_TIMES))}
        return item

    def _condition(self) -> dict[str, Any]:
        choice = self._rng.randrange(4)
        if choice == 0:
            return {
                "ConditionExpression": "attribute_not_exists(#k)",
                "ExpressionAttributeNames": {"#k": "user_id"},
            }
        if choice == 1:
            return {}
        return {
            "ConditionExpression": "#v = :v",
            "ExpressionAttributeNames": {"#v": "version"},
            "ExpressionAttributeValues": {":v": {"N": str(self._rng.randint(1, 3))}},
        }

    def _put(self) -> Request:
        return "put_item", {"TableName": self._table, "Item": self._item()} | self._condition()

    def _delete(self) -> Request:
        return "delete_item", {"TableName": self._table, "Key": self._key()} | self._condition()

    def _update(self) -> Request:
        expression = self._rng.choice(
            ("SET #a = :a", "ADD #n :n", "SET #a = :a ADD #n :n", "ADD #n :n SET #a = :a")
        )
        names, values = {}, {}
        addend = "3" if self._moto else "0.5"
        if "#a" in expression:
            names["#a"], values[":a"] = "doc", {"S": self._rng.choice("abc")}
        if "#n" in expression:
            names["#n"], values[":n"] = "version", {"N": self._rng.choice(("1", "-2", addend))}
        return "update_item", {
            "TableName": self._table,
            "Key": self._key(),
            "UpdateExpression": expression,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
            "ReturnValues": self._rng.choice(
                ("NONE", "ALL_NEW", "ALL_OLD", "ALL_NEW" if self._moto else "UPDATED_NEW")
            ),
        }

    def _get(self) -> Request:
        consistent = self._rng.random() < 0.5
        request = {"TableName": self._table, "Key": self._key(), "ConsistentRead": consistent}
        return "get_item", request

    def _batch(self) -> Request:
        keys = [self._key() for _ in range(self._rng.randint(1, 4))]
        return "batch_get_item", {"RequestItems": {self._table: {"Keys": keys}}}

    def _query(self) -> Request:
        rng = self._rng
        index, partition, sort, partitions = rng.choice(_QUERIES)
        names = {"#p": partition}
        values = {":p": {"S": rng.choice(partitions)}}
        condition = "#p = :p"
        request: dict[str, Any] = {
            "TableName": self._table,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
            "ScanIndexForward": rng.random() < 0.5,
        }
        if index is not None:
            request["IndexName"] = index
        if sort is not None and rng.random() < 0.7:
            names["#s"] = sort
            condition += self._sort_condition(sort, values)
        if index == "StrategiesByBasket" and rng.random() < 0.4:
            names["#f"], values[":f"] = "user_id", {"S": rng.choice(_USERS)}
            request["FilterExpression"] = "#f = :f"
        if sort is not None and not self._moto and rng.random() < 0.6:
            request["Limit"] = rng.randint(1, 4)
        request["KeyConditionExpression"] = condition
        return "query", request

    def _sort_condition(self, sort: str, values: dict[str, Any]) -> str:
        rng = self._rng
        low, high = sorted(rng.sample(_ROWS if sort == "strategy_id" else _TIMES, 2))
        operator = rng.choice(("=", "<=", "<", ">=", ">", "begins_with", "BETWEEN"))
        values[":s"] = {"S": low}
        if operator == "begins_with":
            values[":s"] = {"S": low[: rng.randint(1, len(low))]}
            return " AND begins_with(#s, :s)"
        if operator == "BETWEEN":
            values[":t"] = {"S": high}
            return " AND #s BETWEEN :s AND :t"
        return f" AND #s {operator} :s"

    def _transact(self) -> Request:
        entries: list[dict[str, Any]] = []
        for _ in range(self._rng.randint(1, 4)):
            operation, request = self._rng.choice((self._put, self._put, self._delete))()
            verb = "Put" if operation == "put_item" else "Delete"
            if verb == "Delete" and "ConditionExpression" in request and self._rng.random() < 0.3:
                verb = "ConditionCheck"
            entries.append({verb: request})
        return "transact_write_items", {"TransactItems": entries}


def outcome(client: Any, request: Request) -> Any:
    """What the client answers, without what is not the same for two servers."""
    operation, arguments = request
    try:
        answer = getattr(client, operation)(**arguments)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        reasons: Any = error.response.get("CancellationReasons", [])
        return code, [reason.get("Code", "None") for reason in reasons]
    answer = {name: answer[name] for name in answer if name not in _NOT_COMPARED}
    if operation == "batch_get_item":
        found = answer.pop("Responses")
        answer["found"] = {name: sorted(map(str, items)) for name, items in _sorted(found).items()}
    return answer


def _sorted(found: dict[str, list[Item]]) -> dict[str, list[Any]]:
    """Items as sorted pairs: neither the order of rows nor of attributes is defined."""
    return {name: [sorted(item.items()) for item in items] for name, items in found.items()}


def pages_after(client: Any, request: Request, first: Any) -> list[Any]:
    """The rest of a query, page by page."""
    operation, arguments = request
    answers: list[Any] = []
    stop = first.get("LastEvaluatedKey") if isinstance(first, dict) else None
    while operation == "query" and stop is not None:
        answers.append(outcome(client, (operation, arguments | {"ExclusiveStartKey": stop})))
        stop = answers[-1].get("LastEvaluatedKey")
    return answers
