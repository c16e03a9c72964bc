"""Lambda entry: a socket opens, asks for channels, closes.

`{"action": "subscribe" | "unsubscribe", "channels": […]}` is answered on the socket itself with
SUBSCRIBED and the channels it now listens to, or with ERROR.
"""

from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple

import boto3
import msgspec

from lambda_functions.execution_engine.live_feed.service import Subscriptions
from shared_utils.clock import WallClock
from shared_utils.domain.errors import DomainError, InvalidInput
from shared_utils.logger import start_logging
from shared_utils.messaging.live_feed import LiveFeed
from shared_utils.settings import settings_from_environment
from shared_utils.storage.clients import impatient
from shared_utils.storage.connections import Connection, Connections

_OK = {"statusCode": HTTPStatus.OK.value}


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    action: str
    channels: list[str]


class Parts(NamedTuple):
    subscriptions: Subscriptions
    feed: LiveFeed


@cache
def parts() -> Parts:
    settings = settings_from_environment()
    start_logging("live-feed", settings.log_level)
    connections = Connections(
        boto3.client("dynamodb", config=impatient()), settings.connections_table
    )
    gateway = boto3.client("apigatewaymanagementapi", endpoint_url=settings.websocket_endpoint)
    wall_time = WallClock().now
    return Parts(
        Subscriptions(connections=connections, wall_time=wall_time),
        LiveFeed(gateway, connections, wall_time),
    )


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    request = event["requestContext"]
    connection_id = request["connectionId"]
    if request["routeKey"] == "$connect":
        return _connect(connection_id, request.get("authorizer") or {})
    if request["routeKey"] == "$disconnect":
        parts().subscriptions.disconnect(connection_id)
        return _OK
    parts().feed.send(connection_id, _answer(connection_id, event.get("body") or ""))
    return _OK


def _connect(connection_id: str, vouched: dict[str, Any]) -> dict[str, Any]:
    """Who it is, the authorizer says and nobody else."""
    user_id = vouched.get("user_id")
    if not user_id:
        return {"statusCode": HTTPStatus.UNAUTHORIZED.value}
    channels = [name for name in vouched.get("channels", "").split(",") if name]
    try:
        parts().subscriptions.connect(connection_id, user_id, channels)
    except InvalidInput:
        return {"statusCode": HTTPStatus.BAD_REQUEST.value}
    return _OK


def _answer(connection_id: str, body: str) -> dict[str, Any]:
    try:
        connection = _apply(connection_id, body)
    except DomainError as error:
        details = [{"field": each.field, "problem": each.problem} for each in error.details]
        said = {"code": error.code, "message": error.message, "details": details}
        return {"type": "ERROR", "error": said}
    return {
        "type": "SUBSCRIBED",
        "version": connection.version,
        "data": {"channels": connection.channels},
    }


def _apply(connection_id: str, body: str) -> Connection:
    try:
        asked = msgspec.json.decode(body, type=Asked)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise InvalidInput(
            'Send {"action": "subscribe", "channels": ["positions"]}, or unsubscribe.',
            code="MESSAGE_UNREADABLE",
        ) from None
    if asked.action == "subscribe":
        return parts().subscriptions.subscribe(connection_id, asked.channels)
    if asked.action == "unsubscribe":
        return parts().subscriptions.unsubscribe(connection_id, asked.channels)
    raise InvalidInput(
        f"There is no action {asked.action!r}; there are subscribe and unsubscribe.",
        code="UNKNOWN_ACTION",
    )
