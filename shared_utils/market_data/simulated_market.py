"""A market that is played for us, read from the server that plays it: the last source of quotes
where an environment names one (SIMULATED_MARKET_URL).

It speaks the recorded day's format (`recorded_day.py`), a heading and one moment at a time:

    GET  {url}/heading?exchange=NSE         {"format", "day", "contracts"}
    POST {url}/moment  {"symbols": [...]}   {"at", "quotes": {symbol: {"last", "bid", …}}}
"""

import threading
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
import urllib3

from shared_utils.domain.errors import MarketDataUnavailable
from shared_utils.domain.instruments import EXCHANGE_OF, Exchange, OptionChain, Quote, Underlying
from shared_utils.indian_market_utils.sessions import ist_date
from shared_utils.indian_market_utils.symbols import InstrumentMaster
from shared_utils.market_data.chain_building import build_chain, contracts_around, price_of
from shared_utils.market_data.ports import Clock
from shared_utils.market_data.recorded_day import FORMAT, Heading, Moment, master_of, quote_of

_TIMEOUT = urllib3.Timeout(connect=1.0, read=5.0)
_OK = 200

PartT = TypeVar("PartT", Heading, Moment)


class SimulatedMarket:
    """A QuoteSource. Lives as long as the process; threads may share it."""

    def __init__(self, url: str, clock: Clock, http: Any = None) -> None:
        """`http` is an urllib3.PoolManager, or what has its `request`."""
        self._url = url
        self._clock = clock
        self._http = http if http is not None else urllib3.PoolManager(retries=False)
        self._masters: dict[Exchange, InstrumentMaster] = {}
        self._lock = threading.Lock()

    def chain(
        self,
        underlying: Underlying,
        expiry: date,
        *,
        around: Decimal | None = None,
        width: int = 40,
    ) -> OptionChain:
        """One question, so one moment: without `around` of all strikes, since the spot that chooses
        among them comes with the answer.
        """
        master = self.master(EXCHANGE_OF[underlying])
        asked = contracts_around(master, underlying, expiry, around, width)
        found = self._moment([underlying, *(contract.symbol for contract in asked)])
        spot = _index(underlying, found)
        middle = price_of(spot) if around is None else around
        return build_chain(contracts_around(master, underlying, expiry, middle, width), found, spot)

    def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        return self._moment(symbols)

    def spot(self, underlying: Underlying) -> Quote:
        return _index(underlying, self._moment([underlying]))

    def master(self, exchange: Exchange) -> InstrumentMaster:
        """Read once a trading day."""
        today = ist_date(self._clock.now())
        with self._lock:
            known = self._masters.get(exchange)
            if known is None or known.trading_day != today:
                heading = self._ask(Heading, "GET", f"/heading?exchange={exchange}")
                if heading.format != FORMAT:
                    raise MarketDataUnavailable("The simulated market speaks another format.")
                known = self._masters[exchange] = master_of(heading, exchange, today)
            return known

    def _moment(self, symbols: Sequence[str]) -> dict[str, Quote]:
        """What is shown of them, with the market's own time; nothing else."""
        body = msgspec.json.encode({"symbols": list(dict.fromkeys(symbols))})
        moment = self._ask(Moment, "POST", "/moment", body)
        if moment.at.tzinfo is None:
            raise MarketDataUnavailable("The simulated market's time has no time zone.")
        return {
            symbol: quote_of(symbol, quote, moment.at) for symbol, quote in moment.quotes.items()
        }

    def _ask(self, part: type[PartT], method: str, path: str, body: bytes | None = None) -> PartT:
        headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip"}
        try:
            answer = self._http.request(
                method,
                self._url + path,
                body=body,
                headers=headers,
                timeout=_TIMEOUT,
                retries=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise MarketDataUnavailable("The simulated market does not answer.") from error
        if answer.status != _OK:
            raise MarketDataUnavailable("The simulated market refuses to answer.")
        try:
            return msgspec.json.decode(answer.data, type=part)
        except msgspec.MsgspecError as error:
            raise MarketDataUnavailable("The simulated market's answer cannot be read.") from error


def _index(underlying: Underlying, found: Mapping[str, Quote]) -> Quote:
    quote = found.get(underlying)
    if quote is None:
        raise MarketDataUnavailable(f"The index {underlying} is not quoted.")
    return quote
