"""Lambda entry: orders.fifo. One account at a time, resumed wherever it stopped."""

import uuid
from functools import cache
from typing import Any

import boto3

from lambda_functions.execution_engine.order_manager.account_desks import OrderParts, parts_from
from lambda_functions.execution_engine.order_manager.commands import Cancels, warm_up, work_message
from shared_utils.logger import start_logging
from shared_utils.messaging.messages import Cancel, Warm, Work, order_message
from shared_utils.messaging.queue_records import work_through_messages
from shared_utils.settings import settings_from_environment


@cache
def parts() -> OrderParts:
    settings = settings_from_environment()
    start_logging("order-manager", settings.log_level)
    return parts_from(settings, boto3.client, lambda: uuid.uuid4().hex)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    mine = parts()
    work = mine.work(lambda: context.get_remaining_time_in_millis() / 1000)

    def handle(body: str) -> None:
        message = order_message(body)
        match message:
            case Work():
                work_message(work, mine.queue, message, mine.clock.now())
            case Warm():
                warm_up(mine.desk, mine.clock, message)
            case Cancel():
                cancels = Cancels(orders=mine.orders, work=work, queue=mine.queue, clock=mine.clock)
                cancels.cancel(message)

    return work_through_messages(event, handle, in_order=True)
