"""What a trader asks of executions himself: to run a strategy now, to take a waiting run back."""

import logging
from dataclasses import dataclass, replace

from lambda_functions.execution_engine.strategy_executor.due_executions import manual_execution
from lambda_functions.execution_engine.strategy_executor.next_events import (
    NextEvent,
    entered_by_hand,
)
from lambda_functions.execution_engine.strategy_executor.queries import owned
from shared_utils.clock import Clock
from shared_utils.domain.errors import Conflict, NotFound, Unavailable, VersionMoved
from shared_utils.domain.executions import Execution, ExecutionStatus, Reason
from shared_utils.domain.schedules import EventKind
from shared_utils.domain.strategies import Strategy, StrategyStatus
from shared_utils.messaging.queues import ExecutionQueue
from shared_utils.storage.executions import Executions
from shared_utils.storage.strategies import Strategies

logger = logging.getLogger(__name__)

_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionsAsked:
    """`send_within_s`: who asks for an entry means now; what is not sent by then does not trade."""

    strategies: Strategies
    executions: Executions
    queue: ExecutionQueue
    next_event: NextEvent
    clock: Clock
    send_within_s: int

    def execute(
        self, user_id: str, strategy_id: str, kind: EventKind, request_key: str
    ) -> Execution:
        """The run, written down and handed on; the one of the same `request_key` if there is one.

        A paused strategy may be run by hand; what may trade, the run itself judges and tells. An
        entry is written with the strategy's next version, so that its exit is scheduled and no
        other change of the strategy (an end, an edit, a tick's claim) goes unnoticed.
        Raises NotFound, and Conflict for what cannot be meant.
        """
        for _ in range(_ATTEMPTS - 1):
            try:
                return self._executed(user_id, strategy_id, kind, request_key)
            except VersionMoved:
                logger.info("the strategy changed meanwhile", extra={"strategy_id": strategy_id})
        return self._executed(user_id, strategy_id, kind, request_key)

    def _executed(
        self, user_id: str, strategy_id: str, kind: EventKind, request_key: str
    ) -> Execution:
        strategy = self._runnable(user_id, strategy_id, kind)
        now = self.clock.now()
        execution = manual_execution(
            strategy, kind, now=now, send_within_s=self.send_within_s, request_key=request_key
        )
        known = self.executions.by_id(execution.execution_id)
        if known is not None:
            return known
        if kind is EventKind.ENTRY:
            after = entered_by_hand(strategy, self.next_event, now)
            if not self.executions.create_claimed(execution, after):
                raise Conflict("This execution exists already.")
        else:
            self.executions.create(execution)
        self._hand_on(execution)
        return execution

    def cancel(self, user_id: str, execution_id: str) -> Execution:
        """Takes back a run that has not begun. Raises NotFound, Conflict NOT_PENDING."""
        execution = owned(self.executions, user_id, execution_id)
        while execution.status is ExecutionStatus.PENDING:
            after = self._cancelled(execution)
            try:
                self.executions.save(after)
            except VersionMoved:
                execution = owned(self.executions, user_id, execution_id)
                continue
            return after
        raise Conflict(
            f"The execution is {execution.status}: only one that is PENDING can be cancelled.",
            code="NOT_PENDING",
        )

    def _runnable(self, user_id: str, strategy_id: str, kind: EventKind) -> Strategy:
        strategy = self.strategies.get(user_id, strategy_id)
        if strategy is None:
            raise NotFound(f"There is no strategy {strategy_id}.")
        if kind is EventKind.ENTRY and strategy.status is StrategyStatus.ARCHIVED:
            raise Conflict("The strategy is archived: it is kept as a record.", code="ARCHIVED")
        if kind is EventKind.ENTRY and not strategy.active_legs:
            raise Conflict("The strategy has no active leg to enter.", code="NO_ACTIVE_LEGS")
        return strategy

    def _hand_on(self, execution: Execution) -> None:
        """The run is written: if its message is lost, the minute's sweep hands it on."""
        try:
            self.queue.send(execution)
        except Unavailable as problem:
            logger.warning(
                "An execution waits for the sweep.",
                extra={"execution_id": execution.execution_id, "reason": problem.message},
            )

    def _cancelled(self, execution: Execution) -> Execution:
        why = Reason(code="CANCELLED_BY_TRADER", sentence="The trader cancelled it before it ran.")
        return replace(
            execution,
            status=ExecutionStatus.CANCELLED,
            reasons=(*execution.reasons, why),
            updated_at=self.clock.now(),
            version=execution.version + 1,
        )
