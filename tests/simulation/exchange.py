"""The far side: brokers and the exchange behind them, with everything that goes wrong there.

Nothing here knows our rows. It checks the two things only the far side can see: that no intent has
two live orders, and that no short is sent before its hedge is filled.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from shared_utils.brokers.ports import (
    Accepted,
    BasketMargin,
    BrokerPosition,
    Margins,
    Outcome,
    PlaceOrder,
    Rejected,
    Unknown,
)
from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.errors import BrokerUnavailable
from shared_utils.domain.instruments import Exchange, Side
from shared_utils.domain.orders import BrokerReport, Fill, OrderState, Product
from tests.simulation.hub import Hub
from tests.simulation.profiles import Profile

READ_TIMEOUT_S = 7.0


@dataclass
class FarOrder:
    """An order as the broker holds it. `visible_from`: when its order book shows it."""

    number: str
    account: str
    request: PlaceOrder
    visible_from: float
    state: OrderState = OrderState.OPEN
    fills: list[tuple[float, Fill]] = field(default_factory=list)

    @property
    def filled(self) -> int:
        return sum(fill.quantity for _, fill in self.fills)

    @property
    def is_live(self) -> bool:
        return self.state is OrderState.OPEN


class FarSide:
    """All accounts' orders at all brokers."""

    def __init__(self, hub: Hub, profile: Profile) -> None:
        self.hub = hub
        self.profile = profile
        self.orders: list[FarOrder] = []
        self.violations: list[str] = []
        self.outages: dict[str, list[tuple[float, float]]] = {}
        self.calm = False
        self._numbers = itertools.count(1)

    def chance(self, probability: float) -> bool:
        return not self.calm and self.hub.rng.random() < probability

    def is_down(self, account: str) -> bool:
        if self.calm:
            return False
        return any(start <= self.hub.at < end for start, end in self.outages.get(account, ()))

    def take(self, account: str, request: PlaceOrder, *, delay: float = 0.0) -> str:
        """The broker accepts: now, or after `delay` seconds on the way."""
        number = f"{account}-{next(self._numbers)}"
        order = FarOrder(number, account, request, visible_from=0.0)
        lag = self.hub.rng.uniform(0, self.profile.book_lag_s) if not self.calm else 0.0

        def arrive() -> None:
            order.visible_from = self.hub.at + lag
            self.orders.append(order)
            self._check(order)
            self._live(order)

        if delay > 0:
            self.hub.call_in(delay, arrive)
        else:
            arrive()
        return number

    def cancel(self, order: FarOrder) -> None:
        if order.is_live:
            order.state = OrderState.CANCELLED

    def net(self, account: str, symbol: str) -> int:
        total = 0
        for order in self.orders:
            if order.account == account and order.request.contract.symbol == symbol:
                total += order.filled if order.request.side is Side.BUY else -order.filled
        return total

    def _live(self, order: FarOrder) -> None:
        rng, profile = self.hub.rng, self.profile
        if self.chance(profile.rms_rejects):
            self.hub.call_in(rng.uniform(0.2, 3.0), lambda: self._end(order, OrderState.REJECTED))
            return
        if self.chance(profile.never_fills):
            return
        pieces = rng.randint(2, 3) if self.chance(profile.partial) else 1
        lot = order.request.contract.lot_size
        lots, at = order.request.quantity // lot, 0.0
        pieces = min(pieces, lots)
        for piece in range(pieces):
            share = lots // (pieces - piece)
            lots -= share
            at += rng.expovariate(1 / profile.fill_s) if not self.calm else 0.05
            self.hub.call_in(at, lambda q=share * lot: self._fill(order, q))  # type: ignore[misc]  # the default binds the loop's value

    def _fill(self, order: FarOrder, quantity: int) -> None:
        # A fill may cross a cancel that was asked a moment ago; then the exchange's word wins.
        crossed = order.state is OrderState.CANCELLED and self.chance(self.profile.fill_crosses)
        if not order.is_live and not crossed:
            return
        quantity = min(quantity, order.request.quantity - order.filled)
        if quantity <= 0:
            return
        trade = f"{order.number}/{len(order.fills) + 1}"
        at = self.hub.now()
        fill = Fill(trade_id=trade, quantity=quantity, price=order.request.price, at=at)
        lag = self.hub.rng.uniform(0, self.profile.trade_lag_s) if not self.calm else 0.0
        order.fills.append((self.hub.at + lag, fill))
        if order.filled >= order.request.quantity:
            order.state = OrderState.FILLED

    def _end(self, order: FarOrder, state: OrderState) -> None:
        if order.is_live:
            order.state = state

    def _check(self, order: FarOrder) -> None:
        same = [o for o in self.orders if o.request.tag == order.request.tag]
        if len(same) > 1:
            self.violations.append(f"duplicate: tag {order.request.tag} on {order.account}")
        if order.request.side is Side.SELL and not self._is_covered(order):
            self.violations.append(f"naked short: {order.number} at {self.hub.at:.1f}")

    def _is_covered(self, order: FarOrder) -> bool:
        """Longs that are filled must cover all shorts, filled or working, of the same type."""
        kind = order.request.contract.option_type
        bought = sold = 0
        for other in self.orders:
            if other.account != order.account or other.request.contract.option_type is not kind:
                continue
            if other.request.side is Side.BUY:
                bought += other.filled
            else:
                working = other.request.quantity if other.is_live else other.filled
                sold += working
        return bought >= sold


