"""What the accounts of a run may do now, read side by side before the release."""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from decimal import Decimal

from lambda_functions.execution_engine.strategy_executor.judgements import AccountState
from lambda_functions.execution_engine.strategy_executor.order_plans import broker_of
from shared_utils.broker_desk import BrokerDesk
from shared_utils.clock import Clock
from shared_utils.domain.allocations import StrategyBrokerAllocation
from shared_utils.domain.broker_accounts import BrokerAccount
from shared_utils.domain.errors import DomainError
from shared_utils.domain.executions import AccountOutcome, Execution
from shared_utils.domain.positions import Position
from shared_utils.domain.schedules import EventKind
from shared_utils.indian_market_utils.sessions import ist_date
from shared_utils.storage.executions import Executions
from shared_utils.storage.orders import Orders
from shared_utils.storage.positions import Positions

logger = logging.getLogger(__name__)

# More runs of one strategy, or orders of one account, than this in a day are counted as this many.
_MOST_COUNTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStates:
    desk: BrokerDesk
    executions: Executions
    orders: Orders
    positions: Positions
    clock: Clock
    threads: Executor

    def read(self, allocations: Sequence[StrategyBrokerAllocation]) -> Mapping[str, AccountState]:
        """By client id. What cannot be read is None in the state, which denies."""
        if not allocations:
            return {}
        first = allocations[0]
        today = self._runs_today(first)
        held = self.positions.of_strategy(first.user_id, first.strategy_id)
        states = self.threads.map(lambda each: self._state(each, today, held), allocations)
        return {each.client_id: state for each, state in zip(allocations, states, strict=True)}

    def _state(
        self,
        allocation: StrategyBrokerAllocation,
        runs: Sequence[Execution],
        held: Sequence[Position],
    ) -> AccountState:
        account = self.desk.account(allocation.user_id, allocation.client_id)
        if account is None:
            return AccountState(account=None)
        margins, problem = None, None
        try:
            name = broker_of(allocation, account)
            margins = self.desk.open(account.user_id, account.client_id, name).margins()
        except DomainError as refused:
            problem = refused.message
            logger.warning("account not ready", extra={"code": refused.code})
        mine = [each for each in held if each.client_id == account.client_id]
        return AccountState(
            account=account,
            has_session=margins is not None,
            session_problem=problem,
            trades_today=sum(_traded(run, account.client_id) for run in runs),
            orders_today=self._orders_today(account),
            pnl_today=self._pnl(mine),
            strategy_pnl_today=self._pnl(held),
            margins=margins,
        )

    def _runs_today(self, allocation: StrategyBrokerAllocation) -> list[Execution]:
        page = self.executions.for_strategy(
            allocation.user_id, allocation.strategy_id, limit=_MOST_COUNTED
        )
        today = ist_date(self.clock.now())
        return [
            run
            for run in page.items
            if run.kind is EventKind.ENTRY and ist_date(run.scheduled_for) == today
        ]

    def _orders_today(self, account: BrokerAccount) -> int | None:
        """Asked only where a limit needs it."""
        if account.limits.max_orders_per_day is None:
            return None
        page = self.orders.for_account(account.user_id, account.client_id, limit=_MOST_COUNTED)
        today = ist_date(self.clock.now())
        return sum(ist_date(order.planned_at) == today for order in page.items)

    def _pnl(self, held: Sequence[Position]) -> Decimal | None:
        """Net of today's positions; None when one of them is not known."""
        today = ist_date(self.clock.now())
        total = Decimal(0)
        for position in held:
            if position.net_quantity == 0 and ist_date(position.updated_at) != today:
                continue
            if position.net_pnl is None:
                return None
            total += position.net_pnl
        return total


def _traded(run: Execution, client_id: str) -> bool:
    """Whether the run sent, or may have sent, orders on this account."""
    return any(
        part.client_id == client_id and part.outcome is not AccountOutcome.DENIED
        for part in run.accounts
    )
