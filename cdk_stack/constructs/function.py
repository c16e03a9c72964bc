"""One Lambda function from its declaration: code, layer, role, log group, environment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import AssetHashType, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk_stack.acknowledgements import (
    FAILURES_HAVE_A_DESTINATION,
    PYTHON_3_11,
    SOCKETS,
    STREAMS,
    TRACES,
    acknowledge,
)
from cdk_stack.constructs.log_group import log_group
from cdk_stack.function_specs import FunctionSpec, Weight
from cdk_stack.layers import layer, layer_hash
from cdk_stack.settings import Settings

RUNTIME = lambda_.Runtime.PYTHON_3_11
ARCHITECTURE = lambda_.Architecture.ARM_64

# Nobody waits for these; what they could not handle goes to the failure queue.
_KEEPS_FAILURES = ("schedule", "stream")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What a stack gives all its functions: their packages, layers, rights and surroundings."""

    settings: Settings
    assets: Mapping[str, Path]
    layers: Mapping[Weight, lambda_.ILayerVersion]
    failures: sqs.IQueue


class PlatformFunction(Construct):
    """Python 3.11 on arm64 with a role of its own that may do what `statements` say, write its own
    log and its traces, and hand events it could not handle to the stack's failure queue.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: FunctionSpec,
        wiring: Wiring,
        variables: Mapping[str, str],
        statements: Sequence[iam.PolicyStatement],
    ) -> None:
        super().__init__(scope, construct_id)
        self.spec = spec
        settings = wiring.settings
        self.function_name = f"{settings.prefix}-{spec.name}"
        self.log_group = log_group(
            self, "Log", name=f"/aws/lambda/{self.function_name}", settings=settings
        )
        self.role = self._role(statements, wiring.failures)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=self.function_name,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            handler=spec.handler,
            code=lambda_.Code.from_asset(str(wiring.assets[spec.package])),
            layers=[wiring.layers[spec.weight]] if wiring.layers else None,
            memory_size=spec.memory_mb,
            timeout=Duration.seconds(spec.timeout_s),
            environment=dict(variables),
            log_group=self.log_group,
            role=self.role,
        )
        resource = self.function.node.default_child
        assert isinstance(resource, lambda_.CfnFunction)  # noqa: S101 - narrows jsii's type
        # Set here because the construct's own switch writes a second policy with wildcards.
        resource.tracing_config = lambda_.CfnFunction.TracingConfigProperty(mode="Active")
        self._acknowledge()

    def keep_failed_events(self, failures: sqs.IQueue, *, retries: int, oldest_s: int) -> None:
        """An asynchronous event is tried again so often and so long, then kept in the queue."""
        lambda_.CfnEventInvokeConfig(
            self,
            "FailedEvents",
            function_name=self.function.function_name,
            qualifier="$LATEST",
            maximum_retry_attempts=retries,
            maximum_event_age_in_seconds=oldest_s,
            destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
                on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(
                    destination=failures.queue_arn
                )
            ),
        )

    def _acknowledge(self) -> None:
        acknowledge(self.function, PYTHON_3_11, FAILURES_HAVE_A_DESTINATION)
        acknowledge(self.role, TRACES, *(STREAMS[table.name] for table in self.spec.follows))
        if self.spec.pushes_to_sockets:
            acknowledge(self.role, SOCKETS)

    def _role(self, statements: Sequence[iam.PolicyStatement], failures: sqs.IQueue) -> iam.Role:
        own = [
            iam.PolicyStatement(
                sid="WriteItsOwnLog",
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[self.log_group.log_group_arn],
            ),
            iam.PolicyStatement(
                sid="WriteTraces",
                actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
                resources=["*"],
            ),
        ]
        if self.spec.trigger in _KEEPS_FAILURES:
            own.append(
                iam.PolicyStatement(
                    sid="KeepFailedEvents",
                    actions=["sqs:SendMessage"],
                    resources=[failures.queue_arn],
                )
            )
        return iam.Role(
            self,
            "Role",
            description=f"What {self.function_name} may do",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            inline_policies={"Rights": iam.PolicyDocument(statements=[*own, *statements])},
        )


def layer_versions(
    scope: Construct, weights: Sequence[Weight]
) -> dict[Weight, lambda_.ILayerVersion]:
    """A stack's third-party layers; the first build of one needs the package registry."""
    versions: dict[Weight, lambda_.ILayerVersion] = {}
    for weight in sorted(set(weights)):
        folder = layer(weight)
        versions[weight] = lambda_.LayerVersion(
            scope,
            "".join(part.capitalize() for part in weight.split("-")),
            code=lambda_.Code.from_asset(
                str(folder), asset_hash=layer_hash(folder), asset_hash_type=AssetHashType.CUSTOM
            ),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
            description=f"Third-party packages of the group {weight}",
        )
    return versions
