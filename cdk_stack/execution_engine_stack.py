"""Stack 3: executions, orders, positions, performance, the live feed."""

from aws_cdk import CfnOutput
from constructs import Construct

from cdk_stack.constructs.monitoring import Watched
from cdk_stack.constructs.websocket_api import PlatformWebSocketApi
from cdk_stack.constructs.work_queue import WorkQueue
from cdk_stack.function_specs import FunctionSpec
from cdk_stack.functions_of_execution_engine import (
    EXECUTIONS_QUEUE,
    LIVE_FEED_AUTHORIZE,
    LIVE_FEED_WEBSOCKET,
    ORDERS_QUEUE,
)
from cdk_stack.log_metrics_of_execution_engine import (
    EXECUTIONS_BROKEN,
    EXECUTIONS_REFUSED,
    LOG_METRICS,
)
from cdk_stack.platform_stack import PlatformStack
from cdk_stack.routes import Route
from cdk_stack.settings import Settings
from cdk_stack.table_schemas import (
    EXECUTION_ENGINE_TABLES,
    MARKET_DATA_CACHE,
    OPTIONS_STRATEGIES,
    STRATEGY_BROKER_ALLOCATIONS,
)

_FROM_PLATFORM = (
    OPTIONS_STRATEGIES,
    STRATEGY_BROKER_ALLOCATIONS,
    MARKET_DATA_CACHE,
)
_LIVE_FEED = LIVE_FEED_WEBSOCKET.package
# A message that its worker died over comes back when this has passed.
_VISIBILITY_S = 125
_TRIES = 5
# An execution is sent ahead of its time and waits in the queue on purpose; orders never do.
_OLDEST_S = {EXECUTIONS_QUEUE: 300, ORDERS_QUEUE: 60}


class ExecutionEngineStack(PlatformStack):
    """Imports stack 1 (AuthStackName) and stack 2 (PlatformStackName)."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        functions: tuple[FunctionSpec, ...],
        routes: tuple[Route, ...],
    ) -> None:
        super().__init__(scope, construct_id, settings=settings)
        user_pool = self.import_auth_broker()
        self._import_platform()
        self.add_tables(EXECUTION_ENGINE_TABLES)
        self._add_queues()
        self.socket: PlatformWebSocketApi | None = None
        if settings.chosen.execution_engine.enable_websocket:
            self.socket = self._add_socket()
        else:
            functions = tuple(each for each in functions if each.package != _LIVE_FEED)
            routes = tuple(each for each in routes if each.function.package != _LIVE_FEED)
        self.add_functions(functions, failures_name="execution-engine-failures")
        if self.socket is not None:
            self._serve(self.socket)
        self.rest = self.open_rest_api(
            "execution",
            user_pool=user_pool,
            description="Executions, orders, positions, profit and loss",
        )
        self.rest.serve(routes, self.lambda_functions())
        self._watch()
        self.add_backup("execution-engine")

    def _watch(self) -> None:
        self.add_monitoring(
            Watched(
                title="execution-engine",
                functions=self.functions,
                table_names=self.own_table_names(),
                dead_letters=self.dead_letters,
                api=self.rest.api,
                queues=self.queues,
                oldest_s=_OLDEST_S,
                log_metrics=LOG_METRICS,
                failed_executions=(EXECUTIONS_REFUSED, EXECUTIONS_BROKEN),
                socket=self.socket,
            )
        )

    def _import_platform(self) -> None:
        self.parameter("PlatformStackName", self.settings.platform_stack_name)
        for schema in _FROM_PLATFORM:
            self.import_table(schema, "${PlatformStackName}-" + self.export_of(schema))

    def _add_queues(self) -> None:
        for name, fifo in ((EXECUTIONS_QUEUE, False), (ORDERS_QUEUE, True)):
            work = WorkQueue(
                self,
                f"{name.capitalize()}Queue",
                settings=self.settings,
                name=name,
                visibility_s=_VISIBILITY_S,
                tries=_TRIES,
                fifo=fifo,
            )
            self.queues[name] = work.queue
            self.dead_letters[f"{name}-dead-letters"] = work.dead_letters

    def _add_socket(self) -> PlatformWebSocketApi:
        socket = PlatformWebSocketApi(self, "Live", identifier="live", settings=self.settings)
        self.connections_arn = socket.connections_arn
        self.variables["WEBSOCKET_ENDPOINT"] = socket.management_url
        return socket

    def _serve(self, socket: PlatformWebSocketApi) -> None:
        functions = self.lambda_functions()
        socket.serve(
            authorizer=functions[LIVE_FEED_AUTHORIZE.name],
            socket=functions[LIVE_FEED_WEBSOCKET.name],
        )
        CfnOutput(self, "SocketUrl", value=socket.socket_url)
