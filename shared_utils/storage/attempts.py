"""How a use case meets a row that somebody else moved between its read and its write."""

from collections.abc import Callable
from typing import TypeVar

from shared_utils.domain.errors import VersionMoved

T = TypeVar("T")

# Everybody who joins or leaves moves the basket's version: a popular one moves often.
_ATTEMPTS = 10


class SeenVersionMoved(VersionMoved):
    """The caller's own picture is stale: trying again would not help him."""


def persist(attempt: Callable[[], T]) -> T:
    """Read, decide and write again when a row moved in between; the last try's error is told."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return attempt()
        except SeenVersionMoved:
            raise
        except VersionMoved:
            continue
    return attempt()
