"""What is traded: index options on NSE and BSE."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class Underlying(StrEnum):
    NIFTY = "NIFTY"
    BANKNIFTY = "BANKNIFTY"
    FINNIFTY = "FINNIFTY"
    MIDCPNIFTY = "MIDCPNIFTY"
    SENSEX = "SENSEX"


class Exchange(StrEnum):
    """The exchange that lists the contract (the TDD's `exchange`)."""

    NSE = "NSE"
    BSE = "BSE"


EXCHANGE_OF = {
    Underlying.NIFTY: Exchange.NSE,
    Underlying.BANKNIFTY: Exchange.NSE,
    Underlying.FINNIFTY: Exchange.NSE,
    Underlying.MIDCPNIFTY: Exchange.NSE,
    Underlying.SENSEX: Exchange.BSE,
}


class OptionType(StrEnum):
    CE = "CE"
    PE = "PE"


class Side(StrEnum):
    BUY = "BUY"
    SELL = "SELL"

    @property
    def opposite(self) -> "Side":
        return Side.SELL if self is Side.BUY else Side.BUY


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One listed option. `symbol` is the canonical (NSE and Kite) form, `NIFTY26DEC26000CE`.

    Lot and tick belong to the contract, not to the day (decisions 1): they come from the instrument
    master of the day where there is one, else from the dated contract facts.
    """

    underlying: Underlying
    exchange: Exchange
    expiry: date
    strike: Decimal
    option_type: OptionType
    lot_size: int
    tick_size: Decimal
    symbol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What the market shows for one contract at `at` (aware UTC, the exchange's own time).

    Prices in rupees; a side with nobody on it is None, never 0. `age_s` is for the reader to judge:
    staleness is part of a quote (see `market_data`).
    """

    symbol: str
    last_price: Decimal | None
    bid: Decimal | None
    ask: Decimal | None
    bid_quantity: int
    ask_quantity: int
    volume: int
    open_interest: int
    lower_circuit: Decimal | None
    upper_circuit: Decimal | None
    at: datetime

    @property
    def mid(self) -> Decimal | None:
        if self.bid is None or self.ask is None:
            return None
        return (self.bid + self.ask) / 2

    def age_s(self, now: datetime) -> float:
        return (now - self.at).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainRow:
    """A contract and its quote of one moment."""

    contract: Contract
    quote: Quote


@dataclass(frozen=True, slots=True)
class ChainSide:
    """The calls or the puts of a chain, ascending by strike; both sequences index by index."""

    strikes: tuple[Decimal, ...]
    rows: tuple[ChainRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionChain:
    """All quoted contracts of one underlying and expiry, and the spot, at one moment."""

    underlying: Underlying
    expiry: date
    spot: Decimal
    spot_at: datetime
    rows: tuple[ChainRow, ...]
    at: datetime
    _sides: dict[OptionType, ChainSide] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def side(self, option_type: OptionType) -> ChainSide:
        """Sorted once for all legs that choose from this chain."""
        found = self._sides.get(option_type)
        if found is None:
            rows = [row for row in self.rows if row.contract.option_type is option_type]
            strikes = [row.contract.strike for row in rows]
            ascending = sorted(strikes)
            if ascending != strikes:
                rows.sort(key=lambda row: row.contract.strike)
            found = self._sides[option_type] = ChainSide(tuple(ascending), tuple(rows))
        return found
