"""Every finding of cdk-nag that is answered by a reason instead of a change, in one list.

A construct names the entry; an entry that no construct names, or a finding without an entry, fails
a test.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Acknowledgment, Validations
from constructs import Construct


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasoned:
    """The ids of the findings and why they stand."""

    findings: tuple[str, ...]
    reason: str


PYTHON_3_11 = Reasoned(
    findings=("AwsSolutions-L1", "Serverless-LambdaLatestVersion"),
    reason=(
        "The platform runs Python 3.11, as its design asks; the layers' byte code is compiled by "
        "the same version."
    ),
)
FAILURES_HAVE_A_DESTINATION = Reasoned(
    findings=("Serverless-LambdaDLQ",),
    reason=(
        "Only ticks and streams are handled without a caller or a queue that tries again; their "
        "failures go to the failure queue as a destination."
    ),
)
TRACES = Reasoned(
    findings=("AwsSolutions-IAM5[Resource::*]", "Serverless-LambdaStarPermissions"),
    reason="X-Ray's two write actions know no resources; a test allows '*' to no other statement.",
)
SOCKETS = Reasoned(
    findings=(
        (
            "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:execute-api:ap-south-1:"
            "<AWS::AccountId>:<LiveApi149456B6>/live/*/@connections/*]"
        ),
    ),
    reason="A connection has no name before it is made; the API and its stage are named.",
)
ORDER_STREAM = Reasoned(
    findings=("AwsSolutions-IAM5[Resource::<OrderHistoryTable15BCB14F.Arn>/stream/*]",),
    reason="ListStreams is asked of a table before its stream's name is known.",
)
POSITION_STREAM = Reasoned(
    findings=("AwsSolutions-IAM5[Resource::<PositionTrackerTableCD5E01F7.Arn>/stream/*]",),
    reason="ListStreams is asked of a table before its stream's name is known.",
)
STREAMS = {"order-history": ORDER_STREAM, "position-tracker": POSITION_STREAM}
LAST_QUEUE = Reasoned(
    findings=("AwsSolutions-SQS3", "Serverless-SQSRedrivePolicy"),
    reason="It is where failed work ends: an alarm on the first message calls a human.",
)
QUEUE_HAS_DEAD_LETTERS = Reasoned(
    findings=("Serverless-LambdaEventSourceMappingDestination",),
    reason="The source is a queue: its own redrive policy keeps what failed five times.",
)
PLAIN_ENDPOINT = Reasoned(
    findings=("AwsSolutions-SQS4", "AwsSolutions-SNS3"),
    reason="public_endpoint is plain HTTP here: refusing it would refuse every message.",
)
GATEWAY_LOG_ROLE = Reasoned(
    findings=(
        (
            "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
            "AmazonAPIGatewayPushToCloudWatchLogs]"
        ),
    ),
    reason="The account-wide role with which API Gateway writes logs is AWS's own.",
)
BACKUP_ROLE = Reasoned(
    findings=(
        (
            "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
            "AWSBackupServiceRolePolicyForBackup]"
        ),
    ),
    reason="The rights that AWS Backup needs are AWS's to name; the selection lists our tables.",
)
BODIES_READ_BY_FUNCTIONS = Reasoned(
    findings=("AwsSolutions-APIG2",),
    reason="The functions' schemas refuse a body field by field, which the gateway's cannot.",
)
NO_GUARD = Reasoned(
    findings=("AwsSolutions-APIG3",),
    reason="api.waf_enabled is off here: an environment without customers; throttling is on.",
)
PUBLIC_ROUTE = Reasoned(
    findings=("AwsSolutions-APIG4", "AwsSolutions-COG4"),
    reason=(
        "Signing in comes before the token; a broker's redirect carries its own one-time state."
    ),
)
SOCKET_IS_LET_IN = Reasoned(
    findings=("AwsSolutions-APIG4",),
    reason="A socket is authorised when it connects, by its ticket; API Gateway asks no more.",
)
MFA_IS_THE_TRADERS_CHOICE = Reasoned(
    findings=("AwsSolutions-COG2",),
    reason="auth_broker.mfa decides; brokers ask for their own second factor at each login.",
)
ESSENTIALS_PLAN = Reasoned(
    findings=("AwsSolutions-COG8",),
    reason="The plus tier costs per user; throttling and the guard limit guessing meanwhile.",
)
RESTORED_FROM_SEED = Reasoned(
    findings=("AwsSolutions-DDB3",),
    reason="The design asks point-in-time recovery of production; here data is made up.",
)


def acknowledge(construct: Construct, *reasons: Reasoned) -> None:
    """The findings of the construct, or of anything in it, stand for the reason."""
    Validations.of(construct).acknowledge(*_entries(reasons))


def _entries(reasons: Sequence[Reasoned]) -> list[Acknowledgment]:
    return [
        Acknowledgment(id=finding, reason=each.reason)
        for each in reasons
        for finding in each.findings
    ]
