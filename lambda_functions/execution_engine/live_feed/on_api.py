"""Lambda entry: the REST API's live tickets."""

import secrets
from functools import cache, partial
from typing import Any

import boto3

from lambda_functions.execution_engine.live_feed import routes
from lambda_functions.execution_engine.live_feed.service import Tickets
from shared_utils.api.application import Application
from shared_utils.api.operations import Operations
from shared_utils.clock import WallClock
from shared_utils.logger import start_logging
from shared_utils.settings import settings_from_environment
from shared_utils.storage.connections import Connections

_TICKET_BYTES = 32


@cache
def application() -> Application:
    settings = settings_from_environment()
    start_logging("live-feed", settings.log_level)
    operations = Operations()
    tickets = Tickets(
        connections=Connections(boto3.client("dynamodb"), settings.connections_table),
        wall_time=WallClock().now,
        random_text=partial(secrets.token_urlsafe, _TICKET_BYTES),
    )
    socket_url = settings.websocket_endpoint.replace("http", "ws", 1)
    routes.register(operations, tickets, socket_url)
    return Application(operations, cors_origins=settings.cors_origins)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return application()(event, context)
