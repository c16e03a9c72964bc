"""A fact and the days it holds for: the rules of the market change, and each was true once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Generic, TypeVar

from shared_utils.domain.errors import Unavailable

FACT_UNKNOWN = "MARKET_FACT_UNKNOWN"

ValueT = TypeVar("ValueT", covariant=True)  # noqa: PLC0105 - the plain name reads better here


class Confidence(StrEnum):
    """HIGH: circular or genuine master. MEDIUM: second hand. UNCONFIRMED: carried, not proved."""

    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    UNCONFIRMED = "UNCONFIRMED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated(Generic[ValueT]):
    """`value` holds from `from_day` until `to_day` (both included), or until the next entry.

    A value of None says: known to have changed, to what is unknown.
    """

    from_day: date
    to_day: date | None = None
    value: ValueT
    confidence: Confidence
    source: tuple[str, ...]

    def holds_on(self, day: date) -> bool:
        return self.from_day <= day and (self.to_day is None or day <= self.to_day)


def find_in_force(entries: Sequence[Dated[ValueT]], day: date) -> Dated[ValueT] | None:
    """The entry in force on `day`. Entries are ordered by `from_day`; the latest one wins."""
    for entry in reversed(entries):
        if entry.holds_on(day):
            return entry
    return None


def in_force(entries: Sequence[Dated[ValueT | None]], day: date, fact: str) -> ValueT:
    """The value in force on `day`; `fact` names it in the error (`NIFTY freeze quantity`)."""
    entry = find_in_force(entries, day)
    if entry is None or entry.value is None:
        raise Unavailable(
            f"The {fact} of {day.isoformat()} is not known; "
            "add it to the market configuration before trading on it.",
            code=FACT_UNKNOWN,
        )
    return entry.value
