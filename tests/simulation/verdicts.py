"""What must hold at the end of every schedule, whatever went wrong on the way."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

from shared_utils.domain.errors import Conflict, Unavailable
from shared_utils.domain.executions import AccountOutcome, AccountRun, Execution
from shared_utils.domain.instruments import Side
from shared_utils.domain.orders import TRANSITIONS, Order, OrderFlag, OrderState
from shared_utils.domain.schedules import EventKind
from tests.fake_dynamo.tables import table_name
from tests.simulation.market import CLIENTS
from tests.simulation.world import World

Held = Counter[tuple[str, str]]
MOMENTARY = (Unavailable, Conflict)
FAILED = "failed"


def violations(world: World) -> list[str]:
    """Sentences, each with its kind before a colon; none means that the schedule held."""
    runs = executions_of(world)
    orders = orders_of(world, runs)
    found = list(world.far.violations)
    found += _runs_end(world, runs)
    found += _everything_settles(orders)
    found += _one_row_per_intent(orders)
    found += _rows_moved_as_they_may(orders)
    found += _no_orphans(world, orders)
    found += _absence_was_true(world, orders)
    found += _books_agree(world)
    found += _outcomes_are_true(world, runs, orders)
    found += [f"{FAILED}: {name} {error!r}" for name, error in world.hub.failures if _odd(error)]
    return found


def executions_of(world: World) -> list[Execution]:
    rows = world.store.rows(table_name("strategy-executions"))
    found = [
        world.services.executions.get(row["strategy_id"]["S"], row["execution_timestamp"]["S"])
        for row in rows
    ]
    return [execution for execution in found if execution is not None]


def orders_of(world: World, runs: Iterable[Execution]) -> list[Order]:
    return [order for run in runs for order in world.services.orders.of_execution(run.execution_id)]


def _odd(error: Exception) -> bool:
    """Anything but the store, a queue or a broker being unavailable for the moment."""
    return not isinstance(error, MOMENTARY)


def _runs_end(world: World, runs: list[Execution]) -> Iterator[str]:
    kinds = sorted(run.kind for run in runs)
    wanted = [EventKind.ENTRY, EventKind.EXIT] if world.exits else [EventKind.ENTRY]
    if kinds != wanted:
        yield f"lost: executions {kinds} where {wanted} were due"
    for run in runs:
        if not run.is_settled:
            yield f"lost: the {run.kind} ended as {run.status}"


def _everything_settles(orders: list[Order]) -> Iterator[str]:
    for order in orders:
        if not order.is_settled:
            yield f"unsettled: leg {order.leg_number} {order.purpose} is {order.state}"


def _one_row_per_intent(orders: list[Order]) -> Iterator[str]:
    """However often it was planned: one row for each execution, account, leg, slice, attempt."""
    written = Counter(
        (
            order.execution_id,
            order.client_id,
            order.leg_id,
            order.slice_number,
            order.purpose,
            order.attempt,
        )
        for order in orders
    )
    for intent, count in written.items():
        if count > 1:
            yield f"duplicate: {count} rows of one intent {intent[1:]}"


def _rows_moved_as_they_may(orders: list[Order]) -> Iterator[str]:
    for order in orders:
        if order.version > 1 and order.history[0].state is not OrderState.PLANNED:
            yield f"history: {order.order_id} begins as {order.history[0].state}"
        for before, after in pairwise(order.history):
            allowed = {before.state, *TRANSITIONS[before.state].values()}
            if after.state not in allowed:
                yield f"history: leg {order.leg_number} went {before.state} -> {after.state}"


def _no_orphans(world: World, orders: list[Order]) -> Iterator[str]:
    known = {order.broker_order_id for order in orders}
    for far in world.far.orders:
        if far.number not in known:
            yield f"orphan: {far.number} is at the broker and in no row"


def _absence_was_true(world: World, orders: list[Order]) -> Iterator[str]:
    """Where brokers keep to the quiet period, nothing that we called absent ever turns up."""
    if world.profile.late_hedge:
        return
    for order in orders:
        if OrderFlag.LATE in order.flags:
            yield f"false absence: leg {order.leg_number} {order.purpose} turned up after all"


def _theirs(world: World) -> Held:
    held: Held = Counter()
    for order in world.far.orders:
        sign = 1 if order.request.side is Side.BUY else -1
        held[order.account, order.request.contract.symbol] += sign * order.filled
    return held


def _books_agree(world: World) -> Iterator[str]:
    """Our positions are the broker's, to the unit."""
    ours: Held = Counter()
    for row in world.store.rows(table_name("position-tracker")):
        position = world.services.positions.get(row["user_id"]["S"], row["position_key"]["S"])
        if position is not None:
            ours[position.client_id, position.contract.symbol] += position.net_quantity
    theirs = _theirs(world)
    for key in sorted(set(ours) | set(theirs)):
        if ours[key] != theirs[key]:
            yield f"books differ: {key} ours {ours[key]} the broker's {theirs[key]}"


def _outcomes_are_true(world: World, runs: list[Execution], orders: list[Order]) -> Iterator[str]:
    """What an account was told is what it holds; otherwise somebody was called for it."""
    theirs = _theirs(world)
    for client in CLIENTS:
        flagged = any(
            OrderFlag.NEEDS_ATTENTION in order.flags or OrderFlag.LATE in order.flags
            for order in orders
            if order.client_id == client
        )
        told = {run.kind: part for run in runs for part in run.accounts if part.client_id == client}
        held = {symbol: n for (account, symbol), n in theirs.items() if account == client and n}
        problem = _untrue(told, held)
        if problem and not flagged:
            yield f"untold: {client} {problem}"


def _untrue(told: dict[EventKind, AccountRun], held: dict[str, int]) -> str | None:
    entry, leaving = told.get(EventKind.ENTRY), told.get(EventKind.EXIT)
    if leaving is not None and leaving.outcome is AccountOutcome.FILLED:
        return f"was told it is flat and holds {held}" if held else None
    if leaving is not None:
        return None if leaving.outcome is AccountOutcome.FAILED else f"exit {leaving.outcome}"
    if entry is None or entry.outcome in {AccountOutcome.DENIED, AccountOutcome.UNWOUND}:
        outcome = entry.outcome if entry else "nothing"
        return f"was told {outcome} and holds {held}" if held else None
    if entry.outcome is AccountOutcome.FILLED:
        # A condor: what is short is covered by what is long, and all four legs are there.
        return None if len(held) == 4 and sum(held.values()) == 0 else f"FILLED but holds {held}"
    if entry.code == "UNWIND_FAILED":
        return None
    return f"was told {entry.outcome} and holds {held}" if held else None
