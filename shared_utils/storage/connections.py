"""The live-connections table: open sockets, and the one-time tickets that open them."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from shared_utils.domain.errors import VersionMoved
from shared_utils.storage.clients import DynamoClient, Item
from shared_utils.storage.documents import decode, encode
from shared_utils.storage.faults import CALL_FAULTS, fault_of, maybe_written
from shared_utils.storage.rows import Index, Rows, Where, to_item

_BY_USER = Index("ConnectionsByUser", "user_id", "connection_id")
_TICKET = "ticket#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A socket and the channels it listens to. `expires_at` is wall-clock time."""

    connection_id: str
    user_id: str
    channels: tuple[str, ...] = ()
    connected_at: datetime
    expires_at: datetime
    version: int = 1


@dataclass(frozen=True, slots=True)
class Connections:
    """Times are the wall clock's. A ticket is stored as its hash: the table opens nothing."""

    client: DynamoClient
    table: str
    shard_count: int = 1

    @property
    def _rows(self) -> Rows[Connection]:
        return Rows(self.client, self.table, "connection", ("connection_id",), _to_item, _from_item)

    def add(self, connection: Connection) -> None:
        """Raises Conflict when it exists."""
        self._rows.create(connection)

    def get(self, connection_id: str, *, now: datetime) -> Connection | None:
        found = self._rows.get(connection_id)
        return found if found is not None and now < found.expires_at else None

    def save(self, connection: Connection) -> None:
        """Stored version must be `connection.version - 1`, else VersionMoved."""
        self._rows.save(connection)

    def of_user(self, user_id: str, *, now: datetime) -> tuple[Connection, ...]:
        """His open sockets; may lag a write by moments."""
        where = Where(index=_BY_USER, partition=user_id)
        return tuple(
            each
            for each in self._rows.all(where)
            if now < each.expires_at and not each.connection_id.startswith(_TICKET)
        )

    def remove(self, connection_id: str) -> None:
        """Whether it exists or not."""
        try:
            self.client.delete_item(TableName=self.table, Key=self._rows.key(connection_id))
        except CALL_FAULTS as error:
            fault_of(error)
            raise maybe_written() from error

    def issue_ticket(
        self, ticket: str, user_id: str, *, now: datetime, expires_at: datetime
    ) -> None:
        self._rows.create(
            Connection(
                connection_id=_ticket_key(ticket),
                user_id=user_id,
                connected_at=now,
                expires_at=expires_at,
            )
        )

    def redeem_ticket(self, ticket: str, *, now: datetime) -> str | None:
        """The user it was issued to, once; None for what is unknown, used or expired."""
        found = self.get(_ticket_key(ticket), now=now)
        if found is None:
            return None
        try:
            self._rows.delete(found)
        except VersionMoved:
            return None
        return found.user_id


def _ticket_key(ticket: str) -> str:
    return _TICKET + hashlib.sha256(ticket.encode()).hexdigest()


def _to_item(connection: Connection) -> Item:
    item = to_item(
        {"connection_id": connection.connection_id},
        connection.version,
        encode(connection),
        user_id=connection.user_id,
    )
    item["ttl"] = {"N": str(int(connection.expires_at.timestamp()))}
    return item


def _from_item(item: Item) -> Connection:
    return decode(Connection, item["doc"]["S"])
