"""What falls due is claimed early, once, and handed on with the delay that is left (decisions 20).

tick            claim: execution row + next_execution     queue, delayed       released
  |---------------------------|-----------------------------|------------------|
due - 150 s                                          due - prepare         due, by the clock
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lambda_functions.execution_engine.strategy_executor.due_executions import (
    execution_for,
    missed,
)
from lambda_functions.execution_engine.strategy_executor.next_events import NextEvent, moved_on
from shared_utils.clock import Clock
from shared_utils.domain.errors import Conflict
from shared_utils.domain.executions import Execution, ExecutionStatus
from shared_utils.domain.schedules import EventKind
from shared_utils.domain.strategies import Strategy, StrategyStatus
from shared_utils.messaging.queues import ExecutionQueue
from shared_utils.storage.executions import Executions
from shared_utils.storage.strategies import Strategies

logger = logging.getLogger(__name__)

# A run that has not moved for this long lost its message or its process: it is handed on again.
STALE_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueClaims:
    """`next_event` is the schedule on the trading calendar; it raises CalendarUnknown.
    `side_by_side` is `map`, or a thread pool's: the shards are read together (decisions 19).
    """

    strategies: Strategies
    executions: Executions
    queue: ExecutionQueue
    next_event: NextEvent
    clock: Clock
    shard_count: int
    ahead_s: int
    prepare_s: int
    send_within_s: int
    side_by_side: Callable[..., Iterable[Any]] = map

    def tick(self) -> int:
        """Claims all that falls due in the next `ahead_s` seconds; the number of new executions."""
        until = self.clock.now() + timedelta(seconds=self.ahead_s)
        claimed = 0
        shards = range(self.shard_count)
        for due in self.side_by_side(lambda shard: self.strategies.due(shard, until), shards):
            for user_id, strategy_id, _ in due:
                claimed += self._claim(user_id, strategy_id, until)
        return claimed

    def revive(self) -> int:
        """Hands on again what was claimed or begun and then went silent; how many there were."""
        before = self.clock.now() - STALE_AFTER
        places = [
            (status, shard)
            for status in (ExecutionStatus.PENDING, ExecutionStatus.RUNNING)
            for shard in range(self.shard_count)
        ]
        silent = [
            execution
            for found in self.side_by_side(lambda place: self._begun(place, before), places)
            for execution in found
            if max(execution.updated_at, execution.scheduled_for) < before
        ]
        for execution in silent:
            logger.warning("execution revived", extra={"execution_id": execution.execution_id})
            self.queue.send(execution, delay_s=0)
        return len(silent)

    def _begun(self, place: tuple[ExecutionStatus, int], before: datetime) -> tuple[Execution, ...]:
        return self.executions.in_status(*place, created_before=before)

    def _claim(self, user_id: str, strategy_id: str, until: datetime) -> int:
        strategy = self.strategies.get(user_id, strategy_id)
        if strategy is None or not _is_due(strategy, until):
            return 0
        now = self.clock.now()
        execution = execution_for(strategy, now=now, send_within_s=self.send_within_s)
        if execution.kind is EventKind.ENTRY and now >= execution.send_by:
            execution = missed(execution)
        try:
            after = moved_on(strategy, self.next_event, strategy.next_execution or now, now)
            claimed = self.executions.create_claimed(execution, after)
        except Conflict:
            claimed = False
        if not claimed:
            logger.info("claimed by another tick", extra={"strategy_id": strategy_id})
            return 0
        if not execution.is_settled:
            self.queue.send(execution, delay_s=self._delay(execution, now))
        return 1

    def _delay(self, execution: Execution, now: datetime) -> int:
        start = execution.scheduled_for - timedelta(seconds=self.prepare_s)
        return max(0, int((start - now).total_seconds()))


def _is_due(strategy: Strategy, until: datetime) -> bool:
    """A pause, or a strategy that its owner starts by hand, stops entries and never exits."""
    if strategy.next_execution is None or strategy.next_execution > until:
        return False
    if strategy.next_event is EventKind.EXIT:
        return strategy.status in {StrategyStatus.ACTIVE, StrategyStatus.PAUSED}
    return strategy.status is StrategyStatus.ACTIVE and strategy.auto_execute
