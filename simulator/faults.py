"""What can go wrong at a broker, switched on and off while it runs.

A fault is for one account or all (`*`), for some operations or all, for so many times or until it
is removed, now or within a window of market time. This module decides; the HTTP layer and the
exchange carry it out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FaultKind(StrEnum):
    """Each says what the client sees and whether its order exists."""

    PARTIAL_FILL = "partial_fill"  # fills up to `fraction` of the lots and no further
    REJECT = "reject"  # accepted, then REJECTED by the risk desk with `reason`
    REFUSE = "refuse"  # 400 at once: no order
    LATENCY = "latency"  # everything as usual, `seconds` later
    TIMEOUT_AFTER_ACCEPT = "timeout_after_accept"  # the order exists, the answer is never sent
    LOST_BEFORE_ACCEPT = "lost_before_accept"  # no order, and no answer either
    LATE_ACCEPT = "late_accept"  # no answer; the order enters the book `seconds` later
    TOO_MANY_REQUESTS = "too_many_requests"  # 429
    BAD_GATEWAY = "bad_gateway"  # 502 with a page of HTML; the order exists if `accepted`
    EMPTY_ANSWER = "empty_answer"  # 200 without a body; the order exists if `accepted`
    ORDER_BOOK_FAILS = "order_book_fails"  # 503 on orders and trades
    ORDER_BOOK_STALE = "order_book_stale"  # the book as it was `seconds` ago
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - 403 TokenException on every call
    OUTAGE = "outage"  # 503 on every call


class Operation(StrEnum):
    PLACE = "place"
    MODIFY = "modify"
    CANCEL = "cancel"
    BOOK = "book"
    QUOTE = "quote"
    OTHER = "other"


_ORDER_CALLS = frozenset({Operation.PLACE, Operation.MODIFY, Operation.CANCEL})
_EVERY_CALL = frozenset(Operation)

# Where a fault strikes unless it says otherwise.
_USUAL: dict[FaultKind, frozenset[Operation]] = {
    FaultKind.PARTIAL_FILL: frozenset({Operation.PLACE}),
    FaultKind.REJECT: frozenset({Operation.PLACE}),
    FaultKind.REFUSE: frozenset({Operation.PLACE}),
    FaultKind.LATENCY: _EVERY_CALL,
    FaultKind.TIMEOUT_AFTER_ACCEPT: frozenset({Operation.PLACE}),
    FaultKind.LOST_BEFORE_ACCEPT: frozenset({Operation.PLACE}),
    FaultKind.LATE_ACCEPT: frozenset({Operation.PLACE}),
    FaultKind.TOO_MANY_REQUESTS: _ORDER_CALLS,
    FaultKind.BAD_GATEWAY: _ORDER_CALLS,
    FaultKind.EMPTY_ANSWER: _ORDER_CALLS,
    FaultKind.ORDER_BOOK_FAILS: frozenset({Operation.BOOK}),
    FaultKind.ORDER_BOOK_STALE: frozenset({Operation.BOOK}),
    FaultKind.TOKEN_EXPIRED: _EVERY_CALL,
    FaultKind.OUTAGE: _EVERY_CALL,
}


@dataclass(slots=True, kw_only=True)
class Fault:
    """`count` is how often it still strikes (None: always); `starts_at`/`ends_at` market time."""

    fault_id: str
    kind: FaultKind
    account: str = "*"  # a user_id or an api_key
    operations: frozenset[Operation]
    count: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    side: str | None = None  # only orders of this side
    seconds: float = 0.0
    fraction: float = 0.5
    accepted: bool = False
    reason: str = "Simulated rejection"

    def concerns(
        self, accounts: Iterable[str], operation: Operation, side: str | None, at: datetime
    ) -> bool:
        if self.account != "*" and self.account not in accounts:
            return False
        if operation not in self.operations or (self.side is not None and side != self.side):
            return False
        return self._is_on(at)

    def _is_on(self, at: datetime) -> bool:
        if self.count == 0 or (self.starts_at is not None and at < self.starts_at):
            return False
        return self.ends_at is None or at < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whose call it is, what it is for, and the side of its order if it places one."""

    user_id: str
    api_key: str
    operation: Operation
    side: str | None = None


class FaultSwitches:
    """The faults that are on. Taking one uses it up when it is counted."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.issued = 0

    def usual_operations(self, kind: FaultKind) -> frozenset[Operation]:
        return _USUAL[kind]

    def switch_on(self, fault: Fault) -> None:
        self.faults.append(fault)

    def next_id(self) -> str:
        self.issued += 1
        return f"flt-{self.issued}"

    def take(self, kind: FaultKind, caller: Caller, at: datetime) -> Fault | None:
        """The first such fault that strikes this call, counted down; None when all is well."""
        accounts = (caller.user_id, caller.api_key)
        for fault in self.faults:
            if fault.kind is not kind:
                continue
            if fault.concerns(accounts, caller.operation, caller.side, at):
                if fault.count is not None:
                    fault.count -= 1
                return fault
        return None

    def switch_off(self, fault_id: str | None = None) -> int:
        """Removes one fault, or all; how many were removed."""
        kept = [] if fault_id is None else [f for f in self.faults if f.fault_id != fault_id]
        removed = len(self.faults) - len(kept)
        self.faults = kept
        return removed
