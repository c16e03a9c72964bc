"""What a strategy holds of one contract on one account: a pure fold over fills.

The same fills give the same position in any order of delivery, to the paisa; each order's fills are
an append-only list, so the count applied per order is all that has to be remembered.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.ids import Kind, derived_id
from shared_utils.domain.instruments import Contract, Side
from shared_utils.domain.orders import Fill, Order


class PositionStatus(StrEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """`net_quantity` is signed units (short is negative); `average_price` is of the open part.

    `realised_pnl` is gross rupees; `charges` are the dated charges of all fills, and not
    `charges_known` when a rate of the day was missing: net is then unknown. `mark_price` and
    `marked_at` are the last price it was valued at, None before that.
    """

    user_id: str
    position_id: str
    position_key: str
    strategy_id: str
    basket_id: str
    client_id: str
    broker_name: BrokerName
    contract: Contract
    net_quantity: int = 0
    average_price: Decimal = Decimal(0)
    buy_quantity: int = 0
    sell_quantity: int = 0
    buy_value: Decimal = Decimal(0)
    sell_value: Decimal = Decimal(0)
    realised_pnl: Decimal = Decimal(0)
    charges: Decimal = Decimal(0)
    charges_known: bool = True
    mark_price: Decimal | None = None
    marked_at: datetime | None = None
    applied_fills: dict[str, int] = field(default_factory=dict)
    opened_at: datetime
    updated_at: datetime
    version: int = 0

    @property
    def status(self) -> PositionStatus:
        return PositionStatus.CLOSED if self.net_quantity == 0 else PositionStatus.OPEN

    @property
    def net_pnl(self) -> Decimal | None:
        """Realised and unrealised, less charges; None while any of them is unknown."""
        if self.unrealised_pnl is None or not self.charges_known:
            return None
        return self.realised_pnl + self.unrealised_pnl - self.charges

    @property
    def unrealised_pnl(self) -> Decimal | None:
        """None without a mark: an unknown profit is never shown as zero."""
        if self.net_quantity == 0:
            return Decimal(0)
        if self.mark_price is None:
            return None
        return (self.mark_price - self.average_price) * self.net_quantity


def position_key(
    strategy_id: str, contract: Contract, client_id: str, broker_name: BrokerName
) -> str:
    """`strategy_id:symbol:expiry:strike:type`, and the account, since it is per broker.

    What an account's allocation trades on paper is another position than what it trades for real.
    """
    account = f"{client_id}~paper" if broker_name is BrokerName.PAPER else client_id
    return ":".join(
        (
            strategy_id,
            contract.underlying,
            contract.expiry.isoformat(),
            str(contract.strike),
            contract.option_type,
            account,
        )
    )


def key_of(order: Order) -> str:
    return position_key(order.strategy_id, order.contract, order.client_id, order.broker_name)


def new_position(order: Order) -> Position:
    """The flat position that the order's first fill is applied to."""
    key = key_of(order)
    return Position(
        user_id=order.user_id,
        position_id=derived_id(Kind.POSITION, order.user_id, key),
        position_key=key,
        strategy_id=order.strategy_id,
        basket_id=order.basket_id,
        client_id=order.client_id,
        broker_name=order.broker_name,
        contract=order.contract,
        opened_at=order.fills[0].at,
        updated_at=order.fills[0].at,
    )


def apply_fill(position: Position, side: Side, fill: Fill, charges: Decimal | None) -> Position:
    """Average cost while the position grows, realised profit while it shrinks, both on a flip.

    `charges` None: the day's rates are not known.
    """
    signed = fill.quantity if side is Side.BUY else -fill.quantity
    before = position.net_quantity
    after = before + signed
    grows = before == 0 or (before > 0) == (signed > 0)
    average, realised = position.average_price, position.realised_pnl
    if grows:
        cost = position.average_price * abs(before) + fill.price * fill.quantity
        average = cost / abs(after)
    else:
        closed = min(abs(before), fill.quantity)
        direction = 1 if before > 0 else -1
        realised += (fill.price - position.average_price) * closed * direction
        if after == 0:
            average = Decimal(0)
        elif (after > 0) != (before > 0):
            average = fill.price
    value = fill.price * fill.quantity
    bought = side is Side.BUY
    return replace(
        position,
        net_quantity=after,
        average_price=average,
        realised_pnl=realised,
        charges=position.charges + (charges or 0),
        charges_known=position.charges_known and charges is not None,
        mark_price=fill.price,
        marked_at=fill.at,
        updated_at=max(position.updated_at, fill.at),
        buy_quantity=position.buy_quantity + (fill.quantity if bought else 0),
        sell_quantity=position.sell_quantity + (0 if bought else fill.quantity),
        buy_value=position.buy_value + (value if bought else 0),
        sell_value=position.sell_value + (0 if bought else value),
    )


def fills_to_apply(position: Position, order: Order) -> tuple[Fill, ...]:
    """The order's fills that this position has not counted yet."""
    return order.fills[position.applied_fills.get(order.order_id, 0) :]
