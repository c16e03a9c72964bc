"""A queue of work with the dead-letter queue where work ends up that failed too often."""

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk_stack.acknowledgements import LAST_QUEUE, PLAIN_ENDPOINT, acknowledge
from cdk_stack.settings import Settings

_KEPT = Duration.days(14)


class WorkQueue(Construct):
    """`ql-algo-trading-{env}-{name}[.fifo]` and its `…-dead-letters` queue, encrypted, TLS only
    (but where the settings' endpoint is plain HTTP).

    A message is tried `tries` times. `visibility_s` is how long a worker has it to itself: at
    least the timeout of the function that works it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        name: str,
        visibility_s: int,
        tries: int,
        fifo: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        suffix = ".fifo" if fifo else ""
        self.queue_name = f"{settings.prefix}-{name}{suffix}"
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            queue_name=f"{settings.prefix}-{name}-dead-letters{suffix}",
            fifo=fifo or None,
            retention_period=_KEPT,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=settings.speaks_tls,
        )
        acknowledge(self.dead_letters, LAST_QUEUE)
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=self.queue_name,
            fifo=fifo or None,
            # Each order group in its own lane: one slow account does not hold up the others.
            deduplication_scope=sqs.DeduplicationScope.MESSAGE_GROUP if fifo else None,
            fifo_throughput_limit=sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID if fifo else None,
            visibility_timeout=Duration.seconds(visibility_s),
            retention_period=Duration.days(1),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=settings.speaks_tls,
            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=tries, queue=self.dead_letters),
        )
        if not settings.speaks_tls:
            acknowledge(self, PLAIN_ENDPOINT)


class FailureQueue(Construct):
    """Where events go that a function could not handle (stream batches, schedule ticks)."""

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, name: str
    ) -> None:
        super().__init__(scope, construct_id)
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=f"{settings.prefix}-{name}",
            retention_period=_KEPT,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=settings.speaks_tls,
        )
        acknowledge(self.queue, LAST_QUEUE)
        if not settings.speaks_tls:
            acknowledge(self.queue, PLAIN_ENDPOINT)
