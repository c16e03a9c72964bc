"""The fake's own manners: what it refuses, what it counts, whom it tells, when it fails."""

from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fake_dynamo import faults, tables
from tests.fake_dynamo.capacity import Usage, read_units, size_of
from tests.fake_dynamo.client import FakeDynamo

STRATEGIES = tables.table_name("options-strategies")
ORDERS = tables.table_name("order-history")
KEY = {"user_id": {"S": "u"}, "strategy_id": {"S": "s"}}
ROW = KEY | {"version": {"N": "1"}, "doc": {"S": "a"}}


@pytest.fixture
def dynamo() -> FakeDynamo:
    return FakeDynamo(tables.schemas())


def refused(call, **request) -> str:
    with pytest.raises(ClientError) as error:
        call(**request)
    return error.value.response["Error"]["Code"]


@pytest.mark.parametrize(
    "item",
    [
        {"user_id": {"S": "u"}},
        ROW | {"user_id": {"S": ""}},
        ROW | {"user_id": {"N": "1"}},
        ROW | {"doc": {"S": "x" * 410_000}},
        ROW | {"status": {"N": "1"}},
        ROW | {"status": {"S": ""}},
        ROW | {"total_pnl": {"S": "1"}},
    ],
    ids=["no sort key", "empty key", "mistyped key", "too large", "index", "empty index", "number"],
)
def test_what_dynamodb_does_not_store_is_refused(dynamo, item):
    assert refused(dynamo.put_item, TableName=STRATEGIES, Item=item) == "ValidationException"
    assert dynamo.rows(STRATEGIES) == []


def test_requests_that_dynamodb_refuses_are_refused(dynamo):
    many = [KEY | {"strategy_id": {"S": str(number)}} for number in range(101)]
    put = {"Put": {"TableName": STRATEGIES, "Item": ROW}}
    cases: list[tuple[Any, dict[str, Any]]] = [
        (dynamo.get_item, {"TableName": STRATEGIES, "Key": ROW}),
        (dynamo.batch_get_item, {"RequestItems": {STRATEGIES: {"Keys": many}}}),
        (dynamo.batch_get_item, {"RequestItems": {STRATEGIES: {"Keys": [KEY, KEY]}}}),
        (dynamo.transact_write_items, {"TransactItems": [put, put]}),
        (dynamo.transact_write_items, {"TransactItems": []}),
    ]
    for call, request in cases:
        assert refused(call, **request) == "ValidationException"
    assert refused(dynamo.get_item, TableName="no", Key=KEY) == "ResourceNotFoundException"


def query(dynamo: FakeDynamo, **changes: Any) -> dict[str, Any]:
    request: dict[str, Any] = {
        "TableName": STRATEGIES,
        "KeyConditionExpression": "#p = :p",
        "ExpressionAttributeNames": {"#p": "user_id"},
        "ExpressionAttributeValues": {":p": {"S": "u"}},
    }
    return dynamo.query(**(request | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"IndexName": "StrategiesByPerformance", "ConsistentRead": True},
        {"IndexName": "NoSuchIndex"},
        {"Limit": 0},
        {"ExclusiveStartKey": KEY | {"user_id": {"S": "somebody-else"}}},
        {"ExclusiveStartKey": {"user_id": {"S": "u"}}},
        {"ExpressionAttributeNames": {"#p": "doc"}},
    ],
    ids=repr,
)
def test_queries_that_dynamodb_refuses_are_refused(dynamo, changes):
    dynamo.put_item(TableName=STRATEGIES, Item=ROW)
    assert refused(query, dynamo=dynamo, **changes) == "ValidationException"


def test_a_page_ends_at_a_megabyte(dynamo):
    for number in range(4):
        item = ROW | {"strategy_id": {"S": f"s{number}"}, "doc": {"S": "x" * 390_000}}
        dynamo.put_item(TableName=STRATEGIES, Item=item)

    first = query(dynamo)
    rest = query(dynamo, ExclusiveStartKey=first["LastEvaluatedKey"])

    assert (first["Count"], rest["Count"]) == (3, 1)
    assert "LastEvaluatedKey" not in rest


@pytest.mark.parametrize("expression", ["size(#v) > :v", "NOT #v = :v", "#v = :v,", ""])
def test_a_form_that_the_fake_does_not_know_is_said_and_not_guessed(dynamo, expression):
    with pytest.raises(faults.NotInTheFake):
        dynamo.put_item(
            TableName=STRATEGIES,
            Item=ROW,
            ConditionExpression=expression,
            ExpressionAttributeNames={"#v": "version"},
            ExpressionAttributeValues={":v": {"N": "1"}},
        )
    with pytest.raises(faults.NotInTheFake):
        dynamo.get_item(TableName=STRATEGIES, Key=KEY, ProjectionExpression="doc")


