"""Lambda entry: the tick, each minute. Claims what falls due soon and revives what fell silent."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import boto3

from lambda_functions.execution_engine.strategy_executor.claims import DueClaims
from lambda_functions.execution_engine.strategy_executor.next_events import next_event_on
from shared_utils.clock import clock_from
from shared_utils.indian_market_utils.facts import facts_from_config
from shared_utils.logger import start_logging
from shared_utils.messaging.queues import ExecutionQueue
from shared_utils.settings import market_config, settings_from_environment
from shared_utils.storage.clients import impatient
from shared_utils.storage.executions import Executions
from shared_utils.storage.strategies import Strategies

THREADS = 8


@cache
def claims() -> DueClaims:
    settings = settings_from_environment()
    start_logging("strategy-executor-tick", settings.log_level)
    shards = settings.shard_count
    client = boto3.client("dynamodb", config=impatient(THREADS))
    return DueClaims(
        strategies=Strategies(client, settings.strategies_table, shards),
        executions=Executions(client, settings.executions_table, shards, settings.strategies_table),
        queue=ExecutionQueue(boto3.client("sqs"), settings.executions_queue_url),
        next_event=next_event_on(facts_from_config(market_config())),
        clock=clock_from(settings),
        shard_count=shards,
        ahead_s=settings.claim_ahead_s,
        prepare_s=settings.prepare_ahead_s,
        send_within_s=settings.execution_timeout_s,
        side_by_side=ThreadPoolExecutor(THREADS).map,
    )


def handler(_: dict[str, Any], __: Any) -> dict[str, int]:
    mine = claims()
    return {"claimed": mine.tick(), "revived": mine.revive()}
