"""What the three stacks have in common: tables and functions made from their declarations."""

from collections.abc import Mapping, Sequence

from aws_cdk import CfnOutput, CfnParameter, Environment, Fn, Stack, Tags
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk_stack.constructs.backup import DailyBackup
from cdk_stack.constructs.event_sources import may_follow, may_work, stream_changes, work_messages
from cdk_stack.constructs.function import PlatformFunction, Wiring, layer_versions
from cdk_stack.constructs.monitoring import StackMonitoring, Watched
from cdk_stack.constructs.rest_api import PlatformRestApi
from cdk_stack.constructs.schedule import Tick
from cdk_stack.constructs.table import PlatformTable
from cdk_stack.constructs.work_queue import FailureQueue
from cdk_stack.function_specs import FunctionSpec, Rhythm, TableGrant, Weight
from cdk_stack.packaging import stage
from cdk_stack.settings import Settings
from cdk_stack.table_schemas import BROKER_ACCOUNTS, TableSchema
from cdk_stack.variables import MALLOC, variables_of

_TICK_RETRIES = 0
_TICK_OLDEST_S = 60


class PlatformStack(Stack):
    """A stack of one environment. Subclasses fill `variables` and `table_arns` before they add
    functions that need them.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(
            scope,
            construct_id,
            env=Environment(region=settings.aws.default_region),
            termination_protection=settings.keeps_data,
        )
        self.settings = settings
        self.variables: dict[str, str] = dict(variables_of(settings))
        self.tables: dict[str, PlatformTable] = {}
        self.table_names: dict[str, str] = {}
        self.table_arns: dict[str, str] = {}
        self.queues: dict[str, sqs.Queue] = {}
        self.dead_letters: dict[str, sqs.IQueue] = {}
        self.functions: dict[str, PlatformFunction] = {}
        self.token_key_arn = ""
        self.user_pool_arn = ""
        self.connections_arn = ""
        Tags.of(self).add("company", settings.company.name)
        Tags.of(self).add("project", settings.project)
        Tags.of(self).add("environment", settings.environment)

    # -- other stacks

    def parameter(self, name: str, default: str) -> CfnParameter:
        """The name of a stack this one imports from, as the deployment commands give it."""
        return CfnParameter(self, name, type="String", default=default, min_length=1)

    def imported(self, export_name: str) -> str:
        """`export_name` such as `${AuthStackName}-UserPoolId`."""
        return Fn.import_value(Fn.sub(export_name))

    def import_auth_broker(self) -> cognito.IUserPool:
        """Stack 1's key, broker accounts and user pool, ours or an existing one; gives the pool."""
        self.parameter("AuthStackName", self.settings.auth_stack_name)
        names = self.settings.chosen.auth_broker.export_names
        self.token_key_arn = self.imported(names.TokenKeyArn)
        self.variables["TOKEN_KEY_ID"] = self.token_key_arn
        self.import_table(BROKER_ACCOUNTS, names.BrokerAccountsTableName)
        return cognito.UserPool.from_user_pool_id(self, "UserPool", self.imported(names.UserPoolId))

    def export(self, name: str, value: str) -> None:
        """An output of this stack's own name, exported as `{stack name}-{name}`."""
        CfnOutput(self, name, value=value, export_name=Fn.sub("${AWS::StackName}-" + name))

    def export_of(self, schema: TableSchema) -> str:
        """`OptionsBasketsTableName`: what a table's name is exported as."""
        return "".join(part.capitalize() for part in schema.name.split("-")) + "TableName"

    # -- tables

    def add_tables(self, schemas: Sequence[TableSchema]) -> None:
        for schema in schemas:
            table = PlatformTable(
                self, _camel(f"{schema.name}-table"), schema=schema, settings=self.settings
            )
            self.tables[schema.name] = table
            self.table_names[schema.name] = table.table.table_name
            self.table_arns[schema.name] = table.table.table_arn
            self.export(self.export_of(schema), table.table.table_name)

    def import_table(self, schema: TableSchema, export_name: str) -> None:
        name = self.imported(export_name)
        self.table_names[schema.name] = name
        self.table_arns[schema.name] = self.format_arn(
            service="dynamodb", resource="table", resource_name=name
        )

    def expect_table(self, schema: TableSchema) -> None:
        """A table of a stack that is deployed after this one: by its name, for want of an export;
        it may not exist yet.
        """
        name = f"{self.settings.prefix}-{schema.name}"
        self.table_names[schema.name] = name
        self.table_arns[schema.name] = self.format_arn(
            service="dynamodb", resource="table", resource_name=name
        )

    # -- functions

    def add_functions(self, specs: Sequence[FunctionSpec], *, failures_name: str) -> None:
        self.failures = FailureQueue(
            self, "Failures", settings=self.settings, name=failures_name
        ).queue
        self.dead_letters[failures_name] = self.failures
        packages = {spec.package for spec in specs}
        weights = [spec.weight for spec in specs] if self.settings.builds_layers else []
        wiring = Wiring(
            settings=self.settings,
            assets={
                package: stage(package, [spec for spec in specs if spec.package == package])
                for package in sorted(packages)
            },
            layers=layer_versions(self, weights),
            failures=self.failures,
        )
        for spec in specs:
            self._add_function(spec, wiring)

    # -- routes

    def open_rest_api(
        self, identifier: str, *, user_pool: cognito.IUserPool, description: str
    ) -> PlatformRestApi:
        """The stack's REST API, without routes yet; its address is the output `ApiUrl`."""
        rest = PlatformRestApi(
            self,
            "Rest",
            identifier=identifier,
            settings=self.settings,
            user_pool=user_pool,
            deployed_from=description,
        )
        CfnOutput(self, "ApiUrl", value=rest.url)
        return rest

    # -- what is watched and kept

    def add_monitoring(self, watched: Watched) -> None:
        if self.settings.chosen.enable_monitoring:
            StackMonitoring(self, "Monitoring", watched=watched, settings=self.settings)

    def add_backup(self, name: str) -> None:
        """Tables whose items expire by themselves are not worth keeping a copy of."""
        lasting = [each.table for each in self.tables.values() if not each.schema.ttl_attribute]
        if self.settings.chosen.backup.enabled:
            DailyBackup(self, "Backup", name=name, tables=lasting, settings=self.settings)

    def own_table_names(self) -> dict[str, str]:
        return {name: table.table.table_name for name, table in self.tables.items()}

    def lambda_functions(self) -> Mapping[str, lambda_.IFunction]:
        return {name: function.function for name, function in self.functions.items()}

    def _add_function(self, spec: FunctionSpec, wiring: Wiring) -> None:
        function = PlatformFunction(
            self,
            _camel(spec.name),
            spec=spec,
            wiring=wiring,
            variables=self._variables_for(spec),
            statements=self._statements_for(spec),
        )
        self.functions[spec.name] = function
        if spec.trigger == "schedule":
            function.keep_failed_events(
                self.failures, retries=_TICK_RETRIES, oldest_s=_TICK_OLDEST_S
            )
            Tick(
                function,
                "Tick",
                name=spec.name,
                expression=self._expression(spec.rhythm),
                function=function.function,
                failures=self.failures,
                settings=self.settings,
            )
        self._add_sources(spec, function)

    def _expression(self, rhythm: Rhythm) -> str:
        chosen = self.settings.chosen
        return {
            Rhythm.MARKET: chosen.schedules.expression,
            Rhythm.BILLING: chosen.billing.schedule,
        }[rhythm]

    def _add_sources(self, spec: FunctionSpec, function: PlatformFunction) -> None:
        if spec.works:
            work_messages(
                function,
                "Work",
                function=function.function,
                queue=self.queues[spec.works],
                at_once=self.settings.chosen.execution_engine.max_concurrent_executions,
            )
        for schema in spec.follows:
            stream_changes(
                function,
                _camel(f"{schema.name}-changes"),
                function=function.function,
                stream_arn=self._stream_arn(schema),
                failures=self.failures,
            )

    def _stream_arn(self, schema: TableSchema) -> str:
        arn = self.tables[schema.name].table.table_stream_arn
        if arn is None:
            raise ValueError(f"{schema.name} has no stream to follow.")
        return arn

    def _variables_for(self, spec: FunctionSpec) -> dict[str, str]:
        names = ("ENVIRONMENT", "LOG_LEVEL", *spec.settings)
        values = {name: self.variables[name] for name in names}
        for grant in spec.tables:
            values[grant.variable] = self.table_names[grant.table.name]
        for queue in spec.sends_to:
            values[f"{queue.upper()}_QUEUE_URL"] = self.queues[queue].queue_url
        return values | (MALLOC if spec.weight is Weight.CHAIN else {})

    def _statements_for(self, spec: FunctionSpec) -> list[iam.PolicyStatement]:
        statements = [self._may_use(grant) for grant in spec.tables]
        if spec.sends_to:
            arns = [self.queues[name].queue_arn for name in spec.sends_to]
            statements.append(_may(["sqs:SendMessage"], arns))
        if spec.works:
            statements.append(may_work(self.queues[spec.works]))
        for schema in spec.follows:
            statements += may_follow(self.table_arns[schema.name], self._stream_arn(schema))
        if spec.token_uses:
            statements.append(_may([str(use) for use in spec.token_uses], [self.token_key_arn]))
        if spec.user_pool_actions:
            statements.append(_may(list(spec.user_pool_actions), [self.user_pool_arn]))
        if spec.pushes_to_sockets:
            statements.append(_may(["execute-api:ManageConnections"], [self.connections_arn]))
        return statements

    def _may_use(self, grant: TableGrant) -> iam.PolicyStatement:
        arn = self.table_arns[grant.table.name]
        return _may(
            [str(right) for right in grant.rights],
            [arn, *(f"{arn}/index/{index}" for index in grant.indexes)],
        )


def _may(actions: Sequence[str], resources: Sequence[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=list(actions), resources=list(resources))


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))
