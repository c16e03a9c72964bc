"""What a trader does with the broker accounts of his strategies.

Allocations change together with their strategy's version, in one transaction: two requests that
each would be right alone cannot both be written, and none outlives its strategy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lambda_functions.options_platform.strategy_manager.allocation_plans import (
    AllocationChanges,
    changed,
)
from lambda_functions.options_platform.strategy_manager.rooms import Room
from lambda_functions.options_platform.strategy_manager.strategy_edits import bumped
from shared_utils.api.errors import refuse
from shared_utils.domain.allocation_rules import (
    AllocationSpec,
    account_problems,
    active_of,
    new_allocation,
    percentage_problems,
    repeated_accounts,
)
from shared_utils.domain.allocations import StrategyBrokerAllocation
from shared_utils.domain.errors import Conflict, NotFound, Problem, RuleBroken, VersionMoved
from shared_utils.domain.strategies import Strategy, StrategyStatus
from shared_utils.storage.attempts import persist
from shared_utils.storage.writes import MOST_PER_TRANSACTION, WritesRefused

Owned = tuple[StrategyBrokerAllocation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What configuring one strategy writes, and what it holds afterwards."""

    strategy: Strategy
    created: Owned
    saved: Owned
    everything: Owned
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationService:
    room: Room
    max_allocations: int
    paper_trading: bool

    def add(
        self, user_id: str, strategy_id: str, specs: Sequence[AllocationSpec]
    ) -> tuple[Strategy, Owned]:
        """All of them or none. Raises RuleBroken with every problem, Conflict ALREADY_ALLOCATED
        for an account that the strategy has already.
        """
        room = self.room
        refuse(tuple(repeated_accounts([spec.client_id for spec in specs])))

        def attempt() -> tuple[Strategy, Owned]:
            strategy, now = room.changeable(user_id, strategy_id), room.clock.now()
            new = [new_allocation(spec, strategy, user_id, now) for spec in specs]
            held = room.allocations.of_strategy_for(user_id, strategy_id)
            _refuse_second(new, {each.client_id for each in held})
            everything = (*held, *new)
            refuse(self._problems(strategy, new, everything))
            after = bumped(strategy, now)
            try:
                room.allocations.create_all(new, also=[room.strategies.write_of(after)])
            except WritesRefused as error:
                # The last write is the strategy's; any other row exists already.
                taken = [new[number].client_id for number in error.refused if number < len(new)]
                _refuse_second(new, set(taken))
                raise
            return after, everything

        return persist(attempt)

    def update(
        self, user_id: str, strategy_id: str, allocation_id: str, changes: AllocationChanges
    ) -> StrategyBrokerAllocation:
        room = self.room

        def attempt() -> StrategyBrokerAllocation:
            strategy = room.changeable(user_id, strategy_id)
            allocation = self._of(strategy, allocation_id)
            if changes.version not in {None, allocation.version}:
                raise Conflict(
                    "The allocation was changed meanwhile; read it again.", code=VersionMoved.code
                )
            now = room.clock.now()
            after = changed(allocation, changes, now)
            others = self._others(strategy, allocation)
            refuse(self._problems(strategy, [after], (*others, after), indexed=False))
            _require_a_trader(strategy, (*others, after))
            bump = room.strategies.write_of(bumped(strategy, now))
            room.allocations.save_with(after, bump)
            return after

        return persist(attempt)

    def remove(self, user_id: str, strategy_id: str, allocation_id: str) -> None:
        """Raises Conflict for the last one that trades an active strategy."""
        room = self.room

        def attempt() -> None:
            strategy = room.changeable(user_id, strategy_id)
            allocation = self._of(strategy, allocation_id)
            _require_a_trader(strategy, self._others(strategy, allocation))
            bump = room.strategies.write_of(bumped(strategy, room.clock.now()))
            room.allocations.delete_with(allocation, bump)

        persist(attempt)

    def configure(
        self,
        user_id: str,
        basket_id: str,
        strategy_ids: Sequence[str] | None,
        specs: Sequence[AllocationSpec],
    ) -> tuple[tuple[Strategy, Owned], ...]:
        """The same allocations for every strategy of the basket, or those named: all or nothing.

        An account that a strategy has already is set to what is asked; others stay as they are.
        """
        room = self.room
        refuse(tuple(repeated_accounts([spec.client_id for spec in specs])))

        def attempt() -> tuple[tuple[Strategy, Owned], ...]:
            room.basket(user_id, basket_id)
            chosen = self._chosen(user_id, basket_id, strategy_ids)
            if len(chosen) * (len(specs) + 1) > MOST_PER_TRANSACTION:
                raise RuleBroken(
                    f"{len(chosen)} strategies with {len(specs)} accounts each are too many to "
                    "change at once; name fewer in strategy_ids.",
                    code="TOO_MANY_AT_ONCE",
                )
            return self._configured(chosen, specs)

        return persist(attempt)

    def _configured(
        self, chosen: Sequence[Strategy], specs: Sequence[AllocationSpec]
    ) -> tuple[tuple[Strategy, Owned], ...]:
        now = self.room.clock.now()
        plans = [self._plan(strategy, specs, now) for strategy in chosen]
        refuse(_problems_of(plans))
        saved = [each for plan in plans for each in plan.saved]
        self.room.allocations.create_all(
            [each for plan in plans for each in plan.created],
            also=[
                *self.room.allocations.saves_of(saved),
                *(self.room.strategies.write_of(plan.strategy) for plan in plans),
            ],
        )
        return tuple((plan.strategy, plan.everything) for plan in plans)

    def _plan(self, strategy: Strategy, specs: Sequence[AllocationSpec], now: datetime) -> _Plan:
        own = self.room.allocations.of_strategy_for(strategy.user_id, strategy.strategy_id)
        held = {each.client_id: each for each in own}
        asked = [new_allocation(spec, strategy, strategy.user_id, now) for spec in specs]
        saved = [_set_to(held[each.client_id], each) for each in asked if each.client_id in held]
        created = [each for each in asked if each.client_id not in held]
        merged = {**held, **{each.client_id: each for each in (*saved, *created)}}
        everything = tuple(merged.values())
        _require_a_trader(strategy, everything)
        in_request_order = [merged[each.client_id] for each in asked]
        return _Plan(
            strategy=bumped(strategy, now),
            created=tuple(created),
            saved=tuple(saved),
            everything=everything,
            problems=self._problems(strategy, in_request_order, everything, prefix="allocations"),
        )

    def _chosen(
        self, user_id: str, basket_id: str, strategy_ids: Sequence[str] | None
    ) -> tuple[Strategy, ...]:
        found = self.room.strategies.in_basket(user_id, basket_id, limit=100).items
        in_order = sorted(found, key=lambda each: each.strategy_number)
        live = {each.strategy_id: each for each in in_order if _is_live(each)}
        if strategy_ids is None:
            wanted: Sequence[str] = tuple(live)
        else:
            wanted = tuple(dict.fromkeys(strategy_ids))
        refuse(
            [
                Problem(f"strategy_ids[{index}]", "is not a strategy of this basket")
                for index, strategy_id in enumerate(strategy_ids or ())
                if strategy_id not in live
            ]
        )
        if not wanted:
            raise RuleBroken("The basket holds no strategy yet.", code="BASKET_EMPTY")
        # The index may lag: each is read again as it is now.
        return tuple(self.room.changeable(user_id, strategy_id) for strategy_id in wanted)

    def _problems(
        self,
        strategy: Strategy,
        changed_ones: Sequence[StrategyBrokerAllocation],
        everything: Sequence[StrategyBrokerAllocation],
        *,
        indexed: bool = True,
        prefix: str = "",
    ) -> tuple[Problem, ...]:
        accounts = {each.client_id: each for each in self.room.accounts.of_user(strategy.user_id)}
        found = list(percentage_problems(everything))
        if len(everything) > self.max_allocations:
            found.append(Problem(prefix or "body", f"at most {self.max_allocations} accounts"))
        for index, allocation in enumerate(changed_ones):
            at = f"{prefix}[{index}]." if indexed else ""
            found += (
                Problem(at + each.field, each.problem)
                for each in account_problems(
                    allocation, accounts, strategy.active_legs, paper_trading=self.paper_trading
                )
            )
        return tuple(found)

    def _of(self, strategy: Strategy, allocation_id: str) -> StrategyBrokerAllocation:
        allocation = self.room.allocations.get(strategy.user_id, allocation_id)
        if allocation is None or allocation.strategy_id != strategy.strategy_id:
            raise NotFound(f"There is no broker allocation {allocation_id} in this strategy.")
        return allocation

    def _others(self, strategy: Strategy, one: StrategyBrokerAllocation) -> Owned:
        own = self.room.allocations.of_strategy_for(strategy.user_id, strategy.strategy_id)
        return tuple(each for each in own if each.allocation_id != one.allocation_id)


