"""What the recording functions noted."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from local.clouds import Cloud

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Delivery:
    keys: list[str]
    began: float
    event: dict[str, Any]


def deliveries(cloud: Cloud, function: str) -> list[Delivery]:
    answer = cloud.client("dynamodb").query(
        TableName="deliveries",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": function}},
    )
    return [
        Delivery(
            keys=json.loads(item["keys"]["S"]),
            began=float(item["began"]["N"]),
            event=json.loads(item["event"]["S"]),
        )
        for item in answer["Items"]
    ]


def delivered_keys(cloud: Cloud, function: str) -> list[list[str]]:
    return [delivery.keys for delivery in deliveries(cloud, function)]


def wait_for(look: Callable[[], T], done: Callable[[T], bool], *, seconds: float = 15) -> T:
    """Looks until it is done; the last look, done or not, so that the assertion shows it."""
    deadline = time.monotonic() + seconds
    seen = look()
    while not done(seen) and time.monotonic() < deadline:
        time.sleep(0.05)
        seen = look()
    return seen
