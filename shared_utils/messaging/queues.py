"""Sending to the two work queues. A message may be sent or delivered twice: nobody minds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from shared_utils.domain.errors import Unavailable
from shared_utils.domain.executions import Execution
from shared_utils.messaging.messages import (
    Cancel,
    ExecutionDue,
    Modify,
    Warm,
    Work,
    to_body,
)

# SQS holds a message back for a quarter of an hour at most.
_LONGEST_DELAY_S = 900


class SqsClient(Protocol):
    """boto3.client("sqs"), or what stands in for it in a simulation."""

    def send_message(self, *args: Any, **kwargs: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class ExecutionQueue:
    """executions: claimed runs on their way to the executor."""

    client: SqsClient
    url: str

    def send(self, execution: Execution, delay_s: float = 0) -> None:
        """Visible after `delay_s`, rounded down, 15 minutes at most. Raises Unavailable."""
        due = ExecutionDue(
            strategy_id=execution.strategy_id,
            execution_timestamp=execution.execution_timestamp,
            execution_id=execution.execution_id,
        )
        with _sending():
            self.client.send_message(
                QueueUrl=self.url,
                MessageBody=to_body(due),
                DelaySeconds=min(_LONGEST_DELAY_S, max(0, int(delay_s))),
            )


@dataclass(frozen=True, slots=True)
class OrderQueue:
    """orders.fifo: one group for each account, so that one worker at a time works it in order."""

    client: SqsClient
    url: str

    def work(
        self,
        *,
        execution_id: str,
        user_id: str,
        client_id: str,
        hop: int | str = 0,
        released_at: datetime | None = None,
    ) -> None:
        """The same hop within five minutes is one message. Raises Unavailable."""
        message = Work(
            execution_id=execution_id,
            user_id=user_id,
            client_id=client_id,
            hop=str(hop),
            released_at=released_at,
        )
        self._send(message, f"{execution_id}#{client_id}#{hop}")

    def warm(self, *, execution_id: str, user_id: str, client_id: str, until: datetime) -> None:
        """In a group of its own: whoever is warming up holds no order of the account up."""
        message = Warm(user_id=user_id, client_id=client_id, until=until)
        with _sending():
            self.client.send_message(
                QueueUrl=self.url,
                MessageBody=to_body(message),
                MessageGroupId=f"warm#{user_id}#{client_id}",
                MessageDeduplicationId=f"{execution_id}#{client_id}#warm",
            )

    def cancel(self, *, order_id: str, user_id: str, client_id: str, request: str) -> None:
        """`request` names the trader's ask (the request's id). Raises Unavailable."""
        message = Cancel(order_id=order_id, user_id=user_id, client_id=client_id)
        self._send(message, f"{order_id}#cancel#{request}")

    def modify(
        self,
        *,
        order_id: str,
        user_id: str,
        client_id: str,
        request: str,
        quantity: int | None = None,
        price: Decimal | None = None,
        trigger_price: Decimal | None = None,
    ) -> None:
        """What is None stays as it is. Raises Unavailable."""
        message = Modify(
            order_id=order_id,
            user_id=user_id,
            client_id=client_id,
            quantity=quantity,
            price=price,
            trigger_price=trigger_price,
        )
        self._send(message, f"{order_id}#modify#{request}")

    def _send(self, message: Work | Cancel | Modify, deduplication: str) -> None:
        with _sending():
            self.client.send_message(
                QueueUrl=self.url,
                MessageBody=to_body(message),
                MessageGroupId=f"{message.user_id}#{message.client_id}",
                MessageDeduplicationId=deduplication,
            )


@contextmanager
def _sending() -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise Unavailable("The work queue did not take the message.") from error
