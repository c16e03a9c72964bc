"""The simulated market: any instrument's order book at any instant, a function of the seed alone.

Nobody's orders move it. What an order takes from the displayed quantity is the exchange's to
remember (`simulator/exchange.py`).
"""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from shared_utils.domain.errors import CalendarUnknown
from shared_utils.domain.instruments import OptionType, Underlying
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.sessions import Session, at_ist, ist_date, session_on
from simulator.index_paths import IndexPaths
from simulator.instruments import Instrument, Master
from simulator.listings import master_of
from simulator.smile import Slice, slice_of

DEPTH = 5
_DAYS_KEPT = 3
_TICKS_PER_RUPEE = 20  # every index option trades in steps of 0.05
_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
_PAISE = Decimal("0.01")
_MASK = 0xFFFFFFFF


class Level(NamedTuple):
    """One row of the order book; nobody there is a level of price 0 with quantity 0."""

    price: Decimal
    quantity: int
    orders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketQuote:
    """What the exchange shows of one instrument at `at` (aware UTC). Prices are on the tick."""

    instrument: Instrument
    at: datetime
    last_price: Decimal
    bids: tuple[Level, ...]  # best first; empty sides have no levels
    asks: tuple[Level, ...]
    volume: int
    open_interest: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal  # of the previous day
    lower_circuit: Decimal
    upper_circuit: Decimal

    @property
    def bid(self) -> Decimal | None:
        return self.bids[0].price if self.bids else None

    @property
    def ask(self) -> Decimal | None:
        return self.asks[0].price if self.asks else None


@dataclass(frozen=True, slots=True)
class _DayMarks:
    """What is fixed for a contract all day, in ticks."""

    open: int
    close: int
    lower: int
    upper: int
    interest: int


class _Day(NamedTuple):
    master: Master
    marks: dict[int, _DayMarks]