def test_a_row_that_was_handed_out_is_not_the_stored_one(dynamo):
    dynamo.put_item(TableName=STRATEGIES, Item=ROW)
    dynamo.get_item(TableName=STRATEGIES, Key=KEY)["Item"]["doc"] = {"S": "changed by the caller"}

    assert dynamo.rows(STRATEGIES) == [ROW]


def test_the_stream_tells_every_change_in_order_and_no_write_that_changes_nothing(dynamo):
    told = []
    dynamo.on_change = lambda table, old, new: told.append((table, old, new))
    second = ROW | {"doc": {"S": "b"}}

    dynamo.put_item(TableName=STRATEGIES, Item=ROW)
    dynamo.put_item(TableName=STRATEGIES, Item=ROW)
    dynamo.transact_write_items(TransactItems=[{"Put": {"TableName": STRATEGIES, "Item": second}}])
    dynamo.delete_item(TableName=STRATEGIES, Key=KEY)
    dynamo.delete_item(TableName=STRATEGIES, Key=KEY)

    assert told == [
        (STRATEGIES, None, ROW),
        (STRATEGIES, ROW, second),
        (STRATEGIES, second, None),
    ]


def test_a_cancelled_transaction_writes_nothing_and_names_each_reason(dynamo):
    other = ROW | {"strategy_id": {"S": "t"}}
    condition = {
        "ConditionExpression": "attribute_not_exists(#k)",
        "ExpressionAttributeNames": {"#k": "user_id"},
    }
    dynamo.put_item(TableName=STRATEGIES, Item=ROW)
    puts = [{"Put": {"TableName": STRATEGIES, "Item": item} | condition} for item in (other, ROW)]

    with pytest.raises(ClientError) as error:
        dynamo.transact_write_items(TransactItems=puts)

    reasons = error.value.response["CancellationReasons"]
    assert [each["Code"] for each in reasons] == ["None", "ConditionalCheckFailed"]
    assert dynamo.rows(STRATEGIES) == [ROW]


def test_a_transaction_sent_twice_with_one_token_is_applied_once(dynamo):
    add = {
        "TableName": STRATEGIES,
        "Key": KEY,
        "UpdateExpression": "ADD #n :n",
        "ExpressionAttributeNames": {"#n": "version"},
        "ExpressionAttributeValues": {":n": {"N": "1"}},
    }
    for _ in range(2):
        dynamo.transact_write_items(TransactItems=[{"Update": add}], ClientRequestToken="t")

    assert dynamo.rows(STRATEGIES)[0]["version"] == {"N": "1"}


def test_a_hook_before_a_call_stops_it_and_one_after_it_only_loses_the_answer(dynamo):
    def crash(call):
        raise faults.Crash

    dynamo.before = crash
    with pytest.raises(faults.Crash):
        dynamo.put_item(TableName=STRATEGIES, Item=ROW)
    assert dynamo.rows(STRATEGIES) == []

    dynamo.before, dynamo.after = None, crash
    with pytest.raises(faults.Crash):
        dynamo.put_item(TableName=STRATEGIES, Item=ROW)
    assert dynamo.rows(STRATEGIES) == [ROW]


def test_a_hook_sees_the_number_and_the_kind_of_each_call(dynamo):
    seen = []
    dynamo.before = lambda call: seen.append((call.number, call.operation, call.writes))

    dynamo.put_item(TableName=STRATEGIES, Item=ROW)
    dynamo.get_item(TableName=STRATEGIES, Key=KEY)

    assert seen == [(1, "put_item", True), (2, "get_item", False)]


def test_reads_that_are_not_consistent_lag_with_the_indexes(dynamo):
    dynamo.put_item(TableName=STRATEGIES, Item=ROW)
    dynamo.hold_indexes()
    dynamo.delete_item(TableName=STRATEGIES, Key=KEY)

    assert dynamo.get_item(TableName=STRATEGIES, Key=KEY)["Item"] == ROW
    assert query(dynamo)["Items"] == [ROW]
    assert "Item" not in dynamo.get_item(TableName=STRATEGIES, Key=KEY, ConsistentRead=True)
    assert query(dynamo, ConsistentRead=True)["Items"] == []
    dynamo.release_indexes()
    assert query(dynamo)["Items"] == []


