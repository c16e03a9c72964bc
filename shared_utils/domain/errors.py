"""What can go wrong, as one tree. The edge alone turns a branch into an HTTP status.

* DomainError
  x InvalidInput        a field breaks a rule of shape                 400
    + RuleBroken        the shape is right, a rule of the trade is not 422
  x NotFound            missing, or somebody else's: the same answer   404
  x Conflict            the thing moved on, or exists already          409
    + VersionMoved      another writer was first
  x Forbidden           may be seen, may not be changed                403
  x Unavailable         we lack what we need to act safely             503
    + MarketDataUnavailable, CalendarUnknown, BrokerUnavailable
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """A field (`legs[0].underlying_config.lot_size`) and the rule it breaks."""

    field: str
    problem: str


class DomainError(Exception):
    """Everything we raise on purpose: a stable code, one clear sentence, the fields at fault."""

    code = "INTERNAL"

    def __init__(
        self, message: str, *, code: str | None = None, details: Sequence[Problem] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)
        if code is not None:
            self.code = code


class InvalidInput(DomainError):
    code = "INVALID_INPUT"


class RuleBroken(InvalidInput):
    code = "RULE_BROKEN"


class NotFound(DomainError):
    code = "NOT_FOUND"


class Conflict(DomainError):
    code = "CONFLICT"


class VersionMoved(Conflict):
    code = "VERSION_MOVED"


class Forbidden(DomainError):
    code = "FORBIDDEN"


class Unavailable(DomainError):
    code = "UNAVAILABLE"


class MarketDataUnavailable(Unavailable):
    code = "MARKET_DATA_UNAVAILABLE"


class CalendarUnknown(Unavailable):
    code = "CALENDAR_UNKNOWN"


class BrokerUnavailable(Unavailable):
    code = "BROKER_UNAVAILABLE"
