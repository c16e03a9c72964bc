"""The placement protocol, one promise broken at a time: production code patched while it runs."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from lambda_functions.execution_engine.order_manager import looks, placements, service, stages
from lambda_functions.execution_engine.order_manager.placements import Placements
from lambda_functions.execution_engine.order_manager.service import AccountWork
from lambda_functions.execution_engine.order_manager.sweeps import Sweep
from lambda_functions.execution_engine.performance_calculator import service as bookings
from lambda_functions.execution_engine.strategy_executor import due_executions, order_plans
from lambda_functions.execution_engine.strategy_executor.claims import DueClaims
from lambda_functions.execution_engine.strategy_executor.service import StrategyRuns
from shared_utils.brokers.ports import Unknown
from shared_utils.domain import order_intents, order_reports
from shared_utils.domain.errors import Unavailable, VersionMoved
from shared_utils.domain.ids import derived_id
from shared_utils.domain.orders import Order, OrderState, Purpose, lose_answer, refuse
from shared_utils.domain.positions import fills_to_apply
from shared_utils.storage import writes
from shared_utils.storage.orders import Orders

Patches = list[Any]
EQUIVALENT: Mapping[str, str] = {
    "random_execution_ids": "the strategy's version lets one claim of a scheduled second through",
}


def _back_to_planned(order: Order, at: Any) -> Order:
    fresh = replace(order, claimed_by=None, claimed_at=None, claim_ends_at=None)
    return replace(fresh, state=OrderState.PLANNED, updated_at=at, version=order.version + 1)


def release_on_timeout() -> Patches:
    """No answer: somebody else may send it."""
    honest = Placements._after

    def after(self: Placements, order: Order, outcome: Any) -> Order:
        if isinstance(outcome, Unknown):
            return _back_to_planned(order, self.clock.now())
        return honest(self, order, outcome)

    return [patch.object(Placements, "_after", after)]


def timeout_is_rejection() -> Patches:
    """No answer is taken for a no."""
    honest = Placements._after

    def after(self: Placements, order: Order, outcome: Any) -> Order:
        if isinstance(outcome, Unknown):
            return refuse(order, code="TIMEOUT", reason=outcome.reason, at=self.clock.now())
        return honest(self, order, outcome)

    return [patch.object(Placements, "_after", after)]


def resend_when_submitting() -> Patches:
    """A claim whose process is gone is taken for an order that was never sent."""

    def reaped(self: AccountWork, order: Order) -> Order:
        return _back_to_planned(order, self.clock.now())

    return [patch.object(AccountWork, "_reaped", reaped)]


def gate_on_acknowledgement() -> Patches:
    """The next stage goes out as soon as the one before is at the broker."""

    def is_filled(self: stages.Line) -> bool:
        quietly = self.open_quantity == 0 and self.is_quiet
        return quietly or self.is_closed_elsewhere or self.last.state in stages.WORKING

    return [patch.object(stages.Line, "is_filled", property(is_filled))]


def no_hedge_gate() -> Patches:
    """All legs go out at once."""
    honest = stages.assess

    def assess(orders: Any, now: Any) -> Any:
        flat = [
            order if order.purpose is Purpose.UNWIND else replace(order, stage=0)
            for order in orders
        ]
        return honest(flat, now)

    def save(self: Orders, order: Order) -> None:
        stored = self.by_id(order.order_id)
        self._rows.save(replace(order, stage=stored.stage if stored else order.stage))

    return [patch.object(service, "assess", assess), patch.object(Orders, "save", save)]


def unconditional_claim() -> Patches:
    """Whoever comes second sends too."""

    def save(self: Any, order: Order) -> None:
        try:
            self.save(order)
        except VersionMoved:
            return

    class Careless:
        def __init__(self, orders: Orders) -> None:
            self.save = lambda order: save(orders, order)
            self.by_id = orders.by_id

    honest = Placements._claim

    def claim(self: Placements, order: Order) -> Order | None:
        return honest(replace(self, orders=Careless(self.orders)), order)  # type: ignore[arg-type]  # a mutant

    return [patch.object(Placements, "_claim", claim)]


def send_on_an_ambiguous_claim() -> Patches:
    """A write whose answer was lost is taken for written."""
    return [patch.object(writes, "_settle", lambda *_: None)]


def blind_saves() -> Patches:
    """What a look or the reaper concludes is written over whatever is there now."""

    def save(self: AccountWork, order: Order) -> bool:
        rows = self.orders._rows
        item = rows.to_item(order)
        try:
            self.orders.client.put_item(TableName=self.orders.table, Item=item)
        except Exception as problem:
            raise Unavailable("lost") from problem
        return True

    return [patch.object(AccountWork, "_save", save)]


def failed_book_is_empty() -> Patches:
    """A look that fails counts as a look that found nothing."""

    def look(self: AccountWork, watched: Any) -> bool:
        begun_at = self.clock.now()
        try:
            book = self.broker_for(watched[0]).order_book()
        except Unavailable:
            book = ()
        return self._save_all(looks.judge_look(watched, book, begun_at, self.look_rules))

    return [patch.object(AccountWork, "look", look)]


def one_look_is_enough() -> Patches:
    """Absent once, and at once: no quiet period, no second look."""
    return [
        patch.object(looks, "ABSENT_LOOKS_NEEDED", 1),
        patch.object(
            looks,
            "timedelta",
            lambda seconds: timedelta(seconds=0 if seconds > 20 else seconds),
        ),
    ]


def quiet_from_claim() -> Patches:
    """The quiet period counts from the claim, not from when the last byte may have left."""

    def earlier(order: Order, *, since: Any, reason: str, at: Any) -> Order:
        return lose_answer(order, since=order.claimed_at or since, reason=reason, at=at)

    return [
        patch.object(placements, "lose_answer", earlier),
        patch.object(service, "lose_answer", earlier),
    ]


def random_order_ids() -> Patches:
    """Planning twice makes two orders."""
    count = iter(range(10**9))
    return [
        patch.object(
            order_intents,
            "derived_id",
            lambda kind, *parts: derived_id(kind, *parts, str(next(count))),
        )
    ]


def order_key_by_time() -> Patches:
    """The row's key is the moment of planning: the same order planned later is another row."""
    honest = order_intents.plan_order

    def plan_order(*arguments: Any, **named: Any) -> Order:
        return honest(*arguments, **(named | {"stamp": named["at"]}))

    return [
        patch.object(order_intents, "plan_order", plan_order),
        patch.object(order_plans, "plan_order", plan_order),
    ]


