"""What a trader reads of his strategies' runs."""

from dataclasses import dataclass, replace

from shared_utils.domain.errors import NotFound
from shared_utils.domain.executions import Execution
from shared_utils.domain.orders import Order
from shared_utils.storage.executions import Executions
from shared_utils.storage.orders import Orders
from shared_utils.storage.pages import Page
from shared_utils.storage.strategies import Strategies


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionQueries:
    strategies: Strategies
    executions: Executions
    orders: Orders

    def history(
        self, user_id: str, strategy_id: str, limit: int, cursor: str | None
    ) -> Page[Execution]:
        """Latest first. Raises NotFound for a strategy that is missing or another's."""
        if self.strategies.get(user_id, strategy_id) is None:
            raise NotFound(f"There is no strategy {strategy_id}.")
        return self.executions.for_strategy(user_id, strategy_id, limit=limit, cursor=cursor)

    def detail(self, user_id: str, execution_id: str) -> tuple[Execution, tuple[Order, ...]]:
        """The run as it is now and its orders, both with the user's own accounts only."""
        execution = owned(self.executions, user_id, execution_id)
        mine = tuple(run for run in execution.accounts if run.user_id == user_id)
        orders = self.orders.of_execution(execution_id)
        own_orders = tuple(order for order in orders if order.user_id == user_id)
        return replace(execution, accounts=mine), own_orders


def owned(executions: Executions, user_id: str, execution_id: str) -> Execution:
    """Read by its key, since the index may lag. Raises NotFound for missing or another's."""
    found = executions.by_id(execution_id)
    if found is not None and found.user_id == user_id:
        now = executions.get(found.strategy_id, found.execution_timestamp)
        if now is not None:
            return now
    raise NotFound(f"There is no execution {execution_id}.")
