"""Lambda entry: the REST API's strategies, legs and broker allocations."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3

from lambda_functions.options_platform.strategy_manager import routes
from lambda_functions.options_platform.strategy_manager.allocation_service import AllocationService
from lambda_functions.options_platform.strategy_manager.margin_queries import StrategyMargins
from lambda_functions.options_platform.strategy_manager.market_moments import MarketMoments
from lambda_functions.options_platform.strategy_manager.queries import StrategyQueries
from lambda_functions.options_platform.strategy_manager.rooms import Room
from lambda_functions.options_platform.strategy_manager.service import StrategyService
from lambda_functions.options_platform.strategy_manager.template_service import TemplateService
from lambda_functions.options_platform.strategy_manager.templates import (
    TemplateLibrary,
    library_from,
)
from shared_utils.api.allocation_shapes import MAX_ALLOCATIONS
from shared_utils.api.application import Application, Replays
from shared_utils.api.operations import Operations
from shared_utils.clock import Clock, WallClock, clock_from
from shared_utils.domain.ids import Kind, new_id
from shared_utils.domain.strategy_rules import StrategyLimits
from shared_utils.indian_market_utils.facts import MarketFacts, facts_from_config
from shared_utils.logger import start_logging
from shared_utils.settings import (
    Settings,
    market_config,
    settings_from_environment,
    strategy_templates,
)
from shared_utils.storage.allocations import Allocations
from shared_utils.storage.baskets import Baskets
from shared_utils.storage.broker_accounts import BrokerAccounts
from shared_utils.storage.clients import DynamoClient
from shared_utils.storage.executions import Executions
from shared_utils.storage.market_cache import MarketCache
from shared_utils.storage.orders import Orders
from shared_utils.storage.positions import Positions
from shared_utils.storage.strategies import Strategies
from shared_utils.storage.trading_records import TradingRecords
from shared_utils.stored_chains import StoredChains

if TYPE_CHECKING:
    from shared_utils.broker_desk import BrokerDesk

# Accounts asked at their brokers at once.
_SIDE_BY_SIDE = 8


@cache
def application() -> Application:
    settings = settings_from_environment()
    start_logging("strategy-manager", settings.log_level)
    client = boto3.client("dynamodb")
    room = _room(client, settings)

    def replays() -> Replays:
        from shared_utils.api.idempotency import KeyedReplies  # noqa: PLC0415 - costs only those requests that have a key

        return KeyedReplies(client, settings.idempotency_table)

    margins = _margins(client, settings, room.clock)
    operations, strategies = Operations(), StrategyService(room=room, margins=margins)
    routes.register(
        operations,
        strategies,
        AllocationService(
            room=room,
            max_allocations=MAX_ALLOCATIONS,
            paper_trading=settings.enable_paper_trading,
        ),
        StrategyQueries(room=room, margins=margins),
        TemplateService(library=_library, strategies=strategies),
    )
    return Application(operations, cors_origins=settings.cors_origins, replays=replays)


def _room(client: DynamoClient, settings: Settings) -> Room:
    shards = settings.shard_count
    return Room(
        baskets=Baskets(client, settings.baskets_table),
        strategies=Strategies(client, settings.strategies_table, shards, settings.baskets_table),
        allocations=Allocations(client, settings.allocations_table, shards),
        accounts=BrokerAccounts(client, settings.broker_accounts_table),
        records=TradingRecords(
            positions=Positions(client, settings.positions_table, shards),
            executions=Executions(client, settings.executions_table, shards),
            orders=Orders(client, settings.orders_table, shards),
        ),
        facts=_facts,
        clock=clock_from(settings),
        fresh_id=_fresh_id,
        limits=StrategyLimits(
            max_legs=settings.max_legs_per_strategy,
            max_strategies=settings.max_strategies_per_basket,
        ),
    )


def _margins(client: DynamoClient, settings: Settings, clock: Clock) -> StrategyMargins:
    threads = ThreadPoolExecutor(_SIDE_BY_SIDE)

    @cache
    def desk() -> "BrokerDesk":
        from shared_utils.broker_desk import desk_from  # noqa: PLC0415 - costs only those requests that ask a broker

        return desk_from(settings, boto3.client, clock, client)

    return StrategyMargins(
        moments=MarketMoments(
            stored=StoredChains(
                cache=MarketCache(client, settings.market_data_table),
                wall_now=WallClock().now,
                ttl_s=settings.market_data_ttl_s,
            ),
            quotes=lambda user_id: desk().quotes_now(user_id),
            facts=_facts,
            clock=clock,
            threads=threads,
            max_quote_age_s=settings.max_quote_age_s,
        ),
        broker_of=lambda user_id, client_id: desk().open_now(user_id, client_id),
        clock=clock,
        threads=threads,
    )


@cache
def _facts() -> MarketFacts:
    return facts_from_config(market_config())


@cache
def _library() -> TemplateLibrary:
    return library_from(strategy_templates())


def _fresh_id(kind: Kind, at: datetime) -> str:
    return new_id(kind, at, secrets.token_bytes)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return application()(event, context)
