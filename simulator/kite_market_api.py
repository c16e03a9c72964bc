"""Quotes and the instrument master."""

import gzip
from collections.abc import Callable
from datetime import date
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from simulator.calls import Call, endpoint
from simulator.faults import Operation
from simulator.kite_wire import Json, ltp_row, master_csv, ohlc_row, quote_row
from simulator.market import MarketQuote
from simulator.refusals import InputRefused
from simulator.world import World

_MOST_QUOTES = 500
_MOST_PRICES = 1000


def market_routes(world: World) -> list[Route]:
    dumps = _Dumps()

    def quotes(write: Callable[[MarketQuote], Json], most: int) -> Any:
        return endpoint(world, Operation.QUOTE, lambda call: _quotes(call, write, most))

    instruments = endpoint(world, Operation.OTHER, dumps.answer)
    return [
        Route("/quote", quotes(quote_row, _MOST_QUOTES), methods=["GET"]),
        Route("/quote/ohlc", quotes(ohlc_row, _MOST_PRICES), methods=["GET"]),
        Route("/quote/ltp", quotes(ltp_row, _MOST_PRICES), methods=["GET"]),
        Route("/instruments", instruments, methods=["GET"]),
        Route("/instruments/{exchange}", instruments, methods=["GET"]),
    ]


def _quotes(call: Call, write: Callable[[MarketQuote], Json], most: int) -> dict[str, Json]:
    """By the names asked for; what is not listed is left out, as Kite does."""
    keys = call.request.query_params.getlist("i")
    if not keys:
        raise InputRefused("Missing `i`: which instruments?")
    if len(keys) > most:
        raise InputRefused(f"At most {most} instruments in one call.")
    world = call.world
    at = world.exchange.advance()
    master = world.market.master(world.exchange.day)
    found = ((key, master.find(key)) for key in keys)
    return {key: write(world.market.quote(item, at)) for key, item in found if item is not None}


class _Dumps:
    """The day's master as CSV, written and compressed once."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._written: dict[str, tuple[bytes, bytes]] = {}

    def answer(self, call: Call) -> Response:
        plain, packed = self._dump(call, call.request.path_params.get("exchange", ""))
        if "gzip" in call.request.headers.get("accept-encoding", ""):
            return Response(packed, headers={"content-encoding": "gzip"}, media_type="text/csv")
        return Response(plain, media_type="text/csv")

    def _dump(self, call: Call, exchange: str) -> tuple[bytes, bytes]:
        call.world.exchange.advance()
        day = call.world.exchange.day
        if day != self._day:
            self._day = day
            self._written.clear()
        if exchange not in self._written:
            master = call.world.market.master(day)
            rows = master.of_exchange(exchange) if exchange else master.instruments
            text = master_csv(rows).encode()
            self._written[exchange] = (text, gzip.compress(text, 5, mtime=0))
        return self._written[exchange]
