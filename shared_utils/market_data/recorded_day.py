"""A trading day that was recorded, played again at the clock's pace.

The file is gzipped JSON lines. The first line names the day and its contracts; each further line is
a moment with the quotes that changed since they were last written, and the names (`same`) of those
that were quoted again unchanged: they are as fresh as the others.

    {"format": "recorded-day/1", "day": "2026-11-25", "contracts": [{…Contract…}, …]}
    {"at": "2026-11-25T03:45:00Z", "quotes": {"NIFTY": {"last": "26012.35"},
      "NIFTY26D0126000CE": {"last": "101.5", "bid": "101.4", "ask": "101.6", "bq": 650, "aq": 130}},
      "same": ["NIFTY26D0126000PE"]}
"""

import gzip
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import BinaryIO

import msgspec

from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.errors import MarketDataUnavailable, Unavailable
from shared_utils.domain.instruments import (
    EXCHANGE_OF,
    Contract,
    Exchange,
    OptionChain,
    Quote,
    Underlying,
)
from shared_utils.indian_market_utils.sessions import ist_date
from shared_utils.indian_market_utils.symbols import (
    Instrument,
    InstrumentMaster,
    instrument_master,
    require_current,
)
from shared_utils.market_data.chain_building import build_chain, contracts_around, price_of
from shared_utils.market_data.ports import Clock

FORMAT = "recorded-day/1"


class RecordedQuote(msgspec.Struct, frozen=True, omit_defaults=True):
    """Rupees; `bq` and `aq` the quantities at bid and ask, `lc` and `uc` the day's circuits."""

    last: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    bq: int = 0
    aq: int = 0
    volume: int = 0
    oi: int = 0
    lc: Decimal | None = None
    uc: Decimal | None = None


class Moment(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was quoted at `at` (aware UTC), by canonical symbol or the index's name."""

    at: datetime
    quotes: dict[str, RecordedQuote]
    same: tuple[str, ...] = ()


class Heading(msgspec.Struct, frozen=True):
    format: str
    day: date
    contracts: tuple[Contract, ...]


class RecordedDay:
    """A QuoteSource. What the clock has not reached is not known yet, so nothing looks ahead."""

    def __init__(self, heading: Heading, moments: Sequence[Moment], clock: Clock) -> None:
        """`moments` in the order of time."""
        if any(later.at < earlier.at for earlier, later in pairwise(moments)):
            raise ValueError("the moments of a recorded day are in the order of time")
        self._heading = heading
        self._moments = moments
        self._clock = clock
        self._played = 0
        self._until: datetime | None = None
        self._quotes: dict[str, Quote] = {}

    def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        self._play()
        return {symbol: self._quotes[symbol] for symbol in symbols if symbol in self._quotes}

    def spot(self, underlying: Underlying) -> Quote:
        self._play()
        if underlying not in self._quotes:
            raise MarketDataUnavailable(f"The recorded day shows no {underlying} yet.")
        return self._quotes[underlying]

    def chain(
        self,
        underlying: Underlying,
        expiry: date,
        *,
        around: Decimal | None = None,
        width: int = 40,
    ) -> OptionChain:
        spot = self.spot(underlying)
        middle = around if around is not None else price_of(spot)
        master = self.master(EXCHANGE_OF[underlying])
        contracts = contracts_around(master, underlying, expiry, middle, width)
        return build_chain(contracts, self._quotes, spot)

    def master(self, exchange: Exchange) -> InstrumentMaster:
        return master_of(self._heading, exchange, ist_date(self._clock.now()))

    def _play(self) -> None:
        """Up to the clock; from the start again when it was turned back."""
        now = self._clock.now()
        if self._until is not None and now < self._until:
            self._played, self._quotes = 0, {}
        self._until = now
        while self._played < len(self._moments) and self._moments[self._played].at <= now:
            moment = self._moments[self._played]
            for symbol, recorded in moment.quotes.items():
                self._quotes[symbol] = quote_of(symbol, recorded, moment.at)
            for symbol in moment.same:
                self._quotes[symbol] = replace(self._quotes[symbol], at=moment.at)
            self._played += 1


def read_day(file: BinaryIO, clock: Clock) -> RecordedDay:
    """Raises ValueError for a file that is not a recorded day."""
    with gzip.open(file, "rb") as lines:
        try:
            heading = msgspec.json.decode(next(lines), type=Heading)
            moments = [msgspec.json.decode(line, type=Moment) for line in lines]
        except (msgspec.MsgspecError, StopIteration, EOFError, gzip.BadGzipFile) as error:
            raise ValueError("this file is not a recorded day") from error
    if heading.format != FORMAT:
        raise ValueError("this recorded day has a format that is not known")
    return RecordedDay(heading, moments, clock)


def write_day(
    file: BinaryIO, day: date, contracts: Iterable[Contract], moments: Iterable[Moment]
) -> None:
    """Each moment is all that was quoted then. The same input writes the same bytes."""
    heading = Heading(format=FORMAT, day=day, contracts=tuple(contracts))
    with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as out:
        out.write(msgspec.json.encode(heading) + b"\n")
        for moment in _changes(moments):
            out.write(msgspec.json.encode(moment) + b"\n")


def _changes(moments: Iterable[Moment]) -> Iterator[Moment]:
    known: dict[str, RecordedQuote] = {}
    for moment in moments:
        changed = {
            symbol: quote for symbol, quote in moment.quotes.items() if known.get(symbol) != quote
        }
        known |= changed
        same = tuple(symbol for symbol in moment.quotes if symbol not in changed)
        yield Moment(at=moment.at, quotes=changed, same=same)


def master_of(heading: Heading, exchange: Exchange, today: date) -> InstrumentMaster:
    """What the heading lists on the exchange. Raises MarketDataUnavailable with the code of what is
    wrong with it: of another day than `today`, or nothing listed.
    """
    instruments = [
        Instrument(contract=contract, symbol=contract.symbol, token=contract.symbol)
        for contract in heading.contracts
        if contract.exchange is exchange
    ]
    try:
        return require_current(instrument_master(BrokerName.PAPER, heading.day, instruments), today)
    except Unavailable as error:
        raise MarketDataUnavailable(error.message, code=error.code) from error


def quote_of(symbol: str, recorded: RecordedQuote, at: datetime) -> Quote:
    return Quote(
        symbol=symbol,
        last_price=recorded.last,
        bid=recorded.bid,
        ask=recorded.ask,
        bid_quantity=recorded.bq,
        ask_quantity=recorded.aq,
        volume=recorded.volume,
        open_interest=recorded.oi,
        lower_circuit=recorded.lc,
        upper_circuit=recorded.uc,
        at=at,
    )
