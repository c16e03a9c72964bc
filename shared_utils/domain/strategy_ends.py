"""When a strategy may end, and what is left of it: a record if it ever ran, nothing otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared_utils.domain.errors import Conflict, Problem
from shared_utils.domain.executions import Execution
from shared_utils.domain.orders import Order
from shared_utils.domain.positions import Position, PositionStatus, key_of
from shared_utils.domain.strategies import Strategy, StrategyStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingRecord:
    """What the execution engine knows of a strategy, real and on paper: its positions, whosever
    they are, and the latest of its runs and orders.
    """

    positions: tuple[Position, ...] = ()
    runs: tuple[Execution, ...] = ()
    orders: tuple[Order, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.positions or self.runs or self.orders)


NEVER_RAN = TradingRecord()


def has_history(strategy: Strategy, record: TradingRecord) -> bool:
    """A run that was missed, denied or taken back is history too: it says why nothing traded."""
    return strategy.last_executed is not None or not record.is_empty


def require_at_rest(strategy: Strategy, record: TradingRecord) -> None:
    """Raises Conflict STRATEGY_ACTIVE, EXECUTION_UNDER_WAY or OPEN_POSITIONS: an end would take
    away the exit that still has to close something.
    """
    if strategy.status is StrategyStatus.ACTIVE:
        raise Conflict(f"{strategy.name} is active; pause it first.", code="STRATEGY_ACTIVE")
    under_way = next((run for run in record.runs if not run.is_settled), None)
    if under_way is not None:
        raise Conflict(
            f"{strategy.name} has an {under_way.kind} of {under_way.scheduled_for.isoformat()} "
            f"that is {under_way.status}; wait until it is over, or cancel it.",
            code="EXECUTION_UNDER_WAY",
        )
    if _uncounted(record):
        raise Conflict(
            f"{strategy.name} has orders that are not settled and counted yet; "
            "wait until its positions show them.",
            code="EXECUTION_UNDER_WAY",
        )
    _require_flat(strategy, record.positions)


def archived(strategy: Strategy, at: datetime) -> Strategy:
    """Kept as a record: nothing is scheduled."""
    return replace(
        strategy,
        status=StrategyStatus.ARCHIVED,
        next_execution=None,
        next_event=None,
        next_execution_problem=None,
        updated_at=at,
        version=strategy.version + 1,
    )


def _uncounted(record: TradingRecord) -> bool:
    """A fill is counted a little later than it is seen: until then a position says too little."""
    counted = {(each.user_id, each.position_key): each.applied_fills for each in record.positions}
    return any(
        not order.is_settled
        or counted.get((order.user_id, key_of(order)), {}).get(order.order_id, 0) < len(order.fills)
        for order in record.orders
    )


def _require_flat(strategy: Strategy, positions: Sequence[Position]) -> None:
    held = [each for each in positions if each.status is PositionStatus.OPEN]
    own = [each for each in held if each.user_id == strategy.user_id]
    if own:
        raise Conflict(
            f"{strategy.name} still holds {len(own)} open positions; close them first.",
            code="OPEN_POSITIONS",
            details=[
                Problem(
                    f"positions.{each.client_id}",
                    f"holds {each.net_quantity} of {each.contract.symbol}",
                )
                for each in own
            ],
        )
    if held:
        raise Conflict(
            f"Subscribers still hold open positions of {strategy.name}; they have to close first.",
            code="OPEN_POSITIONS",
        )
