"""Lambda entry: the REST API's executions."""

from datetime import datetime
from functools import cache
from typing import Any

import boto3

from lambda_functions.execution_engine.strategy_executor import routes
from lambda_functions.execution_engine.strategy_executor.executions_asked import ExecutionsAsked
from lambda_functions.execution_engine.strategy_executor.queries import ExecutionQueries
from shared_utils.api.application import Application, Replays
from shared_utils.api.operations import Operations
from shared_utils.clock import clock_from
from shared_utils.domain.schedules import ScheduledEvent
from shared_utils.domain.strategies import Strategy
from shared_utils.indian_market_utils.facts import MarketFacts, facts_from_config
from shared_utils.indian_market_utils.schedules import next_event_of
from shared_utils.logger import start_logging
from shared_utils.messaging.queues import ExecutionQueue
from shared_utils.settings import market_config, settings_from_environment
from shared_utils.storage.executions import Executions
from shared_utils.storage.orders import Orders
from shared_utils.storage.strategies import Strategies


@cache
def application() -> Application:
    settings = settings_from_environment()
    start_logging("strategy-executor", settings.log_level)
    client, shards = boto3.client("dynamodb"), settings.shard_count
    strategies = Strategies(client, settings.strategies_table, shards)
    executions = Executions(client, settings.executions_table, shards, settings.strategies_table)

    def replays() -> Replays:
        from shared_utils.api.idempotency import KeyedReplies  # noqa: PLC0415 - costs only those requests that have a key

        return KeyedReplies(client, settings.idempotency_table)

    operations = Operations()
    routes.register(
        operations,
        ExecutionsAsked(
            strategies=strategies,
            executions=executions,
            queue=ExecutionQueue(boto3.client("sqs"), settings.executions_queue_url),
            next_event=_next_event,
            clock=clock_from(settings),
            send_within_s=settings.execution_timeout_s,
        ),
        ExecutionQueries(
            strategies=strategies,
            executions=executions,
            orders=Orders(client, settings.orders_table, shards),
        ),
    )
    return Application(operations, cors_origins=settings.cors_origins, replays=replays)


def _next_event(strategy: Strategy, after: datetime) -> ScheduledEvent | None:
    """Reading the facts costs only those requests that enter by hand."""
    return next_event_of(_facts(), strategy, after)


@cache
def _facts() -> MarketFacts:
    return facts_from_config(market_config())


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return application()(event, context)
