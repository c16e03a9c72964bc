"""The HTTP server of one world: Kite Connect v3's paths, and the simulator's own beside them."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from simulator.admin_api import admin_routes
from simulator.answers import ReachTransport, failure
from simulator.kite_funds_api import funds_routes
from simulator.kite_market_api import market_routes
from simulator.kite_orders_api import order_routes
from simulator.kite_session_api import session_routes
from simulator.market_api import own_market_routes
from simulator.refusals import Refused
from simulator.world import World


def make_app(world: World) -> ASGIApp:
    """An ASGI application; it keeps nothing outside of `world`."""
    routed = Starlette(
        routes=[
            *admin_routes(world),
            *session_routes(world),
            *order_routes(world),
            *funds_routes(world),
            *market_routes(world),
            *own_market_routes(world),
        ],
        exception_handlers={HTTPException: _unknown_path, Exception: _own_fault},
    )
    return ReachTransport(routed)


async def _unknown_path(_request: Request, error: Exception) -> Response:
    refused = Refused("Route not found")
    refused.status = error.status_code if isinstance(error, HTTPException) else 500
    return failure(refused)


async def _own_fault(_request: Request, _error: Exception) -> Response:
    return failure(Refused("Something went wrong in the simulator; its log says what."))
