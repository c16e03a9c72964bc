"""What becomes of a basket and of all it holds when its owner deletes it: all of it, or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared_utils.domain.allocations import StrategyBrokerAllocation
from shared_utils.domain.baskets import Basket, BasketStatus
from shared_utils.domain.errors import Conflict, Problem
from shared_utils.domain.strategies import Strategy, StrategyStatus
from shared_utils.domain.strategy_ends import (
    TradingRecord,
    archived,
    has_history,
    require_at_rest,
)
from shared_utils.storage.writes import MOST_PER_TRANSACTION


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketEnd:
    """`archived` are the strategies' next versions; `basket_after` None: nothing is left."""

    basket_after: Basket | None
    archived: tuple[Strategy, ...]
    deleted: tuple[Strategy, ...]
    allocations: tuple[StrategyBrokerAllocation, ...]


def end_of(
    basket: Basket,
    strategies: Sequence[Strategy],
    allocations: Sequence[StrategyBrokerAllocation],
    record_of: Callable[[Strategy], TradingRecord],
    at: datetime,
) -> BasketEnd:
    """`strategies` are all that the basket holds, `allocations` the owner's for them.

    Raises Conflict with everything that must come to rest first, and TOO_MANY_AT_ONCE.
    """
    records = {each.strategy_id: record_of(each) for each in strategies}
    _require_all_at_rest(strategies, records)
    ended = [each for each in strategies if each.status is not StrategyStatus.ARCHIVED]
    gone = [each for each in ended if not has_history(each, records[each.strategy_id])]
    deleted = {each.strategy_id for each in gone}
    kept = len(strategies) - len(gone)
    end = BasketEnd(
        basket_after=_kept(basket, kept, at) if kept else None,
        archived=tuple(archived(each, at) for each in ended if each.strategy_id not in deleted),
        deleted=tuple(gone),
        allocations=tuple(each for each in allocations if each.strategy_id in deleted),
    )
    _require_one_transaction(end)
    return end


def _require_all_at_rest(strategies: Sequence[Strategy], records: dict[str, TradingRecord]) -> None:
    found: list[Conflict] = []
    details: list[Problem] = []
    for strategy in strategies:
        try:
            require_at_rest(strategy, records[strategy.strategy_id])
        except Conflict as conflict:
            found.append(conflict)
            details.append(Problem(f"strategies.{strategy.strategy_id}", conflict.message))
    if found:
        more = f" And {len(found) - 1} more strategies are in the way." if found[1:] else ""
        raise Conflict(f"{found[0].message}{more}", code=found[0].code, details=details)


def _kept(basket: Basket, kept: int, at: datetime) -> Basket:
    return replace(
        basket,
        status=BasketStatus.ARCHIVED,
        strategy_count=kept,
        active_strategy_count=0,
        updated_at=at,
        version=basket.version + 1,
    )


def _require_one_transaction(end: BasketEnd) -> None:
    writes = 1 + len(end.archived) + len(end.deleted) + len(end.allocations)
    if writes > MOST_PER_TRANSACTION:
        raise Conflict(
            f"The basket's {len(end.archived) + len(end.deleted)} strategies and their "
            f"{len(end.allocations)} broker allocations are too many to delete at once; "
            "delete some of its strategies first.",
            code="TOO_MANY_AT_ONCE",
        )
