"""Lambda entry: the streams of order-history and position-tracker, pushed to their owners."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from lambda_functions.execution_engine.live_feed.service import Pushes, SeenSockets
from shared_utils.clock import WallClock
from shared_utils.logger import start_logging
from shared_utils.messaging.live_feed import LiveFeed, ManagementClient
from shared_utils.messaging.stream_records import images_after
from shared_utils.settings import settings_from_environment
from shared_utils.storage.clients import impatient
from shared_utils.storage.connections import Connections
from shared_utils.storage.positions import Positions

# A socket that does not take its message at once reads by REST later: the others wait for it.
_SOON = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})


@cache
def _parts() -> tuple[ManagementClient, Connections, Positions]:
    settings = settings_from_environment()
    start_logging("live-feed", settings.log_level)
    client = boto3.client("dynamodb", config=impatient())
    gateway = boto3.client(
        "apigatewaymanagementapi", endpoint_url=settings.websocket_endpoint, config=_SOON
    )
    connections = Connections(client, settings.connections_table)
    return gateway, connections, Positions(client, settings.positions_table, settings.shard_count)


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    gateway, connections, positions = _parts()
    feed = LiveFeed(gateway, SeenSockets(connections), WallClock().now)
    Pushes(feed=feed, positions=positions).push(image for _, image in images_after(event))
    return {"batchItemFailures": []}
