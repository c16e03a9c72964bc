"""One simulated market, seen through each of the three adapters of the QuoteSource port."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from typing import Any, Protocol

import urllib3

from shared_utils.brokers.ports import BrokerEndpoint, BrokerSession
from shared_utils.brokers.wire import Connections, NotSent, WireAnswer, WireRequest, http_send
from shared_utils.brokers.zerodha.adapter import ZerodhaBroker
from shared_utils.brokers.zerodha.sessions import exchange_request_token
from shared_utils.clock import sleep_until
from shared_utils.domain.instruments import Contract, Underlying
from shared_utils.market_data.broker_quotes import BrokerQuotes
from shared_utils.market_data.ports import QuoteSource
from shared_utils.market_data.recorded_day import Moment, RecordedQuote, read_day, write_day
from shared_utils.market_data.simulated_market import SimulatedMarket
from simulator.market import MarketQuote
from tests.conformance.served_accounts import PATIENCE, contract_of
from tests.conformance.zerodha_rig import an_account
from tests.unit.simulator.worlds import Client, TurnedWorld, app, served

# What a recording holds: two looks in the morning, and one after the close.
_RECORDED_S = (0, 3)
AFTER_CLOSE = timedelta(hours=5, minutes=41)


class ReadersClock:
    """The market's time and, when the market falls silent, what has passed since."""

    def __init__(self, turned: TurnedWorld) -> None:
        self._turned = turned
        self.silent_s = 0.0

    def now(self) -> datetime:
        return self._turned.now + timedelta(seconds=self.silent_s)

    def monotonic(self) -> float:
        return self._turned.watch.seconds + self.silent_s

    def sleep(self, seconds: float) -> None:
        self._turned.after(seconds)

    def sleep_until(self, at: datetime) -> None:
        sleep_until(self, at)


@dataclass
class QuoteRig:
    """`turned` is the market, `clock` the reader's; a `line` that is cut reaches nothing."""

    turned: TurnedWorld
    clock: ReadersClock
    line: "Line"
    source: QuoteSource = field(init=False)
    is_silent: Callable[[], None] = lambda: None

    def pass_s(self, seconds: float) -> None:
        self.turned.after(seconds)

    def silent_for(self, seconds: float) -> None:
        """The reader's time goes on, and nothing new is shown (nor recorded)."""
        self.clock.silent_s += seconds
        self.is_silent()

    def listed(self) -> list[Contract]:
        """The nearest NIFTY expiry, by strike."""
        master = self.turned.market.master(self.turned.exchange.day)
        expiry = master.expiries(Underlying.NIFTY)[0]
        return [contract_of(each) for each in master.chain(Underlying.NIFTY, expiry)]

    def shown(self, contract: Contract) -> MarketQuote:
        """What the market itself says of it now."""
        master = self.turned.market.master(self.turned.exchange.day)
        instrument = master.find(f"NFO:{contract.symbol}")
        assert instrument is not None
        return self.turned.quote(instrument)


class Line(Protocol):
    is_cut: bool


class Wire:
    """The way to a server, until it is cut."""

    def __init__(self, turned: TurnedWorld) -> None:
        self.is_cut = False
        self._http = urllib3.PoolManager(retries=False)
        self._send = http_send(self._http, PATIENCE, lambda: turned.watch.seconds)

    def send(self, request: WireRequest) -> WireAnswer:
        if self.is_cut:
            raise NotSent("No connection to the broker.")
        return self._send(request)

    def request(self, method: str, url: str, **sent: Any) -> Any:
        if self.is_cut:
            raise urllib3.exceptions.ProtocolError("cut")
        return self._http.request(method, url, **sent)


@contextmanager
def _of_broker(turned: TurnedWorld) -> Iterator[QuoteRig]:
    wire = Wire(turned)
    rig = QuoteRig(turned, ReadersClock(turned), wire)
    mine = app(1, user_id="AB0001")
    turned.world.register(mine)
    with served(turned.world) as root:
        endpoint = BrokerEndpoint(api=root, login=f"{root}/connect/login")
        login = exchange_request_token(
            http_send(Connections().pool(None), PATIENCE, rig.clock.monotonic),
            rig.clock,
            endpoint,
            api_key=mine.api_key,
            api_secret=mine.api_secret,
            request_token=Client(root).request_token(mine),
        )
        session = BrokerSession(
            account=an_account(client_id="AB0001"),
            endpoint=endpoint,
            api_key=mine.api_key,
            access_token=login.access_token,
        )
        rig.source = BrokerQuotes(ZerodhaBroker(session, wire.send, rig.clock), rig.clock)
        yield rig


@contextmanager
def _simulated(turned: TurnedWorld) -> Iterator[QuoteRig]:
    wire = Wire(turned)
    rig = QuoteRig(turned, ReadersClock(turned), wire)
    with served(turned.world) as root:
        rig.source = SimulatedMarket(f"{root}/market", rig.clock, wire)
        yield rig


class _Tape:
    """A recording that is cut has nothing on it."""

    def __init__(self, rig: QuoteRig) -> None:
        self._rig = rig

    @property
    def is_cut(self) -> bool:
        return False

    @is_cut.setter
    def is_cut(self, _: bool) -> None:
        self._rig.source = _recording(self._rig, [])


@contextmanager
def _recorded(turned: TurnedWorld) -> Iterator[QuoteRig]:
    rig = QuoteRig(turned, ReadersClock(turned), Wire(turned))
    rig.line = _Tape(rig)
    looks = [turned.now + timedelta(seconds=each) for each in _RECORDED_S]
    rig.source = _recording(rig, [*looks, turned.now + AFTER_CLOSE])
    rig.is_silent = partial(_stop_recording, rig, looks[:1])
    yield rig


def _stop_recording(rig: QuoteRig, looks: list[datetime]) -> None:
    rig.source = _recording(rig, looks)


def _recording(rig: QuoteRig, looks: list[datetime]) -> QuoteSource:
    market = rig.turned.market
    day = rig.turned.exchange.day
    master = market.master(day)
    listed = rig.listed()
    moments = []
    for at in looks:
        quotes = {"NIFTY": RecordedQuote(last=market.spot(Underlying.NIFTY, at))}
        for contract in listed:
            instrument = master.find(f"NFO:{contract.symbol}")
            assert instrument is not None
            quotes[contract.symbol] = _as_recorded(market.quote(instrument, at))
        moments.append(Moment(at=at, quotes=quotes))
    file = BytesIO()
    write_day(file, day, listed, moments)
    file.seek(0)
    return read_day(file, rig.clock)


def _as_recorded(quote: MarketQuote) -> RecordedQuote:
    return RecordedQuote(
        last=quote.last_price,
        bid=quote.bid,
        ask=quote.ask,
        bq=quote.bids[0].quantity if quote.bids else 0,
        aq=quote.asks[0].quantity if quote.asks else 0,
        volume=quote.volume,
        oi=quote.open_interest,
        lc=quote.lower_circuit,
        uc=quote.upper_circuit,
    )


RIGS = {"broker": _of_broker, "simulated market": _simulated, "recorded day": _recorded}
