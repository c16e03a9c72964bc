"""Runs one execution: prepare early, hold to the second, resolve once, judge, write, hand on.

    message      prepare                 released        chains, plan, judge     orders, work
       |------------|------------------------|--------------------|-----------------|
                     all but the prices       scheduled_for
The execution is written with its contracts before any order is: whoever resumes it trades the same.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from lambda_functions.execution_engine.strategy_executor.exits import (
    NOTHING_HELD,
    Exits,
    PlannedExit,
)
from lambda_functions.execution_engine.strategy_executor.judgements import (
    AccountState,
    judge_account,
    judge_run,
)
from lambda_functions.execution_engine.strategy_executor.order_plans import (
    PlanContext,
    plan_entry,
)
from shared_utils.clock import Clock
from shared_utils.domain.allocations import AllocationStatus, StrategyBrokerAllocation
from shared_utils.domain.broker_accounts import BrokerAccount
from shared_utils.domain.errors import (
    Conflict,
    DomainError,
    MarketDataUnavailable,
    RuleBroken,
    Unavailable,
)
from shared_utils.domain.executions import (
    SETTLED_OUTCOMES,
    AccountOutcome,
    AccountRun,
    Execution,
    ExecutionStatus,
    Reason,
    status_of,
)
from shared_utils.domain.instruments import OptionChain, Quote
from shared_utils.domain.orders import Order
from shared_utils.domain.schedules import EventKind
from shared_utils.domain.strategies import Strategy
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.sessions import is_open, ist_date
from shared_utils.market_data.ports import QuoteSource
from shared_utils.messaging.queues import OrderQueue
from shared_utils.risk_calculations.resolutions import (
    ExpiryOf,
    MarketMoment,
    expiries_needed,
    resolve,
    without_clashes,
)
from shared_utils.storage.allocations import Allocations
from shared_utils.storage.executions import Executions
from shared_utils.storage.orders import Orders
from shared_utils.storage.positions import Positions
from shared_utils.storage.strategies import Strategies

logger = logging.getLogger(__name__)

CHAIN_WIDTH = 60
WORTH_WARMING = timedelta(seconds=3)


class RunRefused(DomainError):
    """The run does not trade at all; the code and sentence go on the execution."""

    code = "RUN_REFUSED"


class NothingHeld(RunRefused):
    code = "NOTHING_HELD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """All that a run needs but the prices."""

    strategy: Strategy
    allocations: tuple[StrategyBrokerAllocation, ...]
    states: Mapping[str, AccountState]
    expiries: dict[str, ExpiryOf]
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyRuns:
    """`quotes_for` opens the source of quotes for a strategy's owner; `states_of` reads what the
    accounts may do now (session, switches, limits used, margin), by client id.
    """

    strategies: Strategies
    allocations: Allocations
    executions: Executions
    orders: Orders
    positions: Positions
    queue: OrderQueue
    quotes_for: Callable[[Strategy], QuoteSource]
    states_of: Callable[[Sequence[StrategyBrokerAllocation]], Mapping[str, AccountState]]
    account_of: Callable[[str, str], BrokerAccount | None]
    facts: MarketFacts
    clock: Clock
    max_quote_age_s: float

    def run(self, strategy_id: str, execution_timestamp: str) -> Execution | None:
        """The execution as this delivery leaves it; None when there is no such execution."""
        execution = self.executions.get(strategy_id, execution_timestamp)
        if execution is None or execution.is_settled:
            return execution
        if execution.status is ExecutionStatus.RUNNING:
            return self._resume(execution)
        try:
            return self._start(execution)
        except NothingHeld as nothing:
            done = ExecutionStatus.COMPLETED
            return self._finish(execution, done, nothing.code, nothing.message)
        except DomainError as refusal:
            if isinstance(refusal, Conflict) or refusal.code == Unavailable.code:
                # Another worker, or a table that does not answer: this delivery is tried again.
                raise
            return self._fail(execution, refusal.code, refusal.message)

    def _start(self, execution: Execution) -> Execution:
        prepared = self._prepare(execution)
        source = None if execution.kind is EventKind.EXIT else self.quotes_for(prepared.strategy)
        self._warm(execution, prepared.allocations)
        self.clock.sleep_until(execution.scheduled_for)
        released = replace(execution, released_at=self.clock.now())
        self._require_in_time(released)
        if source is None:
            return self._hand_on(*self._planned_exit(released, prepared))
        moment = self._moment(prepared.expiries.values(), prepared.today, source)
        self._require_open_market(moment)
        legs = resolve(prepared.strategy, prepared.expiries, moment)
        clash = without_clashes(legs)
        if clash:
            raise RunRefused(clash, code="LEGS_CLASH")
        spot = next((chain.spot for chain in moment.chains.values()), None)
        resolved = replace(released, legs=legs, spot=spot)
        return self._hand_on(*self._planned_entry(resolved, prepared, moment))

    def _resume(self, execution: Execution) -> Execution:
        """A delivery that finds the decision made: the same contracts, for accounts without orders.

        Planning again what another process is planning too finds the same rows.
        """
        written = {order.client_id for order in self.orders.of_execution(execution.execution_id)}
        waiting = {
            run.client_id
            for run in execution.accounts
            if run.client_id not in written and run.outcome not in SETTLED_OUTCOMES
        }
        if waiting:
            try:
                execution = self._plan_again(execution, waiting)
            except (RunRefused, RuleBroken, MarketDataUnavailable) as refusal:
                execution = self._deny_unplanned(execution, waiting, refusal)
        self._queue_work(execution)
        return execution

    def _plan_again(self, execution: Execution, waiting: set[str]) -> Execution:
        self._require_in_time(execution)
        prepared = self._prepare(execution, only=waiting)
        if execution.kind is EventKind.EXIT:
            return self._exit_again(execution, prepared, waiting)
        keys = {(leg.contract.underlying, leg.contract.expiry) for leg in execution.legs}
        source = self.quotes_for(prepared.strategy)
        moment = self._moment(sorted(keys), prepared.today, source)
        _, plans = self._planned_entry(execution, prepared, moment)
        self._write(orders for orders in plans if orders and orders[0].client_id in waiting)
        return execution

    def _exit_again(self, execution: Execution, prepared: Prepared, waiting: set[str]) -> Execution:
        """Accounts that waited for their entries to end: closed now, or found with nothing left."""
        ids = {r.client_id: r.allocation_id for r in execution.accounts if r.client_id in waiting}
        found = {run.client_id: (run, plan) for run, plan in self._exits(execution, prepared, ids)}
        runs = tuple(
            found[run.client_id][0] if run.client_id in waiting else run
            for run in execution.accounts
        )
        if runs != execution.accounts:
            execution = self._running(execution, runs)
            self.executions.save(execution)
        self._write(found[client_id][1] for client_id in ids)
        return execution

    def _write(self, plans: Iterable[tuple[Order, ...]]) -> None:
        for orders in plans:
            if orders:
                self.orders.plan(orders)

    def _deny_unplanned(
        self, execution: Execution, waiting: set[str], refusal: DomainError
    ) -> Execution:
        accounts = tuple(
            _denied(run, refusal.code, refusal.message) if run.client_id in waiting else run
            for run in execution.accounts
        )
        denied = self._running(execution, accounts)
        self.executions.save(denied)
        return denied

    def _require_in_time(self, execution: Execution) -> None:
        """An entry that is late never trades; an exit is never too late to be tried."""
        if execution.kind is EventKind.ENTRY and self.clock.now() >= execution.send_by:
            raise RunRefused(
                f"The entry had to be sent by {execution.send_by.isoformat()}.", code="PAST_SEND_BY"
            )

    def _require_open_market(self, moment: MarketMoment) -> None:
        for underlying, _ in moment.chains:
            exchange = self.facts.indices[underlying].exchange
            if not is_open(self.facts, exchange, moment.now):
                raise RunRefused(f"{exchange} is closed now.", code="MARKET_CLOSED")

    def _warm(self, execution: Execution, allocations: Iterable[StrategyBrokerAllocation]) -> None:
        """Wakes a worker for each account; for the second or two that takes, or less, nobody."""
        is_worth_it = execution.scheduled_for - self.clock.now() >= WORTH_WARMING
        try:
            for allocation in allocations if is_worth_it else ():
                self.queue.warm(
                    execution_id=execution.execution_id,
                    user_id=allocation.user_id,
                    client_id=allocation.client_id,
                    until=execution.scheduled_for,
                )
        except Unavailable as problem:
            logger.warning("workers not woken", extra={"reason": problem.message})

    def _prepare(self, execution: Execution, only: set[str] | None = None) -> Prepared:
        strategy = self.strategies.get(execution.user_id, execution.strategy_id)
        if strategy is None:
            raise RunRefused("The strategy does not exist any more.", code="STRATEGY_GONE")
        judge_run(execution, strategy)
        allocations = self._active_allocations(strategy, only)
        if not allocations and execution.kind is EventKind.ENTRY:
            raise RunRefused("The strategy has no active allocation.", code="NO_ALLOCATION")
        today = ist_date(execution.scheduled_for)
        entering = execution.kind is EventKind.ENTRY
        return Prepared(
            strategy=strategy,
            allocations=allocations,
            states=self.states_of(allocations) if entering else {},
            expiries=expiries_needed(self.facts, strategy, today) if entering else {},
            today=today,
        )

    def _active_allocations(
        self, strategy: Strategy, only: set[str] | None
    ) -> tuple[StrategyBrokerAllocation, ...]:
        active = [
            each
            for each in self.allocations.of_strategy_for(strategy.user_id, strategy.strategy_id)
            if each.status is AllocationStatus.ACTIVE and (only is None or each.client_id in only)
        ]
        return tuple(sorted(active, key=lambda each: (each.priority, each.client_id)))

    def _moment(
        self, expiries: Iterable[ExpiryOf], today: date, source: QuoteSource
    ) -> MarketMoment:
        """The chains, asked for once for all accounts."""
        chains: dict[ExpiryOf, OptionChain] = {
            key: source.chain(*key, width=CHAIN_WIDTH) for key in dict.fromkeys(expiries)
        }
        return MarketMoment(
            facts=self.facts,
            today=today,
            now=self.clock.now(),
            chains=chains,
            max_quote_age_s=self.max_quote_age_s,
        )

    def _planned_entry(
        self, execution: Execution, prepared: Prepared, moment: MarketMoment
    ) -> tuple[Execution, list[tuple[Order, ...]]]:
        context = replace(
            self._context(execution, prepared.today, moment.now, moment.quotes),
            spots={key[0]: chain.spot for key, chain in moment.chains.items()},
        )
        runs, plans = [], []
        for allocation in prepared.allocations:
            state = prepared.states[allocation.client_id]
            orders: tuple[Order, ...] = ()
            if state.account is not None:
                orders = plan_entry(
                    execution,
                    prepared.strategy,
                    execution.legs,
                    allocation=allocation,
                    account=state.account,
                    context=context,
                    lots=allocation.lots_per_execution,
                )
            run = judge_account(prepared.strategy, allocation, state, orders, context)
            runs.append(run)
            plans.append(() if run.outcome in SETTLED_OUTCOMES else orders)
        return self._running(execution, runs), plans

    def _context(
        self, execution: Execution, today: date, now: datetime, quotes: Mapping[str, Quote]
    ) -> PlanContext:
        return PlanContext(
            facts=self.facts,
            today=today,
            now=now,
            released_at=execution.released_at or execution.scheduled_for,
            quotes=quotes,
            spots={},
            max_quote_age_s=self.max_quote_age_s,
        )

    def _planned_exit(
        self, execution: Execution, prepared: Prepared
    ) -> tuple[Execution, list[tuple[Order, ...]]]:
        ids = {each.client_id: each.allocation_id for each in prepared.allocations}
        found = self._exits(execution, prepared, ids)
        found = [(run, orders) for run, orders in found if run.code != NOTHING_HELD]
        if not found:
            raise NothingHeld("The strategy holds nothing, so there was nothing to close.")
        running = self._running(execution, [run for run, _ in found])
        return running, [orders for _, orders in found]

    def _exits(
        self, execution: Execution, prepared: Prepared, allocations: Mapping[str, str]
    ) -> list[PlannedExit]:
        exits = Exits(
            orders=self.orders,
            positions=self.positions,
            executions=self.executions,
            quotes_for=self.quotes_for,
            account_of=self.account_of,
        )
        context_of = partial(self._context, execution, prepared.today, self.clock.now())
        return exits.plan(execution, prepared.strategy, allocations, context_of)

    def _running(self, execution: Execution, accounts: Iterable[AccountRun]) -> Execution:
        runs = tuple(accounts)
        return replace(
            execution,
            status=status_of(tuple(run.outcome for run in runs)),
            accounts=runs,
            reasons=tuple(
                Reason(code=run.code, sentence=run.sentence, client_id=run.client_id)
                for run in runs
                if run.code and run.sentence
            ),
            released_at=execution.released_at or self.clock.now(),
            updated_at=self.clock.now(),
            version=execution.version + 1,
        )

    def _hand_on(self, running: Execution, plans: Iterable[tuple[Order, ...]]) -> Execution:
        self.executions.save(running)
        self._write(plans)
        self._queue_work(running)
        return running

    def _queue_work(self, execution: Execution) -> None:
        for run in execution.accounts:
            if run.outcome not in SETTLED_OUTCOMES:
                self.queue.work(
                    execution_id=execution.execution_id,
                    user_id=run.user_id,
                    client_id=run.client_id,
                    hop=f"{self.clock.now():%H%M%S}",
                    released_at=execution.released_at,
                )

    def _fail(self, execution: Execution, code: str, sentence: str) -> Execution:
        logger.warning(
            "execution refused", extra={"execution_id": execution.execution_id, "code": code}
        )
        return self._finish(execution, ExecutionStatus.FAILED, code, sentence)

    def _finish(
        self, execution: Execution, status: ExecutionStatus, code: str, sentence: str
    ) -> Execution:
        finished = replace(
            execution,
            status=status,
            reasons=(*execution.reasons, Reason(code=code, sentence=sentence)),
            updated_at=self.clock.now(),
            version=execution.version + 1,
        )
        self.executions.save(finished)
        return finished


def _denied(run: AccountRun, code: str, sentence: str) -> AccountRun:
    return replace(run, outcome=AccountOutcome.DENIED, code=code, sentence=sentence)
