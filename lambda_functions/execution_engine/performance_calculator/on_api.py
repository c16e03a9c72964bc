"""Lambda entry: the REST API's positions, profit and loss, and dashboard."""

from functools import cache
from typing import Any

import boto3

from lambda_functions.execution_engine.performance_calculator import routes
from lambda_functions.execution_engine.performance_calculator.queries import (
    DashboardQueries,
    Marks,
    PositionQueries,
)
from shared_utils.api.application import Application
from shared_utils.api.operations import Operations
from shared_utils.broker_desk import desk_from
from shared_utils.clock import Clock, clock_from
from shared_utils.indian_market_utils.facts import MarketFacts, facts_from_config
from shared_utils.logger import start_logging
from shared_utils.settings import Settings, market_config, settings_from_environment
from shared_utils.storage.clients import DynamoClient
from shared_utils.storage.executions import Executions
from shared_utils.storage.orders import Orders
from shared_utils.storage.positions import Positions
from shared_utils.storage.strategies import Strategies


@cache
def application() -> Application:
    settings = settings_from_environment()
    start_logging("performance-calculator", settings.log_level)
    client, shards, clock = boto3.client("dynamodb"), settings.shard_count, clock_from(settings)
    positions = PositionQueries(
        positions=Positions(client, settings.positions_table, shards),
        strategies=Strategies(client, settings.strategies_table, shards),
        marks=_marks(settings, client, clock),
    )
    operations = Operations()
    routes.register(
        operations,
        positions,
        DashboardQueries(
            positions=positions,
            executions=Executions(client, settings.executions_table, shards),
            orders=Orders(client, settings.orders_table, shards),
        ),
    )
    return Application(operations, cors_origins=settings.cors_origins)


def _marks(settings: Settings, client: DynamoClient, clock: Clock) -> Marks:
    desk = desk_from(settings, boto3.client, clock, client)
    return Marks(
        quotes_for=desk.quotes_now,
        facts=_facts,
        clock=clock,
        max_age_s=settings.max_quote_age_s,
    )


@cache
def _facts() -> MarketFacts:
    return facts_from_config(market_config())


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return application()(event, context)
