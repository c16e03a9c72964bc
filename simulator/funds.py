"""What an account owns and owes: its cash, its positions, and the margin they tie up.

Margin is the worst buy-back value of the option portfolio over a grid of index and volatility
moves, plus a share of the notional of what is short: a plausible stand-in for the exchange's SPAN
files, not a copy of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from shared_utils.domain.instruments import OptionType, Underlying
from shared_utils.domain.money import ZERO, to_paisa
from shared_utils.indian_market_utils.facts import risk_parameter
from shared_utils.indian_market_utils.sessions import ist_date
from simulator.instruments import Instrument
from simulator.market import Market
from simulator.orders import Trade

PositionKey = tuple[str, str, str]  # exchange, symbol, product


@dataclass(slots=True, kw_only=True)
class Carried:
    """A position brought over from the days before."""

    quantity: int
    average_price: Decimal


@dataclass(slots=True, kw_only=True)
class Account:
    """The money side of one user. `trades` are today's."""

    user_id: str
    cash: Decimal  # at the start of the day
    trades: list[Trade] = field(default_factory=list)
    carried: dict[PositionKey, Carried] = field(default_factory=dict)

    @property
    def premium_paid(self) -> Decimal:
        """Net premium of the day: positive when more was bought than sold."""
        return sum((signed(t) * t.price for t in self.trades), ZERO)

    def net_quantities(self) -> dict[PositionKey, int]:
        net = {key: carried.quantity for key, carried in self.carried.items()}
        for trade in self.trades:
            key = (trade.exchange, trade.symbol, trade.product)
            net[key] = net.get(key, 0) + signed(trade)
        return net


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """Rupees tied up. `premium` is what buying costs (negative: what selling brings)."""

    span: Decimal = ZERO
    exposure: Decimal = ZERO
    premium: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.span + self.exposure + self.premium

    def plus_premium(self, premium: Decimal) -> "Margin":
        return replace(self, premium=self.premium + premium)


def signed(trade: Trade) -> int:
    return trade.quantity if trade.side == "BUY" else -trade.quantity


def margin_of(market: Market, holdings: Mapping[Instrument, int], at: datetime) -> Margin:
    """Span and exposure of net quantities by instrument (negative: short)."""
    span, exposure = ZERO, ZERO
    for underlying in {i.underlying for i, quantity in holdings.items() if quantity}:
        mine = {i: q for i, q in holdings.items() if i.underlying is underlying and q}
        span += _worst_buy_back(market, mine, at)
        exposure += _exposure(market, underlying, mine, at)
    return Margin(span=to_paisa(span), exposure=to_paisa(exposure))


def _worst_buy_back(market: Market, holdings: Mapping[Instrument, int], at: datetime) -> Decimal:
    """The most that closing everything could cost in any scenario; nothing for a safe portfolio."""
    day = ist_date(at)
    reach = float(risk_parameter(market.facts, "price_scan_range_percentage", day)) / 100
    stretch = float(risk_parameter(market.facts, "volatility_scan_range_percentage", day)) / 100
    worst = 0.0
    for third in range(-3, 4):
        for turn in (1 - stretch, 1 + stretch):
            value = _value(market, holdings, at, 1 + reach * third / 3, turn)
            worst = min(worst, value)
    return Decimal(round(-worst * 100)) / 100


def _value(
    market: Market, holdings: Mapping[Instrument, int], at: datetime, move: float, turn: float
) -> float:
    total = 0.0
    for instrument, quantity in holdings.items():
        assert instrument.expiry is not None  # noqa: S101 - only options are held
        surface = market.slice(instrument.underlying, instrument.expiry, at)
        call = instrument.kind == OptionType.CE
        total += quantity * surface.moved(move, turn).price(float(instrument.strike), call=call)
    return total


def _exposure(
    market: Market, underlying: Underlying, holdings: Mapping[Instrument, int], at: datetime
) -> Decimal:
    """A share of the notional of every short option, more on its expiry day."""
    day, spot = ist_date(at), market.spot(underlying, at)
    base = risk_parameter(market.facts, "exposure_margin_percentage", day)
    extra = risk_parameter(market.facts, "expiry_day_extra_margin_percentage", day)
    total = ZERO
    for instrument, quantity in holdings.items():
        if quantity < 0:
            share = base + (extra if instrument.expiry == day else ZERO)
            total += spot * -quantity * share / 100
    return total


def roll_over(
    account: Account, prices: Mapping[PositionKey, Decimal], expired: Iterable[PositionKey]
) -> None:
    """Ends the account's day: trades become carried positions, expired and intraday ones cash.

    `prices` has the closing value of each position; an expired option's is its intrinsic value.
    """
    over = set(expired)
    cash = account.cash - account.premium_paid
    carried: dict[PositionKey, Carried] = {}
    for key, quantity in account.net_quantities().items():
        if quantity == 0:
            continue
        if key in over or key[2] == "MIS":
            cash += prices[key] * quantity
        else:
            carried[key] = Carried(quantity=quantity, average_price=average_price(account, key))
    account.cash, account.carried, account.trades = to_paisa(cash), carried, []


def average_price(account: Account, key: PositionKey) -> Decimal:
    """Of the side that the position is on, over everything bought or sold for it."""
    before = account.carried.get(key)
    quantity = account.net_quantities().get(key, 0)
    if quantity == 0:
        return ZERO
    side = "BUY" if quantity > 0 else "SELL"
    units, value = 0, ZERO
    if before is not None and (before.quantity > 0) == (quantity > 0):
        units, value = abs(before.quantity), abs(before.quantity) * before.average_price
    for trade in account.trades:
        if (trade.exchange, trade.symbol, trade.product) == key and trade.side == side:
            units, value = units + trade.quantity, value + trade.quantity * trade.price
    return value / units if units else ZERO


def closed_on(day: date, instrument: Instrument) -> bool:
    return instrument.expiry is not None and instrument.expiry <= day
