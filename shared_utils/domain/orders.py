"""One order at one broker, from intent to its last fill: the state machine money moves through.

There is one transition table. What a broker tells us is never rejected for coming late, twice or
out of order; what *we* do next is only ever what the table allows.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.errors import Conflict
from shared_utils.domain.instruments import Contract, Side
from shared_utils.domain.legs import OrderType
from shared_utils.domain.strategies import OnLegFailure


class OrderState(StrEnum):
    PLANNED = "PLANNED"
    SUBMITTING = "SUBMITTING"
    OPEN = "OPEN"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    DENIED = "DENIED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"
    NOT_PLACED = "NOT_PLACED"


SETTLED = frozenset(
    {
        OrderState.FILLED,
        OrderState.DENIED,
        OrderState.REJECTED,
        OrderState.CANCELLED,
        OrderState.NOT_PLACED,
    }
)


class Trigger(StrEnum):
    CLAIM = "CLAIM"
    DENY = "DENY"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    NO_ANSWER = "NO_ANSWER"
    ABSENCE_PROVEN = "ABSENCE_PROVEN"
    SEEN_OPEN = "SEEN_OPEN"
    SEEN_PARTLY_FILLED = "SEEN_PARTLY_FILLED"
    SEEN_FILLED = "SEEN_FILLED"
    SEEN_CANCELLED = "SEEN_CANCELLED"
    SEEN_REJECTED = "SEEN_REJECTED"


_S, _T = OrderState, Trigger

_WORKING_SEEN = {
    _T.SEEN_OPEN: _S.OPEN,
    _T.SEEN_PARTLY_FILLED: _S.PARTIALLY_FILLED,
    _T.SEEN_FILLED: _S.FILLED,
    _T.SEEN_CANCELLED: _S.CANCELLED,
    _T.SEEN_REJECTED: _S.REJECTED,
}

TRANSITIONS: dict[OrderState, dict[Trigger, OrderState]] = {
    _S.PLANNED: {_T.CLAIM: _S.SUBMITTING, _T.DENY: _S.DENIED},
    _S.SUBMITTING: {
        _T.ACCEPTED: _S.OPEN,
        _T.REFUSED: _S.REJECTED,
        _T.NO_ANSWER: _S.UNKNOWN,
        # A reconciler may see the order in the broker's book before the sender records its answer.
        **_WORKING_SEEN,
    },
    _S.UNKNOWN: {
        # The sender's own answer may arrive after the reaper gave up on it.
        _T.ACCEPTED: _S.OPEN,
        _T.REFUSED: _S.REJECTED,
        _T.ABSENCE_PROVEN: _S.NOT_PLACED,
        **_WORKING_SEEN,
    },
    _S.OPEN: dict(_WORKING_SEEN),
    _S.PARTIALLY_FILLED: {
        _T.SEEN_PARTLY_FILLED: _S.PARTIALLY_FILLED,
        _T.SEEN_FILLED: _S.FILLED,
        _T.SEEN_CANCELLED: _S.CANCELLED,
        # Brokers report REJECTED for a remainder they refuse; what filled stays filled.
        _T.SEEN_REJECTED: _S.REJECTED,
    },
    # A cancel and a fill cross on the wire: the exchange's fill wins (it happens at Kite).
    _S.CANCELLED: {_T.SEEN_PARTLY_FILLED: _S.CANCELLED, _T.SEEN_FILLED: _S.FILLED},
    # RMS said no to a remainder while a fill was under way: the fill counts.
    _S.REJECTED: {_T.SEEN_PARTLY_FILLED: _S.REJECTED, _T.SEEN_FILLED: _S.FILLED},
    # Accepted later than the quiet period: the book is the truth, the order is flagged LATE.
    _S.NOT_PLACED: dict(_WORKING_SEEN),
    _S.FILLED: {},
    _S.DENIED: {},
}


class Purpose(StrEnum):
    """Why the order exists. HEDGE and ENTRY open; EXIT, STOP and UNWIND only ever reduce risk."""

    HEDGE = "HEDGE"
    ENTRY = "ENTRY"
    EXIT = "EXIT"
    STOP = "STOP"
    UNWIND = "UNWIND"

    @property
    def reduces_risk(self) -> bool:
        return self in {Purpose.EXIT, Purpose.STOP, Purpose.UNWIND}


class Product(StrEnum):
    """NORMAL carries overnight (Kite NRML), INTRADAY is squared off by the broker (Kite MIS)."""

    NORMAL = "NORMAL"
    INTRADAY = "INTRADAY"


class OrderFlag(StrEnum):
    NEEDS_ATTENTION = "NEEDS_ATTENTION"
    LATE = "LATE"
    DUPLICATE = "DUPLICATE"
    MISMATCH = "MISMATCH"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One trade at the exchange. `trade_id` is the broker's; a fill counts once by it."""

    trade_id: str
    quantity: int
    price: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the trader asked for; `sent` prices on the order are what went out (decisions 3)."""

    order_type: OrderType
    slippage: Decimal
    limit_price: Decimal | None = None
    trigger_price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerReport:
    """What a broker's book says of one order. `state` is one of OPEN, FILLED, CANCELLED,
    REJECTED; partial fills show in `filled_quantity`. `fills` are those known, maybe none yet.
    """

    broker_order_id: str
    tag: str | None
    symbol: str
    side: Side
    quantity: int
    state: OrderState
    filled_quantity: int
    average_price: Decimal | None
    fills: tuple[Fill, ...] = ()
    reason: str | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of an order's history: for the audit, and for 'why did it not trade?'."""

    at: datetime
    state: OrderState
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`stage` orders the account's work: a stage starts when the one before it is filled.

    `order_timestamp` is `<UTC ISO microseconds>#<order id>` (decisions 17). `tag` is what a broker
    keeps with the order, `not_before` staggers an allocation's entries. `reported_filled` is the
    broker's own count, `filled_quantity` the sum of the fills we hold: positions follow the fills.
    """

    order_id: str
    order_timestamp: str
    execution_id: str
    user_id: str
    strategy_id: str
    basket_id: str
    allocation_id: str
    client_id: str
    broker_name: BrokerName
    leg_id: str
    leg_number: int
    slice_number: int
    attempt: int
    purpose: Purpose
    stage: int
    contract: Contract
    side: Side
    quantity: int
    asked: Asked
    order_type: OrderType
    price: Decimal
    trigger_price: Decimal | None
    product: Product
    tag: str
    timeout_s: int
    max_attempts: int = 1
    exit_slippage: Decimal = Decimal("3.0")
    on_leg_failure: OnLegFailure = OnLegFailure.UNWIND
    not_before: datetime | None = None
    state: OrderState
    planned_at: datetime
    send_by: datetime
    broker_order_id: str | None = None
    fills: tuple[Fill, ...] = ()
    reported_filled: int = 0
    reported_average: Decimal | None = None
    claimed_by: str | None = None
    claimed_at: datetime | None = None
    claim_ends_at: datetime | None = None
    unknown_since: datetime | None = None
    absent_looks: int = 0
    last_absent_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    cancel_seen_settled_at: datetime | None = None
    code: str | None = None
    reason: str | None = None
    flags: tuple[OrderFlag, ...] = ()
    history: tuple[Step, ...] = ()
    updated_at: datetime
    version: int = 1

    @property
    def is_settled(self) -> bool:
        return self.state in SETTLED

    @property
    def is_watched(self) -> bool:
        """Whether the sweep must look for it: not settled, fills missing, or not surely over.

        What was never placed may still turn up, and a fill may cross a cancel on its way.
        """
        may_come = self.state is OrderState.NOT_PLACED or (
            self.broker_order_id is not None
            and self.state in {OrderState.CANCELLED, OrderState.REJECTED}
        )
        return not self.is_settled or may_come or self.misses_fills

    @property
    def may_still_fill(self) -> bool:
        """A settled order that fills may yet come for: reported but not shown, or crossing a cancel
        that no look has seen settled.
        """
        unsure = self.state is OrderState.CANCELLED and self.cancel_seen_settled_at is None
        return unsure or self.misses_fills

    @property
    def misses_fills(self) -> bool:
        """The broker counts more filled than the trades it has shown us so far."""
        return self.reported_filled > self.filled_quantity

    @property
    def filled_quantity(self) -> int:
        return sum(fill.quantity for fill in self.fills)

    @property
    def is_filled(self) -> bool:
        """Every unit is covered by a fill we hold: what a gate waits for."""
        return self.state is OrderState.FILLED and self.filled_quantity >= self.quantity

    @property
    def average_price(self) -> Decimal | None:
        quantity = self.filled_quantity
        if quantity == 0:
            return self.reported_average
        return sum((fill.price * fill.quantity for fill in self.fills), Decimal(0)) / quantity


class TransitionRefused(Conflict):
    code = "ORDER_TRANSITION_REFUSED"


def next_state(state: OrderState, trigger: Trigger) -> OrderState:
    """The table's answer; raises TransitionRefused where it has none."""
    try:
        return TRANSITIONS[state][trigger]
    except KeyError:
        raise TransitionRefused(f"An order that is {state} cannot take {trigger}.") from None


