"""The alarms of a stack: one for each way a function, queue, table, API or socket goes wrong."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk_stack.constructs.alerts import Severity, topic_arn
from cdk_stack.settings import Settings

# The design document's limits, in percent.
FUNCTION_ERRORS = 5
API_SERVER_ERRORS = 1
EXECUTION_FAILURES = 10
SOCKETS_LOST = 20

_FIVE_MINUTES = Duration.minutes(5)
_OPERATIONS = (
    "GetItem",
    "BatchGetItem",
    "Query",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "TransactWriteItems",
)
_ABOVE = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
_SILENCE_IS_FINE = cloudwatch.TreatMissingData.NOT_BREACHING


class Alarms(Construct):
    """Alarms exist wherever monitoring is on; `enable_alarms` decides whether they notify."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self._topics = {
            severity: sns.Topic.from_topic_arn(
                self, f"{severity.capitalize()}Topic", topic_arn(self, settings, severity)
            )
            for severity in (Severity.CRITICAL, Severity.WARNING)
        }

    def watch_function(self, name: str, function: lambda_.IFunction) -> None:
        """Errors above 5 % of the invocations in 5 minutes; any invocation refused for load."""
        self._alarm(
            f"{name}-errors",
            f"{name}: more than {FUNCTION_ERRORS} % of its invocations failed in 5 minutes",
            _percent(
                function.metric_errors(statistic="Sum"),
                function.metric_invocations(statistic="Sum"),
            ),
            above=FUNCTION_ERRORS,
        )
        self._alarm(
            f"{name}-throttles",
            f"{name}: invocations were refused for lack of concurrency",
            function.metric_throttles(statistic="Sum", period=_FIVE_MINUTES),
            above=0,
        )

    def watch_stream(self, name: str, function: lambda_.IFunction) -> None:
        """Changes wait longer than a minute."""
        self._alarm(
            f"{name}-behind",
            f"{name}: the oldest change of its stream has waited more than a minute",
            function.metric("IteratorAge", statistic="Maximum", period=Duration.minutes(1)),
            above=60_000,
        )

    def watch_failures(self, name: str, queue: sqs.IQueue) -> None:
        """Anything at all in a dead-letter or failure queue."""
        self._alarm(
            f"{name}-not-empty",
            f"{name}: something could not be handled and waits for a human",
            queue.metric_approximate_number_of_messages_visible(
                statistic="Maximum", period=Duration.minutes(1)
            ),
            above=0,
        )

    def watch_queue(self, name: str, queue: sqs.IQueue, *, oldest_s: int) -> None:
        """Work waits longer than `oldest_s`, which a deliberate delay is not part of."""
        self._alarm(
            f"{name}-waiting",
            f"{name}: the oldest message has waited more than {oldest_s} seconds",
            queue.metric_approximate_age_of_oldest_message(
                statistic="Maximum", period=Duration.minutes(1)
            ),
            above=oldest_s,
        )

    def watch_table(self, name: str, table_name: str) -> None:
        """Any request on the table or an index of it that was throttled."""
        metrics: Mapping[str, cloudwatch.IMetric] = {
            operation.lower(): cloudwatch.Metric(
                namespace="AWS/DynamoDB",
                metric_name="ThrottledRequests",
                dimensions_map={"TableName": table_name, "Operation": operation},
                statistic="Sum",
                period=_FIVE_MINUTES,
            )
            for operation in _OPERATIONS
        }
        terms = " + ".join(f"FILL({key}, 0)" for key in metrics)
        self._alarm(
            f"{name}-throttled",
            f"{name}: DynamoDB throttled requests",
            cloudwatch.MathExpression(
                expression=terms, using_metrics=metrics, label="throttled", period=_FIVE_MINUTES
            ),
            above=0,
        )

    def watch_api(self, name: str, api: apigateway.RestApi) -> None:
        """Server errors above 1 % in 5 minutes."""
        self._alarm(
            f"{name}-server-errors",
            f"{name}: more than {API_SERVER_ERRORS} % of the answers in 5 minutes were 5xx",
            _percent(api.metric_server_error(statistic="Sum"), api.metric_count(statistic="Sum")),
            above=API_SERVER_ERRORS,
        )

    def watch_executions(
        self, failed: Sequence[cloudwatch.IMetric], begun: cloudwatch.IMetric
    ) -> None:
        """Failures above 10 % of the strategy executions that were begun in 15 minutes."""
        ways: dict[str, cloudwatch.IMetric] = {f"way{n}": each for n, each in enumerate(failed)}
        terms = " + ".join(f"FILL({key}, 0)" for key in ways)
        self._alarm(
            "strategy-executions-failing",
            f"More than {EXECUTION_FAILURES} % of the strategy executions failed in 15 minutes",
            cloudwatch.MathExpression(
                expression=f"IF(FILL(begun, 0) > 0, 100 * ({terms}) / begun, 0)",
                using_metrics={**ways, "begun": begun},
                label="percent",
                period=Duration.minutes(15),
            ),
            above=EXECUTION_FAILURES,
        )

    def watch_sockets(self, lost: cloudwatch.IMetric, opened: cloudwatch.IMetric) -> None:
        """Sockets that were lost and did not come back, as a share of those lost. Fewer than ten
        in 5 minutes are people closing their browsers.
        """
        self._alarm(
            "sockets-lost",
            f"More than {SOCKETS_LOST} % of the lost live connections did not come back",
            cloudwatch.MathExpression(
                expression=(
                    "IF(FILL(lost, 0) >= 10, "
                    "100 * (FILL(lost, 0) - FILL(opened, 0)) / FILL(lost, 1), 0)"
                ),
                using_metrics={"lost": lost, "opened": opened},
                label="lost for good, percent",
                period=_FIVE_MINUTES,
            ),
            above=SOCKETS_LOST,
        )

    def watch_count(self, name: str, sentence: str, metric: cloudwatch.IMetric) -> None:
        """Any single occurrence."""
        self._alarm(name, sentence, metric, above=0)

    def _alarm(
        self,
        name: str,
        sentence: str,
        metric: cloudwatch.IMetric,
        *,
        above: float,
        severity: Severity = Severity.CRITICAL,
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            "".join(part.capitalize() for part in name.split("-")),
            alarm_name=f"{self._settings.prefix}-{name}",
            alarm_description=sentence,
            metric=metric,
            threshold=above,
            comparison_operator=_ABOVE,
            evaluation_periods=1,
            treat_missing_data=_SILENCE_IS_FINE,
            actions_enabled=self._settings.chosen.enable_alarms,
        )
        alarm.add_alarm_action(actions.SnsAction(self._topics[severity]))


def _percent(part: cloudwatch.IMetric, whole: cloudwatch.IMetric) -> cloudwatch.MathExpression:
    return cloudwatch.MathExpression(
        expression="IF(FILL(whole, 0) > 0, 100 * FILL(part, 0) / whole, 0)",
        using_metrics={"part": part, "whole": whole},
        label="percent",
        period=_FIVE_MINUTES,
    )
