"""The broker's order desk and the exchange behind it: takes orders, checks, matches, remembers.

Everything happens at an instant of market time: `advance` plays what is due up to now, in order, so
the outcome does not depend on how often anybody looks. Use it with a `Market` and any clock; the
HTTP server is one user of it, simulation tests are another.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count

from shared_utils.indian_market_utils.sessions import ist_date
from simulator.clock import TellsTime
from simulator.desk_rules import MessageLimit, check_cancel, check_change
from simulator.funds import Account, Margin
from simulator.instruments import Instrument
from simulator.market import Market, MarketQuote
from simulator.matching import TakenQuantities, fills_of, is_triggered
from simulator.order_checks import (
    Rejection,
    band_rejection,
    check_ticket,
    protected_limit,
    rejection_of_price,
)
from simulator.orders import Action, Change, SimulatedOrder, Status, Ticket, Trade
from simulator.refusals import NotFound
from simulator.risk_desk import end_of_day, funds_rejection, margin_in_use

DEFAULT_CASH = Decimal(2_500_000)
_LOOK = timedelta(seconds=1)
_LAZY_LOOK = timedelta(seconds=5)
_LAZY_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delays:
    """How long the stations on the way take, in milliseconds of market time."""

    validate: int = 15
    arrive: int = 60
    modify: int = 50
    cancel: int = 50


class Exchange:
    """All accounts' orders of the market. `on_change` hears of every order that moved."""

    def __init__(
        self,
        market: Market,
        clock: TellsTime,
        *,
        delays: Delays | None = None,
        messages_per_second: int = 10,
        on_change: Callable[[SimulatedOrder], None] | None = None,
    ) -> None:
        self.market = market
        self.clock = clock
        self.accounts: dict[str, Account] = {}
        self.orders: dict[str, SimulatedOrder] = {}
        self.sequence = 0
        self.day = ist_date(clock.now())
        self.on_change = on_change or (lambda _order: None)
        self._delays = delays or Delays()
        self._limit = MessageLimit(messages_per_second)
        self._taken = TakenQuantities()
        self._turns = count()  # of two things due at one instant the first planned comes first
        self._due: list[tuple[datetime, int, str, str]] = []
        self._by_user: dict[str, list[SimulatedOrder]] = defaultdict(list)

    # What clients do ------------------------------------------------------------------------

    def open_account(self, user_id: str, cash: Decimal = DEFAULT_CASH) -> Account:
        return self.accounts.setdefault(user_id, Account(user_id=user_id, cash=cash))

    def place(
        self,
        user_id: str,
        ticket: Ticket,
        *,
        held_for: timedelta = timedelta(0),
        fill_limit: int | None = None,
        rejection: str | None = None,
    ) -> SimulatedOrder:
        """Takes an order; what the exchange makes of it is seen in the book.

        `held_for` lets it lie that long before anybody can see it, `fill_limit` and `rejection`
        are faults. Raises Refused for what never becomes an order.
        """
        now = self.advance()
        self._limit.count(user_id, now)
        instrument = self.market.master(ist_date(now)).find(f"{ticket.exchange}:{ticket.symbol}")
        instrument = check_ticket(ticket, instrument, self.market, now)
        order = self._new_order(user_id, ticket, instrument, now + held_for)
        order.fill_limit, order.rejection = fill_limit, rejection
        self._schedule(order, now + held_for, Action.RECEIVE)
        self.advance()
        return order

    def modify(self, user_id: str, order_id: str, change: Change) -> SimulatedOrder:
        now = self.advance()
        self._limit.count(user_id, now)
        order = self.find(user_id, order_id)
        check_change(order, change, self.instrument(order, now), self.market, now)
        order.modifications += 1
        order.change = change
        order.step(now, Status.MODIFY_VALIDATION_PENDING)
        self._schedule(order, now + self._ms(self._delays.modify), Action.MODIFY)
        self.on_change(order)
        return order

    def cancel(self, user_id: str, order_id: str) -> SimulatedOrder:
        now = self.advance()
        self._limit.count(user_id, now)
        order = self.find(user_id, order_id)
        check_cancel(order)
        order.step(now, Status.CANCEL_PENDING)
        self._schedule(order, now + self._ms(self._delays.cancel), Action.CANCEL)
        self.on_change(order)
        return order

    # What clients see -----------------------------------------------------------------------

    def find(self, user_id: str, order_id: str) -> SimulatedOrder:
        """An order of this user that is in today's book; nobody else's, ever."""
        order = self.orders.get(order_id)
        if order is None or order.user_id != user_id or not self._is_in_book(order):
            raise NotFound(f"Couldn't find that `order_id`: {order_id}.")
        return order

    def book(self, user_id: str) -> list[SimulatedOrder]:
        """Today's orders, oldest first, those that lie in transit left out."""
        self.advance()
        return [order for order in self._by_user[user_id] if self._is_in_book(order)]

    def trades(self, user_id: str) -> list[Trade]:
        self.advance()
        return list(self.open_account(user_id).trades)

    def margin(self, user_id: str) -> Margin:
        now = self.advance()
        return margin_in_use(self.market, self.open_account(user_id), self._by_user[user_id], now)

    def instrument(self, order: SimulatedOrder, at: datetime) -> Instrument:
        found = self.market.master(ist_date(at)).find(str(order.token))
        if found is None:
            raise NotFound(f"{order.ticket.symbol} is not listed any more.")
        return found

    # How time passes ------------------------------------------------------------------------

    def advance(self) -> datetime:
        """Plays everything that is due up to now; returns now."""
        now = self.clock.now()
        while self._due and self._due[0][0] <= now:
            at, _, action, order_id = heapq.heappop(self._due)
            order = self.orders.get(order_id)
            if order is None or (at, action) not in order.agenda:
                continue
            order.agenda.remove((at, action))
            self._play(order, Action(action), at)
        if ist_date(now) > self.day:
            self._begin_day(ist_date(now))
        return now

    def resume(self, orders: list[SimulatedOrder], left_at: datetime) -> None:
        """Takes over from a state saved at `left_at`, with what was due to happen to its orders."""
        self.day = ist_date(left_at)
        for order in orders:
            self.orders[order.order_id] = order
            self._by_user[order.user_id].append(order)
            for at, action in order.agenda:
                heapq.heappush(self._due, (at, next(self._turns), action, order.order_id))

    def start_over(self) -> None:
        """Forgets every order, trade and position: the books of another time."""
        self.orders.clear()
        self._by_user.clear()
        self._due.clear()
        self.day = ist_date(self.clock.now())
        for account in self.accounts.values():
            account.trades, account.carried = [], {}

    def _play(self, order: SimulatedOrder, action: Action, at: datetime) -> None:
        if order.is_final:
            return
        {
            Action.RECEIVE: self._receive,
            Action.VALIDATE: self._validate,
            Action.ARRIVE: self._arrive,
            Action.MODIFY: self._apply_change,
            Action.CANCEL: self._apply_cancel,
            Action.LOOK: self._look,
            Action.EXPIRE: self._apply_cancel,
        }[action](order, at)
        self.on_change(order)

    def _receive(self, order: SimulatedOrder, at: datetime) -> None:
        order.step(at, Status.RECEIVED)
        self._schedule(order, at + self._ms(self._delays.validate), Action.VALIDATE)

    def _validate(self, order: SimulatedOrder, at: datetime) -> None:
        order.step(at, Status.VALIDATION_PENDING)
        rejection = self._rejection(order, at)
        if rejection is not None:
            order.step(at, Status.REJECTED, rejection.message, rejection.raw)
            return
        order.step(at, Status.OPEN_PENDING)
        self._schedule(order, at + self._ms(self._delays.arrive), Action.ARRIVE)

    def _rejection(self, order: SimulatedOrder, at: datetime) -> Rejection | None:
        if order.rejection is not None:
            return Rejection(order.rejection, f"RMS:{order.rejection}")
        instrument = self.instrument(order, at)
        refused = rejection_of_price(order, self.market.quote(instrument, at), self.market)
        if refused is not None:
            return refused
        account = self.open_account(order.user_id)
        return funds_rejection(self.market, account, self._by_user[order.user_id], order, at)

    def _arrive(self, order: SimulatedOrder, at: datetime) -> None:
        instrument = self.instrument(order, at)
        session = self.market.session(instrument.underlying, ist_date(at))
        if session is None or not session.covers(at):
            order.step(at, Status.REJECTED, "Markets are closed.", "16387 : Security not open")
            return
        order.exchange_order_id = f"11{order.placed_at:%d}{order.order_id[-11:]}"
        order.exchange_at = at
        self._rest(order, at)
        self._schedule(order, session.closes_at, Action.EXPIRE)
        if order.validity == "TTL":
            ends_at = at + timedelta(minutes=order.ticket.validity_ttl)
            self._schedule(order, ends_at, Action.EXPIRE)
        self._look(order, at)
        if order.validity == "IOC" and not order.is_final:
            self._apply_cancel(order, at)

    def _rest(self, order: SimulatedOrder, at: datetime) -> None:
        waiting = order.order_type == "SL" and not order.triggered
        order.step(at, Status.TRIGGER_PENDING if waiting else Status.OPEN)

    def _look(self, order: SimulatedOrder, at: datetime) -> None:
        """One look at the market: trigger, fill what the book shows, look again later."""
        quote = self.market.quote(self.instrument(order, at), at)
        if order.order_type == "SL" and not order.triggered:
            self._trigger(order, quote, at)
        if not order.is_final and (order.triggered or order.order_type != "SL"):
            self._match(order, quote, at)
        if not order.is_final:
            age = at - order.placed_at
            self._schedule(order, at + (_LOOK if age < _LAZY_AFTER else _LAZY_LOOK), Action.LOOK)

    def _trigger(self, order: SimulatedOrder, quote: MarketQuote, at: datetime) -> None:
        if (not quote.bids and not quote.asks) or not is_triggered(order, quote):
            return
        order.triggered = True
        outside = band_rejection(order, quote, self.market)
        if outside is not None:
            order.cancelled_quantity = order.pending_quantity
            order.step(at, Status.CANCELLED, outside.message, outside.raw)
        elif order.is_resting:
            order.step(at, Status.OPEN)

    def _match(self, order: SimulatedOrder, quote: MarketQuote, at: datetime) -> None:
        taken = self._taken.of(order.token, order.ticket.side, at)
        fills = fills_of(order, quote, taken)
        for fill in fills:
            order.filled_quantity += fill.quantity
            order.value += fill.price * fill.quantity
            order.exchange_at = at
            self._record(order, fill.price, fill.quantity, at)
            self._taken.add(order.token, order.ticket.side, at, fill.quantity)
        if fills:
            done = order.pending_quantity == 0
            order.step(at, Status.COMPLETE if done else order.status, order.status_message)

    def _record(self, order: SimulatedOrder, price: Decimal, quantity: int, at: datetime) -> None:
        self.sequence += 1
        self.open_account(order.user_id).trades.append(
            Trade(
                trade_id=str(10_000_000 + self.sequence),
                order_id=order.order_id,
                user_id=order.user_id,
                exchange=order.ticket.exchange,
                symbol=order.ticket.symbol,
                token=order.token,
                side=order.ticket.side,
                product=order.ticket.product,
                quantity=quantity,
                price=price,
                exchange_order_id=order.exchange_order_id or "",
                at=at,
            )
        )

    def _apply_change(self, order: SimulatedOrder, at: datetime) -> None:
        change, order.change = order.change or Change(), None
        before = (order.quantity, order.price, order.trigger_price, order.order_type)
        order.step(at, Status.MODIFY_PENDING)
        order.quantity = max(change.quantity or order.quantity, order.filled_quantity)
        order.price = change.price or order.price
        order.trigger_price = change.trigger_price or order.trigger_price
        order.order_type = change.order_type or order.order_type
        order.validity = change.validity or order.validity
        quote = self.market.quote(self.instrument(order, at), at)
        refused = rejection_of_price(order, quote, self.market)
        if refused is not None:
            order.quantity, order.price, order.trigger_price, order.order_type = before
            order.step(at, Status.NOT_MODIFIED, refused.message, refused.raw)
        else:
            order.step(at, Status.MODIFIED)
        if order.pending_quantity == 0:
            order.step(at, Status.COMPLETE)
            return
        self._rest(order, at)
        self._match_now(order, quote, at)

    def _match_now(self, order: SimulatedOrder, quote: MarketQuote, at: datetime) -> None:
        if order.triggered or order.order_type != "SL":
            self._match(order, quote, at)

    def _apply_cancel(self, order: SimulatedOrder, at: datetime) -> None:
        order.cancelled_quantity = order.pending_quantity
        order.step(at, Status.CANCELLED)

    def _new_order(
        self, user_id: str, ticket: Ticket, instrument: Instrument, at: datetime
    ) -> SimulatedOrder:
        self.sequence += 1
        order = SimulatedOrder(
            order_id=f"{ist_date(at):%y%m%d}{self.sequence:09d}",
            user_id=user_id,
            ticket=ticket,
            token=instrument.token,
            placed_at=at,
            quantity=ticket.quantity,
            price=ticket.price,
            trigger_price=ticket.trigger_price,
            order_type=ticket.order_type,
            validity=ticket.validity,
        )
        self.open_account(user_id)
        if ticket.order_type == "MARKET":
            order.order_type = "LIMIT"
            order.price = protected_limit(ticket, self.market.quote(instrument, self.clock.now()))
        self.orders[order.order_id] = order
        self._by_user[user_id].append(order)
        return order

    def _schedule(self, order: SimulatedOrder, at: datetime, action: Action) -> None:
        order.agenda.append((at, action))
        heapq.heappush(self._due, (at, next(self._turns), action, order.order_id))

    def _is_in_book(self, order: SimulatedOrder) -> bool:
        return bool(order.steps) and ist_date(order.placed_at) == self.day

    def _begin_day(self, day: date) -> None:
        while self.day < day:
            end_of_day(self.market, self.accounts.values(), self.day)
            self.day += timedelta(days=1)
        self.orders = {i: o for i, o in self.orders.items() if ist_date(o.placed_at) >= day}
        self._by_user.clear()
        for order in self.orders.values():
            self._by_user[order.user_id].append(order)

    @staticmethod
    def _ms(milliseconds: int) -> timedelta:
        return timedelta(milliseconds=milliseconds)
