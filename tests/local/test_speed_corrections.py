"""The emulator is quick enough that a minute tick is on the minute and a query is a query."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from local.clouds import Cloud
from tests.local.deliveries import deliveries, wait_for
from tests.local.templates import deploy_template, function, recording_tables, role

pytestmark = pytest.mark.emulator


def test_a_function_that_logs_nothing_does_not_cost_fifty_milliseconds(fresh_cloud: Cloud) -> None:
    silent = function("silent", "def handler(event, context):\n    return event\n")
    deploy_template(fresh_cloud, "stack", {"Role": role(), "Fn": silent})
    client = fresh_cloud.client("lambda")

    def seconds() -> float:
        began = time.perf_counter()
        client.invoke(FunctionName="silent", Payload=b"{}")["Payload"].read()
        return time.perf_counter() - began

    seconds()  # the cold start
    assert min(seconds() for _ in range(20)) < 0.045


def test_what_a_function_logged_is_in_its_log_group(fresh_cloud: Cloud) -> None:
    code = "def handler(event, context):\n    print('line one')\n    print('line two')\n"
    deploy_template(fresh_cloud, "stack", {"Role": role(), "Fn": function("talks", code)})
    fresh_cloud.client("lambda").invoke(FunctionName="talks", Payload=b"{}")

    logs = fresh_cloud.client("logs")
    events = logs.filter_log_events(logGroupName="/aws/lambda/talks")["events"]

    assert [e["message"] for e in events if "line" in e["message"]] == ["line one", "line two"]


def test_one_time_schedules_fire_within_two_seconds(fresh_cloud: Cloud) -> None:
    deploy_template(
        fresh_cloud, "stack", {"Role": role(), **recording_tables(), "Fn": function("timed")}
    )
    arn = fresh_cloud.client("lambda").get_function(FunctionName="timed")["Configuration"]
    begin = datetime.now(UTC).replace(microsecond=0)
    # Five seconds apart: a sweep each ten seconds cannot be in time for both.
    due = [begin + timedelta(seconds=3), begin + timedelta(seconds=8)]
    for index, at in enumerate(due):
        fresh_cloud.client("scheduler").create_schedule(
            Name=f"once-{index}",
            ScheduleExpression=f"at({at:%Y-%m-%dT%H:%M:%S})",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={
                "Arn": arn["FunctionArn"],
                "RoleArn": arn["Role"],
                "Input": json.dumps({"due": at.timestamp()}),
            },
        )

    seen = wait_for(lambda: deliveries(fresh_cloud, "timed"), lambda d: len(d) == 2, seconds=20)

    assert len(seen) == 2
    assert [d.began - d.event["due"] < 2 for d in seen] == [True, True]


EXPRESSIONS = [
    "pk = :a",
    "pk = :a AND begins_with(sk, :b)",
    "sk BETWEEN :a AND :b",
    "sk BETWEEN :b AND :a",
    "NOT (pk = :b OR attribute_exists(gone))",
    "#n > :one AND size(pk) < :nine",
    "contains(tags, :a)",
    "pk IN (:a, :b)",
    "attribute_not_exists(pk)",
    "pk = ",
    "((pk = :a))",
    "",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_parsed_once_expression_means_what_it_meant(expression: str) -> None:
    from local.emulator import stream_patches  # noqa: F401, I001, PLC0415 - keeps a thread from starting
    from local.emulator import speed_patches  # noqa: PLC0415 - imports the emulator

    names = {"#n": "number"}
    values = {":a": {"S": "a"}, ":b": {"S": "b"}, ":one": {"N": "1"}, ":nine": {"N": "9"}}
    items = [
        {"pk": {"S": "a"}, "sk": {"S": "b1"}, "number": {"N": "2"}, "tags": {"SS": ["a"]}},
        {"pk": {"S": "b"}, "sk": {"S": "a"}, "number": {"N": "10"}},
        {},
    ]

    def outcome(evaluate: object, item: object) -> object:
        try:
            return evaluate(expression, item, values, names, slot="FilterExpression")  # type: ignore[operator]  # either
        except ValueError as error:
            return str(error)

    ours = [outcome(speed_patches._evaluate_condition, item) for item in items]
    stock = [outcome(speed_patches._stock_evaluate_condition, item) for item in items]

    assert ours == stock


def test_an_expression_is_parsed_once_however_many_items_it_meets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from local.emulator import stream_patches  # noqa: I001, PLC0415 - keeps a thread from starting
    from local.emulator import speed_patches  # noqa: PLC0415 - imports the emulator

    dynamodb = stream_patches.dynamodb
    parsed: list[str] = []
    tokenize = dynamodb._tokenize

    def counted(text: str) -> object:
        parsed.append(text)
        return tokenize(text)

    monkeypatch.setattr(dynamodb, "_tokenize", counted)

    for number in range(100):
        item = {"pk": {"S": "a"}, "sk": {"N": str(number)}}
        values = {":a": {"S": "a"}, ":n": {"N": "50"}}
        speed_patches._evaluate_condition("pk = :a AND sk > :n", item, values, {})

    assert len(parsed) <= 2
