"""Quotes through a broker's session: few calls, at its pace, and never newer than they are.

A chain is read in one call where it fits: spot and options of one moment.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from shared_utils.domain.errors import BrokerUnavailable, MarketDataUnavailable, Unavailable
from shared_utils.domain.instruments import (
    EXCHANGE_OF,
    Contract,
    Exchange,
    OptionChain,
    Quote,
    Underlying,
)
from shared_utils.indian_market_utils.sessions import ist_date
from shared_utils.indian_market_utils.symbols import InstrumentMaster
from shared_utils.market_data.chain_building import build_chain, contracts_around, price_of
from shared_utils.market_data.ports import Clock, QuoteProvider

# What Kite calls the five indices; other brokers' adapters understand the same keys.
INDEX_KEYS: Mapping[Underlying, str] = MappingProxyType(
    {
        Underlying.NIFTY: "NSE:NIFTY 50",
        Underlying.BANKNIFTY: "NSE:NIFTY BANK",
        Underlying.FINNIFTY: "NSE:NIFTY FIN SERVICE",
        Underlying.MIDCPNIFTY: "NSE:NIFTY MID SELECT",
        Underlying.SENSEX: "BSE:SENSEX",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotePace:
    """`gap_s` between calls (Kite: one a second); what was read less than `reuse_s` ago is not read
    again; what was asked less than `warm_s` ago is read along with the next call; a spot younger
    than `spot_hint_s` is good enough to choose strikes by.
    """

    per_call: int = 500
    gap_s: float = 1.0
    reuse_s: float = 1.0
    warm_s: float = 10.0
    spot_hint_s: float = 60.0


@dataclass(frozen=True, slots=True)
class _Reading:
    """`quote` None: the market shows none. `taken_s` on the monotonic clock."""

    quote: Quote | None
    taken_s: float


class BrokerQuotes:
    """A QuoteSource over one broker session. Callers side by side share calls."""

    def __init__(
        self, provider: QuoteProvider, clock: Clock, pace: QuotePace | None = None
    ) -> None:
        self._provider = provider
        self._clock = clock
        self._pace = pace or QuotePace()
        self._lock = threading.Lock()
        self._readings: dict[str, _Reading] = {}
        self._asked_s: dict[str, float] = {}
        self._masters: dict[Exchange, InstrumentMaster] = {}
        self._next_call_s: float | None = None

    def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        return self._read(symbols)

    def spot(self, underlying: Underlying) -> Quote:
        key = INDEX_KEYS[underlying]
        return _named(underlying, self._read([key]).get(key))

    def chain(
        self,
        underlying: Underlying,
        expiry: date,
        *,
        around: Decimal | None = None,
        width: int = 40,
    ) -> OptionChain:
        master = self.master(EXCHANGE_OF[underlying])
        middle = around if around is not None else self._spot_hint(underlying)
        contracts = contracts_around(master, underlying, expiry, middle, width)
        if middle is None and len(contracts) >= self._pace.per_call:
            middle = price_of(self.spot(underlying))
            contracts = contracts_around(master, underlying, expiry, middle, width)
        key = INDEX_KEYS[underlying]
        found = self._read([key, *(contract.symbol for contract in contracts)])
        spot = _named(underlying, found.get(key))
        if around is None:
            contracts = _nearest(master, contracts, spot, width)
        return build_chain(contracts, found, spot)

    def master(self, exchange: Exchange) -> InstrumentMaster:
        """Read once a trading day."""
        with self._lock:
            known = self._masters.get(exchange)
            if known is None or known.trading_day != ist_date(self._clock.now()):
                try:
                    known = self._masters[exchange] = self._provider.instruments(exchange)
                except BrokerUnavailable as error:
                    raise MarketDataUnavailable(error.message) from error
                except Unavailable as error:
                    raise MarketDataUnavailable(error.message, code=error.code) from error
            return known

    def _spot_hint(self, underlying: Underlying) -> Decimal | None:
        """A spot read not long ago: where to look, never what to trade on."""
        reading = self._readings.get(INDEX_KEYS[underlying])
        if reading is None or reading.quote is None:
            return None
        too_old = self._clock.monotonic() - reading.taken_s > self._pace.spot_hint_s
        return None if too_old else reading.quote.last_price

    def _read(self, symbols: Iterable[str]) -> dict[str, Quote]:
        """All of `symbols`, of one moment as far as they fit one call."""
        wanted = list(dict.fromkeys(symbols))
        # Said before it is this caller's turn: the call that is waited for reads these along.
        self._asked_s |= dict.fromkeys(wanted, self._clock.monotonic())
        with self._lock:
            if not all(self._is_fresh(symbol) for symbol in wanted):
                self._wait_for_turn()
                together = self._with_warm(wanted)
                for start in range(0, len(together), self._pace.per_call):
                    self._call(together[start : start + self._pace.per_call])
            self._asked_s |= dict.fromkeys(wanted, self._clock.monotonic())
            readings = ((symbol, self._readings[symbol].quote) for symbol in wanted)
            return {symbol: quote for symbol, quote in readings if quote is not None}

    def _with_warm(self, wanted: list[str]) -> list[str]:
        """`wanted`, and what fits the same call of what is being asked these seconds: whoever asks
        for one symbol after the other then waits for one call, not for one each.
        """
        now = self._clock.monotonic()
        known = set(wanted)
        warm = [
            symbol
            for symbol, asked_s in self._asked_s.copy().items()
            if symbol not in known and now - asked_s < self._pace.warm_s
        ]
        return wanted + warm[: max(0, self._pace.per_call - len(wanted))]

    def _is_fresh(self, symbol: str) -> bool:
        reading = self._readings.get(symbol)
        return (
            reading is not None and self._clock.monotonic() - reading.taken_s < self._pace.reuse_s
        )

    def _wait_for_turn(self) -> None:
        if self._next_call_s is None:
            return
        left_s = self._next_call_s - self._clock.monotonic()
        if left_s > 0:
            self._clock.sleep(left_s)

    def _call(self, symbols: Sequence[str]) -> None:
        self._wait_for_turn()
        self._next_call_s = self._clock.monotonic() + self._pace.gap_s
        try:
            found = self._provider.quotes(symbols)
        except BrokerUnavailable as error:
            raise MarketDataUnavailable(error.message) from error
        taken_s = self._clock.monotonic()
        for symbol in symbols:
            self._readings[symbol] = _Reading(found.get(symbol), taken_s)


def _named(underlying: Underlying, quote: Quote | None) -> Quote:
    if quote is None:
        raise MarketDataUnavailable(f"The index {underlying} is not quoted.")
    return replace(quote, symbol=str(underlying))


def _nearest(
    master: InstrumentMaster, contracts: Sequence[Contract], spot: Quote, width: int
) -> tuple[Contract, ...]:
    """Of what was read, the strikes nearest to the spot that came with it."""
    first = contracts[0]
    near = contracts_around(master, first.underlying, first.expiry, price_of(spot), width)
    read = {contract.symbol for contract in contracts}
    return tuple(contract for contract in near if contract.symbol in read)
