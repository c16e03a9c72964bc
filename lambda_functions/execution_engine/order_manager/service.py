"""Works an account's part of an execution until it has an outcome, resuming wherever it stopped.

Every step reads the orders, asks `stages.assess` what is needed, does it, and starts over. Nothing
is remembered between steps, so a crash, a second delivery or a second worker changes nothing.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import partial

from lambda_functions.execution_engine.order_manager.looks import LookRules, judge_look
from lambda_functions.execution_engine.order_manager.placements import Placements
from lambda_functions.execution_engine.order_manager.stages import (
    CLAIM_MARGIN,
    POSITION_GONE,
    Line,
    Needs,
    TakeBack,
    assess,
)
from shared_utils.brokers.ports import Broker, BrokerPosition
from shared_utils.clock import Clock
from shared_utils.domain.errors import Unavailable, VersionMoved
from shared_utils.domain.instruments import Side
from shared_utils.domain.order_intents import next_attempt, unwind_of
from shared_utils.domain.orders import (
    Order,
    OrderFlag,
    OrderState,
    Purpose,
    ask_cancel,
    deny,
    flag,
    lose_answer,
)
from shared_utils.indian_market_utils.marketable_prices import limit_off_last_known
from shared_utils.storage.executions import Executions
from shared_utils.storage.orders import Orders

logger = logging.getLogger(__name__)

FanOut = Callable[[Sequence[Callable[[], object]]], None]
Reprice = Callable[[Order, Side, Decimal], Decimal]
BOOKING_TAKES = timedelta(seconds=30)
FAR_S = 3600.0


class Worked(StrEnum):
    """How a worker left its account. UNFINISHED has to be handed on; NOTHING has no orders yet."""

    SETTLED = "SETTLED"
    UNFINISHED = "UNFINISHED"
    NOTHING = "NOTHING"


def one_after_another(calls: Sequence[Callable[[], object]]) -> None:
    for call in calls:
        call()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long a worker stays with an account.

    `poll_s` grows by half to `slowest_poll_s`. After `patience_s` without any change (an order
    whose fate is unknown, say) the account goes to the back of its queue, so that an exit behind
    it is not held up.
    """

    poll_s: float = 0.2
    slowest_poll_s: float = 1.0
    patience_s: float = 8.0
    stop_before_end_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountWork:
    """`broker_for` opens the account's session; it raises Unavailable when there is none.

    `our_books` tells what we hold of the order's contract on its account, in signed units: the
    strategy alone, and all strategies together.
    `reprice` gives a marketable limit for (order's contract, side, slippage percent) from a fresh
    quote.
    `may_enter` is the account's own switch, read at every step and just before each order leaves;
    exits never ask it.
    """

    orders: Orders
    executions: Executions
    broker_for: Callable[[Order], Broker]
    reprice: Reprice
    our_books: Callable[[Order], tuple[int, int]]
    may_enter: Callable[[str, str], bool]
    placements: Placements
    clock: Clock
    look_rules: LookRules
    pace: Pace
    fan_out: FanOut = one_after_another

    def work(
        self, execution_id: str, user_id: str, client_id: str, released_at: datetime | None = None
    ) -> Worked:
        """Until the account has an outcome, recorded on the execution, or patience ends."""
        poll, idle_since = self.pace.poll_s, self.clock.now()
        while self.placements.remaining_s() > self.pace.stop_before_end_s:
            mine = self._mine(execution_id, user_id, client_id, released_at)
            needs = assess(mine, self.clock.now())
            if not mine:
                return Worked.NOTHING
            if needs.overfilled and self._flag_overfilled(needs.overfilled):
                continue
            if needs.outcome is not None:
                self._record(mine[0], needs)
                return Worked.SETTLED
            if self.step(needs):
                poll, idle_since = self.pace.poll_s, self.clock.now()
                continue
            if (self.clock.now() - idle_since).total_seconds() > self.pace.patience_s:
                break
            self.clock.sleep(min(poll, self._until_next_turn(mine)))
            poll = min(poll * 1.5, self.pace.slowest_poll_s)
        return Worked.UNFINISHED

    def _until_next_turn(self, mine: Sequence[Order]) -> float:
        """Seconds until a staggered order may go; far away when none waits for its turn."""
        now = self.clock.now()
        turns = [
            (order.not_before - now).total_seconds()
            for order in mine
            if order.state is OrderState.PLANNED and order.not_before and order.not_before > now
        ]
        return min(turns, default=FAR_S)

    def step(self, needs: Needs) -> bool:
        """Do what is needed once; whether anything changed."""
        changed = self._reap(needs.reap)
        changed |= self._deny(needs.deny)
        if needs.send:
            changed |= self._send(needs.send)
        if needs.look:
            changed |= self.look(needs.look)
        if changed:
            # The rows moved: cancelling or retrying on what was read before could be wrong.
            return True
        changed |= self._cancel(needs.cancel)
        changed |= self._retry(needs.retry)
        changed |= self._unwind(needs.unwind)
        return changed

    def look(self, watched: Sequence[Order]) -> bool:
        """One look at the account's order book. A look that fails is evidence of nothing."""
        begun_at = self.clock.now()
        try:
            book = self.broker_for(watched[0]).order_book()
        except Unavailable as problem:
            logger.warning("order book not read", extra={"reason": problem.message})
            return False
        changed = judge_look(watched, book, begun_at, self.look_rules)
        return self._save_all(changed)

    def _mine(
        self, execution_id: str, user_id: str, client_id: str, released_at: datetime | None
    ) -> tuple[Order, ...]:
        if released_at is not None:
            mine = self.orders.of_account(execution_id, user_id, client_id, released_at)
            if mine:
                return mine
        return tuple(
            order
            for order in self.orders.of_execution(execution_id)
            if (order.user_id, order.client_id) == (user_id, client_id)
        )

    def _save(self, order: Order) -> bool:
        try:
            self.orders.save(order)
        except VersionMoved:
            return False
        return True

    def _save_all(self, orders: Iterable[Order]) -> bool:
        return _any_of(self._save(order) for order in orders)

    def _reap(self, orders: Iterable[Order]) -> bool:
        """A claim whose process is dead: maybe sent, at the latest when it died."""
        return self._save_all(self._reaped(order) for order in orders)

    def _reaped(self, order: Order) -> Order:
        since = order.claim_ends_at or self.clock.now() - CLAIM_MARGIN
        reason = "The process that was sending this order ended before it had an answer."
        return lose_answer(order, since=since, reason=reason, at=self.clock.now())

    def _deny(self, denials: Iterable[tuple[Order, str, str]]) -> bool:
        now = self.clock.now()
        return self._save_all(
            deny(order, code=code, reason=why, at=now) for order, code, why in denials
        )

    def _send(self, planned: Sequence[Order]) -> bool:
        first = planned[0]
        if not first.purpose.reduces_risk and not self.may_enter(first.user_id, first.client_id):
            why = "Entries are switched off for this account."
            return self._deny((order, "ENTRIES_DISABLED", why) for order in planned)
        try:
            broker = self.broker_for(first)
        except Unavailable as problem:
            if first.purpose.reduces_risk:
                # An exit is never given up for want of a session: the next look tries again.
                return False
            return self._deny((order, problem.code, problem.message) for order in planned)
        if first.purpose.reduces_risk:
            return self._send_closing(planned, broker)
        return self._send_all(planned, broker)

    def _send_closing(self, planned: Sequence[Order], broker: Broker) -> bool:
        """Only what the account still holds is closed: closing never opens a position."""
        try:
            held = _net_by_symbol(broker.positions())
        except Unavailable:
            return False
        due = [order for order in planned if self._is_held(order, order.quantity, held)]
        sent = self._send_all(due, broker) if due else False
        # A fill may be booked a little later than it is seen: what is missing gets that long.
        before = self.clock.now() - BOOKING_TAKES
        gone = [order for order in planned if order not in due and order.planned_at < before]
        why = "The account no longer holds the position that this order would close."
        return self._deny((order, POSITION_GONE, why) for order in gone) or sent

    def _is_held(self, order: Order, quantity: int, held: Mapping[str, int]) -> bool:
        """Whether closing `quantity` leaves nobody with a position he did not have.

        The broker nets strategies that hold one contract on opposite sides; where its net does not
        cover the order, our books and the broker's must agree and the strategy must hold it.
        """
        net = held.get(order.contract.symbol, 0)
        strategy, account = self.our_books(order)
        mine = _covers(strategy, order.side, quantity)
        if _covers(net, order.side, quantity):
            return mine or order.purpose is Purpose.UNWIND
        return mine and net == account

    def _send_all(self, planned: Sequence[Order], broker: Broker) -> bool:
        sent: list[Order] = []

        def send(order: Order) -> None:
            after = self.placements.send(order, broker, lambda: self._still_allowed(order))
            if after is not None:
                sent.append(after)

        self.fan_out([partial(send, order) for order in planned])
        return bool(sent)

    def _still_allowed(self, order: Order) -> bool:
        try:
            return self.may_enter(order.user_id, order.client_id)
        except Unavailable:
            # A switch that cannot be read is off.
            return False

    def _cancel(self, orders: Iterable[Order]) -> bool:
        """Ask the broker to take an order back; only its book tells whether it did."""
        return _any_of(self._cancel_one(order) for order in orders)

    def _cancel_one(self, order: Order) -> bool:
        if order.broker_order_id is None:
            return False
        try:
            broker = self.broker_for(order)
        except Unavailable:
            return False
        if not self._save(ask_cancel(order, at=self.clock.now())):
            return False
        broker.cancel(order.broker_order_id)
        return True

    def _retry(self, lines: Iterable[Line]) -> bool:
        return _any_of(self._retry_one(line) for line in lines)

    def _retry_one(self, line: Line) -> bool:
        last = line.last
        quantity = line.open_quantity
        if last.purpose.reduces_risk and not self._still_open(last, quantity):
            return self._flag_closed_elsewhere(last)
        slippage = last.asked.slippage
        price = self._price(last, last.side, slippage)
        if price is None:
            return False
        attempt = next_attempt(last, quantity=quantity, price=price, at=self.clock.now())
        return self.orders.plan([attempt]) > 0

    def _still_open(self, order: Order, quantity: int) -> bool:
        """Whether the broker's own position still needs this exit; unreadable is no."""
        try:
            held = _net_by_symbol(self.broker_for(order).positions())
        except Unavailable:
            return False
        return self._is_held(order, quantity, held)

    def _flag_overfilled(self, orders: Iterable[Order]) -> bool:
        now, note = self.clock.now(), "its attempts filled more than was wanted"
        return self._save_all(
            flag(order, OrderFlag.NEEDS_ATTENTION, at=now, note=note) for order in orders
        )

    def _flag_closed_elsewhere(self, order: Order) -> bool:
        note = "the broker's position no longer covers this exit, or could not be read"
        flagged = flag(order, OrderFlag.NEEDS_ATTENTION, at=self.clock.now(), note=note)
        return flagged is not order and self._save(flagged)

    def _price(self, order: Order, side: Side, slippage: Decimal) -> Decimal | None:
        """A fresh marketable price; for what reduces risk, else one off the last known price.

        An entry without a quote is not sent. A way out is tried all the same: a resting exit may
        still trade, an unsent one cannot.
        """
        try:
            return self.reprice(order, side, slippage)
        except Unavailable as problem:
            logger.warning("no quote to price with", extra={"reason": problem.message})
        if side is order.side and not order.purpose.reduces_risk:
            return None
        known = order.average_price or order.price
        return limit_off_last_known(known, side, slippage, order.contract.tick_size)

    def _unwind(self, take_backs: Iterable[TakeBack]) -> bool:
        orders = []
        for back in take_backs:
            opened = back.line.first
            price = self._price(opened, opened.side.opposite, opened.exit_slippage)
            if price is None:
                continue
            orders.append(
                unwind_of(
                    opened,
                    quantity=back.quantity,
                    price=price,
                    at=self.clock.now(),
                    send_by=opened.send_by,
                    unwind_round=back.round,
                )
            )
        return bool(orders) and self.orders.plan(orders) > 0

    def _record(self, order: Order, needs: Needs) -> None:
        if needs.outcome is None:
            return
        self.executions.record_account(
            strategy_id=order.strategy_id,
            execution_id=order.execution_id,
            user_id=order.user_id,
            client_id=order.client_id,
            outcome=needs.outcome,
            code=needs.code,
            sentence=needs.sentence,
            at=self.clock.now(),
        )


def _covers(net: int, side: Side, quantity: int) -> bool:
    return -net >= quantity if side is Side.BUY else net >= quantity


def _net_by_symbol(positions: Iterable[BrokerPosition]) -> dict[str, int]:
    held: dict[str, int] = {}
    for position in positions:
        held[position.symbol] = held.get(position.symbol, 0) + position.net_quantity
    return held


def _any_of(done: Iterable[bool]) -> bool:
    """Does every one of them before it answers, unlike `any`."""
    return sum(done) > 0
