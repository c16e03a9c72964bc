"""Lambda entry: order-history's stream. Every fill is booked in its position, once."""

from collections.abc import Callable
from functools import cache
from typing import Any

import boto3

from lambda_functions.execution_engine.performance_calculator.service import FillBookings
from shared_utils.domain.orders import Fill, Order
from shared_utils.indian_market_utils.charge_facts import ChargeRates, charge_rates_on
from shared_utils.indian_market_utils.facts import MarketFacts, facts_from_config
from shared_utils.indian_market_utils.sessions import ist_date
from shared_utils.logger import start_logging
from shared_utils.messaging.stream_records import Image, work_through
from shared_utils.settings import market_config, settings_from_environment
from shared_utils.storage.clients import impatient
from shared_utils.storage.orders import order_of
from shared_utils.storage.positions import Positions


@cache
def booking() -> Callable[[Image], object]:
    settings = settings_from_environment()
    start_logging("performance-calculator", settings.log_level)
    client = boto3.client("dynamodb", config=impatient())
    bookings = FillBookings(
        positions=Positions(client, settings.positions_table, settings.shard_count),
        rates_of=_rates_of,
    )
    return lambda image: bookings.book(order_of(image))


@cache
def _facts() -> MarketFacts:
    return facts_from_config(market_config())


def _rates_of(fill: Fill, order: Order) -> ChargeRates:
    exchange, day = order.contract.exchange, ist_date(fill.at)
    return charge_rates_on(_facts().charges, exchange, order.broker_name, day)


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    return work_through(event, booking())
