"""Queues with their dead letters, streams, ticks."""

import json
from typing import Any

from tests.infrastructure.assemblies import Assembly, Template, settings_of


def queues(assembly: Assembly) -> dict[str, Any]:
    return {
        queue["QueueName"].removeprefix(f"{assembly.prefix}-"): queue
        for queue in assembly.properties("AWS::SQS::Queue")
    }


def mappings(assembly: Assembly) -> dict[str, list[tuple[Template, Any]]]:
    """Event source mappings by the name of their function."""
    found: dict[str, list[tuple[Template, Any]]] = {}
    for template, _, resource in assembly.of_type("AWS::Lambda::EventSourceMapping"):
        function = template.resource(resource["Properties"]["FunctionName"])["Properties"]
        name = function["FunctionName"].removeprefix(f"{assembly.prefix}-")
        found.setdefault(name, []).append((template, resource["Properties"]))
    return found


def test_the_queues_are_these(complete: Assembly) -> None:
    assert set(queues(complete)) == {
        "executions",
        "executions-dead-letters",
        "orders.fifo",
        "orders-dead-letters.fifo",
        "auth-broker-failures",
        "options-platform-failures",
        "execution-engine-failures",
    }


def test_work_that_fails_five_times_is_kept_for_two_weeks(complete: Assembly) -> None:
    for template, _, resource in complete.of_type("AWS::SQS::Queue"):
        queue = resource["Properties"]
        if "RedrivePolicy" not in queue:
            assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
            continue
        assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
        dead = template.resource(queue["RedrivePolicy"]["deadLetterTargetArn"])["Properties"]
        assert "dead-letters" in dead["QueueName"]
        assert dead.get("FifoQueue") == queue.get("FifoQueue")


def test_only_dead_letter_and_failure_queues_have_no_redrive(complete: Assembly) -> None:
    final = {name for name, queue in queues(complete).items() if "RedrivePolicy" not in queue}
    assert {
        name for name in final if "dead-letters" not in name and "failures" not in name
    } == set()


def test_an_accounts_orders_keep_their_order_and_its_neighbours_do_not_wait(
    complete: Assembly,
) -> None:
    orders = queues(complete)["orders.fifo"]
    assert orders["FifoQueue"] is True
    assert orders["FifoThroughputLimit"] == "perMessageGroupId"
    assert orders["DeduplicationScope"] == "messageGroup"


def test_every_queue_is_encrypted_and_refuses_plain_http_where_there_is_tls(
    assembly: Assembly,
) -> None:
    speaks_tls = settings_of(assembly.environment).speaks_tls
    for template, logical_id, resource in assembly.of_type("AWS::SQS::Queue"):
        assert resource["Properties"]["SqsManagedSseEnabled"] is True, logical_id
        policies = [
            policy
            for policy in template.properties("AWS::SQS::QueuePolicy")
            if {"Ref": logical_id} in policy["Queues"]
        ]
        assert ("aws:SecureTransport" in json.dumps(policies)) is speaks_tls, logical_id


def test_a_worker_has_a_message_longer_than_it_can_run(complete: Assembly) -> None:
    for name, found in mappings(complete).items():
        for template, mapping in found:
            source = template.resource(mapping["EventSourceArn"])
            if source["Type"] != "AWS::SQS::Queue":
                continue
            function = template.resource(mapping["FunctionName"])["Properties"]
            assert source["Properties"]["VisibilityTimeout"] > function["Timeout"], name
            assert mapping["BatchSize"] == 1
            assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_as_many_executions_run_at_once_as_the_design_says(assemblies: dict[str, Assembly]) -> None:
    for variant, at_once in {"dev": 50, "staging": 200, "production": 1000}.items():
        found = mappings(assemblies[variant])
        ((_, mapping),) = found.get("strategy-executor-queue", [(None, None)])
        if mapping is not None:
            assert mapping["ScalingConfig"]["MaximumConcurrency"] == at_once


def test_streams_are_followed_by_whom_it_concerns(complete: Assembly) -> None:
    followed: dict[str, set[str]] = {}
    for name, found in mappings(complete).items():
        for template, mapping in found:
            source = template.resource(mapping["EventSourceArn"])
            if source["Type"] != "AWS::DynamoDB::Table":
                continue
            followed.setdefault(name, set()).add(
                source["Properties"]["TableName"].removeprefix(f"{complete.prefix}-")
            )
            assert mapping["BisectBatchOnFunctionError"] is True
            assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
            assert mapping["StartingPosition"] == "TRIM_HORIZON"
            assert mapping["MaximumRetryAttempts"] > 0
            destination = mapping["DestinationConfig"]["OnFailure"]["Destination"]
            kept = template.resource(destination)["Properties"]["QueueName"]
            assert kept.endswith("failures")
    assert followed == {
        "performance-calculator-stream": {"order-history"},
        "live-feed-stream": {"order-history", "position-tracker"},
    }


def schedules(assembly: Assembly) -> dict[str, Any]:
    return {
        schedule["Name"].removeprefix(f"{assembly.prefix}-"): schedule
        for schedule in assembly.properties("AWS::Scheduler::Schedule")
    }


BILLING = "subscription-manager-schedule"


def test_these_functions_have_a_tick(complete: Assembly) -> None:
    assert set(schedules(complete)) == {
        "market-data-fetcher-schedule",
        "strategy-executor-schedule",
        "order-manager-schedule",
        BILLING,
    }


def test_the_clouds_ticks_cover_every_session_of_every_day(production: Assembly) -> None:
    """08:45 to 16:00 in India, weekend sessions and the evening of muhurat trading included."""
    for name, schedule in schedules(production).items():
        if name != BILLING:
            assert schedule["ScheduleExpression"] == "cron(* 8-19 * * ? *)"
            assert schedule["ScheduleExpressionTimezone"] == "Asia/Kolkata"


def test_the_billing_run_comes_each_hour_of_each_day(production: Assembly) -> None:
    assert schedules(production)[BILLING]["ScheduleExpression"] == "rate(1 hour)"


def test_the_local_ticks_come_all_day_since_its_market_can_be_turned(local: Assembly) -> None:
    for schedule in schedules(local).values():
        assert schedule["ScheduleExpression"] == "rate(1 minute)"


def test_a_tick_is_punctual_and_a_stale_one_is_kept_for_a_human(complete: Assembly) -> None:
    for name, schedule in schedules(complete).items():
        assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}, name
        assert schedule["Target"]["RetryPolicy"]["MaximumEventAgeInSeconds"] == 60, name
        assert schedule["Target"]["DeadLetterConfig"]["Arn"], name
    kept = complete.properties("AWS::Lambda::EventInvokeConfig")
    assert len(kept) == len(schedules(complete))
    assert all(each["DestinationConfig"]["OnFailure"]["Destination"] for each in kept)
