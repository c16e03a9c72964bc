"""Lambda entry: the sweep, each minute. While anything is unsettled it looks every few seconds."""

import uuid
from functools import cache
from typing import Any

import boto3

from lambda_functions.execution_engine.order_manager.account_desks import OrderParts, parts_from
from lambda_functions.execution_engine.order_manager.sweeps import Sweep
from shared_utils.logger import start_logging
from shared_utils.settings import settings_from_environment

EVERY_S = 10.0
STOPS_BEFORE_END_S = 15.0


@cache
def parts() -> OrderParts:
    settings = settings_from_environment()
    start_logging("order-manager-sweep", settings.log_level)
    return parts_from(settings, boto3.client, lambda: uuid.uuid4().hex)


def handler(_: dict[str, Any], context: Any) -> dict[str, int]:
    mine = parts()

    def remaining_s() -> float:
        return float(context.get_remaining_time_in_millis() / 1000)

    sweep = Sweep(
        orders=mine.orders,
        work=mine.work(remaining_s),
        queue=mine.queue,
        clock=mine.clock,
        shard_count=mine.settings.shard_count,
    )
    rounds = 1
    while sweep.run() and remaining_s() > EVERY_S + STOPS_BEFORE_END_S:
        mine.clock.sleep(EVERY_S)
        rounds += 1
    return {"rounds": rounds}
