"""The market itself, without any broker: listed contracts and quotes in the recorded day's format.

No login and no faults: those are a broker's.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared_utils.domain.errors import CalendarUnknown
from shared_utils.domain.instruments import EXCHANGE_OF, Contract, Exchange, OptionType, Underlying
from shared_utils.indian_market_utils.symbols import SEGMENT_OF
from shared_utils.market_data.recorded_day import FORMAT, Heading, Moment, RecordedQuote
from simulator.answers import failure
from simulator.instruments import Instrument, index_row
from simulator.market import MarketQuote
from simulator.refusals import InputRefused, NotFound, Refused
from simulator.world import World

_MOST_SYMBOLS = 2000


class _Asked(msgspec.Struct):
    """Canonical symbols of options, and names of indices."""

    symbols: list[str]


def own_market_routes(world: World) -> list[Route]:
    async def heading(request: Request) -> Response:
        return _answer(lambda: _heading(world, request.query_params.get("exchange", "")))

    async def moment(request: Request) -> Response:
        body = await request.body()
        return _answer(lambda: _moment(world, _asked(body)))

    return [
        Route("/market/heading", heading, methods=["GET"]),
        Route("/market/moment", moment, methods=["POST"]),
    ]


def _answer(tell: Any) -> Response:
    try:
        return Response(msgspec.json.encode(tell()), media_type="application/json")
    except Refused as refused:
        return failure(refused)
    except CalendarUnknown as problem:
        return failure(NotFound(problem.message))


def _asked(body: bytes) -> list[str]:
    try:
        symbols = msgspec.json.decode(body, type=_Asked).symbols
    except msgspec.MsgspecError as error:
        raise InputRefused('The body must be {"symbols": […]}.') from error
    if len(symbols) > _MOST_SYMBOLS:
        raise InputRefused(f"At most {_MOST_SYMBOLS} symbols in one question.")
    return symbols


def _heading(world: World, exchange: str) -> Heading:
    """Of one exchange, or of both."""
    if exchange and exchange not in {*Exchange}:
        raise InputRefused("Invalid `exchange`: NSE or BSE.")
    world.exchange.advance()
    day = world.exchange.day
    rows = world.market.master(day).instruments
    listed = (contract for row in rows for contract in _contracts(row))
    wanted = tuple(each for each in listed if not exchange or each.exchange == exchange)
    return Heading(format=FORMAT, day=day, contracts=wanted)


def _contracts(row: Instrument) -> Iterator[Contract]:
    """The option itself; nothing for futures and indices."""
    if row.expiry is None or row.kind not in {*OptionType}:
        return
    yield Contract(
        underlying=row.underlying,
        exchange=EXCHANGE_OF[row.underlying],
        expiry=row.expiry,
        strike=row.strike,
        option_type=OptionType(row.kind),
        lot_size=row.lot,
        tick_size=row.tick,
        symbol=row.symbol,
    )


def _moment(world: World, symbols: list[str]) -> Moment:
    """What is not listed is left out."""
    at = world.exchange.advance()
    found = ((symbol, _instrument(world, symbol)) for symbol in dict.fromkeys(symbols))
    quotes = {
        symbol: _recorded(world.market.quote(row, at)) for symbol, row in found if row is not None
    }
    return Moment(at=_seen_at(at), quotes=quotes)


def _instrument(world: World, symbol: str) -> Instrument | None:
    if symbol in {*Underlying}:
        return index_row(Underlying(symbol))
    master = world.market.master(world.exchange.day)
    rows = (master.find(f"{segment}:{symbol}") for segment in SEGMENT_OF.values())
    return next((row for row in rows if row is not None and row.is_option), None)


def _recorded(quote: MarketQuote) -> RecordedQuote:
    return RecordedQuote(
        last=quote.last_price,
        bid=quote.bid,
        ask=quote.ask,
        bq=quote.bids[0].quantity if quote.bids else 0,
        aq=quote.asks[0].quantity if quote.asks else 0,
        volume=quote.volume,
        oi=quote.open_interest,
        lc=quote.lower_circuit or None,
        uc=quote.upper_circuit or None,
    )


def _seen_at(at: datetime) -> datetime:
    """To the second, like every exchange's times."""
    return at.replace(microsecond=0)
