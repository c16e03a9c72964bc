"""Never more than ten order messages a second (decisions 5): counted here before the broker does.

    window of one second:  [ entries may use 7 ][ 2 kept for exits ]  = 9; the tenth is never sent

Place, modify and cancel count together. The exchanges' rule is per account and exchange, Kite's per
account over both; we count per account over both, which keeps either.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from shared_utils.brokers.ports import (
    RATE_LIMITED,
    BasketMargin,
    Broker,
    BrokerPosition,
    Clock,
    Margins,
    Outcome,
    PlaceOrder,
    Rejected,
)
from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.instruments import Exchange, Quote
from shared_utils.domain.orders import BrokerReport
from shared_utils.indian_market_utils.symbols import InstrumentMaster

WINDOW_S = 1.0
# Two clocks tick at different moments: the broker's second is not ours.
_MARGIN_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRate:
    """Messages in any window of one second. `patience_s`: how long a message waits for its turn."""

    most: int = 9
    kept_for_exits: int = 2
    patience_s: float = 5.0


class OrderRates:
    """The last second of every account, for this process. One process works an account at a time:
    its messages are in one FIFO group.
    """

    def __init__(self, clock: Clock, rate: MessageRate | None = None) -> None:
        self._clock = clock
        self._rate = rate or MessageRate()
        self._sent: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def take_turn(self, account: str, *, reduces_risk: bool) -> bool:
        """Wait for a free place in the window and take it; False when patience ends first."""
        gives_up_at = self._clock.monotonic() + self._rate.patience_s
        while True:
            wait_s = self._try(account, reduces_risk=reduces_risk)
            if wait_s <= 0:
                return True
            if self._clock.monotonic() + wait_s > gives_up_at:
                return False
            self._clock.sleep(wait_s)

    def _try(self, account: str, *, reduces_risk: bool) -> float:
        """0 when the place was taken, else the seconds until one may be free."""
        may_use = self._rate.most - (0 if reduces_risk else self._rate.kept_for_exits)
        with self._lock:
            now = self._clock.monotonic()
            sent = self._sent.setdefault(account, deque())
            while sent and now - sent[0] >= WINDOW_S + _MARGIN_S:
                sent.popleft()
            if len(sent) < may_use:
                sent.append(now)
                return 0.0
            frees = sent[len(sent) - may_use]
            return max(frees + WINDOW_S + _MARGIN_S - now, 0.001)


class RateLimitedBroker:
    """Any broker, its order messages in turn. What gets no turn is refused and was never sent."""

    def __init__(self, broker: Broker, account: str, rates: OrderRates) -> None:
        self._broker = broker
        self._account = account
        self._rates = rates

    @property
    def name(self) -> BrokerName:
        return self._broker.name

    def place(self, request: PlaceOrder) -> Outcome:
        return self._in_turn(lambda: self._broker.place(request), request.reduces_risk)

    def modify(
        self, broker_order_id: str, *, quantity: int, price: Decimal, trigger_price: Decimal | None
    ) -> Outcome:
        return self._in_turn(
            lambda: self._broker.modify(
                broker_order_id, quantity=quantity, price=price, trigger_price=trigger_price
            ),
            reduces_risk=True,
        )

    def cancel(self, broker_order_id: str) -> Outcome:
        return self._in_turn(lambda: self._broker.cancel(broker_order_id), reduces_risk=True)

    def order_book(self) -> tuple[BrokerReport, ...]:
        return self._broker.order_book()

    def order_history(self, broker_order_id: str) -> tuple[BrokerReport, ...]:
        return self._broker.order_history(broker_order_id)

    def positions(self) -> tuple[BrokerPosition, ...]:
        return self._broker.positions()

    def margins(self) -> Margins:
        return self._broker.margins()

    def basket_margin(self, requests: Sequence[PlaceOrder]) -> BasketMargin:
        return self._broker.basket_margin(requests)

    def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        return self._broker.quotes(symbols)

    def instruments(self, exchange: Exchange) -> InstrumentMaster:
        return self._broker.instruments(exchange)

    def _in_turn(self, send: Callable[[], Outcome], reduces_risk: bool) -> Outcome:
        if not self._rates.take_turn(self._account, reduces_risk=reduces_risk):
            why = "The account's message rate left no room for this one; it was not sent."
            return Rejected(RATE_LIMITED, why)
        return send()
