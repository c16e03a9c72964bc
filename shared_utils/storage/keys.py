"""How key attributes are written: shards of a partition (decisions 19), times that sort as text.

Whose crc32 picks the shard: a strategy's, basket's, execution's or subscription's own id; the
user's for positions and unsettled orders, so that one reader sees all that a user has at stake.
"""

from datetime import UTC, datetime
from decimal import Decimal
from zlib import crc32


def shard_of(owner: str, shard_count: int) -> int:
    return crc32(owner.encode()) % shard_count


def sharded(status: str, owner: str, shard_count: int) -> str:
    """`ACTIVE#07` for what belongs to `owner`."""
    return shard_key(status, shard_of(owner, shard_count))


def shard_key(status: str, shard: int) -> str:
    return f"{status}#{shard:02d}"


def time_key(at: datetime) -> str:
    """UTC ISO-8601 with microseconds, always as wide: text order is time order."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def time_of(key: str) -> datetime:
    return datetime.fromisoformat(key)


def number_key(value: Decimal | int) -> str:
    """For an N attribute: plain digits, no exponent."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def counted(number: int) -> str:
    """A number from 1 on as text whose order is the numbers' order."""
    return f"{number:08d}"


def account_key(user_id: str, client_id: str) -> str:
    return f"{user_id}#{client_id}"
