"""What the execution engine's tables say of a strategy, for whoever is about to end it.

Those tables belong to a stack that is deployed after ours: they are known by their documented names
(ADR 0139). Where there is no such table yet, nothing has ever run.
"""

from dataclasses import dataclass

from shared_utils.domain.errors import Unavailable
from shared_utils.domain.positions import Position
from shared_utils.domain.strategies import Strategy
from shared_utils.domain.strategy_ends import NEVER_RAN, TradingRecord
from shared_utils.storage.executions import Executions
from shared_utils.storage.faults import CALL_FAULTS, is_no_such_table
from shared_utils.storage.orders import Orders
from shared_utils.storage.positions import Positions

# Whatever could still be under way is among the latest.
_LATEST_RUNS, _LATEST_ORDERS = 50, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingRecords:
    positions: Positions
    executions: Executions
    orders: Orders

    def of(self, strategy: Strategy) -> TradingRecord:
        """As it is now. Raises Unavailable POSITIONS_UNKNOWN: what cannot be read is not flat."""
        try:
            return self._read(strategy)
        except CALL_FAULTS as error:
            if is_no_such_table(error) and strategy.last_executed is None:
                return NEVER_RAN
            raise _unknown(strategy) from error
        except Unavailable as error:
            raise _unknown(strategy) from error

    def _read(self, strategy: Strategy) -> TradingRecord:
        """The runs last: a claim after that moves the strategy's version, so an end fails on it."""
        user_id, strategy_id = strategy.user_id, strategy.strategy_id
        orders = self.orders.for_strategy(user_id, strategy_id, limit=_LATEST_ORDERS).items
        positions = self._positions(user_id, strategy_id)
        runs = self.executions.latest_of(strategy_id, limit=_LATEST_RUNS)
        return TradingRecord(positions=positions, runs=runs, orders=orders)

    def _positions(self, user_id: str, strategy_id: str) -> tuple[Position, ...]:
        """The owner's by his own key, which never lags; others' as the index finds them."""
        others = [
            each
            for each in self.positions.of_strategy_of_anyone(strategy_id)
            if each.user_id != user_id
        ]
        return (*self.positions.of_strategy(user_id, strategy_id), *others)


def _unknown(strategy: Strategy) -> Unavailable:
    return Unavailable(
        f"Whether {strategy.name} holds positions cannot be read now; nothing was changed.",
        code="POSITIONS_UNKNOWN",
    )
