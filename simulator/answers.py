"""What goes out over HTTP: Kite's envelope, its errors, and the answers of a broker in trouble."""

import asyncio
from contextlib import suppress
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from simulator.refusals import Refused

_TRANSPORT = "simulator.transport"
_encoder = msgspec.json.Encoder(decimal_format="number")


def json_answer(body: Any, status: int = 200) -> Response:
    return Response(_encoder.encode(body), status, media_type="application/json")


def success(data: Any) -> Response:
    return json_answer({"status": "success", "data": data})


def failure(refused: Refused) -> Response:
    body = {
        "status": "error",
        "message": refused.message,
        "data": None,
        "error_type": refused.error_type,
    }
    return json_answer(body, refused.status)


def bad_gateway() -> Response:
    """The page of a proxy whose backend does not answer."""
    page = "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"
    return Response(page, 502, media_type="text/html")


def empty() -> Response:
    return Response(b"", 200, media_type="application/json")


class NoAnswer(Response):
    """Keeps the client waiting, then breaks the connection: it never learns what happened."""

    def __init__(self, hold_s: float) -> None:
        super().__init__()
        self._hold_s = hold_s

    async def __call__(self, scope: Scope, receive: Receive, _send: Send) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._hold_s):
                while (await receive())["type"] != "http.disconnect":
                    pass
        transport = scope.get(_TRANSPORT)
        if transport is not None:
            transport.abort()
            await asyncio.sleep(0.01)  # the server learns of it before it misses the answer


class ReachTransport:
    """Outermost layer: remembers the connection, so that an answer can be withheld for good."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cycle = getattr(send, "__self__", None)
        scope[_TRANSPORT] = getattr(cycle, "transport", None)
        await self._app(scope, receive, send)