class SimBroker:
    """The broker port of one account, failing as the profile says."""

    name = BrokerName.ZERODHA

    def __init__(self, far: FarSide, account: str, die: Callable[[float], None]) -> None:
        self.far = far
        self.account = account
        self._die = die

    def place(self, request: PlaceOrder) -> Outcome:
        far, hub, profile = self.far, self.far.hub, self.far.profile
        self._die(profile.dies_at_io)
        if far.is_down(self.account):
            return self._placed_in_outage(request)
        hub.sleep(hub.rng.uniform(0.05, 0.2))
        if far.chance(profile.refused):
            return Rejected("MARGIN_SHORT", "Insufficient funds.")
        if far.chance(profile.lost_request):
            hub.sleep(READ_TIMEOUT_S)
            return Unknown("read timed out")
        if far.chance(profile.late_accept):
            far.take(self.account, request, delay=hub.rng.uniform(2, profile.latest_accept_s))
            hub.sleep(READ_TIMEOUT_S)
            return Unknown("read timed out")
        number = far.take(self.account, request)
        self._die(profile.dies_at_io)
        if far.chance(profile.lost_reply):
            hub.sleep(READ_TIMEOUT_S)
            return Unknown("read timed out")
        if far.chance(profile.empty_reply):
            return Unknown("the answer was empty")
        return Accepted(number)

    def _placed_in_outage(self, request: PlaceOrder) -> Outcome:
        hub = self.far.hub
        if hub.rng.random() < 0.3:
            self.far.take(self.account, request)
        hub.sleep(hub.rng.choice([0.1, READ_TIMEOUT_S]))
        return Unknown("502 Bad Gateway")

    def cancel(self, broker_order_id: str) -> Outcome:
        far, hub = self.far, self.far.hub
        self._die(far.profile.dies_at_io)
        if far.is_down(self.account) or far.chance(far.profile.cancel_lost):
            hub.sleep(READ_TIMEOUT_S)
            return Unknown("read timed out")
        hub.sleep(hub.rng.uniform(0.05, 0.2))
        for order in far.orders:
            if order.number == broker_order_id:
                far.cancel(order)
                return Accepted(broker_order_id)
        return Unknown("not found")

    def order_book(self) -> tuple[BrokerReport, ...]:
        far, hub = self.far, self.far.hub
        asked_at = hub.at
        hub.sleep(hub.rng.uniform(0.02, 0.15))
        if far.is_down(self.account) or far.chance(far.profile.book_fails):
            raise BrokerUnavailable("The order book could not be read.")
        return tuple(
            self._report(order, asked_at)
            for order in far.orders
            if order.account == self.account and order.visible_from <= asked_at
        )

    def positions(self) -> tuple[BrokerPosition, ...]:
        if self.far.is_down(self.account) or self.far.chance(self.far.profile.book_fails):
            raise BrokerUnavailable("The positions could not be read.")
        symbols = {
            order.request.contract.symbol
            for order in self.far.orders
            if order.account == self.account
        }
        return tuple(
            BrokerPosition(
                symbol=symbol,
                exchange=Exchange.NSE,
                product=Product.NORMAL,
                net_quantity=self.far.net(self.account, symbol),
                average_price=Decimal(0),
            )
            for symbol in sorted(symbols)
        )

    def margins(self) -> Margins:
        return Margins(available=Decimal(10_000_000), used=Decimal(0))

    def basket_margin(self, requests: object) -> BasketMargin:
        return BasketMargin(initial=Decimal(100_000), final=Decimal(80_000))

    def _report(self, order: FarOrder, asked_at: float) -> BrokerReport:
        shown = tuple(fill for visible_from, fill in order.fills if visible_from <= asked_at)
        return BrokerReport(
            broker_order_id=order.number,
            tag=order.request.tag,
            symbol=order.request.contract.symbol,
            side=order.request.side,
            quantity=order.request.quantity,
            state=order.state,
            filled_quantity=order.filled,
            average_price=order.request.price if order.fills else None,
            fills=shown,
            reason="RMS: rule check failed" if order.state is OrderState.REJECTED else None,
            at=self.far.hub.now(),
        )
