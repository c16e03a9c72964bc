"""A stack's dashboard: its API, its functions, its tables, its queues, what its logs count."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

_PERIOD = Duration.minutes(1)
_HALF = 12


class StackDashboard(Construct):
    """`{prefix}-{name}`; each `show_…` adds a row."""

    def __init__(self, scope: Construct, construct_id: str, *, name: str) -> None:
        super().__init__(scope, construct_id)
        self._dashboard = cloudwatch.Dashboard(
            self, "Dashboard", dashboard_name=name, period_override=cloudwatch.PeriodOverride.AUTO
        )

    def show_api(self, api: apigateway.RestApi) -> None:
        self._row(
            _graph(
                "REST requests and errors",
                [
                    api.metric_count(period=_PERIOD),
                    api.metric_client_error(period=_PERIOD),
                    api.metric_server_error(period=_PERIOD),
                ],
            ),
            _graph(
                "REST latency, p50 and p99",
                [
                    api.metric_latency(statistic="p50", period=_PERIOD),
                    api.metric_latency(statistic="p99", period=_PERIOD),
                ],
            ),
        )

    def show_functions(self, functions: Mapping[str, lambda_.IFunction]) -> None:
        self._row(
            _graph(
                "Function errors",
                [
                    function.metric_errors(label=name, period=_PERIOD)
                    for name, function in functions.items()
                ],
            ),
            _graph(
                "Function duration, p99",
                [
                    function.metric_duration(label=name, statistic="p99", period=_PERIOD)
                    for name, function in functions.items()
                ],
            ),
        )

    def show_tables(self, table_names: Sequence[str]) -> None:
        self._row(
            _graph("Table reads", _tables("ConsumedReadCapacityUnits", table_names)),
            _graph("Table writes", _tables("ConsumedWriteCapacityUnits", table_names)),
        )
        self._row(
            _graph("Throttled reads", _tables("ReadThrottleEvents", table_names)),
            _graph("Throttled writes", _tables("WriteThrottleEvents", table_names)),
        )

    def show_queues(self, queues: Mapping[str, sqs.IQueue]) -> None:
        self._row(
            _graph(
                "Messages waiting",
                [
                    queue.metric_approximate_number_of_messages_visible(label=name, period=_PERIOD)
                    for name, queue in queues.items()
                ],
            ),
            _graph(
                "Age of the oldest message, seconds",
                [
                    queue.metric_approximate_age_of_oldest_message(label=name, period=_PERIOD)
                    for name, queue in queues.items()
                ],
            ),
        )

    def show_counts(self, title: str, metrics: Sequence[cloudwatch.IMetric]) -> None:
        self._dashboard.add_widgets(_graph(title, metrics, width=2 * _HALF))

    def _row(self, left: cloudwatch.IWidget, right: cloudwatch.IWidget) -> None:
        self._dashboard.add_widgets(left, right)


def _graph(
    title: str, metrics: Sequence[cloudwatch.IMetric], width: int = _HALF
) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=width)


def _tables(metric: str, names: Sequence[str]) -> list[cloudwatch.IMetric]:
    return [
        cloudwatch.Metric(
            namespace="AWS/DynamoDB",
            metric_name=metric,
            dimensions_map={"TableName": name},
            statistic="Sum",
            period=_PERIOD,
            label=name,
        )
        for name in names
    ]
