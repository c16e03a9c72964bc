"""Lambda entry: the REST API's market data, calculators, calendar and feeds."""

from functools import cache
from typing import Any

import boto3

from lambda_functions.options_platform.market_data_fetcher import routes
from lambda_functions.options_platform.market_data_fetcher.calculator_routes import Calculators
from lambda_functions.options_platform.market_data_fetcher.margin_calculations import BrokerMargins
from lambda_functions.options_platform.market_data_fetcher.market_looks import MarketLooks
from lambda_functions.options_platform.market_data_fetcher.market_queries import MarketQueries
from lambda_functions.options_platform.market_data_fetcher.queries import CalendarQueries
from lambda_functions.options_platform.market_data_fetcher.service import FeedService
from shared_utils.api.application import Application
from shared_utils.api.operations import Operations
from shared_utils.broker_desk import desk_from
from shared_utils.brokers.catalogue import BROKERS
from shared_utils.clock import WallClock, clock_from
from shared_utils.indian_market_utils.facts import MarketFacts, facts_from_config
from shared_utils.logger import start_logging
from shared_utils.settings import market_config, settings_from_environment
from shared_utils.storage.broker_accounts import BrokerAccounts
from shared_utils.storage.market_cache import MarketCache
from shared_utils.stored_chains import StoredChains


@cache
def application() -> Application:
    settings = settings_from_environment()
    start_logging("market-data-fetcher", settings.log_level)
    client = boto3.client("dynamodb")
    clock = clock_from(settings)
    kept = MarketCache(client, settings.market_data_table)
    desk = desk_from(settings, boto3.client, clock, client)
    looks = MarketLooks(
        stored=StoredChains(cache=kept, wall_now=WallClock().now, ttl_s=settings.market_data_ttl_s),
        quotes=desk.quotes_now,
        clock=clock,
        max_age_s=settings.max_quote_age_s,
    )
    operations = Operations()
    routes.register(
        operations,
        CalendarQueries(facts=_facts, clock=clock),
        FeedService(
            accounts=BrokerAccounts(client, settings.broker_accounts_table),
            cache=kept,
            clock=clock,
            built=BROKERS.__contains__,
        ),
        MarketQueries(looks=looks, facts=_facts, clock=clock),
        Calculators(
            facts=_facts,
            clock=clock,
            brokers=BrokerMargins(account_of=desk.account, broker_of=desk.open_now),
        ),
    )
    return Application(operations, cors_origins=settings.cors_origins)


@cache
def _facts() -> MarketFacts:
    return facts_from_config(market_config())


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return application()(event, context)