def _moved(order: Order, state: OrderState, at: datetime, note: str, **changes: object) -> Order:
    history = (*order.history, Step(at=at, state=state, note=note))
    return replace(
        order,
        state=state,
        history=history,
        updated_at=at,
        version=order.version + 1,
        **changes,  # type: ignore[arg-type]  # the named functions below pass Order's own fields
    )


def claim(order: Order, *, by: str, at: datetime, ends_at: datetime) -> Order:
    """Take the right to send, once. The write of this is the lock that nothing releases."""
    state = next_state(order.state, Trigger.CLAIM)
    return _moved(order, state, at, "claimed", claimed_by=by, claimed_at=at, claim_ends_at=ends_at)


def deny(order: Order, *, code: str, reason: str, at: datetime) -> Order:
    """We refuse before anything is sent."""
    return _moved(order, next_state(order.state, Trigger.DENY), at, code, code=code, reason=reason)


def accept(order: Order, *, broker_order_id: str, at: datetime) -> Order:
    """The broker gave an id; the exchange may still say no (protocol, step 5)."""
    state = next_state(order.state, Trigger.ACCEPTED)
    return _moved(order, state, at, "accepted", broker_order_id=broker_order_id)


def refuse(order: Order, *, code: str, reason: str, at: datetime) -> Order:
    """A structured refusal of this very order."""
    state = next_state(order.state, Trigger.REFUSED)
    return _moved(order, state, at, code, code=code, reason=reason)


