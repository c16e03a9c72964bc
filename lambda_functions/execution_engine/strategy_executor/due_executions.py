"""The execution that a due strategy asks for: the same one however often it is asked. Pure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared_utils.domain.executions import (
    Execution,
    ExecutionStatus,
    ExecutionTrigger,
    Reason,
)
from shared_utils.domain.ids import Kind, derived_id
from shared_utils.domain.schedules import EventKind
from shared_utils.domain.strategies import Strategy

_SUFFIX_LENGTH = 6


def execution_for(strategy: Strategy, *, now: datetime, send_within_s: int) -> Execution:
    """For the strategy's `next_execution`; its id is derived from strategy, owner and that time.

    Raises ValueError for a strategy that has nothing scheduled: the caller checks.
    """
    if strategy.next_execution is None or strategy.next_event is None:
        raise ValueError(f"strategy {strategy.strategy_id} has nothing scheduled")
    return _execution(
        strategy,
        kind=strategy.next_event,
        trigger=ExecutionTrigger.SCHEDULE,
        scheduled_for=strategy.next_execution,
        now=now,
        send_within_s=send_within_s,
        seed=strategy.next_execution.astimezone(UTC).isoformat(),
    )


def manual_execution(
    strategy: Strategy, kind: EventKind, *, now: datetime, send_within_s: int, request_key: str
) -> Execution:
    """Asked for now; `request_key` (an Idempotency-Key or a fresh id) names the ask."""
    return _execution(
        strategy,
        kind=kind,
        trigger=ExecutionTrigger.MANUAL,
        scheduled_for=now,
        now=now,
        send_within_s=send_within_s,
        seed=request_key,
    )


def _execution(
    strategy: Strategy,
    *,
    kind: EventKind,
    trigger: ExecutionTrigger,
    scheduled_for: datetime,
    now: datetime,
    send_within_s: int,
    seed: str,
) -> Execution:
    execution_id = derived_id(
        Kind.EXECUTION, strategy.strategy_id, strategy.user_id, kind, trigger, seed
    )
    stamp = scheduled_for.astimezone(UTC).strftime("%Y-%m-%d-%H-%M-%S")
    return Execution(
        strategy_id=strategy.strategy_id,
        # Entry and exit, or two manual runs, may share a second (decisions 17).
        execution_timestamp=f"{stamp}-{execution_id[-_SUFFIX_LENGTH:]}",
        execution_id=execution_id,
        user_id=strategy.user_id,
        basket_id=strategy.basket_id,
        kind=kind,
        trigger=trigger,
        status=ExecutionStatus.PENDING,
        scheduled_for=scheduled_for,
        send_by=scheduled_for + timedelta(seconds=send_within_s),
        strategy_version=strategy.version,
        created_at=now,
        updated_at=now,
    )


def missed(execution: Execution) -> Execution:
    """An entry whose time had passed before anybody looked: it never trades late."""
    sentence = (
        f"The entry was due at {execution.scheduled_for.isoformat()} and had to be sent by "
        f"{execution.send_by.isoformat()}; the platform came to it too late, so it did not trade."
    )
    return replace(
        execution,
        status=ExecutionStatus.FAILED,
        reasons=(Reason(code="MISSED", sentence=sentence),),
    )
