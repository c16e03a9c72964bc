"""A log group that forgets after the environment's retention."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk_stack.settings import Settings


def log_group(
    scope: Construct, construct_id: str, *, name: str, settings: Settings
) -> logs.LogGroup:
    group = logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        removal_policy=RemovalPolicy.RETAIN if settings.keeps_data else RemovalPolicy.DESTROY,
    )
    resource = group.node.default_child
    assert isinstance(resource, logs.CfnLogGroup)  # noqa: S101 - narrows jsii's type
    resource.retention_in_days = settings.chosen.log_retention_days
    return group
