"""How an intent becomes an order: written down whole, with its id and tag, before anything is sent.

Ids are derived from (execution, account, leg, slice, purpose, attempt), and so is the row's sort
key (`stamp`): planning the same thing twice, whenever, finds the first row instead of a second.
"""

import zlib
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.ids import Kind, client_tag, derived_id
from shared_utils.domain.instruments import Contract, Side
from shared_utils.domain.legs import OrderType
from shared_utils.domain.orders import Asked, Order, OrderState, Product, Purpose, Step
from shared_utils.domain.strategies import OnLegFailure

UNWIND_SHORTS_STAGE = 90
UNWIND_LONGS_STAGE = 91
RISK_REDUCING_ATTEMPTS = 5
# An unwinding line keeps its leg's slice number; a second round for the same slice adds this much.
UNWIND_ROUND = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where an order belongs: the run, the account, the leg."""

    execution_id: str
    user_id: str
    strategy_id: str
    basket_id: str
    allocation_id: str
    client_id: str
    broker_name: BrokerName
    leg_id: str
    leg_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What to trade and at what price; `order_type` is LIMIT or SL (decisions 3)."""

    contract: Contract
    side: Side
    quantity: int
    asked: Asked
    order_type: OrderType
    price: Decimal
    trigger_price: Decimal | None = None
    product: Product = Product.NORMAL
    timeout_s: int = 30
    max_attempts: int = 1
    exit_slippage: Decimal = Decimal("3.0")
    on_leg_failure: OnLegFailure = OnLegFailure.UNWIND
    not_before: datetime | None = None


def account_stamp(released_at: datetime, user_id: str, client_id: str) -> datetime:
    """Where an account's orders lie among those of its execution: in one millisecond of the
    release's second, by the account's name. Two accounts may share one.
    """
    millisecond = zlib.crc32(f"{user_id}#{client_id}".encode()) % 1000
    return released_at.replace(microsecond=millisecond * 1000)


def account_prefix(released_at: datetime, user_id: str, client_id: str) -> str:
    """What the order timestamps of all the account's orders begin with, attempts and unwinding
    ones too.
    """
    stamp = account_stamp(released_at, user_id, client_id).astimezone(UTC)
    return stamp.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]


def order_timestamp(at: datetime, order_id: str) -> str:
    """`<UTC ISO with microseconds>#<order id>`: unique inside an execution (decisions 17)."""
    return f"{at.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S.%fZ')}#{order_id}"


def plan_order(
    placement: Placement,
    terms: Terms,
    *,
    purpose: Purpose,
    stage: int,
    slice_number: int,
    at: datetime,
    stamp: datetime,
    send_by: datetime,
    attempt: int = 0,
) -> Order:
    """A PLANNED order: the intent that exists before anything else happens.

    `stamp` must be the same however often this order is planned (the run's release, say); `at` is
    when this planning happens.
    """
    order_id = _order_id(placement, purpose, slice_number, attempt)
    return Order(
        **_fields_of(placement),
        **_fields_of(terms),
        order_id=order_id,
        order_timestamp=order_timestamp(stamp, order_id),
        slice_number=slice_number,
        attempt=attempt,
        purpose=purpose,
        stage=stage,
        tag=client_tag(order_id, attempt),
        state=OrderState.PLANNED,
        planned_at=at,
        send_by=send_by,
        history=(Step(at=at, state=OrderState.PLANNED, note="planned"),),
        updated_at=at,
    )


def _order_id(placement: Placement, purpose: Purpose, slice_number: int, attempt: int) -> str:
    """Always the same for the same intent, so that planning it again writes no second order."""
    return derived_id(
        Kind.ORDER,
        placement.execution_id,
        placement.user_id,
        placement.client_id,
        placement.leg_id,
        str(slice_number),
        purpose,
        str(attempt),
    )


def _fields_of(part: Placement | Terms) -> dict[str, Any]:
    """A placement's and a terms' fields are fields of the order under the same names."""
    return {field.name: getattr(part, field.name) for field in fields(part)}


def stamp_of(order: Order) -> datetime:
    """The time in the order's sort key."""
    return datetime.fromisoformat(order.order_timestamp.partition("#")[0])


def placement_of(order: Order) -> Placement:
    return Placement(**{field.name: getattr(order, field.name) for field in fields(Placement)})


def terms_of(order: Order) -> Terms:
    return Terms(**{field.name: getattr(order, field.name) for field in fields(Terms)})


def next_attempt(last: Order, *, quantity: int, price: Decimal, at: datetime) -> Order:
    """A new order, with a new id and tag, for what `last` left open. Never the same order again."""
    return plan_order(
        placement_of(last),
        replace(terms_of(last), quantity=quantity, price=price),
        purpose=last.purpose,
        stage=last.stage,
        slice_number=last.slice_number,
        attempt=last.attempt + 1,
        at=at,
        stamp=stamp_of(last) + timedelta(microseconds=1),
        send_by=last.send_by,
    )


def unwind_of(
    opened: Order,
    *,
    quantity: int,
    price: Decimal,
    at: datetime,
    send_by: datetime,
    unwind_round: int = 0,
) -> Order:
    """The order that takes back what `opened`'s line filled: shorts are bought back first."""
    side = opened.side.opposite
    terms = replace(
        terms_of(opened),
        side=side,
        quantity=quantity,
        price=price,
        order_type=OrderType.LIMIT,
        trigger_price=None,
        asked=Asked(order_type=OrderType.MARKET, slippage=opened.exit_slippage),
        max_attempts=RISK_REDUCING_ATTEMPTS,
        not_before=None,
    )
    return plan_order(
        placement_of(opened),
        terms,
        purpose=Purpose.UNWIND,
        stage=UNWIND_SHORTS_STAGE if side is Side.BUY else UNWIND_LONGS_STAGE,
        slice_number=opened.slice_number + unwind_round * UNWIND_ROUND,
        at=at,
        # It stays within the account's millisecond.
        stamp=stamp_of(opened) + timedelta(microseconds=20 * min(1 + unwind_round, 40)),
        send_by=send_by,
    )
