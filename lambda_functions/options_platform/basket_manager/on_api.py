"""Lambda entry: the REST API's baskets."""

import secrets
from datetime import datetime
from functools import cache
from typing import Any

import boto3

from lambda_functions.options_platform.basket_manager import routes
from lambda_functions.options_platform.basket_manager.queries import BasketQueries
from lambda_functions.options_platform.basket_manager.service import BasketService
from shared_utils.api.application import Application, Replays
from shared_utils.api.operations import Operations
from shared_utils.clock import clock_from
from shared_utils.domain.ids import Kind, new_id
from shared_utils.logger import start_logging
from shared_utils.settings import Settings, settings_from_environment
from shared_utils.storage.allocations import Allocations
from shared_utils.storage.basket_versions import BasketVersions
from shared_utils.storage.baskets import Baskets
from shared_utils.storage.clients import DynamoClient
from shared_utils.storage.executions import Executions
from shared_utils.storage.marketplace import ListedBaskets
from shared_utils.storage.orders import Orders
from shared_utils.storage.positions import Positions
from shared_utils.storage.strategies import Strategies
from shared_utils.storage.subscriptions import Subscriptions
from shared_utils.storage.trading_records import TradingRecords


@cache
def application() -> Application:
    settings = settings_from_environment()
    start_logging("basket-manager", settings.log_level)
    client = boto3.client("dynamodb")
    baskets = Baskets(client, settings.baskets_table)
    strategies = Strategies(client, settings.strategies_table, settings.shard_count)
    versions = BasketVersions(client, settings.basket_versions_table)
    clock = clock_from(settings)

    def replays() -> Replays:
        from shared_utils.api.idempotency import KeyedReplies  # noqa: PLC0415 - costs only those requests that have a key

        return KeyedReplies(client, settings.idempotency_table)

    operations = Operations()
    routes.register(
        operations,
        BasketService(
            baskets=baskets,
            strategies=strategies,
            allocations=Allocations(client, settings.allocations_table, settings.shard_count),
            records=_records(client, settings),
            versions=versions,
            clock=clock,
            fresh_id=_fresh_id,
            allow_performance_fees=settings.allow_performance_fees,
        ),
        BasketQueries(
            baskets=baskets,
            strategies=strategies,
            versions=versions,
            subscriptions=Subscriptions(client, settings.subscriptions_table, settings.shard_count),
            listed=ListedBaskets(client, settings.baskets_table),
            clock=clock,
        ),
    )
    return Application(operations, cors_origins=settings.cors_origins, replays=replays)


def _records(client: DynamoClient, settings: Settings) -> TradingRecords:
    shards = settings.shard_count
    return TradingRecords(
        positions=Positions(client, settings.positions_table, shards),
        executions=Executions(client, settings.executions_table, shards),
        orders=Orders(client, settings.orders_table, shards),
    )


def _fresh_id(kind: Kind, at: datetime) -> str:
    return new_id(kind, at, secrets.token_bytes)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return application()(event, context)
