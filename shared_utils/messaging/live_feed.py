"""Pushing to the open sockets of a user. A push may be lost: the screen reads again by REST."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

logger = logging.getLogger(__name__)

CHANNELS = frozenset({"live", "positions", "orders", "market-data", "risk"})
# `live` carries all that is the user's own.
_CHANNELS_OF = {
    "ORDER_STATUS": frozenset({"live", "orders"}),
    "POSITION_UPDATE": frozenset({"live", "positions"}),
}
_GONE = 410

_encoder = msgspec.json.Encoder(decimal_format="number")


class Socket(Protocol):
    @property
    def connection_id(self) -> str: ...

    @property
    def channels(self) -> tuple[str, ...]: ...


class Sockets(Protocol):
    """The open sockets: `storage.connections.Connections`."""

    def of_user(self, user_id: str, *, now: datetime) -> Iterable[Socket]: ...

    def remove(self, connection_id: str) -> None: ...


class ManagementClient(Protocol):
    """boto3.client("apigatewaymanagementapi", endpoint_url=WEBSOCKET_ENDPOINT)."""

    def post_to_connection(self, *args: Any, **kwargs: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class LiveFeed:
    """`wall_time` tells the wall clock's time: sockets expire by it."""

    client: ManagementClient
    sockets: Sockets
    wall_time: Callable[[], datetime]

    def push(self, user_id: str, message: Mapping[str, Any]) -> int:
        """Send `{"type", "version", "data"}` to the sockets that listen to its type.

        Money in it is Decimal, already rounded as it is to be seen. The number of sockets reached;
        a socket that is gone is forgotten, any other failure is logged and passed over.
        """
        channels = _CHANNELS_OF[message["type"]]
        data = _encoder.encode(message)
        return sum(
            self._post(socket.connection_id, data)
            for socket in self.sockets.of_user(user_id, now=self.wall_time())
            if channels & set(socket.channels)
        )

    def send(self, connection_id: str, message: Mapping[str, Any]) -> bool:
        """To one socket, whatever it listens to: an answer to what it asked."""
        return self._post(connection_id, _encoder.encode(message))

    def _post(self, connection_id: str, data: bytes) -> bool:
        try:
            self.client.post_to_connection(ConnectionId=connection_id, Data=data)
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == _GONE:
                self.sockets.remove(connection_id)
            else:
                logger.warning("A push was refused.", extra={"connection_id": connection_id})
            return False
        except BotoCoreError:
            logger.warning("A push was not answered.", extra={"connection_id": connection_id})
            return False
        return True