def lose_answer(order: Order, *, since: datetime, reason: str, at: datetime) -> Order:
    """We do not know. The quiet period starts at `since`, when the last byte may have left."""
    state = next_state(order.state, Trigger.NO_ANSWER)
    return _moved(order, state, at, reason, unknown_since=since, reason=reason)


def look_found_nothing(order: Order, *, at: datetime) -> Order:
    """One complete, successful look at the book, after the quiet period, without our tag in it."""
    if order.state is not OrderState.UNKNOWN:
        raise TransitionRefused(f"An order that is {order.state} is not being looked for.")
    return _moved(
        order,
        order.state,
        at,
        "not in the order book",
        absent_looks=order.absent_looks + 1,
        last_absent_at=at,
    )


def prove_absent(order: Order, *, at: datetime) -> Order:
    state = next_state(order.state, Trigger.ABSENCE_PROVEN)
    return _moved(
        order,
        state,
        at,
        "never reached the broker",
        code="NOT_PLACED",
        reason="The broker's order book does not hold this order; it was not sent again.",
        flags=_flagged(order, OrderFlag.NEEDS_ATTENTION),
    )


def ask_cancel(order: Order, *, at: datetime) -> Order:
    """We asked the broker to cancel; only its book tells whether it did."""
    return _moved(order, order.state, at, "cancel requested", cancel_requested_at=at)


def see_cancel_settled(order: Order, *, at: datetime) -> Order:
    """A look at the book, begun at `at`, after any fill that crossed the cancel must have shown."""
    if order.state is not OrderState.CANCELLED:
        raise TransitionRefused(f"An order that is {order.state} has no cancel to settle.")
    return _moved(order, order.state, at, "cancel settled", cancel_seen_settled_at=at)


def flag(order: Order, mark: OrderFlag, *, at: datetime, note: str) -> Order:
    if mark in order.flags:
        return order
    return _moved(order, order.state, at, note, flags=_flagged(order, mark))


def _flagged(order: Order, mark: OrderFlag) -> tuple[OrderFlag, ...]:
    return order.flags if mark in order.flags else (*order.flags, mark)
