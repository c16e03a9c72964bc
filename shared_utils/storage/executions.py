"""The strategy-executions table."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared_utils.domain.errors import Unavailable, VersionMoved
from shared_utils.domain.executions import (
    AccountOutcome,
    AccountRun,
    Execution,
    ExecutionStatus,
    status_of,
)
from shared_utils.domain.strategies import Strategy
from shared_utils.storage.clients import DynamoClient, Item
from shared_utils.storage.documents import decode, encode
from shared_utils.storage.keys import shard_key, sharded, time_key
from shared_utils.storage.pages import Page
from shared_utils.storage.rows import Index, Rows, Where, to_item
from shared_utils.storage.strategies import Strategies
from shared_utils.storage.writes import WritesRefused, write_together

_OF_STRATEGY = Index(None, "strategy_id", "execution_timestamp")
_BY_ID = Index("ExecutionsById", "execution_id")
_BY_USER = Index("ExecutionsByUser", "user_id", "execution_timestamp")
_BY_STATUS = Index("ExecutionsByStatus", "execution_status", "created_at")
_BY_BASKET = Index("ExecutionsByBasket", "basket_id", "execution_timestamp", keys_only=True)
# As many accounts may report at once as an execution has; each round one of them gets through.
_RECORD_ROUNDS = 120


@dataclass(frozen=True, slots=True)
class Executions:
    """Runs of strategies. `strategies_table` is needed to claim: by the tick, and by hand."""

    client: DynamoClient
    table: str
    shard_count: int
    strategies_table: str = ""

    @property
    def _rows(self) -> Rows[Execution]:
        return Rows(
            self.client,
            self.table,
            "execution",
            ("strategy_id", "execution_timestamp"),
            self._to_item,
            _from_item,
        )

    def get(self, strategy_id: str, execution_timestamp: str) -> Execution | None:
        return self._rows.get(strategy_id, execution_timestamp)

    def by_id(self, execution_id: str) -> Execution | None:
        """Whoever it belongs to; may lag a write by moments."""
        return self._rows.first(Where(index=_BY_ID, partition=execution_id))

    def create_claimed(self, execution: Execution, strategy_after: Strategy) -> bool:
        """The claim: the execution's row and the strategy's next version, in one transaction.

        True: we claimed it. False: this execution exists already. Raises VersionMoved when the
        strategy is no longer the one it was claimed from.
        """
        strategies = Strategies(self.client, self.strategies_table, self.shard_count)
        claim = self._rows.write_of(execution, expected=0)
        try:
            write_together(self.client, [claim, strategies.write_of(strategy_after)])
        except WritesRefused as refusal:
            if 0 in refusal.refused:
                return False
            raise
        return True

    def create(self, execution: Execution) -> None:
        """A run that nobody scheduled. Raises Conflict when it exists."""
        self._rows.create(execution)

    def save(self, execution: Execution) -> None:
        """Stored version must be `execution.version - 1`, else VersionMoved."""
        self._rows.save(execution)

    def in_status(
        self, status: ExecutionStatus, shard: int, *, created_before: datetime
    ) -> tuple[Execution, ...]:
        """Oldest first; may lag a write by moments."""
        where = Where(
            index=_BY_STATUS,
            partition=shard_key(status, shard),
            sort=("<=", time_key(created_before)),
        )
        return self._rows.all(where)

    def record_account(
        self,
        *,
        strategy_id: str,
        execution_id: str,
        user_id: str,
        client_id: str,
        outcome: AccountOutcome,
        at: datetime,
        code: str | None = None,
        sentence: str | None = None,
    ) -> Execution:
        """One account's outcome, and the status that follows from all; reread until it is written.

        The execution after it. Raises Unavailable when the execution cannot be found or read.
        """
        found = self.by_id(execution_id)
        if found is None or found.strategy_id != strategy_id:
            raise Unavailable("The execution cannot be found yet; its outcome is recorded later.")
        for _ in range(_RECORD_ROUNDS):
            before = self.get(strategy_id, found.execution_timestamp)
            if before is None:
                break
            runs = tuple(
                _with_outcome(run, outcome, code, sentence)
                if (run.user_id, run.client_id) == (user_id, client_id)
                else run
                for run in before.accounts
            )
            if runs == before.accounts:
                return before
            after = _with_runs(before, runs, at)
            try:
                self.save(after)
            except VersionMoved:
                continue
            return after
        raise Unavailable("The execution is changing too fast; its outcome is recorded later.")

    def for_user(self, user_id: str, limit: int = 50, cursor: str | None = None) -> Page[Execution]:
        """Latest first."""
        where = Where(index=_BY_USER, partition=user_id, descending=True)
        return self._rows.page(where, limit=limit, cursor=cursor)

    def for_strategy(
        self, user_id: str, strategy_id: str, limit: int = 50, cursor: str | None = None
    ) -> Page[Execution]:
        """Latest first; empty for a strategy that is not the user's."""
        where = Where(
            index=_OF_STRATEGY,
            partition=strategy_id,
            only={"user_id": user_id},
            descending=True,
            consistent=True,
        )
        return self._rows.page(where, limit=limit, cursor=cursor)

    def latest_of(self, strategy_id: str, limit: int) -> tuple[Execution, ...]:
        """Latest first, as they are now, for whomever they ran."""
        where = Where(index=_OF_STRATEGY, partition=strategy_id, descending=True, consistent=True)
        return self._rows.page(where, limit=limit, cursor=None).items

    def for_basket(
        self, user_id: str, basket_id: str, limit: int = 50, cursor: str | None = None
    ) -> Page[Execution]:
        """Latest first; empty for a basket that is not the user's."""
        where = Where(
            index=_BY_BASKET, partition=basket_id, only={"user_id": user_id}, descending=True
        )
        return self._rows.page(where, limit=limit, cursor=cursor)

    def _to_item(self, execution: Execution) -> Item:
        return to_item(
            {
                "strategy_id": execution.strategy_id,
                "execution_timestamp": execution.execution_timestamp,
            },
            execution.version,
            encode(execution),
            user_id=execution.user_id,
            execution_id=execution.execution_id,
            execution_status=sharded(execution.status, execution.execution_id, self.shard_count),
            created_at=time_key(execution.created_at),
            basket_id=execution.basket_id,
        )


def _with_outcome(
    run: AccountRun, outcome: AccountOutcome, code: str | None, sentence: str | None
) -> AccountRun:
    return replace(run, outcome=outcome, code=code, sentence=sentence)


def _with_runs(before: Execution, runs: tuple[AccountRun, ...], at: datetime) -> Execution:
    cancelled = before.status is ExecutionStatus.CANCELLED
    status = before.status if cancelled else status_of(tuple(run.outcome for run in runs))
    return replace(before, accounts=runs, status=status, updated_at=at, version=before.version + 1)


def _from_item(item: Item) -> Execution:
    return decode(Execution, item["doc"]["S"])
