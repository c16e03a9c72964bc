"""One page of a list, and the opaque cursor to the next one.

A cursor is base64 of where the query stopped, with a digest of the query it belongs to: used with
another list, another user or after tampering it is refused.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from shared_utils.domain.errors import InvalidInput, Problem

T = TypeVar("T")

MOST_PER_PAGE = 100
# One that remembers its place in each of 32 shards.
_LONGEST_CURSOR = 8192

Key = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`cursor` is None on the last page. A page may be empty and still have a next one."""

    items: tuple[T, ...]
    cursor: str | None


class _Cursor(msgspec.Struct, forbid_unknown_fields=True):
    q: str
    k: Key


_decoder = msgspec.json.Decoder(_Cursor)


def query_digest(*parts: Any) -> str:
    """The query's identity: table, index, key values, filters, direction."""
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:16]


def to_cursor(digest: str, key: Key) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(_Cursor(q=digest, k=key))).decode()


def from_cursor(digest: str, cursor: str, attributes: frozenset[str]) -> Key:
    """The key to go on from. Raises InvalidInput for what is not this query's cursor."""
    if len(cursor) > _LONGEST_CURSOR:
        raise cursor_refused()
    try:
        read = _decoder.decode(base64.b64decode(cursor, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise cursor_refused() from error
    if (
        read.q != digest
        or set(read.k) != attributes
        or not all(map(_is_key_value, read.k.values()))
    ):
        raise cursor_refused()
    return read.k


def _is_key_value(value: dict[str, str]) -> bool:
    return len(value) == 1 and set(value) <= {"S", "N"} and all(value.values())


def checked_limit(limit: int) -> int:
    if not 1 <= limit <= MOST_PER_PAGE:
        raise InvalidInput(
            f"A page holds 1 to {MOST_PER_PAGE} items.",
            details=[Problem("limit", f"must be from 1 to {MOST_PER_PAGE}")],
        )
    return limit


def cursor_refused() -> InvalidInput:
    return InvalidInput(
        "The cursor does not belong to this list; start again without one.",
        details=[Problem("cursor", "is not one that this list returned")],
    )