class Market:
    """Quotes of the day's instruments: any instant, asked any number of times, one answer."""

    def __init__(self, facts: MarketFacts, seed: int = 0) -> None:
        self.facts = facts
        self.seed = seed
        self.paths = IndexPaths(seed, self.session)
        self._sessions: dict[tuple[Underlying, date], Session | None] = {}
        self._days: dict[date, _Day] = {}
        self._slices: dict[tuple[Underlying, date], Slice] = {}
        self._slices_at: datetime | None = None

    def session(self, underlying: Underlying, day: date) -> Session | None:
        """The day's session, or None when the index's exchange does not trade (or is not known)."""
        key = (underlying, day)
        if key not in self._sessions:
            exchange = self.facts.indices[underlying].exchange
            try:
                self._sessions[key] = session_on(self.facts, exchange, day)
            except CalendarUnknown:
                self._sessions[key] = None
        return self._sessions[key]

    def is_open(self, underlying: Underlying, at: datetime) -> bool:
        session = self.session(underlying, ist_date(at))
        return session is not None and session.covers(at)

    def master(self, day: date) -> Master:
        """The instruments listed on `day`; raises CalendarUnknown beyond the loaded years."""
        return self._day(day).master

    def spot(self, underlying: Underlying, at: datetime) -> Decimal:
        return Decimal(round(self.paths.level(underlying, at) * 100)) * _PAISE

    def quote(self, instrument: Instrument, at: datetime) -> MarketQuote:
        if instrument.kind == "EQ":
            return self._index_quote(instrument, at)
        return self._derivative_quote(instrument, self._frozen_after_close(instrument, at), at)

    def value(self, instrument: Instrument, at: datetime) -> float:
        """Theoretical price in rupees: the middle that the book is built around."""
        surface = self._slice(instrument, at)
        if instrument.kind == "FUT":
            return surface.forward
        return surface.price(float(instrument.strike), call=instrument.kind == OptionType.CE)

    def settlement_value(self, instrument: Instrument, at: datetime) -> Decimal:
        """What an expired option pays per unit: its intrinsic value against the index."""
        spot = self.spot(instrument.underlying, at)
        difference = spot - instrument.strike
        return max(difference if instrument.kind == OptionType.CE else -difference, Decimal(0))

    def slice(self, underlying: Underlying, expiry: date, at: datetime) -> Slice:
        """The volatility smile of one expiry; all strikes of a moment share it."""
        if self._slices_at != at:
            self._slices.clear()
            self._slices_at = at
        key = (underlying, expiry)
        found = self._slices.get(key)
        if found is None:
            found = self._slices[key] = slice_of(
                underlying,
                self.paths.level(underlying, at),
                self.paths.previous_close(underlying, ist_date(at)),
                at,
                self._expires_at(underlying, expiry),
            )
        return found

    def _slice(self, instrument: Instrument, at: datetime) -> Slice:
        assert instrument.expiry is not None  # noqa: S101 - only indices have none
        return self.slice(instrument.underlying, instrument.expiry, at)

    def _expires_at(self, underlying: Underlying, expiry: date) -> datetime:
        session = self.session(underlying, expiry)
        return session.closes_at if session else at_ist(expiry, _NOON) + timedelta(hours=3)

    def _frozen_after_close(self, instrument: Instrument, at: datetime) -> datetime:
        """After the close the book stands as it stood in the last second."""
        session = self.session(instrument.underlying, ist_date(at))
        if session is not None and at >= session.closes_at:
            return session.closes_at - timedelta(seconds=1)
        return at

    def _index_quote(self, instrument: Instrument, at: datetime) -> MarketQuote:
        underlying, day = instrument.underlying, ist_date(at)
        high, low = self.paths.extremes(underlying, at)
        nobody: tuple[Level, ...] = ()
        return MarketQuote(
            instrument=instrument,
            at=at,
            last_price=self.spot(underlying, at),
            bids=nobody,
            asks=nobody,
            volume=0,
            open_interest=0,
            open=_points(self.paths.opening(underlying, day)),
            high=_points(high),
            low=_points(low),
            close=_points(self.paths.previous_close(underlying, day)),
            lower_circuit=Decimal(0),
            upper_circuit=Decimal(0),
        )

    def _derivative_quote(
        self, instrument: Instrument, moment: datetime, at: datetime
    ) -> MarketQuote:
        surface = self._slice(instrument, moment)
        value = self.value(instrument, moment)
        distance = abs(surface.moneyness(float(instrument.strike))) if instrument.strike else 0.0
        marks = self._day_marks(instrument, moment)
        half = value * (0.0012 + 0.0018 * min(distance, 4.0)) + 0.02
        bid = min(math.floor((value - half) * _TICKS_PER_RUPEE), marks.upper - 1)
        ask = max(math.ceil((value + half) * _TICKS_PER_RUPEE), 1)
        mark = _mix(instrument.token, _second(moment))
        last = (bid, ask, (bid + ask) // 2)[mark % 3] or ask
        bids, asks = self._books(instrument, at, distance, (bid, ask))
        high, low = max(marks.open, last), min(marks.open, last)
        return MarketQuote(
            instrument=instrument,
            at=at,
            last_price=_ticks(max(last, 1)),
            bids=bids,
            asks=asks,
            volume=self._volume(instrument, moment, marks.interest),
            open_interest=marks.interest,
            open=_ticks(marks.open),
            high=_ticks(high),
            low=_ticks(max(low, 1)),
            close=_ticks(marks.close),
            lower_circuit=_ticks(marks.lower),
            upper_circuit=_ticks(marks.upper),
        )

    def _books(
        self, instrument: Instrument, at: datetime, distance: float, touch: tuple[int, int]
    ) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
        if not self.is_open(instrument.underlying, at):
            return (), ()
        (bid, ask), second = touch, _second(at)
        depth = max(int(46 / (1 + distance * distance)), 3)
        step = max((ask - bid) // 4, 1)
        bids, asks = [], []
        for rank in range(DEPTH):
            noise = _mix(instrument.token + rank, second)
            lots = 1 + rank * depth // 3
            price = bid - rank * step
            if price >= 1:
                quantity = (lots + noise % depth) * instrument.lot
                bids.append(Level(_ticks(price), quantity, 1 + noise % 7))
            quantity = (lots + (noise >> 12) % depth) * instrument.lot
            asks.append(Level(_ticks(ask + rank * step), quantity, 1 + (noise >> 9) % 7))
        return tuple(bids), tuple(asks)

    def _volume(self, instrument: Instrument, moment: datetime, interest: int) -> int:
        session = self.session(instrument.underlying, ist_date(moment))
        if session is None or moment < session.opens_at:
            return 0
        length = (session.closes_at - session.opens_at).total_seconds()
        share = min((moment - session.opens_at).total_seconds() / length, 1.0)
        lots = int(interest * 3.2 * share / instrument.lot)
        return lots * instrument.lot

    def _day_marks(self, instrument: Instrument, moment: datetime) -> _DayMarks:
        day = ist_date(moment)
        marks = self._day(day).marks
        found = marks.get(instrument.token)
        if found is None:
            found = marks[instrument.token] = self._make_marks(instrument, day)
        return found

    def _day(self, day: date) -> _Day:
        found = self._days.get(day)
        if found is None:
            if len(self._days) >= _DAYS_KEPT:
                self._days.pop(next(iter(self._days)))
            found = self._days[day] = _Day(master_of(self.facts, self.paths, day), {})
        return found

    def _make_marks(self, instrument: Instrument, day: date) -> _DayMarks:
        assert instrument.expiry is not None  # noqa: S101 - only indices have none
        underlying, strike = instrument.underlying, float(instrument.strike)
        session = self.session(underlying, day)
        opens_at = session.opens_at if session else at_ist(day, _NOON)
        expires_at = self._expires_at(underlying, instrument.expiry)
        close = self.paths.previous_close(underlying, day)

        def ticks(spot: float, at: datetime) -> int:
            surface = slice_of(underlying, spot, close, at, expires_at)
            if instrument.kind == "FUT":
                return max(round(surface.forward * _TICKS_PER_RUPEE), 1)
            value = surface.price(strike, call=instrument.kind == OptionType.CE)
            return max(round(value * _TICKS_PER_RUPEE), 1)

        reference = ticks(close, opens_at)
        moves = (ticks(close * (1 - _CIRCUIT), opens_at), ticks(close * (1 + _CIRCUIT), opens_at))
        distance = abs(math.log(strike / close)) if strike else 0.0
        crowd = int(9000 * math.exp(-((distance * 22) ** 2))) + _mix(instrument.token, 7) % 900
        return _DayMarks(
            open=ticks(self.paths.opening(underlying, day), opens_at),
            close=reference,
            lower=max(min(moves) - 20 * _TICKS_PER_RUPEE, 1),
            upper=max(*moves, reference) + 40 * _TICKS_PER_RUPEE,
            interest=crowd * instrument.lot,
        )


_CIRCUIT = 0.08  # the daily price range is what the option is worth if the index moves this far
_NOON = time(12)


def _points(level: float) -> Decimal:
    return Decimal(round(level * 100)) * _PAISE


def _ticks(count: int) -> Decimal:
    known = _TICK_PRICES.get(count)
    if known is None:
        known = _TICK_PRICES[count] = Decimal(count * 5) * _PAISE
    return known


_TICK_PRICES: dict[int, Decimal] = {}


def _second(moment: datetime) -> int:
    return int((moment - _EPOCH).total_seconds())


def _mix(a: int, b: int) -> int:
    """A cheap hash of two numbers: the market's noise."""
    x = (a * 0x9E3779B1 ^ b * 0x85EBCA77) & _MASK
    x = ((x ^ (x >> 15)) * 0x2C1B3C6D) & _MASK
    x = ((x ^ (x >> 12)) * 0x297A2D39) & _MASK
    return x ^ (x >> 15)
