"""The far side: brokers and the exchange behind them, with everything that goes wrong there.

Nothing here knows our rows. It checks what only the far side can see, at every order and fill: no
tag comes twice, no short is there before its hedge is filled, no account ever holds more of a leg
than was first asked for or goes through zero, and no entry comes after its switch was thrown.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
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
    cancelled_at: float = 0.0
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
        self.logged_out: dict[str, tuple[float, float]] = {}
        self.switched_off: dict[str, float] = {}
        self.entries_until = float("inf")
        self.calm = False
        self._wanted: dict[tuple[str, str], int] = {}
        self._numbers = itertools.count(1)

    def chance(self, probability: float) -> bool:
        return not self.calm and self.hub.rng.random() < probability

    def is_down(self, account: str) -> bool:
        if self.calm:
            return False
        return any(start <= self.hub.at < end for start, end in self.outages.get(account, ()))

    def has_session(self, account: str) -> bool:
        start, end = self.logged_out.get(account, (0.0, 0.0))
        return self.calm or not start <= self.hub.at < end

    def may_enter(self, account: str) -> bool:
        """The account's own switch; nothing but the owner turns it."""
        return self.hub.at < self.switched_off.get(account, float("inf"))

    def asked(self, account: str, request: PlaceOrder) -> None:
        """An order leaves our process now."""
        self.hub.trace(f"place {account} {request.tag}")
        if not request.reduces_risk and not self.may_enter(account):
            self.violations.append(f"switched off: an entry left for {account} all the same")
        if not request.reduces_risk and self.hub.at >= self.entries_until:
            self.violations.append(f"late: an entry left for {account} at {self.hub.at:.1f}")

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
            order.cancelled_at = self.hub.at

    def net(self, account: str, symbol: str, *, at: float | None = None) -> int:
        """What the account holds of the contract, now or as of `at`."""
        moment = self.hub.now() if at is None else self.hub.start + timedelta(seconds=at)
        total = 0
        for order in self.orders:
            if order.account == account and order.request.contract.symbol == symbol:
                filled = sum(fill.quantity for _, fill in order.fills if fill.at <= moment)
                total += filled if order.request.side is Side.BUY else -filled
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
        if not order.is_live and not self._crosses(order):
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
        self.hub.trace(f"fill {trade} {quantity}")
        self._check_holding(order)

    def _crosses(self, order: FarOrder) -> bool:
        just_now = self.hub.at <= order.cancelled_at + self.profile.crosses_within_s
        cancelled = order.state is OrderState.CANCELLED
        return cancelled and just_now and self.chance(self.profile.fill_crosses)

    def _end(self, order: FarOrder, state: OrderState) -> None:
        if order.is_live:
            order.state = state

    def _check(self, order: FarOrder) -> None:
        request = order.request
        if not request.reduces_risk:
            signed = request.quantity if request.side is Side.BUY else -request.quantity
            self._wanted.setdefault((order.account, request.contract.symbol), signed)
        same = [o for o in self.orders if o.request.tag == order.request.tag]
        if len(same) > 1:
            self.violations.append(f"duplicate: tag {order.request.tag} on {order.account}")
        if order.request.side is Side.SELL and not self._is_covered(order):
            self.violations.append(f"naked short: {order.number} at {self.hub.at:.1f}")

    def _check_holding(self, order: FarOrder) -> None:
        """Between nothing and what the first opening order of the contract asked for."""
        symbol = order.request.contract.symbol
        wanted = self._wanted.get((order.account, symbol), 0)
        net = self.net(order.account, symbol)
        if not min(0, wanted) <= net <= max(0, wanted):
            said = f"holds {net} of {symbol} where {wanted} were wanted"
            self.violations.append(f"overdone: {order.account} {said}")

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

    def __init__(self, far: FarSide, account: str, io: Callable[[], None]) -> None:
        self.far = far
        self.account = account
        self._io = io

    def place(self, request: PlaceOrder) -> Outcome:
        far = self.far
        self._io()
        far.asked(self.account, request)
        if far.is_down(self.account):
            return self._placed_in_outage(request)
        return self._placed(request)

    def _placed(self, request: PlaceOrder) -> Outcome:
        far, hub, profile = self.far, self.far.hub, self.far.profile
        hub.sleep(hub.rng.uniform(0.05, 0.2))
        if far.chance(profile.refused):
            return Rejected("MARGIN_SHORT", "Insufficient funds.")
        if far.chance(profile.lost_request):
            hub.sleep(READ_TIMEOUT_S)
            return Unknown("read timed out")
        delay = self._late_by(request)
        if delay:
            far.take(self.account, request, delay=delay)
            hub.sleep(READ_TIMEOUT_S)
            return Unknown("read timed out")
        number = far.take(self.account, request)
        self._io()
        if far.chance(profile.lost_reply):
            hub.sleep(READ_TIMEOUT_S)
            return Unknown("read timed out")
        if far.chance(profile.empty_reply):
            return Unknown("the answer was empty")
        return Accepted(number)

    def _late_by(self, request: PlaceOrder) -> float:
        far, profile = self.far, self.far.profile
        opens_long = request.side is Side.BUY and not request.reduces_risk
        if opens_long and far.chance(profile.late_hedge):
            return far.hub.rng.uniform(2, profile.latest_hedge_s)
        if far.chance(profile.late_accept):
            return far.hub.rng.uniform(2, profile.latest_accept_s)
        return 0.0

    def _placed_in_outage(self, request: PlaceOrder) -> Outcome:
        hub = self.far.hub
        if hub.rng.random() < 0.3:
            self.far.take(self.account, request)
        hub.sleep(hub.rng.choice([0.1, READ_TIMEOUT_S]))
        return Unknown("502 Bad Gateway")

    def cancel(self, broker_order_id: str) -> Outcome:
        far, hub = self.far, self.far.hub
        self._io()
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
        self._io()
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
        """As of a moment ago: a broker's positions follow its trades."""
        self._io()
        lag = 0.0 if self.far.calm else self.far.hub.rng.uniform(0, self.far.profile.position_lag_s)
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
                net_quantity=self.far.net(self.account, symbol, at=self.far.hub.at - lag),
                average_price=Decimal(0),
            )
            for symbol in sorted(symbols)
        )

    def margins(self) -> Margins:
        return Margins(available=Decimal(10_000_000), used=Decimal(0))

    def basket_margin(self, _: object) -> BasketMargin:
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