def test_requests_and_units_are_counted_with_their_indexes(dynamo):
    order = {"execution_id": {"S": "e"}, "order_timestamp": {"S": "t"}, "order_id": {"S": "o"}}
    order |= {"version": {"N": "1"}, "doc": {"S": "x" * 1500}, "unsettled": {"S": "U#00"}}
    order |= {"unsettled_key": {"S": "u#c#o"}}

    dynamo.put_item(TableName=ORDERS, Item=order)
    # 1.6 KB: 2 units; one each for OrdersById and UnsettledOrders.
    assert dynamo.take_usage().write_units == 4

    dynamo.put_item(TableName=ORDERS, Item=order | {"version": {"N": "2"}})
    # Neither index shows the version.
    assert dynamo.take_usage().write_units == 2

    settled = {name: order[name] for name in order if not name.startswith("unsettled")}
    dynamo.transact_write_items(TransactItems=[{"Put": {"TableName": ORDERS, "Item": settled}}])
    # Twice 2, and twice the removal from one index.
    usage = dynamo.take_usage()
    assert (usage.write_units, usage.total_requests) == (6, 1)

    dynamo.get_item(
        TableName=ORDERS, Key={n: order[n] for n in ("execution_id", "order_timestamp")}
    )
    assert dynamo.take_usage().read_units == 0.5


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({"name": {"S": "AAAA"}}, 8),
        ({"name": {"S": "₹"}}, 7),
        # A digit is half a byte; zeros at either end are none, a sign is one.
        ({"n": {"N": "0"}}, 2), ({"n": {"N": "1200"}}, 3), ({"n": {"N": "0.0123"}}, 4),
        ({"n": {"N": "-123"}}, 5),
        ({"b": {"B": b"12345"}}, 6), ({"b": {"BOOL": True}}, 2), ({"b": {"NULL": True}}, 2),
        ({"s": {"SS": ["ab", "c"]}}, 4),
        # Three for a list or a map, one more for each thing in it.
        ({"l": {"L": []}}, 4), ({"l": {"L": [{"S": "ab"}, {"N": "1"}]}}, 10),
        ({"m": {"M": {"k": {"S": "v"}}}}, 7),
    ],
)  # fmt: skip
def test_an_item_is_as_large_as_dynamodb_says(item: Any, size: int):
    assert size_of(item) == size


@pytest.mark.parametrize(
    ("bytes_", "consistent", "reads"),
    [(0, 0.5, 1), (4096, 0.5, 1), (4097, 1, 2), (3500, 0.5, 1), (10_000, 1.5, 3)],
)
def test_a_read_is_rounded_up_to_four_kilobytes_and_half_without_consistency(
    bytes_: int, consistent: float, reads: float
):
    assert read_units(bytes_, consistent=False) == consistent
    assert read_units(bytes_, consistent=True) == reads


def test_a_query_is_rounded_once_and_a_batch_item_by_item(dynamo):
    """Three rows of 1.5 KB: a query reads 4.5 KB, a batch three times 4 KB; also the fourth, which
    is not there.
    """
    for number in range(3):
        sized = {"strategy_id": {"S": f"s{number}"}, "doc": {"S": "x" * 1500}}
        dynamo.put_item(TableName=STRATEGIES, Item=ROW | sized)
    dynamo.take_usage()
    query(dynamo, ConsistentRead=True)
    assert dynamo.take_usage() == Usage(Counter(query=1), items_read=3, read_units=2)
    keys = [KEY | {"strategy_id": {"S": f"s{number}"}} for number in range(4)]
    asked = {STRATEGIES: {"Keys": keys, "ConsistentRead": True}}
    dynamo.batch_get_item(RequestItems=asked)
    assert dynamo.take_usage() == Usage(Counter(batch_get_item=1), items_read=4, read_units=4)


def test_what_a_filter_leaves_out_is_paid_for(dynamo):
    for number in range(10):
        sized = {"strategy_id": {"S": f"s{number}"}, "doc": {"S": "x" * 4000}}
        dynamo.put_item(TableName=STRATEGIES, Item=ROW | sized)
    dynamo.take_usage()
    values = {":p": {"S": "u"}, ":f": {"N": "77"}}
    kept = query(
        dynamo,
        ExpressionAttributeValues=values,
        FilterExpression="version = :f",
        ConsistentRead=True,
    )
    assert kept["Items"] == []
    usage = dynamo.take_usage()
    assert (usage.items_read, usage.read_units) == (10, 10)


def test_a_row_that_a_transaction_only_looks_at_is_paid_for_twice(dynamo):
    dynamo.put_item(TableName=STRATEGIES, Item=ROW)
    dynamo.take_usage()
    check = {"ConditionExpression": "attribute_exists(user_id)", "TableName": STRATEGIES}
    dynamo.transact_write_items(TransactItems=[{"ConditionCheck": {**check, "Key": KEY}}])
    assert dynamo.take_usage().write_units == 2


def test_the_fake_has_every_table_and_every_documented_index(dynamo):
    assert len(dynamo.tables) == 15
    named = [index for table in dynamo.tables.values() for index in table.indexes]
    assert {"MarketplaceBaskets", "ActiveStrategiesForExecution", "UnsettledOrders"} <= set(named)
