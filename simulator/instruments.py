"""What is listed on one day: index options, current-month futures and the indices themselves."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shared_utils.domain.instruments import OptionType, Underlying

# The last byte of an instrument token names the segment; the indices have one of their own.
_SEGMENT_CODES = {"NFO": 2, "BFO": 5, "INDICES": 9}
_TOKEN_SPACE = 9_000_000
_FIRST_TOKEN = 40_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Instrument:
    """One row of the broker's master, the same object all day. Indices have no lot or expiry."""

    exchange: str  # NSE, BSE, NFO, BFO
    symbol: str
    name: str
    kind: str  # EQ (an index), FUT, CE, PE
    segment: str  # INDICES, NFO-OPT, NFO-FUT, BFO-OPT, BFO-FUT
    underlying: Underlying
    expiry: date | None
    strike: Decimal
    tick: Decimal
    lot: int
    exchange_token: int
    token: int

    @property
    def key(self) -> str:
        return f"{self.exchange}:{self.symbol}"

    @property
    def is_option(self) -> bool:
        return self.expiry is not None and self.kind in (OptionType.CE, OptionType.PE)


INDEX_ROWS: Mapping[Underlying, tuple[str, str, int]] = {
    # exchange, symbol, exchange token: the broker's own
    Underlying.NIFTY: ("NSE", "NIFTY 50", 1001),
    Underlying.BANKNIFTY: ("NSE", "NIFTY BANK", 1016),
    Underlying.FINNIFTY: ("NSE", "NIFTY FIN SERVICE", 1007),
    Underlying.MIDCPNIFTY: ("NSE", "NIFTY MID SELECT", 1125),
    Underlying.SENSEX: ("BSE", "SENSEX", 1),
}


def index_row(underlying: Underlying) -> Instrument:
    exchange, symbol, exchange_token = INDEX_ROWS[underlying]
    return Instrument(
        exchange=exchange,
        symbol=symbol,
        name=symbol,
        kind="EQ",
        segment="INDICES",
        underlying=underlying,
        expiry=None,
        strike=Decimal(0),
        tick=Decimal("0.05"),
        lot=0,
        exchange_token=exchange_token,
        token=exchange_token * 256 + _SEGMENT_CODES["INDICES"],
    )


class TokenOffice:
    """Hands out exchange tokens: from the symbol's checksum, so that they hold across days."""

    def __init__(self) -> None:
        self._taken: set[int] = set()

    def issue(self, symbol: str, exchange: str) -> tuple[int, int]:
        """(exchange token, instrument token), unique within the day's master."""
        token = _FIRST_TOKEN + zlib.crc32(symbol.encode()) % _TOKEN_SPACE
        while token in self._taken:
            token += 1
        self._taken.add(token)
        return token, token * 256 + _SEGMENT_CODES[exchange]


class Master:
    """The instruments of one day, found by `NFO:NIFTY26AUG25000CE` or by instrument token."""

    def __init__(self, day: date, instruments: Sequence[Instrument]) -> None:
        self.day = day
        self.instruments = tuple(instruments)
        self._by_key = {i.key: i for i in self.instruments}
        self._by_token = {i.token: i for i in self.instruments}

    def find(self, key: str) -> Instrument | None:
        if key.isdecimal():
            return self._by_token.get(int(key))
        return self._by_key.get(key)

    def of_exchange(self, exchange: str) -> Iterator[Instrument]:
        return (i for i in self.instruments if i.exchange == exchange)

    def chain(self, underlying: Underlying, expiry: date) -> tuple[Instrument, ...]:
        """Options of one expiry, by strike."""
        found = (i for i in self.instruments if i.underlying is underlying and i.expiry == expiry)
        return tuple(sorted((i for i in found if i.is_option), key=lambda i: (i.strike, i.kind)))

    def expiries(self, underlying: Underlying) -> tuple[date, ...]:
        options = (i for i in self.instruments if i.underlying is underlying and i.is_option)
        return tuple(sorted({i.expiry for i in options if i.expiry is not None}))
