"""What no real broker offers: the market's clock, the faults, and the registration of apps."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared_utils.domain.instruments import Underlying
from shared_utils.indian_market_utils.sessions import IST
from simulator.accounts import Registration
from simulator.answers import failure, json_answer
from simulator.clock import TurnedBack
from simulator.faults import Fault, FaultKind
from simulator.refusals import InputRefused, NotFound, Refused
from simulator.world import World

WantedT = TypeVar("WantedT")

_Admin = Callable[[World, Request, Any], Any]


def admin_routes(world: World) -> list[Route]:
    def route(method: str, path: str, handler: _Admin) -> Route:
        async def answer(request: Request) -> Response:
            try:
                return json_answer(handler(world, request, _json(await request.body())))
            except Refused as refused:
                return failure(refused)

        return Route(path, answer, methods=[method])

    return [
        route("GET", "/", _about),
        route("GET", "/clock", _clock),
        route("POST", "/clock", _turn_clock),
        route("GET", "/admin/accounts", _accounts),
        route("POST", "/admin/accounts", _add_account),
        route("POST", "/admin/postbacks", _switch_postbacks),
        route("GET", "/admin/faults", _faults),
        route("POST", "/admin/faults", _add_fault),
        route("DELETE", "/admin/faults", _remove_faults),
        route("DELETE", "/admin/faults/{fault_id}", _remove_fault),
    ]


def _json(body: bytes) -> Any:
    if not body:
        return {}
    try:
        found = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise InputRefused("The body is not valid JSON.") from error
    if not isinstance(found, dict):
        raise InputRefused("The body must be a JSON object.")
    return found


def _about(world: World, _request: Request, _body: Any) -> Any:
    now = world.exchange.advance()
    return {
        "what": "A broker simulator: simulated market, simulated orders, no real money.",
        "speaks": "Kite Connect v3",
        "market_time": _utc(now),
        "market_time_india": now.astimezone(IST).strftime("%Y-%m-%d %H:%M:%S"),
        "market_open": world.market.is_open(Underlying.NIFTY, now),
        "indices": {u: world.market.spot(u, now) for u in Underlying},
        "accounts": len(world.registry.registrations),
        "orders_today": len(world.exchange.orders),
        "faults_on": len(world.faults.faults),
    }


def _clock(world: World, _request: Request, _body: Any) -> Any:
    return {"now": _utc(world.now())}


def _turn_clock(world: World, _request: Request, body: Mapping[str, Any]) -> Any:
    """`{"now": …}` turns forward; with `"reset": true` to any time, and the books start empty."""
    to = _instant(body.get("now"), "now")
    if to is None:
        raise InputRefused("Missing `now`.")
    if body.get("reset") is True:
        world.clock.reset(to)
        world.exchange.start_over()
    else:
        try:
            world.clock.turn(to)
        except TurnedBack as error:
            raise InputRefused(str(error)) from error
    world.exchange.advance()
    return {"now": _utc(world.now())}


def _accounts(world: World, _request: Request, _body: Any) -> Any:
    return [
        {"api_key": app.api_key, "user_id": app.user_id, "redirect_url": app.redirect_url}
        for app in world.registry.registrations.values()
    ]


def _add_account(world: World, _request: Request, body: Mapping[str, Any]) -> Any:
    world.register(registration_from(body))
    return {"api_key": body["api_key"]}


def registration_from(fields: Mapping[str, Any]) -> Registration:
    """An app from its JSON: api_key, api_secret, user_id, redirect_url and what is optional."""
    known = set(Registration.__slots__)
    if unknown := set(fields) - known:
        raise InputRefused(f"Unknown fields: {', '.join(sorted(unknown))}.")
    for name in ("api_key", "api_secret", "user_id"):
        if not isinstance(fields.get(name), str) or not fields[name]:
            raise InputRefused(f"Missing or empty field `{name}`.")
    return _as(Registration, {"redirect_url": "", **fields})


def _switch_postbacks(world: World, _request: Request, body: Mapping[str, Any]) -> Any:
    world.postbacks_on = _as(bool, body.get("on"))
    return {"on": world.postbacks_on}


def _faults(world: World, _request: Request, _body: Any) -> Any:
    return [_fault_row(fault) for fault in world.faults.faults]


def _add_fault(world: World, _request: Request, body: Mapping[str, Any]) -> Any:
    """See `simulator/faults.py` for the fields; `for_s` ends the fault that long from now."""
    fault = fault_from(world, body)
    world.faults.switch_on(fault)
    return _fault_row(fault)


def fault_from(world: World, body: Mapping[str, Any]) -> Fault:
    allowed = set(Fault.__slots__) - {"fault_id"} | {"for_s"}
    if unknown := set(body) - allowed:
        raise InputRefused(f"Unknown fields: {', '.join(sorted(unknown))}.")
    given = dict(body)
    kind = _as(FaultKind, given.get("kind"))
    for_s = given.pop("for_s", None)
    for name in ("starts_at", "ends_at"):
        given[name] = _instant(given.get(name), name)
    if for_s is not None:
        starts_at = given["starts_at"] or world.now()
        given["ends_at"] = starts_at + timedelta(seconds=_as(float, for_s))
    if not given.get("operations"):
        given["operations"] = world.faults.usual_operations(kind)
    return _as(Fault, given | {"fault_id": world.faults.next_id()})


def _as(kind: type[WantedT], value: Any) -> WantedT:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise InputRefused(str(error)) from error


def _remove_faults(world: World, _request: Request, _body: Any) -> Any:
    return {"removed": world.faults.switch_off()}


def _remove_fault(world: World, request: Request, _body: Any) -> Any:
    removed = world.faults.switch_off(request.path_params["fault_id"])
    if not removed:
        raise NotFound("There is no such fault.")
    return {"removed": removed}


def _fault_row(fault: Fault) -> dict[str, Any]:
    row = {name: getattr(fault, name) for name in Fault.__slots__}
    row["operations"] = sorted(fault.operations)
    for name in ("starts_at", "ends_at"):
        row[name] = _utc(row[name]) if row[name] else None
    return row


def _instant(value: Any, name: str) -> datetime | None:
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise InputRefused(f"Invalid `{name}`: an ISO-8601 time is needed.") from error
    if instant.tzinfo is None:
        raise InputRefused(f"Invalid `{name}`: its offset from UTC is missing.")
    return instant


def _utc(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
