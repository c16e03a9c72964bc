"""Each correction of the emulator's streams, by what a function gets to see."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from local.clouds import Cloud
from tests.emulator import Emulator
from tests.local.deliveries import delivered_keys, deliveries, wait_for
from tests.local.templates import (
    deploy_template,
    function,
    recording_tables,
    role,
    streaming_table,
)

pytestmark = pytest.mark.emulator


def resources(**more: Any) -> dict[str, Any]:
    return {
        "Role": role(),
        **recording_tables(),
        "Source": streaming_table("source"),
        "Dead": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "dead"}},
        **more,
    }


def mapping(name: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {
            "EventSourceArn": {"Fn::GetAtt": ["Source", "StreamArn"]},
            "FunctionName": {"Ref": name},
            "StartingPosition": "TRIM_HORIZON",
            "BatchSize": 10,
            **properties,
        },
    }


def put(cloud: Cloud, key: str, **attributes: dict[str, str]) -> None:
    item = {"pk": {"S": key}, **attributes}
    cloud.client("dynamodb").put_item(TableName="source", Item=item)


def put_before_mapping(
    cloud: Cloud, items: dict[str, dict[str, dict[str, str]]], more: dict[str, Any]
) -> None:
    """Items first, then the mapping: so all of them come in one batch."""
    deploy_template(cloud, "stack", resources())
    for key, attributes in items.items():
        put(cloud, key, **attributes)
    deploy_template(cloud, "stack", resources(**more))


def test_after_a_partial_failure_delivery_resumes_at_the_failed_record(fresh_cloud: Cloud) -> None:
    items: dict[str, dict[str, dict[str, str]]] = {"a": {}, "b": {}, "c": {"fails": {"N": "1"}}}
    put_before_mapping(
        fresh_cloud,
        {**items, "d": {}},
        {
            "Reports": function("reports"),
            "Map": mapping("Reports", FunctionResponseTypes=["ReportBatchItemFailures"]),
        },
    )

    seen = wait_for(lambda: delivered_keys(fresh_cloud, "reports"), lambda d: len(d) == 2)

    assert seen == [["a", "b", "c", "d"], ["c", "d"]]


def test_a_poison_record_is_bisected_out_retried_and_sent_to_the_dead_letter_queue(
    fresh_cloud: Cloud,
) -> None:
    put_before_mapping(
        fresh_cloud,
        {"a": {}, "b": {}, "c": {"poison": {"S": "yes"}}, "d": {}},
        {
            "Raises": function("raises", RAISE="yes"),
            "Map": mapping(
                "Raises",
                MaximumRetryAttempts=2,
                BisectBatchOnFunctionError=True,
                DestinationConfig={"OnFailure": {"Destination": {"Fn::GetAtt": ["Dead", "Arn"]}}},
            ),
        },
    )

    seen = wait_for(lambda: delivered_keys(fresh_cloud, "raises"), lambda d: d[-1:] == [["d"]])

    assert seen == [["a", "b", "c", "d"], ["a", "b"], ["c", "d"], ["c"], ["c"], ["c"], ["d"]]
    sqs = fresh_cloud.client("sqs")
    url = sqs.get_queue_url(QueueName="dead")["QueueUrl"]
    dead = json.loads(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"])
    assert dead["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert dead["DDBStreamBatchInfo"]["batchSize"] == 1


def test_a_slow_function_does_not_delay_another_streams_consumer(fresh_cloud: Cloud) -> None:
    deploy_template(
        fresh_cloud,
        "stack",
        resources(
            Slow=function("slow", SLEEP="4"),
            Quick=function("quick"),
            MapSlow=mapping("Slow"),
            MapQuick=mapping("Quick"),
        ),
    )
    put(fresh_cloud, "warm-up")
    wait_for(lambda: delivered_keys(fresh_cloud, "quick"), lambda d: len(d) == 1)
    wait_for(lambda: delivered_keys(fresh_cloud, "slow"), lambda d: len(d) == 1)
    put(fresh_cloud, "first")  # occupies the slow function
    time.sleep(0.5)

    at = time.time()
    put(fresh_cloud, "second")
    wait_for(lambda: delivered_keys(fresh_cloud, "quick"), lambda d: d[-1:] == [["second"]])

    assert deliveries(fresh_cloud, "quick")[-1].began - at < 2


def test_an_item_deleted_by_its_ttl_leaves_a_remove_record_of_the_service(
    fresh_cloud: Cloud,
) -> None:
    deploy_template(
        fresh_cloud, "stack", resources(Fn=function("removed"), Map=mapping("Fn", BatchSize=1))
    )
    put(fresh_cloud, "old", ttl={"N": str(int(time.time()) - 10)})

    seen = wait_for(lambda: deliveries(fresh_cloud, "removed"), lambda d: len(d) == 2)

    record = seen[-1].event["Records"][0]
    assert record["eventName"] == "REMOVE"
    assert record["userIdentity"] == {
        "type": "Service",
        "principalId": "dynamodb.amazonaws.com",
    }
    assert record["dynamodb"]["OldImage"]["pk"] == {"S": "old"}
    assert not fresh_cloud.client("dynamodb").scan(TableName="source")["Items"]


def test_changes_after_a_restart_are_delivered(tmp_path: Path) -> None:
    emulator = Emulator(tmp_path, persist=True).start()
    try:
        deploy_template(
            emulator.cloud, "stack", resources(Fn=function("kept"), Map=mapping("Fn", BatchSize=1))
        )
        for key in ("a", "b", "c"):
            put(emulator.cloud, key)
        wait_for(lambda: delivered_keys(emulator.cloud, "kept"), lambda d: len(d) == 3)
        emulator.stop()
        emulator.start()

        put(emulator.cloud, "d")
        put(emulator.cloud, "e")

        seen = wait_for(lambda: delivered_keys(emulator.cloud, "kept"), lambda d: len(d) == 5)
        assert seen == [["a"], ["b"], ["c"], ["d"], ["e"]]
    finally:
        emulator.stop()


def test_groups_of_a_fifo_queue_are_worked_on_side_by_side_each_in_order(
    fresh_cloud: Cloud,
) -> None:
    fifo = {
        "Type": "AWS::SQS::Queue",
        "Properties": {"QueueName": "work.fifo", "FifoQueue": True, "VisibilityTimeout": 20},
    }
    from_queue = mapping("Fn", EventSourceArn={"Fn::GetAtt": ["Work", "Arn"]}, BatchSize=1)
    del from_queue["Properties"]["StartingPosition"]
    deploy_template(
        fresh_cloud,
        "stack",
        resources(Work=fifo, Fn=function("worker", SLEEP="1.5"), Map=from_queue),
    )
    sqs = fresh_cloud.client("sqs")
    url = sqs.get_queue_url(QueueName="work.fifo")["QueueUrl"]
    for body in ("A1", "A2", "B1", "B2"):
        sqs.send_message(
            QueueUrl=url, MessageBody=body, MessageGroupId=body[0], MessageDeduplicationId=body
        )

    seen = wait_for(lambda: deliveries(fresh_cloud, "worker"), lambda d: len(d) == 4)

    began = {delivery.keys[0]: delivery.began for delivery in seen}
    assert began["A1"] + 1.5 <= began["A2"]
    assert began["B1"] + 1.5 <= began["B2"]
    assert abs(began["A1"] - began["B1"]) < 1.5
