"""Orders as the broker keeps them: what was asked, what became of it, and every step on the way."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Status(StrEnum):
    """Kite's own words, those that end an order last."""

    RECEIVED = "PUT ORDER REQ RECEIVED"
    VALIDATION_PENDING = "VALIDATION PENDING"
    OPEN_PENDING = "OPEN PENDING"
    OPEN = "OPEN"
    TRIGGER_PENDING = "TRIGGER PENDING"
    MODIFY_VALIDATION_PENDING = "MODIFY VALIDATION PENDING"
    MODIFY_PENDING = "MODIFY PENDING"
    MODIFIED = "MODIFIED"
    NOT_MODIFIED = "NOT MODIFIED"
    CANCEL_PENDING = "CANCEL PENDING"
    COMPLETE = "COMPLETE"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"


FINAL = frozenset({Status.COMPLETE, Status.CANCELLED, Status.REJECTED})
RESTING = frozenset({Status.OPEN, Status.TRIGGER_PENDING})


class Action(StrEnum):
    """What is due to happen to an order, in the order in which two of one instant happen."""

    RECEIVE = "RECEIVE"
    VALIDATE = "VALIDATE"
    ARRIVE = "ARRIVE"
    MODIFY = "MODIFY"
    CANCEL = "CANCEL"
    LOOK = "LOOK"
    EXPIRE = "EXPIRE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What the client asked for, checked for shape."""

    exchange: str
    symbol: str
    side: str  # BUY, SELL
    quantity: int
    product: str  # NRML, MIS
    order_type: str  # LIMIT, SL
    price: Decimal
    trigger_price: Decimal
    validity: str  # DAY, IOC, TTL
    validity_ttl: int
    disclosed_quantity: int
    market_protection: Decimal
    tag: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A modification on its way: None leaves a field as it is."""

    quantity: int | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    order_type: str | None = None
    validity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    trade_id: str
    order_id: str
    user_id: str
    exchange: str
    symbol: str
    token: int
    side: str
    product: str
    quantity: int
    price: Decimal
    exchange_order_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A row of the order's history: all that a reader of that moment saw."""

    at: datetime
    status: str
    status_message: str | None
    status_message_raw: str | None
    quantity: int
    price: Decimal
    trigger_price: Decimal
    order_type: str
    validity: str
    filled_quantity: int
    cancelled_quantity: int
    average_price: Decimal
    exchange_order_id: str | None
    exchange_at: datetime | None


@dataclass(slots=True, kw_only=True)
class SimulatedOrder:
    """One order of one account. `ticket` is as first placed; the working values are beside it."""

    order_id: str
    user_id: str
    ticket: Ticket
    token: int
    placed_at: datetime
    quantity: int
    price: Decimal
    trigger_price: Decimal
    order_type: str
    validity: str
    status: str = Status.RECEIVED
    status_message: str | None = None
    status_message_raw: str | None = None
    exchange_order_id: str | None = None
    exchange_at: datetime | None = None
    triggered: bool = False
    filled_quantity: int = 0
    cancelled_quantity: int = 0
    value: Decimal = Decimal(0)  # of what was filled
    modifications: int = 0
    change: Change | None = None
    fill_limit: int | None = None  # a fault lets it fill no further than this
    rejection: str | None = None  # a fault lets the RMS refuse it, in these words
    agenda: list[tuple[datetime, str]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def pending_quantity(self) -> int:
        return self.quantity - self.filled_quantity - self.cancelled_quantity

    @property
    def average_price(self) -> Decimal:
        return self.value / self.filled_quantity if self.filled_quantity else Decimal(0)

    @property
    def is_final(self) -> bool:
        return self.status in FINAL

    @property
    def is_resting(self) -> bool:
        return self.status in RESTING

    def step(
        self, at: datetime, status: str, message: str | None = None, raw: str | None = None
    ) -> None:
        """Moves to `status` and writes it into the history."""
        self.status = status
        self.status_message = message
        self.status_message_raw = raw or message
        self.steps.append(self._row(at))

    def known_at(self, at: datetime) -> Step | None:
        """The order as a reader at `at` saw it; None when it was not in the book yet."""
        return next((step for step in reversed(self.steps) if step.at <= at), None)

    def _row(self, at: datetime) -> Step:
        return Step(
            at=at,
            status=self.status,
            status_message=self.status_message,
            status_message_raw=self.status_message_raw,
            quantity=self.quantity,
            price=self.price,
            trigger_price=self.trigger_price,
            order_type=self.order_type,
            validity=self.validity,
            filled_quantity=self.filled_quantity,
            cancelled_quantity=self.cancelled_quantity,
            average_price=self.average_price,
            exchange_order_id=self.exchange_order_id,
            exchange_at=self.exchange_at,
        )
