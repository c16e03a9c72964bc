"""Where prices come from. A quote keeps the exchange's own time: how old is too old is for the
reader to say, and nobody here makes an old quote look new.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from shared_utils.domain.instruments import Exchange, OptionChain, Quote, Underlying
from shared_utils.indian_market_utils.symbols import InstrumentMaster


class Clock(Protocol):
    """What a quote source needs of `shared_utils.clock`: it is passed in."""

    def now(self) -> datetime:
        """Market time, aware UTC."""
        ...

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


class QuoteProvider(Protocol):
    """The part of a broker that market data needs; every `brokers.ports.Broker` has it."""

    def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        """By the symbol that was asked: canonical (`NIFTY26D0126000CE`) for options, with its
        exchange (`NSE:NIFTY 50`) for an index. Raises BrokerUnavailable.
        """
        ...

    def instruments(self, exchange: Exchange) -> InstrumentMaster: ...


class QuoteSource(Protocol):
    """Quotes of index options and their indices. Raises MarketDataUnavailable."""

    def chain(
        self,
        underlying: Underlying,
        expiry: date,
        *,
        around: Decimal | None = None,
        width: int = 40,
    ) -> OptionChain:
        """The `width` strikes nearest to `around` (None: the spot), both types, one moment."""
        ...

    def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        """By canonical symbol of an option; absent where the market shows none."""
        ...

    def spot(self, underlying: Underlying) -> Quote:
        """The index itself; its `symbol` is the underlying's name."""
        ...

    def master(self, exchange: Exchange) -> InstrumentMaster:
        """Of today."""
        ...
