"""The live feed's real handlers over an in-memory DynamoDB and a gateway that writes down posts."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from lambda_functions.execution_engine.live_feed import (
    on_api,
    on_authorize,
    on_stream,
    on_websocket,
)
from shared_utils.domain.orders import Order
from shared_utils.domain.positions import Position
from shared_utils.storage.clients import Item
from shared_utils.storage.connections import Connections
from shared_utils.storage.orders import Orders
from shared_utils.storage.positions import Positions
from tests.api_events import TRADER, Caller, LambdaContext, Reply, an_event, reply_of
from tests.clocks import MONDAY_0900_IST
from tests.fake_dynamo.client import FakeDynamo
from tests.fake_dynamo.tables import schemas, table_name

ARN = "arn:aws:execute-api:ap-south-1:123456789012:live/live/$connect"
ENDPOINT = "https://live.example.com/live"
ENTRIES = (on_api, on_authorize, on_stream, on_websocket)


class Gateway:
    """What API Gateway would have sent down each socket; a closed one is gone (410)."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, Any]] = []
        self.closed: set[str] = set()

    def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> None:  # noqa: N803 - boto3's own names
        if ConnectionId in self.closed:
            response: dict[str, Any] = {"Error": {"Code": "GoneException"}}
            response["ResponseMetadata"] = {"HTTPStatusCode": 410}
            raise ClientError(response, "PostToConnection")  # type: ignore[arg-type]  # a part of it
        self.posted.append((ConnectionId, json.loads(Data)))

    def to(self, connection_id: str) -> list[Any]:
        return [message for to, message in self.posted if to == connection_id]


class WallTime:
    def __init__(self) -> None:
        self.at = MONDAY_0900_IST

    def now(self) -> datetime:
        return self.at

    def advance(self, **by: int) -> None:
        self.at += timedelta(**by)


@dataclass
class Live:
    """Calls as API Gateway and the streams make them."""

    dynamo: FakeDynamo
    gateway: Gateway
    wall: WallTime
    changes: list[Item] = field(default_factory=list)

    def ticket(self, caller: Caller | None = TRADER) -> Reply:
        event = an_event("POST", "/execution/live/ticket", caller=caller)
        return reply_of(on_api.handler(event, LambdaContext()))

    def authorize(self, **query: str) -> Any:
        event = {"type": "REQUEST", "methodArn": ARN, "queryStringParameters": query or None}
        return on_authorize.handler(event, None)

    def connect(self, connection_id: str, user: Caller = TRADER, channels: str = "live") -> int:
        """Through ticket and authorizer, as a browser does it."""
        ticket = self.ticket(user).body["ticket"]
        vouched = self.authorize(ticket=ticket, channel=channels)["context"]
        return self.socket(connection_id, "$connect", authorizer=vouched)

    def socket(
        self, connection_id: str, route: str, body: str | None = None, **context: Any
    ) -> int:
        request = {"connectionId": connection_id, "routeKey": route, **context}
        answer = on_websocket.handler({"requestContext": request, "body": body}, None)
        return int(answer["statusCode"])

    def say(self, connection_id: str, message: Any, route: str = "$default") -> Any:
        """The socket's answer to a message."""
        text = message if isinstance(message, str) else json.dumps(message)
        assert self.socket(connection_id, route, text) == 200
        return self.gateway.to(connection_id)[-1]

    @property
    def connections(self) -> Connections:
        return Connections(self.dynamo, table_name("live-connections"))

    def write(self, *rows: Order | Position) -> None:
        """Rows change; their stream records wait for `deliver`."""
        for row in rows:
            if isinstance(row, Order):
                Orders(self.dynamo, table_name("order-history"), 4).plan([row])
            else:
                Positions(self.dynamo, table_name("position-tracker"), 4).put(row)

    def deliver(self) -> Any:
        records = [
            {"dynamodb": {"SequenceNumber": str(number), "NewImage": image}}
            for number, image in enumerate(self.changes)
        ]
        self.changes.clear()
        return on_stream.handler({"Records": records}, None)


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    dynamo, gateway, wall = FakeDynamo(schemas()), Gateway(), WallTime()
    settings = {
        "LOG_LEVEL": "INFO",
        "CORS_ORIGINS": "https://app.example.com",
        "WEBSOCKET_ENDPOINT": ENDPOINT,
        "CONNECTIONS_TABLE": table_name("live-connections"),
        "POSITIONS_TABLE": table_name("position-tracker"),
        "SHARD_COUNT": "4",
    }
    for variable, value in settings.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr(
        boto3, "client", lambda name, **_: dynamo if name == "dynamodb" else gateway
    )
    for entry in ENTRIES:
        monkeypatch.setattr(entry, "WallClock", lambda: wall)
    _forget()
    platform = Live(dynamo, gateway, wall)

    def keep(table: str, _: Item | None, after: Item | None) -> None:
        if after is not None and not table.endswith("live-connections"):
            platform.changes.append(after)

    dynamo.on_change = keep
    yield platform
    _forget()


def _forget() -> None:
    on_api.application.cache_clear()
    on_authorize.connections.cache_clear()
    on_stream._parts.cache_clear()
    on_websocket.parts.cache_clear()
