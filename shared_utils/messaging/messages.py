"""What travels through the queues. A message only points: whoever gets it reads the row itself."""

from datetime import datetime
from decimal import Decimal

import msgspec


class MessageUnreadable(Exception):
    """A queue held what none of our senders writes: it belongs with the dead letters."""


class ExecutionDue(msgspec.Struct, frozen=True, kw_only=True):
    """An execution to run: claimed, and due soon or now."""

    strategy_id: str
    execution_timestamp: str
    execution_id: str


class Work(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="WORK"):
    """An account's part of an execution. `hop` tells one hand-over of it from another.

    `released_at` is the execution's: with it the account's orders are found without the others'.
    """

    execution_id: str
    user_id: str
    client_id: str
    hop: str
    released_at: datetime | None = None


class Warm(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="WARM"):
    """An account will be worked at `until`: be awake by then, its session open."""

    user_id: str
    client_id: str
    until: datetime


class Cancel(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="CANCEL"):
    """The trader asks to take an order back."""

    order_id: str
    user_id: str
    client_id: str


class Modify(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="MODIFY"):
    """The trader asks to change an order that is open. What is None stays as it is."""

    order_id: str
    user_id: str
    client_id: str
    quantity: int | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None


OrderMessage = Work | Warm | Cancel | Modify

_due_decoder = msgspec.json.Decoder(ExecutionDue)
_order_decoder: msgspec.json.Decoder[OrderMessage] = msgspec.json.Decoder(OrderMessage)


def execution_due(body: str) -> ExecutionDue:
    """Raises MessageUnreadable."""
    try:
        return _due_decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise MessageUnreadable("This is no message of the executions queue.") from error


def order_message(body: str) -> OrderMessage:
    """Raises MessageUnreadable."""
    try:
        return _order_decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise MessageUnreadable("This is no message of the orders queue.") from error


def to_body(message: ExecutionDue | OrderMessage) -> str:
    return msgspec.json.encode(message).decode()
