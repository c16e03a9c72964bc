"""What invokes a function: a work queue's messages, or a table's stream."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk_stack.acknowledgements import QUEUE_HAS_DEAD_LETTERS, acknowledge

_STREAM_TRIES = 10
_STREAM_BATCH = 100


def work_messages(
    scope: Construct,
    construct_id: str,
    *,
    function: lambda_.IFunction,
    queue: sqs.IQueue,
    at_once: int,
) -> lambda_.CfnEventSourceMapping:
    """One message per invocation, `at_once` invocations at most; failed ones are named."""
    mapping = lambda_.CfnEventSourceMapping(
        scope,
        construct_id,
        function_name=function.function_name,
        event_source_arn=queue.queue_arn,
        batch_size=1,
        function_response_types=["ReportBatchItemFailures"],
        scaling_config=lambda_.CfnEventSourceMapping.ScalingConfigProperty(
            maximum_concurrency=at_once
        ),
    )
    acknowledge(mapping, QUEUE_HAS_DEAD_LETTERS)
    return mapping


def stream_changes(
    scope: Construct,
    construct_id: str,
    *,
    function: lambda_.IFunction,
    stream_arn: str,
    failures: sqs.IQueue,
) -> lambda_.CfnEventSourceMapping:
    """Changes in order. A record that fails is bisected out and kept in the failure queue."""
    return lambda_.CfnEventSourceMapping(
        scope,
        construct_id,
        function_name=function.function_name,
        event_source_arn=stream_arn,
        starting_position="TRIM_HORIZON",
        batch_size=_STREAM_BATCH,
        bisect_batch_on_function_error=True,
        maximum_retry_attempts=_STREAM_TRIES,
        function_response_types=["ReportBatchItemFailures"],
        destination_config=lambda_.CfnEventSourceMapping.DestinationConfigProperty(
            on_failure=lambda_.CfnEventSourceMapping.OnFailureProperty(
                destination=failures.queue_arn
            )
        ),
    )


def may_work(queue: sqs.IQueue) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=[
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:ChangeMessageVisibility",
            "sqs:GetQueueAttributes",
        ],
        resources=[queue.queue_arn],
    )


def may_follow(table_arn: str, stream_arn: str) -> list[iam.PolicyStatement]:
    """Streams are listed by table; the stream's own name is not known when that is asked."""
    return [
        iam.PolicyStatement(
            actions=["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
            resources=[stream_arn],
        ),
        iam.PolicyStatement(actions=["dynamodb:ListStreams"], resources=[f"{table_arn}/stream/*"]),
    ]
