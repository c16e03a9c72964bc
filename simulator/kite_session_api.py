"""Login: the browser's page, the exchange of its request token, logout, and the profile."""

import html
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from simulator.accounts import Registration
from simulator.answers import failure, success
from simulator.calls import Call, endpoint
from simulator.faults import Operation
from simulator.kite_wire import india_time
from simulator.refusals import InputRefused, Refused
from simulator.world import World

_EXCHANGES = ["NSE", "BSE", "NFO", "BFO"]
_PRODUCTS = ["NRML", "MIS"]
_ORDER_TYPES = ["LIMIT", "SL"]


def session_routes(world: World) -> list[Route]:
    async def login(request: Request) -> Response:
        return _login(world, request)

    async def open_session(request: Request) -> Response:
        return _open_session(world, await request.body())

    async def end_session(request: Request) -> Response:
        query = request.query_params
        try:
            world.registry.end_session(query.get("api_key", ""), query.get("access_token", ""))
        except Refused as refused:
            return failure(refused)
        return success(data=True)

    return [
        Route("/connect/login", login, methods=["GET"]),
        Route("/session/token", open_session, methods=["POST"]),
        Route("/session/token", end_session, methods=["DELETE"]),
        Route("/user/profile", endpoint(world, Operation.OTHER, _profile), methods=["GET"]),
    ]


def _login(world: World, request: Request) -> Response:
    """A browser sees that this is no real broker and goes on by itself; a program goes on at once.

    The user is the one registered with the app: there is no password to type.
    """
    query = request.query_params
    try:
        app = world.registry.app(query.get("api_key", ""))
        if query.get("v") != "3":
            raise InputRefused("Invalid `v`: this is Kite Connect version 3.")
        if not app.redirect_url:
            raise InputRefused("The app has no redirect URL registered.")
    except Refused as refused:
        return failure(refused)
    if "text/html" in request.headers.get("accept", "") and "approve" not in query:
        again = f"{request.url.path}?{urlencode([*query.multi_items(), ('approve', '1')])}"
        return HTMLResponse(_page(app, again))
    code = world.registry.login(app.api_key, world.now())
    return RedirectResponse(_redirect(app, code, query.get("redirect_params", "")), 302)


def _redirect(app: Registration, code: str, redirect_params: str) -> str:
    """The app's own URL with the request token, and what the app asked to get back."""
    parts = urlsplit(app.redirect_url)
    answer = {"action": "login", "type": "login", "status": "success", "request_token": code}
    query = [*parse_qsl(parts.query), *parse_qsl(redirect_params), *answer.items()]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _page(app: Registration, again: str) -> str:
    link = html.escape(again, quote=True)
    return (
        "<!doctype html><html><head><title>Broker simulator</title>"
        f'<meta http-equiv="refresh" content="2;url={link}"></head><body>'
        "<h1>Broker simulator</h1><p>This is not a real broker: no money, no real orders.</p>"
        f"<p>Signing in as <b>{html.escape(app.user_name)}</b> ({html.escape(app.user_id)}).</p>"
        f'<p><a href="{link}">Continue</a></p></body></html>'
    )


def _open_session(world: World, body: bytes) -> Response:
    fields = dict(parse_qsl(body.decode("utf-8", "replace")))
    try:
        token = world.registry.exchange_code(
            fields.get("api_key", ""),
            fields.get("request_token", ""),
            fields.get("checksum", ""),
            world.now(),
        )
        app = world.registry.app(token.api_key)
    except Refused as refused:
        return failure(refused)
    opened = {
        "api_key": app.api_key,
        "access_token": token.value,
        "public_token": token.value[:16],
        "enctoken": "",
        "refresh_token": "",
        "silo": "",
        "login_time": india_time(token.made_at),
    }
    return success(_person(app) | opened)


def _profile(call: Call) -> Any:
    return _person(call.app)


def _person(app: Registration) -> dict[str, Any]:
    return {
        "user_type": "individual",
        "email": app.email,
        "user_name": app.user_name,
        "user_shortname": app.user_name.split()[0],
        "broker": "ZERODHA",
        "exchanges": _EXCHANGES,
        "products": _PRODUCTS,
        "order_types": _ORDER_TYPES,
        "avatar_url": None,
        "user_id": app.user_id,
        "meta": {"demat_consent": "consent"},
    }
