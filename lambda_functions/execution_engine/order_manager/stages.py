"""What one account's part of an execution needs next. Pure: orders and the time in, work out.

A *line* is one slice of one leg: its first order and the attempts after it. A *stage* is a group of
lines that go together; it starts when every line of the stage before it is filled, never when it is
merely acknowledged. Hedges are in the first stage, so no short leaves before its hedge is bought.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from shared_utils.domain.executions import AccountOutcome
from shared_utils.domain.order_intents import UNWIND_ROUND
from shared_utils.domain.orders import Order, OrderFlag, OrderState, Purpose
from shared_utils.domain.strategies import OnLegFailure

WORKING = frozenset({OrderState.OPEN, OrderState.PARTIALLY_FILLED})
RETRYABLE = frozenset({OrderState.REJECTED, OrderState.CANCELLED})
CLAIM_MARGIN = timedelta(seconds=2)
POSITION_GONE = "POSITION_GONE"
UNWIND_FAILED = "UNWIND_FAILED"


@dataclass(frozen=True, slots=True)
class Line:
    """One slice of one leg, by attempt. Filled when its attempts together cover the quantity."""

    attempts: tuple[Order, ...]

    @property
    def first(self) -> Order:
        return self.attempts[0]

    @property
    def last(self) -> Order:
        return self.attempts[-1]

    @property
    def filled(self) -> int:
        return sum(order.filled_quantity for order in self.attempts)

    @property
    def open_quantity(self) -> int:
        return max(0, self.first.quantity - self.filled)

    @property
    def is_closed_elsewhere(self) -> bool:
        """There was nothing left to close when its turn came: as good as filled."""
        return self.last.state is OrderState.DENIED and self.last.code == POSITION_GONE

    @property
    def is_filled(self) -> bool:
        return (self.open_quantity == 0 or self.is_closed_elsewhere) and self.is_quiet

    @property
    def is_quiet(self) -> bool:
        """Nothing of it is at the broker or may still arrive, and every reported fill is here."""
        return all(order.is_settled and not order.may_still_fill for order in self.attempts)

    def may_retry(self, now: datetime) -> bool:
        """Whether a *new* order may take up what is open.

        An entry only after a definite no (rejected, cancelled) and in time: an entry whose outcome
        was unknown ends there. What reduces risk may also follow a proven absence.
        """
        last = self.last
        if self.is_filled or not self.is_quiet or last.attempt + 1 >= last.max_attempts:
            return False
        if last.purpose.reduces_risk:
            return last.state in RETRYABLE or last.state is OrderState.NOT_PLACED
        return last.state in RETRYABLE and now < last.send_by

    def has_failed(self, now: datetime) -> bool:
        return self.is_quiet and not self.is_filled and not self.may_retry(now)


@dataclass(frozen=True, slots=True)
class TakeBack:
    """What an opening line holds that no unwinding order covers yet.

    `round` counts the unwinding lines it has: a fill that crosses its own cancel can arrive after
    the first one was sized.
    """

    line: Line
    quantity: int
    round: int


@dataclass(frozen=True, slots=True)
class Needs:
    """What to do now. All empty and no outcome means: wait for fills and look again."""

    reap: tuple[Order, ...] = ()
    look: tuple[Order, ...] = ()
    cancel: tuple[Order, ...] = ()
    send: tuple[Order, ...] = ()
    deny: tuple[tuple[Order, str, str], ...] = ()
    retry: tuple[Line, ...] = ()
    unwind: tuple["TakeBack", ...] = ()
    overfilled: tuple[Order, ...] = ()
    outcome: AccountOutcome | None = None
    code: str | None = None
    sentence: str | None = None


def lines_of(orders: Iterable[Order]) -> tuple[Line, ...]:
    def key(order: Order) -> tuple[int, int, int, str]:
        return (order.stage, order.leg_number, order.slice_number, order.purpose)

    ordered = sorted(orders, key=lambda order: (*key(order), order.attempt))
    return tuple(Line(tuple(group)) for _, group in groupby(ordered, key))


def assess(orders: Iterable[Order], now: datetime) -> Needs:
    """The next work for these orders of one account and execution."""
    lines = lines_of(orders)
    opening = tuple(line for line in lines if line.first.purpose is not Purpose.UNWIND)
    unwinding = tuple(line for line in lines if line.first.purpose is Purpose.UNWIND)
    attention = _attention(lines, now)
    failed = _first_failed(opening, now)
    if unwinding and all(line.is_quiet for line in opening):
        # What began to be taken back is taken back whole, even if the failed leg fills after all.
        return _unwound(opening, unwinding, attention, now, why=_unwound_because(opening, failed))
    if failed is None:
        return _walk(opening, attention, now) or _settled(attention, AccountOutcome.FILLED)
    return _after_failure(failed, opening, unwinding, attention, now)


def _unwound_because(opening: tuple[Line, ...], failed: Order | None) -> tuple[str, str]:
    if failed is not None:
        return failed.code or f"LEG_{failed.state}", _why(failed)[1]
    late = opening[-1].last
    return (
        "LEG_FILLED_LATE",
        f"A leg filled after the others were taken back ({late.contract.symbol}).",
    )


def _walk(lines: tuple[Line, ...], attention: Needs, now: datetime) -> Needs | None:
    """The work of the first stage that is not filled; None when all are."""
    for _, group in groupby(lines, lambda line: line.first.stage):
        stage = tuple(group)
        if not all(line.is_filled for line in stage):
            return _within(stage, attention, now)
    return None


def _first_failed(lines: tuple[Line, ...], now: datetime) -> Order | None:
    return next((line.last for line in lines if line.has_failed(now)), None)


def _attention(lines: tuple[Line, ...], now: datetime) -> Needs:
    """For every order, whatever its stage: reap lost claims, look, cancel what is slow."""
    orders = [order for line in lines for order in line.attempts]
    return Needs(
        reap=tuple(o for o in orders if o.state is OrderState.SUBMITTING and _claim_over(o, now)),
        look=tuple(o for o in orders if _must_be_looked_up(o)),
        cancel=tuple(o for o in orders if o.state in WORKING and _is_slow(o, now)),
        overfilled=tuple(line.last for line in lines if _is_overfilled(line)),
    )


def _is_overfilled(line: Line) -> bool:
    """Attempts that together filled more than was wanted: somebody has to look at it."""
    flagged = OrderFlag.NEEDS_ATTENTION in line.last.flags
    return line.filled > line.first.quantity and not flagged


def _must_be_looked_up(order: Order) -> bool:
    live = order.state in WORKING or order.state is OrderState.UNKNOWN
    return live or order.may_still_fill


def _claim_over(order: Order, now: datetime) -> bool:
    return order.claim_ends_at is None or now > order.claim_ends_at + CLAIM_MARGIN


def _is_slow(order: Order, now: datetime) -> bool:
    # A cancel may get lost like any other call: ask again after as long as the fill may take.
    started = order.cancel_requested_at or order.claimed_at or order.planned_at
    return now > started + timedelta(seconds=order.timeout_s)


def _within(stage: tuple[Line, ...], attention: Needs, now: datetime) -> Needs:
    """The stage is under way and none of its lines has failed."""
    waiting = [line.last for line in stage if _is_its_turn(line.last, now)]
    late = tuple(o for o in waiting if not o.purpose.reduces_risk and now >= o.send_by)
    return replace(
        attention,
        send=tuple(order for order in waiting if order not in late),
        deny=tuple((o, "PAST_SEND_BY", _late_sentence(o)) for o in late),
        retry=tuple(line for line in stage if line.may_retry(now)),
    )


def _is_its_turn(order: Order, now: datetime) -> bool:
    return order.state is OrderState.PLANNED and (
        order.not_before is None or now >= order.not_before
    )


def _late_sentence(order: Order) -> str:
    return f"The order was due by {order.send_by.isoformat()} and that time has passed."


def _settled(
    attention: Needs,
    outcome: AccountOutcome,
    *,
    code: str | None = None,
    sentence: str | None = None,
) -> Needs:
    """An outcome is only final when nothing is at the broker any more."""
    if attention.look or attention.reap:
        return attention
    return Needs(outcome=outcome, code=code, sentence=sentence)


def _after_failure(
    failed: Order,
    opening: tuple[Line, ...],
    unwinding: tuple[Line, ...],
    attention: Needs,
    now: datetime,
) -> Needs:
    """A line failed for good: nothing later goes out, and what filled is dealt with by policy."""
    why = _why(failed)
    planned = [o for line in opening for o in line.attempts if o.state is OrderState.PLANNED]
    if planned or not all(line.is_quiet for line in opening):
        return replace(
            attention,
            # What still works beside a failed leg is pulled back at once.
            cancel=tuple(o for o in attention.look if _may_pull_back(o)) or attention.cancel,
            deny=tuple((o, *why) for o in planned),
        )
    code, sentence = failed.code or f"LEG_{failed.state}", why[1]
    held = [line for line in opening if line.filled > 0]
    if failed.purpose.reduces_risk:
        stuck = f"{sentence} The position is still open and needs attention."
        return _settled(attention, AccountOutcome.FAILED, code=code, sentence=stuck)
    if not held or failed.on_leg_failure is OnLegFailure.KEEP_AND_ALERT:
        outcome = _outcome_of(opening)
        return _settled(attention, outcome, code=code, sentence=sentence)
    return _unwound(opening, unwinding, attention, now, why=(code, sentence))


def _why(failed: Order) -> tuple[str, str]:
    code = "HEDGE_NOT_FILLED" if failed.purpose is Purpose.HEDGE else "LEG_NOT_FILLED"
    because = failed.reason or f"the order is {failed.state}"
    return code, f"Leg {failed.leg_number} ({failed.contract.symbol}) was not filled: {because}"


def _outcome_of(opening: tuple[Line, ...]) -> AccountOutcome:
    """DENIED when we refused everything ourselves, FAILED when a broker was involved."""
    states = {order.state for line in opening for order in line.attempts}
    return AccountOutcome.DENIED if states == {OrderState.DENIED} else AccountOutcome.FAILED


def _may_pull_back(order: Order) -> bool:
    return order.state in WORKING and order.cancel_requested_at is None


def _unwound(
    opening: tuple[Line, ...],
    unwinding: tuple[Line, ...],
    attention: Needs,
    now: datetime,
    *,
    why: tuple[str, str],
) -> Needs:
    """Take back what filled, shorts first, and walk those lines like any other stage."""
    code, sentence = why
    uncovered = tuple(_take_backs(opening, unwinding))
    if uncovered:
        return replace(attention, unwind=uncovered, code=code, sentence=sentence)
    stuck = _first_failed(unwinding, now)
    if stuck is not None:
        told = f"{sentence} Taking it back failed too: {_why(stuck)[1]} It needs attention."
        return _stuck(stuck, unwinding, attention, now, told)
    return _walk(unwinding, attention, now) or _settled(
        attention, AccountOutcome.UNWOUND, code=code, sentence=sentence
    )


def _stuck(
    stuck: Order, unwinding: tuple[Line, ...], attention: Needs, now: datetime, told: str
) -> Needs:
    """What would sell a hedge stays where it is, beside the short that could not be bought back;
    nothing is left planned, so that an exit can follow.
    """
    stage = tuple(line for line in unwinding if line.first.stage == stuck.stage)
    if not all(line.is_quiet for line in stage):
        return _within(stage, attention, now)
    waiting = [line.last for line in unwinding if line.last.state is OrderState.PLANNED]
    if waiting:
        return replace(attention, deny=tuple((order, UNWIND_FAILED, told) for order in waiting))
    return _settled(attention, AccountOutcome.FAILED, code=UNWIND_FAILED, sentence=told)


def _take_backs(opening: tuple[Line, ...], unwinding: tuple[Line, ...]) -> Iterable[TakeBack]:
    for line in opening:
        mine = [
            other.first
            for other in unwinding
            if other.first.leg_id == line.first.leg_id
            and other.first.slice_number % UNWIND_ROUND == line.first.slice_number
        ]
        missing = line.filled - sum(order.quantity for order in mine)
        if missing > 0:
            yield TakeBack(line, missing, len(mine))
