"""Lambda entry: the market's recorder, each minute of a session."""

from functools import cache
from typing import Any

import boto3

from lambda_functions.options_platform.market_data_fetcher.refreshes import ChainRefreshes
from shared_utils.broker_desk import desk_from
from shared_utils.clock import WallClock, clock_from
from shared_utils.indian_market_utils.facts import facts_from_config
from shared_utils.logger import start_logging
from shared_utils.settings import market_config, settings_from_environment
from shared_utils.storage.clients import impatient
from shared_utils.storage.market_cache import MarketCache
from shared_utils.stored_chains import StoredChains


@cache
def refreshes() -> ChainRefreshes:
    settings = settings_from_environment()
    start_logging("market-data-recorder", settings.log_level)
    client = boto3.client("dynamodb", config=impatient())
    clock = clock_from(settings)
    desk = desk_from(settings, boto3.client, clock, client)
    return ChainRefreshes(
        quotes=desk.quotes_now,
        stored=StoredChains(
            cache=MarketCache(client, settings.market_data_table),
            wall_now=WallClock().now,
            ttl_s=settings.market_data_ttl_s,
        ),
        facts=facts_from_config(market_config()),
        clock=clock,
    )


def handler(_: dict[str, Any], __: Any) -> dict[str, int]:
    done = refreshes().run()
    return {"recorded": done.recorded, "missed": done.missed}
