"""The paper broker: the Broker port on the market's real quotes, with a book of its own.

It trades when somebody looks: placing, reading the book or the positions lets the working orders
meet the quotes of that moment. Ids follow from the order's tag, so nothing here is drawn by lot.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from shared_utils.brokers.paper.funds import (
    PaperMoment,
    margin_of,
    must_settle,
    opening_quantity,
    settled,
    used_of,
    worth_of,
)
from shared_utils.brokers.paper.matching import match_all
from shared_utils.brokers.paper.order_rules import price_refusal, quantity_refusal, refusal_of
from shared_utils.brokers.paper.ports import PaperBook, PaperMarket
from shared_utils.brokers.paper.reports import (
    new_order,
    order_id_of,
    position_of,
    report_of,
    with_order,
    working_symbols,
)
from shared_utils.brokers.ports import (
    MARGIN_SHORT,
    Accepted,
    BasketMargin,
    BrokerPosition,
    Clock,
    Margins,
    Outcome,
    PlaceOrder,
    Rejected,
    Unknown,
)
from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.errors import (
    BrokerUnavailable,
    MarketDataUnavailable,
    Unavailable,
    VersionMoved,
)
from shared_utils.domain.instruments import Exchange, Quote, Underlying
from shared_utils.domain.legs import OrderType
from shared_utils.domain.orders import BrokerReport, OrderState
from shared_utils.domain.paper_accounts import PaperOrder, PaperState
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.sessions import is_open, ist_date
from shared_utils.indian_market_utils.symbols import InstrumentMaster

logger = logging.getLogger(__name__)

AnswerT = TypeVar("AnswerT")
Decision = Callable[[PaperState], tuple[PaperState, AnswerT]]

_TRIES = 5
_OLDEST_QUOTE_S = 30.0


class PaperBroker:
    """One paper account. `capital` is what it starts with, in rupees."""

    name = BrokerName.PAPER

    def __init__(
        self,
        account: str,
        capital: Decimal,
        *,
        book: PaperBook,
        market: PaperMarket,
        clock: Clock,
        facts: MarketFacts,
    ) -> None:
        """`account` is `<user_id>#<client_id>`."""
        self._account = account
        self._capital = capital
        self._book = book
        self._market = market
        self._clock = clock
        self._facts = facts

    def place(self, request: PlaceOrder) -> Outcome:
        return self._ordered(lambda state: self._placed(state, request))

    def modify(
        self,
        broker_order_id: str,
        *,
        quantity: int,
        price: Decimal,
        trigger_price: Decimal | None,
    ) -> Outcome:
        def change(state: PaperState) -> tuple[PaperState, Outcome]:
            order = _working(state, broker_order_id)
            if order is None:
                return state, _not_working()
            changed = replace(
                order,
                quantity=quantity,
                price=price,
                trigger_price=trigger_price,
                order_type=OrderType.LIMIT if trigger_price is None else OrderType.SL,
                triggered=trigger_price is None or order.triggered,
                updated_at=self._clock.now(),
            )
            refusal = self._change_refusal(order, changed)
            return (state, refusal) if refusal else self._traded(with_order(state, changed), order)

        return self._ordered(change)

    def cancel(self, broker_order_id: str) -> Outcome:
        def change(state: PaperState) -> tuple[PaperState, Outcome]:
            order = _working(state, broker_order_id)
            if order is None:
                return state, _not_working()
            ended = replace(order, state=OrderState.CANCELLED, updated_at=self._clock.now())
            return with_order(state, ended), Accepted(broker_order_id)

        return self._ordered(change)

    def order_book(self) -> tuple[BrokerReport, ...]:
        return tuple(report_of(order) for order in self._look().orders)

    def order_history(self, broker_order_id: str) -> tuple[BrokerReport, ...]:
        """Its state now: the paper book keeps no steps."""
        found = [each for each in self._look().orders if each.broker_order_id == broker_order_id]
        if not found:
            raise BrokerUnavailable("The paper book holds no such order today.")
        return tuple(report_of(order) for order in found)

    def positions(self) -> tuple[BrokerPosition, ...]:
        return tuple(position_of(position) for position in self._look().positions)

    def margins(self) -> Margins:
        state = self._look()
        with _pricing():
            used = used_of(state, self._moment(state, ()))
        return Margins(available=worth_of(state) - used, used=used)

    def basket_margin(self, requests: Sequence[PlaceOrder]) -> BasketMargin:
        state = self._look()
        with _pricing():
            estimate = margin_of(state, requests, self._moment(state, requests))
        return BasketMargin(initial=estimate.peak, final=estimate.final)

    def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        with _pricing():
            return self._market.quotes(symbols)

    def instruments(self, exchange: Exchange) -> InstrumentMaster:
        with _pricing():
            return self._market.master(exchange)

    def _placed(self, state: PaperState, request: PlaceOrder) -> tuple[PaperState, Outcome]:
        order_id = order_id_of(request.tag)
        if any(each.broker_order_id == order_id for each in state.orders):
            return state, Accepted(order_id)
        try:
            refusal = self._refusal(state, request)
        except Unavailable as problem:
            # Nothing is in the book yet, so this is certain.
            return state, Rejected(problem.code, problem.message)
        if refusal is not None:
            return state, refusal
        order = new_order(request, self._clock.now())
        return self._traded(replace(state, orders=(*state.orders, order)), order)

    def _refusal(self, state: PaperState, request: PlaceOrder) -> Rejected | None:
        now, symbol = self._clock.now(), request.contract.symbol
        quote = self._market.quotes([symbol]).get(symbol)
        if quote is None:
            raise MarketDataUnavailable(f"{symbol} is not quoted.")
        refusal = refusal_of(request, quote, self._facts, now)
        opens = opening_quantity(state, request)
        if refusal is not None or opens <= 0:
            return refusal
        moment = self._moment(state, (request,))
        needed = margin_of(state, (replace(request, quantity=opens),), moment).peak
        free = worth_of(state) - used_of(state, moment)
        if needed > free:
            return Rejected(MARGIN_SHORT, f"Margin of {needed} is needed and {free} is free.")
        return None

    def _change_refusal(self, order: PaperOrder, changed: PaperOrder) -> Outcome | None:
        now, symbol = self._clock.now(), order.contract.symbol
        if changed.quantity <= order.filled_quantity:
            return Unknown("More than that has been filled already.")
        try:
            quote = self._market.quotes([symbol]).get(symbol)
            if quote is None:
                raise MarketDataUnavailable(f"{symbol} is not quoted.")
            return quantity_refusal(
                order.contract, changed.quantity, self._facts, now
            ) or price_refusal(
                order.contract,
                changed.price,
                changed.trigger_price,
                quote,
                facts=self._facts,
                at=now,
            )
        except Unavailable as problem:
            return Rejected(problem.code, problem.message)

    def _traded(self, state: PaperState, order: PaperOrder) -> tuple[PaperState, Outcome]:
        return self._matched(state), Accepted(order.broker_order_id)

    def _matched(self, state: PaperState) -> PaperState:
        """The working orders meet the quotes of now; without quotes they keep waiting."""
        symbols = working_symbols(state)
        now = self._clock.now()
        try:
            quotes = self._market.quotes(symbols) if symbols else {}
            fresh = {
                symbol: quote
                for symbol, quote in quotes.items()
                if quote.age_s(now) <= _OLDEST_QUOTE_S and self._is_open(state, symbol)
            }
        except Unavailable as problem:
            logger.warning("paper orders wait for quotes", extra={"problem_code": problem.code})
            return state
        return match_all(state, fresh, now)

    def _is_open(self, state: PaperState, symbol: str) -> bool:
        contract = next(e.contract for e in state.orders if e.contract.symbol == symbol)
        return is_open(self._facts, contract.exchange, self._clock.now())

    def _look(self) -> PaperState:
        def change(state: PaperState) -> tuple[PaperState, PaperState]:
            after = self._matched(state)
            return after, after

        try:
            return self._change(change)
        except BrokerUnavailable:
            raise
        except (Unavailable, VersionMoved) as problem:
            raise BrokerUnavailable(f"The paper book is not read. {problem.message}") from problem

    def _ordered(self, decide: Decision[Outcome]) -> Outcome:
        try:
            return self._change(decide)
        except (Unavailable, VersionMoved) as problem:
            return Unknown(problem.message)

    def _change(self, decide: Decision[AnswerT]) -> AnswerT:
        """What `decide` makes of the account, written if it changed; decided again on the row as
        it is when somebody else wrote meanwhile.
        """
        for _ in range(_TRIES):
            stored = self._book.load(self._account)
            state = self._on_its_day(stored)
            after, answer = decide(state)
            if after == stored or (stored is None and after == state):
                return answer
            try:
                self._book.save(self._account, after, stored.version if stored else 0)
            except VersionMoved:
                continue
            return answer
        raise VersionMoved("The paper account changes faster than it can be worked.")

    def _on_its_day(self, stored: PaperState | None) -> PaperState:
        now = self._clock.now()
        if stored is None:
            return PaperState(
                account=self._account, capital=self._capital, trading_day=ist_date(now)
            )
        if stored.trading_day == ist_date(now):
            return stored
        return settled(stored, now, self._spots(must_settle(stored.positions, now)))

    def _moment(self, state: PaperState, requests: Iterable[PlaceOrder]) -> PaperMoment:
        contracts = [each.contract for each in state.positions if each.net_quantity != 0]
        held = [contract.symbol for contract in contracts]
        contracts += [order.contract for order in state.orders]
        contracts += [request.contract for request in requests]
        quotes = self._market.quotes(held) if held else {}
        marks = {symbol: quote.mid or quote.last_price for symbol, quote in quotes.items()}
        return PaperMoment(
            facts=self._facts,
            at=self._clock.now(),
            spots=self._spots({contract.underlying for contract in contracts}),
            premiums={symbol: mark for symbol, mark in marks.items() if mark is not None},
        )

    def _spots(self, underlyings: Iterable[Underlying]) -> dict[Underlying, Decimal]:
        spots = {}
        for underlying in underlyings:
            last = self._market.spot(underlying).last_price
            if last is None:
                raise MarketDataUnavailable(f"The index {underlying} shows no price.")
            spots[underlying] = last
        return spots


def _working(state: PaperState, broker_order_id: str) -> PaperOrder | None:
    for order in state.orders:
        if order.broker_order_id == broker_order_id and order.state is OrderState.OPEN:
            return order
    return None


def _not_working() -> Unknown:
    """As with every broker: look it up, do not assume."""
    return Unknown("No such order is working; the order book tells why.")


@contextmanager
def _pricing() -> Iterator[None]:
    try:
        yield
    except BrokerUnavailable:
        raise
    except Unavailable as problem:
        raise BrokerUnavailable(problem.message) from problem
