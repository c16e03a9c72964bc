"""A message points at rows; sending it twice is one piece of work; a queue that is down is said."""

import json
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from shared_utils.domain.errors import Unavailable
from shared_utils.messaging.messages import (
    Cancel,
    ExecutionDue,
    MessageUnreadable,
    Modify,
    Work,
    execution_due,
    order_message,
)
from shared_utils.messaging.queues import ExecutionQueue, OrderQueue

URL = "https://sqs/queue"
# All that a message takes from an execution.
EXECUTION: Any = SimpleNamespace(
    strategy_id="stg_1", execution_timestamp="2026-11-23-04-00-00-ABC", execution_id="exe_1"
)


class Sqs:
    def __init__(self, fault: Exception | None = None) -> None:
        self.sent: list[dict[str, Any]] = []
        self.fault = fault

    def send_message(self, **message):
        if self.fault is not None:
            raise self.fault
        self.sent.append(message)


def test_an_execution_waits_in_the_queue_for_the_delay_that_is_left():
    sqs = Sqs()

    ExecutionQueue(sqs, URL).send(EXECUTION, delay_s=42.9)

    (message,) = sqs.sent
    assert message["DelaySeconds"] == 42
    assert json.loads(message["MessageBody"]) == vars(EXECUTION)
    assert execution_due(message["MessageBody"]) == ExecutionDue(**vars(EXECUTION))


@pytest.mark.parametrize(("delay_s", "sent"), [(-3, 0), (0, 0), (5000, 900)])
def test_a_delay_stays_within_what_the_queue_can_hold_back(delay_s, sent):
    sqs = Sqs()

    ExecutionQueue(sqs, URL).send(EXECUTION, delay_s=delay_s)

    assert sqs.sent[0]["DelaySeconds"] == sent


def test_an_accounts_work_is_one_group_and_one_message_per_hop():
    sqs = Sqs()

    OrderQueue(sqs, URL).work(execution_id="exe_1", user_id="u", client_id="ZR1", hop=2)

    (message,) = sqs.sent
    assert message["MessageGroupId"] == "u#ZR1"
    assert message["MessageDeduplicationId"] == "exe_1#ZR1#2"
    assert json.loads(message["MessageBody"])["kind"] == "WORK"
    assert order_message(message["MessageBody"]) == Work(
        execution_id="exe_1", user_id="u", client_id="ZR1", hop="2"
    )


def test_what_a_trader_asks_of_an_order_arrives_as_he_asked_it():
    sqs = Sqs()
    queue = OrderQueue(sqs, URL)

    queue.cancel(order_id="ord_1", user_id="u", client_id="ZR1", request="r1")
    queue.modify(
        order_id="ord_1", user_id="u", client_id="ZR1", request="r2", price=Decimal("12.50")
    )

    assert order_message(sqs.sent[0]["MessageBody"]) == Cancel(
        order_id="ord_1", user_id="u", client_id="ZR1"
    )
    modify = order_message(sqs.sent[1]["MessageBody"])
    assert isinstance(modify, Modify)
    assert (str(modify.price), modify.quantity) == ("12.50", None)
    assert len({message["MessageDeduplicationId"] for message in sqs.sent}) == 2


@pytest.mark.parametrize(
    "fault",
    [
        ConnectTimeoutError(endpoint_url=URL),
        ClientError({"Error": {"Code": "ThrottlingException"}}, "SendMessage"),
    ],
)
def test_a_queue_that_takes_nothing_is_unavailable(fault):
    with pytest.raises(Unavailable):
        ExecutionQueue(Sqs(fault), URL).send(EXECUTION)
    with pytest.raises(Unavailable):
        OrderQueue(Sqs(fault), URL).work(execution_id="e", user_id="u", client_id="c")


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"kind":"BUY"}', '{"kind":"WORK"}'])
def test_a_message_nobody_sends_is_unreadable(body):
    with pytest.raises(MessageUnreadable):
        order_message(body)
    with pytest.raises(MessageUnreadable):
        execution_due(body)
