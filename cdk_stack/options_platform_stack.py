"""Stack 2: baskets, strategies, broker allocations, subscriptions, market data."""

from constructs import Construct

from cdk_stack.constructs.alerts import AlertTopics
from cdk_stack.constructs.monitoring import Watched
from cdk_stack.function_specs import FunctionSpec
from cdk_stack.log_metrics_of_options_platform import LOG_METRICS
from cdk_stack.platform_stack import PlatformStack
from cdk_stack.routes import Route
from cdk_stack.settings import Settings
from cdk_stack.table_schemas import (
    OPTIONS_PLATFORM_TABLES,
    ORDER_HISTORY,
    POSITION_TRACKER,
    STRATEGY_EXECUTIONS,
)

# Who ends a strategy asks first what it holds (ADR 0139).
_OF_EXECUTION_ENGINE = (STRATEGY_EXECUTIONS, ORDER_HISTORY, POSITION_TRACKER)


class OptionsPlatformStack(PlatformStack):
    """Imports the user pool and the broker accounts of stack 1 (parameter AuthStackName)."""

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
        self.add_tables(OPTIONS_PLATFORM_TABLES)
        for schema in _OF_EXECUTION_ENGINE:
            self.expect_table(schema)
        self.add_functions(functions, failures_name="options-platform-failures")
        self.rest = self.open_rest_api(
            "options",
            user_pool=user_pool,
            description="Baskets, strategies, allocations, market data",
        )
        self.rest.serve(routes, self.lambda_functions())
        AlertTopics(self, "Alerts", settings=settings)
        self.add_monitoring(
            Watched(
                title="options-platform",
                functions=self.functions,
                table_names=self.own_table_names(),
                dead_letters=self.dead_letters,
                api=self.rest.api,
                log_metrics=LOG_METRICS,
            )
        )
        self.add_backup("options-platform")
