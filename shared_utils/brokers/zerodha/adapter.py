"""The Broker port over Kite Connect v3."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from shared_utils.brokers.egresses import may_order
from shared_utils.brokers.ports import (
    EGRESS_MISSING,
    ORDER_INVALID,
    BasketMargin,
    BrokerPosition,
    BrokerSession,
    Clock,
    Margins,
    Outcome,
    PlaceOrder,
    Rejected,
    SessionRefused,
)
from shared_utils.brokers.wire import Refused, Send, WireError
from shared_utils.brokers.zerodha import mapping, quotes
from shared_utils.brokers.zerodha.fields import Unreadable
from shared_utils.brokers.zerodha.outcomes import CHANGE_REFUSALS, PLACE_REFUSALS, outcome_of
from shared_utils.brokers.zerodha.transport import KiteTransport, segment
from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.errors import BrokerUnavailable, Unavailable
from shared_utils.domain.instruments import Exchange, Quote
from shared_utils.domain.orders import BrokerReport
from shared_utils.indian_market_utils.sessions import ist_date
from shared_utils.indian_market_utils.symbols import SEGMENT_OF, InstrumentMaster

_ORDERS = f"/orders/{mapping.REGULAR}"


class ZerodhaBroker:
    """One account's session at Kite."""

    name = BrokerName.ZERODHA

    def __init__(self, session: BrokerSession, send: Send, clock: Clock) -> None:
        if session.endpoint is None:
            raise BrokerUnavailable("No address of the broker is configured.")
        self._egress = session.account.egress
        self._clock = clock
        self._kite = KiteTransport(
            send,
            session.endpoint.api,
            f"token {session.api_key}:{session.access_token}",
            clock.sleep,
        )

    def place(self, request: PlaceOrder) -> Outcome:
        try:
            form = mapping.place_form(request)
        except ValueError as problem:
            return Rejected(ORDER_INVALID, str(problem))
        return self._change(lambda: self._kite.write("POST", _ORDERS, form), PLACE_REFUSALS)

    def modify(
        self,
        broker_order_id: str,
        *,
        quantity: int,
        price: Decimal,
        trigger_price: Decimal | None,
    ) -> Outcome:
        form = mapping.modify_form(quantity, price, trigger_price)
        path = f"{_ORDERS}/{segment(broker_order_id)}"
        return self._change(lambda: self._kite.write("PUT", path, form), CHANGE_REFUSALS)

    def cancel(self, broker_order_id: str) -> Outcome:
        path = f"{_ORDERS}/{segment(broker_order_id)}"
        return self._change(lambda: self._kite.write("DELETE", path), CHANGE_REFUSALS)

    def order_book(self) -> tuple[BrokerReport, ...]:
        with _reading("order book"):
            orders = self._kite.read("/orders")
            # Read after the orders: a trade may be missing for an order, never the reverse.
            trades = self._kite.read("/trades")
            return mapping.reports_of(orders, trades)

    def order_history(self, broker_order_id: str) -> tuple[BrokerReport, ...]:
        path = f"/orders/{segment(broker_order_id)}"
        with _reading("order history"):
            steps = self._kite.read(path)
            return mapping.history_of(steps, self._kite.read(f"{path}/trades"))

    def positions(self) -> tuple[BrokerPosition, ...]:
        with _reading("positions"):
            return mapping.positions_of(self._kite.read("/portfolio/positions"))

    def margins(self) -> Margins:
        with _reading("margins"):
            return mapping.margins_of(self._kite.read("/user/margins"))

    def basket_margin(self, requests: Sequence[PlaceOrder]) -> BasketMargin:
        question = [mapping.margin_question(request) for request in requests]
        with _reading("basket margin"):
            answer = self._kite.ask("/margins/basket?consider_positions=true", question)
            return mapping.basket_margin_of(answer)

    def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        asked = {key: symbol for symbol in symbols if (key := quotes.wire_key(symbol))}
        keys = list(asked)
        found: dict[str, Quote] = {}
        with _reading("quotes"):
            for start in range(0, len(keys), quotes.QUOTES_PER_CALL):
                batch = keys[start : start + quotes.QUOTES_PER_CALL]
                data = self._kite.read("/quote", [("i", key) for key in batch])
                found |= quotes.quotes_of(data, {key: asked[key] for key in batch})
        return found

    def instruments(self, exchange: Exchange) -> InstrumentMaster:
        with _reading("instrument master"):
            table = self._kite.table(f"/instruments/{SEGMENT_OF[exchange]}")
            return quotes.master_of(table, exchange, ist_date(self._clock.now()))

    def _change(self, send: Callable[[], Any], refusals: Mapping[str, str]) -> Outcome:
        if not may_order(self._egress):
            why = "This account's orders must leave from its registered address; none is set up."
            return Rejected(EGRESS_MISSING, why)
        return outcome_of(send, refusals)


@contextmanager
def _reading(what: str) -> Iterator[None]:
    """Complete or BrokerUnavailable: nothing in between leaves the adapter."""
    try:
        yield
    except Refused as refused:
        if refused.error_type == "TokenException":
            raise SessionRefused(
                f"The broker does not take this session: {refused.message}"
            ) from refused
        raise BrokerUnavailable(
            f"The broker refused to show the {what}: {refused.message}"
        ) from refused
    except WireError as error:
        raise BrokerUnavailable(f"The broker's {what} could not be read. {error}") from error
    except Unreadable as error:
        raise BrokerUnavailable(
            f"The broker's {what} is not in its documented form: {error}."
        ) from error
    except BrokerUnavailable:
        raise
    except Unavailable as problem:
        raise BrokerUnavailable(problem.message, code=problem.code) from problem
