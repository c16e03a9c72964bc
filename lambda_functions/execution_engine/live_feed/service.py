"""Who may open a socket, what it listens to, and what is pushed to it."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from lambda_functions.execution_engine.live_feed.pushed_messages import (
    order_status,
    position_update,
)
from shared_utils.domain.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    Problem,
    VersionMoved,
)
from shared_utils.messaging.live_feed import CHANNELS, LiveFeed, Socket
from shared_utils.messaging.stream_records import Image
from shared_utils.storage.connections import Connection, Connections
from shared_utils.storage.orders import order_of
from shared_utils.storage.positions import Positions, position_of

logger = logging.getLogger(__name__)

TICKET_LIVES = timedelta(seconds=30)
# API Gateway ends every socket after two hours.
SOCKET_LIVES = timedelta(hours=2)
_ATTEMPTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What opens one socket, once, until `expires_at`."""

    ticket: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tickets:
    """`random_text` gives 256 random bits as URL-safe text."""

    connections: Connections
    wall_time: Callable[[], datetime]
    random_text: Callable[[], str]

    def issue(self, user_id: str) -> Ticket:
        now = self.wall_time()
        ticket = Ticket(ticket=self.random_text(), expires_at=now + TICKET_LIVES)
        self.connections.issue_ticket(ticket.ticket, user_id, now=now, expires_at=ticket.expires_at)
        return ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriptions:
    """The channels of open sockets."""

    connections: Connections
    wall_time: Callable[[], datetime]

    def connect(self, connection_id: str, user_id: str, channels: Iterable[str]) -> None:
        """Raises InvalidInput for a channel that does not exist."""
        now = self.wall_time()
        self.connections.add(
            Connection(
                connection_id=connection_id,
                user_id=user_id,
                channels=_known(channels),
                connected_at=now,
                expires_at=now + SOCKET_LIVES,
            )
        )

    def disconnect(self, connection_id: str) -> None:
        self.connections.remove(connection_id)

    def subscribe(self, connection_id: str, channels: Iterable[str]) -> Connection:
        """Raises InvalidInput for a channel that does not exist, NotFound for an ended socket."""
        added = set(_known(channels))
        return self._change(connection_id, lambda now: now | added)

    def unsubscribe(self, connection_id: str, channels: Iterable[str]) -> Connection:
        removed = set(_known(channels))
        return self._change(connection_id, lambda now: now - removed)

    def _change(self, connection_id: str, change: Callable[[set[str]], set[str]]) -> Connection:
        for _ in range(_ATTEMPTS):
            before = self.connections.get(connection_id, now=self.wall_time())
            if before is None:
                raise NotFound("This connection has ended; open a new one.", code="NOT_CONNECTED")
            channels = tuple(sorted(change(set(before.channels))))
            after = replace(before, channels=channels, version=before.version + 1)
            try:
                self.connections.save(after)
            except VersionMoved:
                continue
            return after
        raise Conflict("Several subscriptions came at once; send this one again.")


def _known(channels: Iterable[str]) -> tuple[str, ...]:
    asked = tuple(sorted(set(channels)))
    unknown = [channel for channel in asked if channel not in CHANNELS]
    if unknown:
        raise InvalidInput(
            f"There is no channel {unknown[0]!r}; there are {', '.join(sorted(CHANNELS))}.",
            code="UNKNOWN_CHANNEL",
            details=[Problem("channels", f"has no {channel!r}") for channel in unknown],
        )
    return asked


@dataclass(frozen=True, slots=True)
class SeenSockets:
    """A user's sockets, asked for once in a batch of changes."""

    connections: Connections
    _seen: dict[str, tuple[Connection, ...]] = field(default_factory=dict)

    def of_user(self, user_id: str, *, now: datetime) -> Iterable[Socket]:
        if user_id not in self._seen:
            self._seen[user_id] = self.connections.of_user(user_id, now=now)
        return self._seen[user_id]

    def remove(self, connection_id: str) -> None:
        self.connections.remove(connection_id)
        for user_id, sockets in self._seen.items():
            self._seen[user_id] = tuple(
                each for each in sockets if each.connection_id != connection_id
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushes:
    """Changed rows on their way to their owner's sockets. One batch of changes each."""

    feed: LiveFeed
    positions: Positions

    def push(self, images: Iterable[Image]) -> None:
        """A push may be lost, so nothing that goes wrong here keeps the stream waiting."""
        changed: dict[tuple[str, str], None] = {}
        for image in images:
            try:
                if "position_key" in image:
                    position = position_of(image)
                    changed[position.user_id, position.strategy_id] = None
                else:
                    order = order_of(image)
                    self.feed.push(order.user_id, order_status(order))
            except Exception:
                logger.exception("A changed row was not pushed.")
        for user_id, strategy_id in changed:
            try:
                self._push_strategy(user_id, strategy_id)
            except Exception:
                logger.exception("A strategy's book was not pushed.")

    def _push_strategy(self, user_id: str, strategy_id: str) -> None:
        """A strategy's book as it is now, once for all its changes of the batch."""
        if not tuple(self.feed.sockets.of_user(user_id, now=self.feed.wall_time())):
            return
        positions = self.positions.of_strategy(user_id, strategy_id)
        if positions:
            self.feed.push(user_id, position_update(strategy_id, positions))
