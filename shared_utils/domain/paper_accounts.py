"""A paper account: its cash, its orders, its positions. Traded by `brokers/paper`, kept by
`storage/paper_books.py`; the two rooms meet here.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from shared_utils.domain.instruments import Contract, Side
from shared_utils.domain.legs import OrderType
from shared_utils.domain.orders import Fill, OrderState, Product


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperOrder:
    """An order in the paper book. `state` is OPEN, FILLED, CANCELLED or REJECTED.

    `triggered` is True for a LIMIT and, once its trigger was touched, for an SL.
    """

    broker_order_id: str
    tag: str
    contract: Contract
    side: Side
    quantity: int
    order_type: OrderType
    price: Decimal
    trigger_price: Decimal | None
    product: Product
    state: OrderState
    triggered: bool
    fills: tuple[Fill, ...] = ()
    reason: str | None = None
    placed_at: datetime
    updated_at: datetime

    @property
    def filled_quantity(self) -> int:
        return sum(fill.quantity for fill in self.fills)

    @property
    def open_quantity(self) -> int:
        return self.quantity - self.filled_quantity if self.state is OrderState.OPEN else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperPosition:
    """Net of one contract and product; short is negative. `realised_pnl` is gross rupees."""

    contract: Contract
    product: Product
    net_quantity: int
    average_price: Decimal
    realised_pnl: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperState:
    """One paper account: its cash, today's orders, its positions. `version` counts its writes.

    `taken` holds, by symbol, how much of each side of the quote of which moment is used up already,
    so that looking twice at one quote does not fill twice from it:
    `{"NIFTY26D0126000CE:SELL": "2026-11-25T04:15:00+00:00|130"}`.
    """

    account: str
    capital: Decimal
    trading_day: date
    orders: tuple[PaperOrder, ...] = ()
    positions: tuple[PaperPosition, ...] = ()
    taken: dict[str, str] = field(default_factory=dict)
    version: int = 0
