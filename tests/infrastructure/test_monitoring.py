"""Each thing that can go wrong has its alarm; topics, dashboards and backups."""

import json
from typing import Any

import pytest

from cdk_stack import log_metrics_of_execution_engine, log_metrics_of_options_platform
from cdk_stack.constructs.alarms import (
    API_SERVER_ERRORS,
    EXECUTION_FAILURES,
    FUNCTION_ERRORS,
    SOCKETS_LOST,
)
from cdk_stack.log_metrics import LogMetric
from cdk_stack.packaging import files_of
from cdk_stack.settings import ROOT
from cdk_stack.table_schemas import ALL_TABLES
from tests.infrastructure.assemblies import Assembly
from tests.infrastructure.test_events import queues
from tests.infrastructure.test_functions import SPECS

_WORK = {"executions", "orders"}
LOG_METRICS = (
    *log_metrics_of_options_platform.LOG_METRICS,
    *log_metrics_of_execution_engine.LOG_METRICS,
)


def alarms(assembly: Assembly) -> dict[str, Any]:
    return {
        alarm["AlarmName"].removeprefix(f"{assembly.prefix}-"): alarm
        for alarm in assembly.properties("AWS::CloudWatch::Alarm")
    }


def test_every_function_has_its_alarms(production: Assembly) -> None:
    names = {spec.name for spec in SPECS}
    found = set(alarms(production))
    assert {name.removesuffix("-errors") for name in found if name.endswith("-errors")} - {
        "auth-broker-api-server",
        "options-platform-api-server",
        "execution-engine-api-server",
    } == names
    throttles = {name for name in found if name.endswith("-throttles")}
    assert throttles == {f"{name}-throttles" for name in names}


def test_every_stream_function_says_when_it_is_behind(production: Assembly) -> None:
    behind = {name for name in alarms(production) if name.endswith("-behind")}
    assert behind == {f"{spec.name}-behind" for spec in SPECS if spec.follows}


def test_every_queue_that_keeps_failures_has_its_alarm(production: Assembly) -> None:
    final = {
        name.removesuffix(".fifo")
        for name, queue in queues(production).items()
        if "RedrivePolicy" not in queue
    }
    found = {name for name in alarms(production) if name.endswith("-not-empty")}
    assert found == {f"{name}-not-empty" for name in final}


def test_every_work_queue_says_when_work_waits(production: Assembly) -> None:
    found = {name for name in alarms(production) if name.endswith("-waiting")}
    assert found == {f"{name}-waiting" for name in _WORK}


def test_every_table_says_when_it_is_throttled(production: Assembly) -> None:
    found = {name for name in alarms(production) if name.endswith("-throttled")}
    assert found == {f"{schema.name}-throttled" for schema in ALL_TABLES}


def test_every_api_says_when_it_fails(production: Assembly) -> None:
    found = {name for name in alarms(production) if name.endswith("-server-errors")}
    assert found == {
        "auth-broker-api-server-errors",
        "options-platform-api-server-errors",
        "execution-engine-api-server-errors",
    }


@pytest.mark.parametrize(
    ("name", "limit", "minutes"),
    [
        ("order-manager-queue-errors", FUNCTION_ERRORS, 5),
        ("execution-engine-api-server-errors", API_SERVER_ERRORS, 5),
        ("sockets-lost", SOCKETS_LOST, 5),
        ("strategy-executions-failing", EXECUTION_FAILURES, 15),
    ],
)
def test_the_designs_limits_are_the_alarms(
    production: Assembly, name: str, limit: int, minutes: int
) -> None:
    alarm = alarms(production)[name]
    assert alarm["Threshold"] == limit
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    periods = {
        metric["MetricStat"]["Period"] for metric in alarm["Metrics"] if "MetricStat" in metric
    }
    assert periods == {minutes * 60}


@pytest.mark.parametrize("metric", LOG_METRICS, ids=lambda metric: metric.name)
def test_a_counted_sentence_is_one_its_function_logs(metric: LogMetric) -> None:
    said = "".join(
        (ROOT / file).read_text() for file in files_of([metric.function]) if file.endswith(".py")
    )
    assert f'"{metric.sentence}"' in said


def test_every_counted_sentence_has_its_filter(production: Assembly) -> None:
    filters = {
        each["MetricTransformations"][0]["MetricName"]: each["FilterPattern"]
        for each in production.properties("AWS::Logs::MetricFilter")
    }
    assert {metric.name: metric.pattern for metric in LOG_METRICS}.items() <= filters.items()
    found = set(alarms(production))
    assert {metric.alarm for metric in LOG_METRICS if metric.alarm} <= found


def test_the_designs_percentages() -> None:
    assert (FUNCTION_ERRORS, API_SERVER_ERRORS, EXECUTION_FAILURES, SOCKETS_LOST) == (5, 1, 10, 20)


@pytest.mark.parametrize(
    ("variant", "notifies"), [("dev", False), ("staging", False), ("production", True)]
)
def test_alarms_notify_where_enable_alarms_says_so(
    assemblies: dict[str, Assembly], variant: str, notifies: bool
) -> None:
    found = alarms(assemblies[variant])
    assert found
    for name, alarm in found.items():
        assert alarm.get("ActionsEnabled", True) is notifies, name
        assert "critical-alerts" in json.dumps(alarm["AlarmActions"]), name


def test_there_are_three_encrypted_topics(assembly: Assembly) -> None:
    topics = {topic["TopicName"]: topic for topic in assembly.properties("AWS::SNS::Topic")}
    assert set(topics) == {
        f"{assembly.prefix}-{severity}-alerts" for severity in ("critical", "warning", "info")
    }
    assert all("KmsMasterKeyId" in topic for topic in topics.values())


def test_every_stack_has_its_dashboard(production: Assembly) -> None:
    found = {
        board["DashboardName"] for board in production.properties("AWS::CloudWatch::Dashboard")
    }
    assert found == {
        f"{production.prefix}-{stack}"
        for stack in ("auth-broker", "options-platform", "execution-engine")
    }


@pytest.mark.parametrize(("variant", "days"), [("dev", 7), ("staging", 7), ("production", 30)])
def test_backups_are_daily_and_kept_as_long_as_designed(
    assemblies: dict[str, Assembly], variant: str, days: int
) -> None:
    plans = assemblies[variant].properties("AWS::Backup::BackupPlan")
    assert plans
    for plan in plans:
        (rule,) = plan["BackupPlan"]["BackupPlanRule"]
        assert rule["ScheduleExpression"] == "cron(0 19 * * ? *)"
        assert rule["Lifecycle"] == {"DeleteAfterDays": days}
        copied = rule.get("CopyActions", [])
        assert bool(copied) is (variant == "production")
        for copy in copied:
            assert copy["Lifecycle"] == {"DeleteAfterDays": days}
            assert ":ap-south-2:" in json.dumps(copy["DestinationBackupVaultArn"])


def test_every_lasting_table_is_backed_up(production: Assembly) -> None:
    kept = set()
    for template, _, resource in production.of_type("AWS::Backup::BackupSelection"):
        for arn in resource["Properties"]["BackupSelection"]["Resources"]:
            kept.add(template.resource(arn)["Properties"]["TableName"])
    lasting = {schema.name for schema in ALL_TABLES if schema.ttl_attribute is None}
    assert kept == {f"{production.prefix}-{name}" for name in lasting}
