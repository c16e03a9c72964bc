"""The three topics that alarms speak on, and how a stack finds them."""

from enum import StrEnum

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from cdk_stack.acknowledgements import PLAIN_ENDPOINT, acknowledge
from cdk_stack.settings import Settings


class Severity(StrEnum):
    """CRITICAL: money or data is at stake now. WARNING: it will be. INFO: worth knowing."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class AlertTopics(Construct):
    """`ql-algo-trading-{env}-{critical|warning|info}-alerts`, encrypted, TLS only (but
    where the settings' endpoint is plain HTTP). The settings'
    `alert_emails` hear of what is critical.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        key = kms.Key(
            self,
            "Key",
            description="Alarms on the alert topics: AWS's own key admits no alarm",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN if settings.keeps_data else RemovalPolicy.DESTROY,
        )
        alarms = iam.ServicePrincipal("cloudwatch.amazonaws.com")
        key.grant(alarms, "kms:Decrypt", "kms:GenerateDataKey")
        self.topics: dict[Severity, sns.Topic] = {}
        for severity in Severity:
            topic = sns.Topic(
                self,
                severity.capitalize(),
                topic_name=topic_name(settings, severity),
                master_key=key,
                enforce_ssl=settings.speaks_tls,
            )
            topic.grant_publish(alarms)
            if not settings.speaks_tls:
                acknowledge(topic, PLAIN_ENDPOINT)
            self.topics[severity] = topic
        for address in settings.chosen.alert_emails:
            self.topics[Severity.CRITICAL].add_subscription(
                subscriptions.EmailSubscription(address)
            )


def topic_name(settings: Settings, severity: Severity) -> str:
    return f"{settings.prefix}-{severity}-alerts"


def topic_arn(scope: Construct, settings: Settings, severity: Severity) -> str:
    """By name, so that a stack's alarms do not wait for the stack that has the topics."""
    return Stack.of(scope).format_arn(service="sns", resource=topic_name(settings, severity))
