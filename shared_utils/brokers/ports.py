"""The broker as the platform sees it: one port, the same outcomes from every adapter.

A call that may change an order answers with exactly one of three:

* Accepted   the broker gave an order id; the exchange may still refuse it later
* Rejected   a structured refusal of this very order: it does not exist at the broker
* Unknown    everything else (timeout, reset, 5xx, 429, unreadable answer): it may exist

It is sent once and never raises for a broker's fault. Reads answer completely or raise
BrokerUnavailable: a failed look is never evidence. See docs/broker_outcomes.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from shared_utils.domain.broker_accounts import BrokerAccount, BrokerName
from shared_utils.domain.errors import BrokerUnavailable, Forbidden
from shared_utils.domain.instruments import Contract, Exchange, Quote, Side
from shared_utils.domain.legs import OrderType
from shared_utils.domain.orders import BrokerReport, Product
from shared_utils.indian_market_utils.symbols import InstrumentMaster

# Codes of `Rejected` that the platform itself acts on. All others are `BROKER_<its own word>`.
TOKEN_EXPIRED = "TOKEN_EXPIRED"  # noqa: S105 - the name of a refusal, not a token
MARGIN_SHORT = "MARGIN_SHORT"
NOT_PERMITTED = "NOT_PERMITTED"
ORDER_INVALID = "ORDER_INVALID"
RATE_LIMITED = "RATE_LIMITED"
EGRESS_MISSING = "EGRESS_MISSING"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """One message to a broker. `order_type` is LIMIT or SL (decisions 3), `quantity` in units.

    `reduces_risk` lets it use the share of the message rate that is kept for exits.
    """

    contract: Contract
    side: Side
    quantity: int
    order_type: OrderType
    price: Decimal
    trigger_price: Decimal | None = None
    product: Product = Product.NORMAL
    tag: str
    reduces_risk: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    broker_order_id: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """`reason` is the broker's sentence, for the trader to read."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    reason: str


Outcome = Accepted | Rejected | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerPosition:
    """The broker's own net of one contract today. `symbol` is canonical, short is negative."""

    symbol: str
    exchange: Exchange
    product: Product
    net_quantity: int
    average_price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """Rupees in the account's derivative segment."""

    available: Decimal
    used: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketMargin:
    """Rupees that the orders add to what is blocked, the account's positions considered.

    `initial` while they are being placed (the peak), `final` when all have filled.
    """

    initial: Decimal
    final: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerEndpoint:
    """Where a broker's API and its login page are: settings, so that a laptop has its own."""

    api: str
    login: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerSession:
    """An account opened for calls; exists only in memory. Its repr shows no secret.

    A paper account has neither endpoint nor token.
    """

    account: BrokerAccount
    endpoint: BrokerEndpoint | None = None
    api_key: str = ""
    access_token: str = ""

    def __repr__(self) -> str:
        return f"BrokerSession({self.account.broker_name}, {self.account.client_id})"


class BrokerNotBuilt(Forbidden):
    """A broker that the design names and that has no adapter yet."""

    code = "BROKER_NOT_SUPPORTED"


class SessionRefused(BrokerUnavailable):
    """The broker does not take this session: its owner has to log in again."""

    code = TOKEN_EXPIRED


class Clock(Protocol):
    """What an adapter needs of `shared_utils.clock`: it is passed in."""

    def now(self) -> datetime:
        """Market time, aware UTC."""
        ...

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


class Broker(Protocol):
    """An account at a broker, for the length of one call or one working of its orders."""

    @property
    def name(self) -> BrokerName: ...

    def place(self, request: PlaceOrder) -> Outcome:
        """Sends once, never retries, never raises for a broker's fault."""
        ...

    def modify(
        self,
        broker_order_id: str,
        *,
        quantity: int,
        price: Decimal,
        trigger_price: Decimal | None,
    ) -> Outcome:
        """As `place`. `trigger_price` None makes it (or keeps it) a plain limit."""
        ...

    def cancel(self, broker_order_id: str) -> Outcome:
        """Accepted means: asked. 'Not found' or 'already complete' is Unknown: look it up."""
        ...

    def order_book(self) -> tuple[BrokerReport, ...]:
        """All of today's orders, trades joined in as fills. Raises BrokerUnavailable."""
        ...

    def order_history(self, broker_order_id: str) -> tuple[BrokerReport, ...]:
        """One order's states, oldest first. Raises BrokerUnavailable."""
        ...

    def positions(self) -> tuple[BrokerPosition, ...]:
        """Every net position, flat ones too. Raises BrokerUnavailable."""
        ...

    def margins(self) -> Margins:
        """Raises BrokerUnavailable."""
        ...

    def basket_margin(self, requests: Sequence[PlaceOrder]) -> BasketMargin:
        """Raises BrokerUnavailable."""
        ...

    def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        """By canonical symbol, with or without its exchange (`NFO:…`, `NSE:NIFTY 50`), under the
        very key that was asked; absent where there is no quote. Raises BrokerUnavailable.
        """
        ...

    def instruments(self, exchange: Exchange) -> InstrumentMaster:
        """The index options listed today. Raises BrokerUnavailable."""
        ...
