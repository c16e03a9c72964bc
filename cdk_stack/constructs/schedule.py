"""A tick of the clock for a function."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk_stack.settings import Settings

_STALE_AFTER_S = 60


class Tick(Construct):
    """Invokes the function by `expression`. A tick that cannot be delivered within a minute is
    stale and goes to the failure queue: the next one does its work.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        expression: str,
        function: lambda_.IFunction,
        failures: sqs.IQueue,
        settings: Settings,
    ) -> None:
        super().__init__(scope, construct_id)
        self.schedule = scheduler.CfnSchedule(
            self,
            "Schedule",
            name=f"{settings.prefix}-{name}",
            schedule_expression=expression,
            schedule_expression_timezone=settings.chosen.schedules.timezone,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=function.function_arn,
                role_arn=self._role(function, failures).role_arn,
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=_STALE_AFTER_S, maximum_retry_attempts=2
                ),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                    arn=failures.queue_arn
                ),
            ),
        )

    def _role(self, function: lambda_.IFunction, failures: sqs.IQueue) -> iam.Role:
        """Lets our own account's scheduler invoke the function and keep what it could not."""
        return iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            ),
            inline_policies={
                "Rights": iam.PolicyDocument(
                    statements=[
                        iam.PolicyStatement(
                            actions=["lambda:InvokeFunction"], resources=[function.function_arn]
                        ),
                        iam.PolicyStatement(
                            actions=["sqs:SendMessage"], resources=[failures.queue_arn]
                        ),
                    ]
                )
            },
        )
