"""Lambda entry: the executions queue. One run, prepared early and held to its second."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import boto3

from lambda_functions.execution_engine.strategy_executor.account_states import AccountStates
from lambda_functions.execution_engine.strategy_executor.service import StrategyRuns
from shared_utils.broker_desk import BrokerDesk, desk_from
from shared_utils.clock import clock_from
from shared_utils.indian_market_utils.facts import facts_from_config
from shared_utils.logger import start_logging
from shared_utils.messaging.messages import execution_due
from shared_utils.messaging.queue_records import work_through_messages
from shared_utils.messaging.queues import OrderQueue
from shared_utils.settings import market_config, settings_from_environment
from shared_utils.storage.allocations import Allocations
from shared_utils.storage.clients import impatient
from shared_utils.storage.executions import Executions
from shared_utils.storage.orders import Orders
from shared_utils.storage.positions import Positions
from shared_utils.storage.strategies import Strategies

THREADS = 16


@cache
def parts() -> tuple[StrategyRuns, BrokerDesk]:
    settings = settings_from_environment()
    start_logging("strategy-executor", settings.log_level)
    clock, shards = clock_from(settings), settings.shard_count
    client = boto3.client("dynamodb", config=impatient(THREADS))
    desk = desk_from(settings, boto3.client, clock, client)
    executions = Executions(client, settings.executions_table, shards)
    orders = Orders(client, settings.orders_table, shards)
    positions = Positions(client, settings.positions_table, shards)
    states = AccountStates(
        desk=desk,
        executions=executions,
        orders=orders,
        positions=positions,
        clock=clock,
        threads=ThreadPoolExecutor(THREADS),
    )
    runs = StrategyRuns(
        strategies=Strategies(client, settings.strategies_table, shards),
        allocations=Allocations(client, settings.allocations_table),
        executions=executions,
        orders=orders,
        positions=positions,
        queue=OrderQueue(boto3.client("sqs"), settings.orders_queue_url),
        quotes_for=lambda strategy: desk.quotes(strategy.user_id),
        states_of=states.read,
        account_of=desk.account,
        facts=facts_from_config(market_config()),
        clock=clock,
        max_quote_age_s=settings.max_quote_age_s,
    )
    return runs, desk


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    runs, desk = parts()
    desk.new_invocation()

    def run(body: str) -> None:
        due = execution_due(body)
        runs.run(due.strategy_id, due.execution_timestamp)

    return work_through_messages(event, run, in_order=False)
