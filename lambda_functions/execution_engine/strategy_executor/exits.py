"""What an exit closes, account by account. An exit asks no limit, no switch and no quote."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from lambda_functions.execution_engine.strategy_executor.order_plans import PlanContext, plan_exit
from shared_utils.domain.broker_accounts import BrokerAccount
from shared_utils.domain.errors import Unavailable
from shared_utils.domain.executions import (
    SETTLED_OUTCOMES,
    AccountOutcome,
    AccountRun,
    Execution,
)
from shared_utils.domain.instruments import Quote
from shared_utils.domain.orders import Order
from shared_utils.domain.positions import Position, key_of
from shared_utils.domain.strategies import Strategy
from shared_utils.market_data.ports import QuoteSource
from shared_utils.storage.executions import Executions
from shared_utils.storage.orders import Orders
from shared_utils.storage.positions import Positions

logger = logging.getLogger(__name__)

NOTHING_HELD = "NOTHING_HELD"
NOTHING_TO_CLOSE = "The strategy holds nothing on this account, so there was nothing to close."
# A fill is counted a little later than it is seen: until then a position says too little.
_LATEST_ORDERS, _LATEST_RUNS = 20, 20

PlannedExit = tuple[AccountRun, tuple[Order, ...]]
ContextOf = Callable[[Mapping[str, Quote]], PlanContext]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exits:
    orders: Orders
    positions: Positions
    executions: Executions
    quotes_for: Callable[[Strategy], QuoteSource]
    account_of: Callable[[str, str], BrokerAccount | None]

    def plan(
        self,
        execution: Execution,
        strategy: Strategy,
        allocations: Mapping[str, str],
        context_of: ContextOf,
    ) -> list[PlannedExit]:
        """For each account that holds something or still may: its run, and what closes it.

        `allocations` are ids by client id: their accounts are asked for although nothing is held.
        A run without orders that is not settled waits for its entry to come to an end.
        """
        found = self.positions.of_strategy(execution.user_id, execution.strategy_id)
        held = [position for position in found if position.net_quantity != 0]
        context = context_of(self._quotes_if_any(strategy, held))
        busy = self._accounts_of_other_runs(execution)
        planned: list[PlannedExit] = []
        for client_id in sorted({*allocations, *(position.client_id for position in held)}):
            mine = [position for position in found if position.client_id == client_id]
            run = AccountRun(
                user_id=execution.user_id,
                client_id=client_id,
                allocation_id=allocations.get(client_id, ""),
                lots=0,
            )
            if client_id in busy or not self._is_counted(execution, client_id, mine):
                # Its entry is still being placed, taken back or counted: the exit follows then.
                planned.append((run, ()))
            else:
                planned.append(self._plan(execution, strategy, run, mine, context))
        return planned

    def _plan(
        self,
        execution: Execution,
        strategy: Strategy,
        run: AccountRun,
        positions: Sequence[Position],
        context: PlanContext,
    ) -> PlannedExit:
        held = [position for position in positions if position.net_quantity != 0]
        if not held:
            flat = replace(run, outcome=AccountOutcome.FILLED, code=NOTHING_HELD)
            return replace(flat, sentence=NOTHING_TO_CLOSE), ()
        if self.account_of(execution.user_id, run.client_id) is None:
            sentence = "The broker account of this position is gone; close it at the broker."
            gone = replace(run, outcome=AccountOutcome.DENIED, code="ACCOUNT_GONE")
            return replace(gone, sentence=sentence), ()
        allocation_id = run.allocation_id
        return run, plan_exit(
            execution, strategy, held, context=context, allocation_id=allocation_id
        )

    def _accounts_of_other_runs(self, execution: Execution) -> frozenset[str]:
        """Where another run of the strategy has not come to its end. Its orders alone do not tell:
        between two attempts all of them are settled.
        """
        latest = self.executions.for_strategy(
            execution.user_id, execution.strategy_id, limit=_LATEST_RUNS
        )
        return frozenset(
            part.client_id
            for run in latest.items
            if run.execution_id != execution.execution_id and not run.is_settled
            for part in run.accounts
            if part.outcome not in SETTLED_OUTCOMES
        )

    def _is_counted(
        self, execution: Execution, client_id: str, positions: Sequence[Position]
    ) -> bool:
        """Whether no order of another run is at the broker and all their fills are counted."""
        working = self.orders.unsettled_of_account(execution.user_id, client_id)
        if any(not order.is_settled and _is_of_another_run(order, execution) for order in working):
            return False
        counted = {position.position_key: position.applied_fills for position in positions}
        latest = self.orders.for_account(execution.user_id, client_id, limit=_LATEST_ORDERS)
        return all(
            counted.get(key_of(order), {}).get(order.order_id, 0) >= len(order.fills)
            for order in latest.items
            if _is_of_another_run(order, execution)
        )

    def _quotes_if_any(self, strategy: Strategy, held: Sequence[Position]) -> Mapping[str, Quote]:
        if not held:
            return {}
        try:
            return self.quotes_for(strategy).quotes([each.contract.symbol for each in held])
        except Unavailable as problem:
            logger.warning("no quotes for an exit", extra={"reason": problem.message})
            return {}


def _is_of_another_run(order: Order, execution: Execution) -> bool:
    return (
        order.strategy_id == execution.strategy_id and order.execution_id != execution.execution_id
    )
