"""Lambda entry: the socket's $connect authorizer. A ticket lets its user in, once."""

from functools import cache
from typing import Any

import boto3

from shared_utils.clock import WallClock
from shared_utils.logger import start_logging
from shared_utils.settings import settings_from_environment
from shared_utils.storage.clients import impatient
from shared_utils.storage.connections import Connections


@cache
def connections() -> Connections:
    settings = settings_from_environment()
    start_logging("live-feed", settings.log_level)
    return Connections(boto3.client("dynamodb", config=impatient()), settings.connections_table)


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """The policy for this connection, and who it is for: `user_id`, `channels` (comma-separated).

    A ticket that is missing, used or expired is denied alike, without a reason.
    """
    query = event.get("queryStringParameters") or {}
    ticket = query.get("ticket", "")
    user_id = connections().redeem_ticket(ticket, now=WallClock().now()) if ticket else None
    if user_id is None:
        return {"principalId": "nobody", "policyDocument": _policy("Deny", event["methodArn"])}
    return {
        "principalId": user_id,
        "policyDocument": _policy("Allow", event["methodArn"]),
        "context": {"user_id": user_id, "channels": query.get("channel", "")},
    }


def _policy(effect: str, resource: str) -> dict[str, Any]:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}