def no_revive() -> Patches:
    """Nobody looks for runs whose message or process was lost."""
    return [patch.object(DueClaims, "revive", lambda _: 0)]


def no_resumption() -> Patches:
    """A run that was begun is not planned to its end by whoever finds it."""
    return [patch.object(StrategyRuns, "_resume", lambda _, execution: execution)]


def no_sweep() -> Patches:
    """Nobody looks for orders whose worker was lost, or that turn up late."""
    return [patch.object(Sweep, "run", lambda _: 0)]


def no_reaper() -> Patches:
    """A claim whose process is gone is waited for."""
    return [patch.object(AccountWork, "_reap", lambda *_: False)]


def fill_counted_twice_by_orders() -> Patches:
    """Each report's fills are added to those that are known."""

    def add(order: Order, report: Any) -> Any:
        return (*order.fills, *report.fills)

    return [patch.object(order_reports, "_with_new_fills", add)]


def fill_counted_twice_by_positions() -> Patches:
    """Each delivery of an order books its last fill."""

    def always(position: Any, order: Order) -> Any:
        return fills_to_apply(position, order) or order.fills[-1:]

    return [patch.object(bookings, "fills_to_apply", always)]


def cancel_believed_at_once() -> Patches:
    """What the book calls cancelled cannot fill any more."""
    believed = property(lambda self: self.misses_fills)
    return [patch.object(Order, "may_still_fill", believed)]


def closing_without_asking_the_broker() -> Patches:
    """What our plan says is what the account holds."""
    return [
        patch.object(AccountWork, "_is_held", lambda *_: True),
        patch.object(AccountWork, "_still_open", lambda *_: True),
    ]


def unwind_nothing() -> Patches:
    """When a leg fails, what filled stays, and the account is told that it went back."""
    return [patch.object(stages, "_take_backs", lambda *_: ())]


def unwind_longs_first() -> Patches:
    """Taking back sells the hedges before it buys back the shorts."""
    return [
        patch.object(order_intents, "UNWIND_SHORTS_STAGE", order_intents.UNWIND_LONGS_STAGE),
        patch.object(order_intents, "UNWIND_LONGS_STAGE", order_intents.UNWIND_SHORTS_STAGE),
    ]


def retry_unknown_entry() -> Patches:
    """An entry that was looked for and not found is sent again as a new one."""
    honest = stages.Line.may_retry

    def may_retry(self: stages.Line, now: Any) -> bool:
        never_placed = self.last.state is OrderState.NOT_PLACED and now < self.last.send_by
        left = self.last.attempt + 1 < max(2, self.last.max_attempts)
        return honest(self, now) or (never_placed and left and not self.is_filled)

    return [patch.object(stages.Line, "may_retry", may_retry)]


def the_switch_is_read_once() -> Patches:
    """Whether entries are allowed is asked when a stage begins, not before each order leaves."""
    return [patch.object(AccountWork, "_still_allowed", lambda *_: True)]


def late_entries_go_out() -> Patches:
    """Nobody asks whether an entry is still in time."""
    forever = timedelta(days=1)
    honest = order_intents.plan_order

    def plan_order(*arguments: Any, **named: Any) -> Order:
        return honest(*arguments, **(named | {"send_by": named["send_by"] + forever}))

    return [patch.object(order_plans, "plan_order", plan_order)]


def random_execution_ids() -> Patches:
    """Each claim names another execution."""
    count = iter(range(10**9))
    return [
        patch.object(
            due_executions,
            "derived_id",
            lambda kind, *parts: derived_id(kind, *parts, str(next(count))),
        )
    ]


MUTANTS: Mapping[str, Callable[[], Patches]] = {
    each.__name__: each
    for each in (
        release_on_timeout,
        timeout_is_rejection,
        resend_when_submitting,
        gate_on_acknowledgement,
        no_hedge_gate,
        unconditional_claim,
        send_on_an_ambiguous_claim,
        blind_saves,
        failed_book_is_empty,
        one_look_is_enough,
        quiet_from_claim,
        random_order_ids,
        order_key_by_time,
        no_revive,
        no_resumption,
        no_sweep,
        no_reaper,
        fill_counted_twice_by_orders,
        fill_counted_twice_by_positions,
        cancel_believed_at_once,
        closing_without_asking_the_broker,
        unwind_nothing,
        unwind_longs_first,
        retry_unknown_entry,
        the_switch_is_read_once,
        late_entries_go_out,
        random_execution_ids,
    )
}


@contextmanager
def mutated(name: str) -> Iterator[None]:
    """The production code with this one promise broken."""
    with ExitStack() as stack:
        for each in MUTANTS[name]():
            stack.enter_context(each)
        yield
