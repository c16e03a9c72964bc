"""Lambda entry: the REST API's orders."""

from functools import cache
from typing import Any

import boto3

from lambda_functions.execution_engine.order_manager import routes
from lambda_functions.execution_engine.order_manager.orders_asked import OrdersAsked
from lambda_functions.execution_engine.order_manager.queries import OrderQueries
from shared_utils.api.application import Application
from shared_utils.api.operations import Operations
from shared_utils.logger import start_logging
from shared_utils.messaging.queues import OrderQueue
from shared_utils.settings import settings_from_environment
from shared_utils.storage.orders import Orders


@cache
def application() -> Application:
    settings = settings_from_environment()
    start_logging("order-manager", settings.log_level)
    orders = Orders(boto3.client("dynamodb"), settings.orders_table, settings.shard_count)
    queue = OrderQueue(boto3.client("sqs"), settings.orders_queue_url)
    operations = Operations()
    routes.register(
        operations, OrdersAsked(orders=orders, queue=queue), OrderQueries(orders=orders)
    )
    return Application(operations, cors_origins=settings.cors_origins)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return application()(event, context)
