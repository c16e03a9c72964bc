"""What a trader does with his strategies and their legs. Allocations: `allocation_service`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from lambda_functions.options_platform.strategy_manager import activation_gate
from lambda_functions.options_platform.strategy_manager.activation_gate import Gate
from lambda_functions.options_platform.strategy_manager.leg_drafts import (
    LegDraft,
    draft_legs,
    problems_of,
    problems_of_leg,
)
from lambda_functions.options_platform.strategy_manager.margin_queries import StrategyMargins
from lambda_functions.options_platform.strategy_manager.rooms import Room
from lambda_functions.options_platform.strategy_manager.strategy_edits import (
    LegSpec,
    StrategyChanges,
    StrategySpec,
    activated,
    changed,
    in_stated_order,
    new_strategy,
    paused,
    with_legs,
)
from shared_utils.api.errors import refuse
from shared_utils.domain.allocation_rules import active_of
from shared_utils.domain.baskets import Basket
from shared_utils.domain.errors import CalendarUnknown, Conflict, NotFound, RuleBroken
from shared_utils.domain.ids import Kind
from shared_utils.domain.legs import StrategyLeg
from shared_utils.domain.strategies import Strategy, StrategyStatus
from shared_utils.domain.strategy_ends import archived, has_history, require_at_rest
from shared_utils.indian_market_utils.schedules import next_event_of
from shared_utils.storage.attempts import SeenVersionMoved, persist


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyService:
    room: Room
    margins: StrategyMargins

    def create(self, user_id: str, basket_id: str, spec: StrategySpec) -> Strategy:
        """A paused strategy in an own basket. Raises RuleBroken with every problem there is."""
        room = self.room

        def attempt() -> Strategy:
            basket, now, market = room.basket(user_id, basket_id), room.clock.now(), room.market()
            self._require_space(basket)
            draft = draft_legs(spec.legs, {}, market, self._leg_ids(now))
            strategy = new_strategy(
                spec,
                in_stated_order(draft.legs),
                owner=user_id,
                basket_id=basket_id,
                strategy_number=self._next_number(basket),
                strategy_id=room.fresh_id(Kind.STRATEGY, now),
                at=now,
            )
            refuse(problems_of(strategy, draft, room.limits, market))
            room.strategies.create(strategy, basket)
            return strategy

        return persist(attempt)

    def update(self, user_id: str, strategy_id: str, changes: StrategyChanges) -> Strategy:
        """Raises Conflict for a change of trading while it is active, RuleBroken with every
        problem, VersionMoved when it is not as the caller saw it.
        """
        room = self.room

        def attempt() -> Strategy:
            strategy, market = room.changeable(user_id, strategy_id), room.market()
            _require_seen(strategy, changes.version)
            if changes.changes_trading:
                _require_paused(strategy)
            now, draft = room.clock.now(), None
            if changes.legs is not None:
                known = {leg.leg_id: leg for leg in strategy.legs}
                draft = draft_legs(changes.legs, known, market, self._leg_ids(now))
            legs = in_stated_order(draft.legs) if draft else None
            after = changed(strategy, changes, legs, now)
            if changes.changes_trading:
                stated = changes.execution_schedule is not None
                refuse(problems_of(after, draft, room.limits, market, schedule_stated=stated))
            room.strategies.save(after)
            return after

        return persist(attempt)

    def delete(self, user_id: str, strategy_id: str) -> None:
        """A strategy that never ran goes with its allocations; one that did is archived.

        Raises Conflict STRATEGY_ACTIVE, EXECUTION_UNDER_WAY or OPEN_POSITIONS, and Unavailable
        POSITIONS_UNKNOWN: an end takes away the exit of what it may hold.
        """
        room = self.room

        def attempt() -> None:
            strategy = room.changeable(user_id, strategy_id)
            _require_paused(strategy)
            basket, now = room.basket(user_id, strategy.basket_id), room.clock.now()
            own = room.allocations.of_strategy_now(user_id, strategy_id)
            record = room.records.of(strategy)
            require_at_rest(strategy, record)
            if has_history(strategy, record):
                room.strategies.save_with_status(strategy, archived(strategy, now), basket)
                return
            ends = room.allocations.deletions_of(own)
            room.strategies.delete(strategy, basket, at=now, also=ends)

        persist(attempt)

    def activate(self, user_id: str, strategy_id: str) -> tuple[Strategy, Gate]:
        """Through the gate: raises RuleBroken NOT_READY with every failure at once."""
        room = self.room

        def attempt() -> tuple[Strategy, Gate]:
            strategy, now = room.changeable(user_id, strategy_id), room.clock.now()
            allocations = room.allocations.of_strategy_for(user_id, strategy_id)
            accounts = {account.client_id: account for account in room.accounts.of_user(user_id)}
            margins = self.margins.of(strategy, active_of(allocations), accounts, ask_brokers=True)
            gate = activation_gate.judge(
                strategy,
                allocations,
                accounts,
                tuple(margins.values()),
                market=room.market(),
                now=now,
            )
            refuse(gate.problems, code="NOT_READY")
            if strategy.status is StrategyStatus.ACTIVE:
                return strategy, gate
            after = activated(strategy, gate.following, now)
            basket = room.basket(user_id, strategy.basket_id)
            room.strategies.save_with_status(strategy, after, basket)
            return after, gate

        return persist(attempt)

    def pause(self, user_id: str, strategy_id: str) -> Strategy:
        """No more entries; what has run is still closed at its exit time (decisions 24). Pausing
        what is paused changes nothing.
        """
        room = self.room

        def attempt() -> Strategy:
            strategy = room.changeable(user_id, strategy_id)
            if strategy.status is StrategyStatus.PAUSED:
                return strategy
            after = self._paused(strategy)
            basket = room.basket(user_id, strategy.basket_id)
            room.strategies.save_with_status(strategy, after, basket)
            return after

        return persist(attempt)

    def _paused(self, strategy: Strategy) -> Strategy:
        now, still, problem = self.room.clock.now(), None, None
        held = replace(strategy, status=StrategyStatus.PAUSED)
        try:
            still = next_event_of(self.room.market().facts, held, now)
        except CalendarUnknown as unknown:
            problem = unknown.message
        return paused(strategy, still, problem, now)

    # -- legs

    def add_leg(self, user_id: str, strategy_id: str, spec: LegSpec) -> Strategy:
        """At its stated number, else at the end; the others make room."""

        def place(strategy: Strategy, leg: StrategyLeg) -> tuple[Sequence[StrategyLeg], int]:
            position = min((spec.leg_number or len(strategy.legs) + 1) - 1, len(strategy.legs))
            before, after = strategy.legs[:position], strategy.legs[position:]
            return (*before, leg, *after), position

        return self._put_leg(user_id, strategy_id, None, spec, place)

    def update_leg(
        self,
        user_id: str,
        strategy_id: str,
        leg_id: str,
        spec: LegSpec,
        seen_version: int | None = None,
    ) -> Strategy:
        """The whole leg is replaced; it keeps its id, its record and, unless stated, its place.

        Raises VersionMoved when the strategy is not as the caller saw it.
        """

        def place(strategy: Strategy, leg: StrategyLeg) -> tuple[Sequence[StrategyLeg], int]:
            others = [each for each in strategy.legs if each.leg_id != leg_id]
            position = min(leg.leg_number - 1, len(others))
            return (*others[:position], leg, *others[position:]), position

        return self._put_leg(user_id, strategy_id, leg_id, spec, place, seen_version=seen_version)

    def remove_leg(self, user_id: str, strategy_id: str, leg_id: str) -> None:
        room = self.room

        def attempt() -> None:
            strategy = room.changeable(user_id, strategy_id)
            _require_paused(strategy)
            leg_named(strategy, leg_id)
            left = [leg for leg in strategy.legs if leg.leg_id != leg_id]
            room.strategies.save(with_legs(strategy, left, room.clock.now()))

        persist(attempt)

    def _put_leg(
        self,
        user_id: str,
        strategy_id: str,
        leg_id: str | None,
        spec: LegSpec,
        place: Callable[[Strategy, StrategyLeg], tuple[Sequence[StrategyLeg], int]],
        *,
        seen_version: int | None = None,
    ) -> Strategy:
        room = self.room

        def attempt() -> Strategy:
            strategy, now = room.changeable(user_id, strategy_id), room.clock.now()
            _require_seen(strategy, seen_version)
            _require_paused(strategy)
            draft = self._draft_of(strategy, leg_id, spec, now)
            legs, position = place(strategy, draft.legs[0])
            after = with_legs(strategy, legs, now)
            refuse(problems_of_leg(after, draft, position, room.limits, room.market()))
            room.strategies.save(after)
            return after

        return persist(attempt)

    def _draft_of(
        self, strategy: Strategy, leg_id: str | None, spec: LegSpec, now: datetime
    ) -> LegDraft:
        """The one leg that a request states. The path says which it is; the body may only agree."""
        known: dict[str, StrategyLeg] = {}
        if leg_id is not None:
            known[leg_id] = leg_named(strategy, leg_id)
            spec = replace(spec, leg_id=spec.leg_id or leg_id)
        return draft_legs([spec], known, self.room.market(), self._leg_ids(now))

    def _leg_ids(self, now: datetime) -> Callable[[], str]:
        return lambda: self.room.fresh_id(Kind.LEG, now)

    def _require_space(self, basket: Basket) -> None:
        most = self.room.limits.max_strategies
        if basket.strategy_count >= most:
            raise RuleBroken(f"A basket holds at most {most} strategies.", code="LIMIT_REACHED")

    def _next_number(self, basket: Basket) -> int:
        found = self.room.strategies.in_basket(basket.user_id, basket.basket_id, limit=100)
        numbers = [strategy.strategy_number for strategy in found.items]
        return max([basket.strategy_count, *numbers]) + 1


def leg_named(strategy: Strategy, leg_id: str) -> StrategyLeg:
    for leg in strategy.legs:
        if leg.leg_id == leg_id:
            return leg
    raise NotFound(f"There is no leg {leg_id} in this strategy.")


def _require_seen(strategy: Strategy, version: int | None) -> None:
    if version not in {None, strategy.version}:
        raise SeenVersionMoved("The strategy was changed meanwhile; read it again.")


def _require_paused(strategy: Strategy) -> None:
    if strategy.status is StrategyStatus.ACTIVE:
        raise Conflict("The strategy is active; pause it first.", code="STRATEGY_ACTIVE")
