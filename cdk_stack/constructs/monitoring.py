"""Everything of a stack that is watched, handed to its alarms and its dashboard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk_stack.constructs.alarms import Alarms
from cdk_stack.constructs.dashboard import StackDashboard
from cdk_stack.constructs.function import PlatformFunction
from cdk_stack.constructs.websocket_api import PlatformWebSocketApi
from cdk_stack.log_metrics import LogMetric
from cdk_stack.settings import Settings

_FIFTEEN_MINUTES = Duration.minutes(15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """`queues` are of work, `dead_letters` of what failed; `oldest_s` is how long work may wait.
    `failed_executions` are those of `log_metrics` that count one; each run is one invocation.
    """

    title: str
    functions: Mapping[str, PlatformFunction]
    table_names: Mapping[str, str]
    dead_letters: Mapping[str, sqs.IQueue]
    api: apigateway.RestApi
    queues: Mapping[str, sqs.IQueue] = field(default_factory=dict)
    oldest_s: Mapping[str, int] = field(default_factory=dict)
    log_metrics: Sequence[LogMetric] = ()
    failed_executions: Sequence[LogMetric] = ()
    socket: PlatformWebSocketApi | None = None


class StackMonitoring(Construct):
    """Alarms and a dashboard for what is watched."""

    def __init__(
        self, scope: Construct, construct_id: str, *, watched: Watched, settings: Settings
    ) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self._watched = watched
        self._alarms = Alarms(self, "Alarms", settings=settings)
        self._dashboard = StackDashboard(
            self, "Overview", name=f"{settings.prefix}-{watched.title}"
        )
        self._watch_api()
        self._watch_functions()
        self._watch_tables()
        self._watch_queues()
        self._watch_logs()
        self._watch_socket()

    def _watch_api(self) -> None:
        self._alarms.watch_api(f"{self._watched.title}-api", self._watched.api)
        self._dashboard.show_api(self._watched.api)

    def _watch_functions(self) -> None:
        functions = self._watched.functions
        for name, function in functions.items():
            self._alarms.watch_function(name, function.function)
            if function.spec.follows:
                self._alarms.watch_stream(name, function.function)
        self._dashboard.show_functions({name: each.function for name, each in functions.items()})

    def _watch_tables(self) -> None:
        for name, table_name in self._watched.table_names.items():
            self._alarms.watch_table(name, table_name)
        self._dashboard.show_tables(list(self._watched.table_names.values()))

    def _watch_queues(self) -> None:
        for name, queue in self._watched.dead_letters.items():
            self._alarms.watch_failures(name, queue)
        for name, queue in self._watched.queues.items():
            self._alarms.watch_queue(name, queue, oldest_s=self._watched.oldest_s[name])
        if self._watched.queues:
            self._dashboard.show_queues(self._watched.queues)

    def _watch_logs(self) -> None:
        metrics = {each.name: self._counted(each) for each in self._watched.log_metrics}
        for each in self._watched.log_metrics:
            if each.alarm:
                self._alarms.watch_count(each.alarm, each.sentence, metrics[each.name])
        failed = [
            metrics[each.name].with_(period=_FIFTEEN_MINUTES)
            for each in self._watched.failed_executions
        ]
        if failed:
            runner = self._watched.failed_executions[0].function
            function = self._watched.functions[runner.name].function
            begun = function.metric_invocations(statistic="Sum", period=_FIFTEEN_MINUTES)
            self._alarms.watch_executions(failed, begun)
        if metrics:
            self._dashboard.show_counts("What the functions say", list(metrics.values()))

    def _counted(self, each: LogMetric) -> cloudwatch.Metric:
        function = self._watched.functions[each.function.name]
        return self._filtered(each.name, function.log_group, each.pattern)

    def _watch_socket(self) -> None:
        socket = self._watched.socket
        if socket is None:
            return
        opened = self._filtered(
            "SocketsOpened", socket.access_log, '{ $.routeKey = "$connect" && $.status = 200 }'
        )
        lost = self._filtered("SocketsClosed", socket.access_log, '{ $.routeKey = "$disconnect" }')
        self._alarms.watch_sockets(lost, opened)
        self._dashboard.show_counts("Live connections", [opened, lost])

    def _filtered(self, name: str, log: logs.ILogGroup, pattern: str) -> cloudwatch.Metric:
        counted = logs.MetricFilter(
            self,
            name,
            log_group=log,
            filter_pattern=logs.FilterPattern.literal(pattern),
            metric_namespace=self._settings.prefix,
            metric_name=name,
            metric_value="1",
            default_value=0,
        )
        return counted.metric(statistic="Sum", period=Duration.minutes(5))
