"""One run of a strategy: what was due, what it resolved to, and why it did or did not trade."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from shared_utils.domain.instruments import Contract, Side
from shared_utils.domain.schedules import EventKind


class ExecutionStatus(StrEnum):
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class ExecutionTrigger(StrEnum):
    SCHEDULE = "SCHEDULE"
    MANUAL = "MANUAL"


class AccountOutcome(StrEnum):
    """Where one account's part of an execution stands."""

    WAITING = "WAITING"
    WORKING = "WORKING"
    FILLED = "FILLED"
    DENIED = "DENIED"
    FAILED = "FAILED"
    UNWOUND = "UNWOUND"


SETTLED_OUTCOMES = frozenset(
    {
        AccountOutcome.FILLED,
        AccountOutcome.DENIED,
        AccountOutcome.FAILED,
        AccountOutcome.UNWOUND,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A typed answer to 'why did it not trade?': a code, one sentence, whose account if any."""

    code: str
    sentence: str
    client_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedStrike:
    """A contract that was nearer to the target, and the fault of its quote (`STALE`)."""

    symbol: str
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedLeg:
    """What a leg became in this run, for every account alike (decisions 22). `deviation` is a
    fraction of the target; `refused` what would have been nearer to it, the nearest first.
    """

    leg_id: str
    leg_number: int
    side: Side
    contract: Contract
    premium: Decimal
    chosen_because: str
    deviation: Decimal | None = None
    refused: tuple[RefusedStrike, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRun:
    """One allocation's part: lots bought for it, and how far it is."""

    user_id: str
    client_id: str
    allocation_id: str
    lots: int
    outcome: AccountOutcome = AccountOutcome.WAITING
    code: str | None = None
    sentence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """`execution_timestamp` is `YYYY-MM-DD-HH-mm-ss` in UTC of the scheduled second, then a suffix
    where several run in the same second (decisions 17). The id is derived from strategy, owner and
    scheduled time: a second trigger finds the first one's row.
    """

    strategy_id: str
    execution_timestamp: str
    execution_id: str
    user_id: str
    basket_id: str
    kind: EventKind
    trigger: ExecutionTrigger
    status: ExecutionStatus
    scheduled_for: datetime
    send_by: datetime
    strategy_version: int
    legs: tuple[ResolvedLeg, ...] = ()
    accounts: tuple[AccountRun, ...] = ()
    reasons: tuple[Reason, ...] = ()
    spot: Decimal | None = None
    released_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    version: int = 1

    @property
    def is_settled(self) -> bool:
        return self.status in {
            ExecutionStatus.COMPLETED,
            ExecutionStatus.FAILED,
            ExecutionStatus.CANCELLED,
        }


def status_of(outcomes: tuple[AccountOutcome, ...]) -> ExecutionStatus:
    """RUNNING while an account works; COMPLETED if every account filled; FAILED otherwise."""
    if any(outcome not in SETTLED_OUTCOMES for outcome in outcomes):
        return ExecutionStatus.RUNNING
    if outcomes and all(outcome is AccountOutcome.FILLED for outcome in outcomes):
        return ExecutionStatus.COMPLETED
    return ExecutionStatus.FAILED
