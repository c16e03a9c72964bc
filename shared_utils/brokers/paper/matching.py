"""How a paper order trades against a quote. Pure.

A limit that reaches the other side fills at that side's price, up to the quantity displayed there
and no more than once from the same display; the rest waits for another quote.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from shared_utils.brokers.paper.reports import with_order
from shared_utils.domain.instruments import Quote, Side
from shared_utils.domain.orders import Fill, OrderState
from shared_utils.domain.paper_accounts import PaperOrder, PaperPosition, PaperState


def match_all(state: PaperState, quotes: dict[str, Quote], at: datetime) -> PaperState:
    """The account after its working orders met these quotes, oldest order first."""
    for order in state.orders:
        quote = quotes.get(order.contract.symbol)
        if order.open_quantity > 0 and quote is not None:
            state = _match(state, order, quote, at)
    return state


def _match(state: PaperState, order: PaperOrder, quote: Quote, at: datetime) -> PaperState:
    order = _triggered(order, quote, at)
    price, displayed = _other_side(order.side, quote)
    key = f"{order.contract.symbol}:{order.side}"
    left = displayed - _taken(state, key, quote)
    quantity = min(order.open_quantity, left // order.contract.lot_size * order.contract.lot_size)
    if not order.triggered or price is None or quantity <= 0 or not _reaches(order, price):
        return with_order(state, order)
    fill = Fill(
        trade_id=f"{order.broker_order_id}T{len(order.fills) + 1}",
        quantity=quantity,
        price=price,
        at=at,
    )
    filled = replace(order, fills=(*order.fills, fill), updated_at=at)
    if filled.filled_quantity == filled.quantity:
        filled = replace(filled, state=OrderState.FILLED)
    taken = displayed - left + quantity
    return replace(
        with_order(state, filled),
        positions=_with_fill(state.positions, filled, fill),
        taken={**state.taken, key: f"{quote.at.isoformat()}|{taken}"},
    )


def _triggered(order: PaperOrder, quote: Quote, at: datetime) -> PaperOrder:
    """A stop wakes when the last price touches its trigger, and stays awake."""
    trigger, last = order.trigger_price, quote.last_price
    if order.triggered or trigger is None or last is None:
        return order
    touched = last >= trigger if order.side is Side.BUY else last <= trigger
    return replace(order, triggered=True, updated_at=at) if touched else order


def _other_side(side: Side, quote: Quote) -> tuple[Decimal | None, int]:
    if side is Side.BUY:
        return quote.ask, quote.ask_quantity
    return quote.bid, quote.bid_quantity


def _reaches(order: PaperOrder, price: Decimal) -> bool:
    return order.price >= price if order.side is Side.BUY else order.price <= price


def _taken(state: PaperState, key: str, quote: Quote) -> int:
    """What this account has had already of the quote of that very moment."""
    at, _, quantity = state.taken.get(key, "").partition("|")
    return int(quantity) if at == quote.at.isoformat() else 0


def _with_fill(
    positions: tuple[PaperPosition, ...], order: PaperOrder, fill: Fill
) -> tuple[PaperPosition, ...]:
    def is_same(position: PaperPosition) -> bool:
        return (position.contract, position.product) == (order.contract, order.product)

    held = next((each for each in positions if is_same(each)), None)
    others = tuple(each for each in positions if each is not held)
    if held is None:
        held = PaperPosition(
            contract=order.contract,
            product=order.product,
            net_quantity=0,
            average_price=Decimal(0),
        )
    return (*others, _traded(held, order.side, fill))


def _traded(position: PaperPosition, side: Side, fill: Fill) -> PaperPosition:
    """Average cost while it grows, realised profit while it shrinks, both on a flip."""
    signed = fill.quantity if side is Side.BUY else -fill.quantity
    before, average = position.net_quantity, position.average_price
    after, realised = before + signed, position.realised_pnl
    if before == 0 or (before > 0) == (signed > 0):
        average = (average * abs(before) + fill.price * fill.quantity) / abs(after)
    else:
        closed = min(abs(before), fill.quantity)
        realised += (fill.price - average) * closed * (1 if before > 0 else -1)
        if after == 0:
            average = Decimal(0)
        elif (after > 0) != (before > 0):
            average = fill.price
    return replace(position, net_quantity=after, average_price=average, realised_pnl=realised)
