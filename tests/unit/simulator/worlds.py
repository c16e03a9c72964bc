"""Worlds for the simulator's tests: one that a test turns by hand, and one served over HTTP."""

import hashlib
import json
import socket
import threading
import time as real_time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import urllib3
import uvicorn

from shared_utils.domain.instruments import Underlying
from shared_utils.indian_market_utils.sessions import at_ist
from simulator.accounts import Registration
from simulator.clock import MarketClock
from simulator.instruments import Instrument
from simulator.kite_api import make_app
from simulator.market import Market, MarketQuote
from simulator.orders import SimulatedOrder, Ticket
from simulator.world import World, make_world, market_facts

FACTS = market_facts()
DAY = date(2026, 8, 5)  # a Wednesday without any expiry
AT_TEN = at_ist(DAY, time(10))


@cache
def market_of(seed: int = 0) -> Market:
    """One market for all worlds of a seed: it remembers nothing but what it has computed."""
    return Market(FACTS, seed)


class Stopwatch:
    """Stands in for the machine's clock."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class TurnedWorld:
    """A world whose time stands still until the test lets it pass."""

    def __init__(self, at: datetime = AT_TEN, seed: int = 0) -> None:
        self.watch = Stopwatch()
        self.world = make_world(market=market_of(seed), clock=MarketClock(at, self.watch))
        self.exchange = self.world.exchange
        self.market = self.world.market

    @property
    def now(self) -> datetime:
        return self.world.now()

    def after(self, seconds: float) -> datetime:
        self.watch.seconds += seconds
        return self.exchange.advance()

    def until(self, at: datetime) -> datetime:
        return self.after((at - self.now).total_seconds())

    def option(self, *, away: int = 0, kind: str = "CE", weeks: int = 0) -> Instrument:
        """A NIFTY option so many strikes above the money."""
        master = self.market.master(self.exchange.day)
        expiry = master.expiries(Underlying.NIFTY)[weeks]
        strike = round(self.market.spot(Underlying.NIFTY, self.now) / 50) * 50 + 50 * away
        chain = master.chain(Underlying.NIFTY, expiry)
        return next(i for i in chain if i.strike == strike and i.kind == kind)

    def quote(self, instrument: Instrument) -> MarketQuote:
        return self.market.quote(instrument, self.now)

    def bid(self, instrument: Instrument) -> Decimal:
        bid = self.quote(instrument).bid
        assert bid is not None
        return bid

    def ask(self, instrument: Instrument) -> Decimal:
        ask = self.quote(instrument).ask
        assert ask is not None
        return ask

    def too_low(self, instrument: Instrument) -> Decimal:
        """A price that nobody sells at for a while, inside the allowed range."""
        return self.bid(instrument) * Decimal("0.8") // 1

    def place(self, instrument: Instrument, side: str = "BUY", **changes: Any) -> SimulatedOrder:
        faults = {
            name: changes.pop(name)
            for name in ("held_for", "fill_limit", "rejection")
            if name in changes
        }
        user_id = changes.pop("user_id", "AB0001")
        return self.exchange.place(user_id, self.ticket(instrument, side, **changes), **faults)

    def ticket(self, instrument: Instrument, side: str = "BUY", **changes: Any) -> Ticket:
        """A limit order deep enough to fill at once, unless told otherwise."""
        quote = self.quote(instrument)
        levels = quote.asks if side == "BUY" else quote.bids
        given: dict[str, Any] = {
            "exchange": instrument.exchange,
            "symbol": instrument.symbol,
            "side": side,
            "quantity": instrument.lot,
            "product": "NRML",
            "order_type": "LIMIT",
            "price": levels[-1].price if levels else Decimal("10.00"),
            "trigger_price": Decimal(0),
            "validity": "DAY",
            "validity_ttl": 0,
            "disclosed_quantity": 0,
            "market_protection": Decimal(0),
            "tag": "test1",
        }
        return Ticket(**given | changes)


def app(number: int = 1, **changes: Any) -> Registration:
    given: dict[str, Any] = {
        "api_key": f"key{number}",
        "api_secret": f"secret{number}",
        "user_id": f"AB000{number}",
        "redirect_url": "http://127.0.0.1:9/callback",
    }
    return Registration(**given | changes)


class Client:
    """A plain HTTP client of a served world: no help from any broker's library."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(5.0))
        self.headers: dict[str, str] = {}

    def call(
        self, method: str, path: str, *, timeout: float = 5.0, **sent: Any
    ) -> tuple[int, dict[str, Any]]:
        """`form`, `body` (JSON) or `query`; the status and the parsed answer."""
        answer = self.raw(method, path, timeout=timeout, **sent)
        return answer.status, json.loads(answer.data)

    def raw(
        self,
        method: str,
        path: str,
        *,
        timeout: float = 5.0,
        form: dict[str, Any] | None = None,
        body: Any = None,
        query: Any = None,
        headers: dict[str, str] | None = None,
    ) -> urllib3.BaseHTTPResponse:
        url = self.root + path + (f"?{urlencode(query, doseq=True)}" if query else "")
        sent_headers = self.headers | (headers or {})
        content = None
        if form is not None:
            content = urlencode(form)
            sent_headers["content-type"] = "application/x-www-form-urlencoded"
        elif body is not None:
            content = json.dumps(body)
            sent_headers["content-type"] = "application/json"
        return self.http.request(
            method, url, body=content, headers=sent_headers, redirect=False, timeout=timeout
        )

    def sign_in(self, registration: Registration) -> str:
        """Logs in as a program does; returns the access token and uses it from here on."""
        code = self.request_token(registration)
        secret = f"{registration.api_key}{code}{registration.api_secret}"
        form = {
            "api_key": registration.api_key,
            "request_token": code,
            "checksum": hashlib.sha256(secret.encode()).hexdigest(),
        }
        status, answer = self.call("POST", "/session/token", form=form)
        assert status == 200, answer
        token = str(answer["data"]["access_token"])
        self.headers = {"authorization": f"token {registration.api_key}:{token}"}
        return token

    def request_token(self, registration: Registration) -> str:
        query = {"v": 3, "api_key": registration.api_key}
        answer = self.raw("GET", "/connect/login", query=query)
        assert answer.status == 302
        return parse_qs(urlsplit(answer.headers["location"]).query)["request_token"][0]


@contextmanager
def served(world: World) -> Iterator[str]:
    """The world's HTTP server on a free port of loopback; yields its root URL."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(make_app(world), log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    give_up = real_time.monotonic() + 10
    while not server.started and real_time.monotonic() < give_up:
        real_time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(timeout=10)
        listener.close()


def eventually(condition: Any, within_s: float = 5.0) -> Any:
    """Waits for something true in real time; the last value either way."""
    give_up = real_time.monotonic() + within_s
    while not (found := condition()) and real_time.monotonic() < give_up:
        real_time.sleep(0.02)
    return found


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)
