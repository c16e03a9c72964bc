"""The position-tracker table. A user's open positions share one shard (see `keys`)."""

from dataclasses import dataclass

from shared_utils.domain.positions import Position, PositionStatus
from shared_utils.storage.clients import DynamoClient, Item
from shared_utils.storage.documents import decode, encode
from shared_utils.storage.keys import shard_key, sharded, time_key
from shared_utils.storage.pages import Page
from shared_utils.storage.rows import Index, Rows, Where, to_item

_OF_USER = Index(None, "user_id", "position_key")
_BY_ID = Index("PositionsById", "position_id", keys_only=True)
_BY_STRATEGY = Index("PositionsByStrategy", "strategy_id", "updated_at", keys_only=True)
_BY_ACCOUNT = Index("PositionsByBroker", "client_id", "updated_at", keys_only=True)
_ACTIVE = Index("ActivePositions", "status", "updated_at", keys_only=True)


@dataclass(frozen=True, slots=True)
class Positions:
    client: DynamoClient
    table: str
    shard_count: int

    @property
    def _rows(self) -> Rows[Position]:
        return Rows(
            self.client,
            self.table,
            "position",
            ("user_id", "position_key"),
            self._to_item,
            _from_item,
        )

    def get(self, user_id: str, position_key: str) -> Position | None:
        return self._rows.get(user_id, position_key)

    def by_id(self, user_id: str, position_id: str) -> Position | None:
        """The user's own, as it is now; None for moments after it was opened."""
        where = Where(index=_BY_ID, partition=position_id, only={"user_id": user_id})
        return self._rows.first(where)

    def put(self, position: Position) -> None:
        """Stored version must be `position.version - 1` (none for version 1), else VersionMoved."""
        self._rows.save(position)

    def of_user(self, user_id: str, *, open_only: bool = False) -> tuple[Position, ...]:
        return self._rows.all(self._where_mine(user_id, open_only=open_only))

    def page_of_user(
        self,
        user_id: str,
        limit: int = 50,
        cursor: str | None = None,
        *,
        open_only: bool = False,
    ) -> Page[Position]:
        where = self._where_mine(user_id, open_only=open_only)
        return self._rows.page(where, limit=limit, cursor=cursor)

    def of_strategy(self, user_id: str, strategy_id: str) -> tuple[Position, ...]:
        """On all of the user's accounts, as they are now."""
        where = Where(
            index=_OF_USER,
            partition=user_id,
            sort=("begins_with", f"{strategy_id}:"),
            consistent=True,
        )
        return self._rows.all(where)

    def of_strategy_of_anyone(self, strategy_id: str) -> tuple[Position, ...]:
        """Whosever they are; a position just opened may be missing for moments."""
        return self._rows.all(Where(index=_BY_STRATEGY, partition=strategy_id))

    def of_account(self, user_id: str, client_id: str) -> tuple[Position, ...]:
        """Of all strategies; a position just opened may be missing for moments."""
        where = Where(index=_BY_ACCOUNT, partition=client_id, only={"user_id": user_id})
        return self._rows.all(where)

    def open_in(self, shard: int) -> tuple[Position, ...]:
        """Open positions of all users of a shard, longest unchanged first; may lag by moments."""
        where = Where(index=_ACTIVE, partition=shard_key(PositionStatus.OPEN, shard))
        return tuple(each for each in self._rows.all(where) if each.status is PositionStatus.OPEN)

    def _where_mine(self, user_id: str, *, open_only: bool) -> Where:
        status = sharded(PositionStatus.OPEN, user_id, self.shard_count)
        return Where(
            index=_OF_USER,
            partition=user_id,
            only={"status": status} if open_only else {},
            consistent=True,
        )

    def _to_item(self, position: Position) -> Item:
        return to_item(
            {"user_id": position.user_id, "position_key": position.position_key},
            position.version,
            encode(position),
            strategy_id=position.strategy_id,
            client_id=position.client_id,
            updated_at=time_key(position.updated_at),
            status=sharded(position.status, position.user_id, self.shard_count),
            position_id=position.position_id,
        )


def position_of(image: Item) -> Position:
    """From a stream record's image."""
    return _from_item(image)


def _from_item(item: Item) -> Position:
    return decode(Position, item["doc"]["S"])