def _problems_of(plans: Sequence[_Plan]) -> tuple[Problem, ...]:
    """What is wrong for every strategy is said once; else it says of which."""
    shared = set.intersection(*(set(plan.problems) for plan in plans))
    return tuple(
        dict.fromkeys(
            each
            if each in shared
            else Problem(
                each.field,
                f"{each.problem} (strategy {plan.strategy.strategy_number}, {plan.strategy.name})",
            )
            for plan in plans
            for each in plan.problems
        )
    )


def _set_to(
    before: StrategyBrokerAllocation, asked: StrategyBrokerAllocation
) -> StrategyBrokerAllocation:
    return changed(
        before,
        AllocationChanges(
            lots_per_execution=asked.lots_per_execution,
            priority=asked.priority,
            allocation_percentage=asked.allocation_percentage,
            trading_mode=asked.trading_mode,
            risk_limits=asked.risk_limits,
            execution_config=asked.execution_config,
            status=asked.status,
        ),
        asked.updated_at,
    )


def _is_live(strategy: Strategy) -> bool:
    return strategy.status is not StrategyStatus.ARCHIVED


def _refuse_second(new: Sequence[StrategyBrokerAllocation], taken: set[str]) -> None:
    problems = [
        Problem(f"[{index}].client_id", f"{each.client_id} trades this strategy already")
        for index, each in enumerate(new)
        if each.client_id in taken
    ]
    if problems:
        raise Conflict(
            f"{problems[0].problem}; change its allocation instead.",
            code="ALREADY_ALLOCATED",
            details=problems,
        )


def _require_a_trader(strategy: Strategy, left: Sequence[StrategyBrokerAllocation]) -> None:
    if strategy.status is StrategyStatus.ACTIVE and not active_of(left):
        raise Conflict(
            "This is the last account that trades an active strategy; pause the strategy first.",
            code="LAST_ALLOCATION",
        )
