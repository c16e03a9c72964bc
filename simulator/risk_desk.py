"""The broker's risk desk: is there money for this order, and what is tied up already."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from shared_utils.domain.instruments import Underlying
from shared_utils.domain.money import ZERO, to_paisa
from shared_utils.indian_market_utils.sessions import ist_date
from simulator.funds import (
    Account,
    Margin,
    PositionKey,
    closed_on,
    margin_of,
    roll_over,
)
from simulator.instruments import Instrument, Master
from simulator.market import Market
from simulator.order_checks import Rejection
from simulator.orders import SimulatedOrder


def holdings_of(account: Account, master: Master) -> dict[Instrument, int]:
    """Net quantities by instrument, over all products; what is not listed any more is left out."""
    holdings: dict[Instrument, int] = {}
    for (exchange, symbol, _), quantity in account.net_quantities().items():
        instrument = master.find(f"{exchange}:{symbol}")
        if instrument is not None and quantity:
            holdings[instrument] = holdings.get(instrument, 0) + quantity
    return holdings


def margin_in_use(
    market: Market, account: Account, orders: Iterable[SimulatedOrder], at: datetime
) -> Margin:
    """Positions and working orders: sells as if filled, buys by the premium they may cost."""
    master = market.master(ist_date(at))
    holdings = holdings_of(account, master)
    premium = ZERO
    for order in orders:
        if order.is_final or not order.steps:
            continue
        if order.ticket.side == "BUY":
            premium += order.price * order.pending_quantity
        else:
            _add(holdings, master, order)
    return margin_of(market, holdings, at).plus_premium(premium)


def funds_rejection(
    market: Market,
    account: Account,
    orders: Iterable[SimulatedOrder],
    order: SimulatedOrder,
    at: datetime,
) -> Rejection | None:
    """Refuses an order that needs more than there is; one that frees margin always passes."""
    others = [other for other in orders if other is not order]
    before = margin_in_use(market, account, others, at)
    after = _margin_after(market, account, others, order, at)
    cost = order.price * order.pending_quantity if order.ticket.side == "BUY" else ZERO
    required = after.total + cost - before.total
    available = account.cash - account.premium_paid - before.total
    if required <= ZERO or required <= available or after.span + after.exposure < before.span:
        return None
    required, available = to_paisa(required), to_paisa(available)
    return Rejection(
        f"Insufficient funds. Required margin is {required} but available margin is {available}. "
        "Check the orderbook for open orders.",
        f"RMS:Margin Exceeds,Required:{required}, Available:{available} "
        f"for entity account-{account.user_id} across exchange across segment across product",
    )


def _margin_after(
    market: Market,
    account: Account,
    others: Iterable[SimulatedOrder],
    order: SimulatedOrder,
    at: datetime,
) -> Margin:
    """As if the order were filled: a bought hedge counts, its premium is added by the caller."""
    master = market.master(ist_date(at))
    holdings = holdings_of(account, master)
    premium = ZERO
    for other in others:
        if other.is_final or not other.steps:
            continue
        if other.ticket.side == "SELL":
            _add(holdings, master, other)
        else:
            premium += other.price * other.pending_quantity
    _add(holdings, master, order)
    return margin_of(market, holdings, at).plus_premium(premium)


def _add(holdings: dict[Instrument, int], master: Master, order: SimulatedOrder) -> None:
    instrument = master.find(str(order.token))
    if instrument is None:
        return
    quantity = order.pending_quantity
    change = quantity if order.ticket.side == "BUY" else -quantity
    holdings[instrument] = holdings.get(instrument, 0) + change


def end_of_day(market: Market, accounts: Iterable[Account], day: date) -> None:
    """Settles `day`: expired options at intrinsic value, intraday positions at the last price."""
    holders = [account for account in accounts if account.trades or account.carried]
    if not holders or not any(market.session(underlying, day) for underlying in Underlying):
        return
    master = market.master(day)
    for account in holders:
        prices: dict[PositionKey, Decimal] = {}
        expired = []
        for key, quantity in account.net_quantities().items():
            instrument = master.find(f"{key[0]}:{key[1]}")
            if instrument is None or quantity == 0:
                prices[key] = ZERO
                continue
            at = _last_moment(market, instrument, day)
            if closed_on(day, instrument):
                expired.append(key)
                prices[key] = market.settlement_value(instrument, at)
            else:
                prices[key] = market.quote(instrument, at).last_price
        roll_over(account, prices, expired)


def _last_moment(market: Market, instrument: Instrument, day: date) -> datetime:
    session = market.session(instrument.underlying, day)
    if session is None:
        raise LookupError(f"{instrument.symbol} did not trade on {day.isoformat()}")
    return session.closes_at - timedelta(seconds=1)
