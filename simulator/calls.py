"""One authenticated call of a client: who it is, what it sent, and the faults that strike it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from simulator.accounts import Registration
from simulator.answers import failure, success
from simulator.fault_effects import Effects, effects_on
from simulator.faults import Caller, Operation
from simulator.refusals import InputRefused, Refused
from simulator.world import World

_decoder = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(slots=True, kw_only=True)
class Call:
    """`fields` are the form's, `body` the raw bytes of a JSON request."""

    world: World
    app: Registration
    request: Request
    fields: Mapping[str, str]
    body: bytes
    at: datetime
    effects: Effects

    @property
    def user_id(self) -> str:
        return self.app.user_id

    def json(self) -> Any:
        try:
            return _decoder.decode(self.body)
        except msgspec.DecodeError as error:
            raise InputRefused("The body is not valid JSON.") from error

    def text(self, name: str, default: str | None = None) -> str:
        value = self.fields.get(name, default)
        if value is None or value == "":
            raise InputRefused(f"Missing or empty field `{name}`.")
        return value

    def number(self, name: str) -> Decimal | None:
        return number_of(self.fields.get(name), name)

    def whole(self, name: str) -> int | None:
        value = self.number(name)
        if value is None:
            return None
        if value != value.to_integral_value():
            raise InputRefused(f"Invalid `{name}`.")
        return int(value)


Handler = Callable[[Call], Any]
Endpoint = Callable[[Request], Any]


def endpoint(world: World, operation: Operation, handler: Handler) -> Endpoint:
    """An HTTP endpoint of the handler: signed in, faults applied, wrapped in Kite's envelope.

    The handler returns the data of the answer, or a Response of its own.
    """

    async def answer(request: Request) -> Response:
        body = await request.body()
        try:
            app = world.registry.authenticate(request.headers.get("authorization", ""), world.now())
            call = _call(world, app, request, body, operation)
            if call.effects.latency_s:
                await asyncio.sleep(call.effects.latency_s)
                call.at = world.now()
            if call.effects.instead is not None:
                return call.effects.instead
            done = handler(call)
        except Refused as refused:
            return failure(refused)
        if call.effects.afterwards is not None:
            return call.effects.afterwards
        return done if isinstance(done, Response) else success(done)

    return answer


def number_of(value: str | float | Decimal | None, name: str) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise InputRefused(f"Invalid `{name}`.") from error
    if not number.is_finite():
        raise InputRefused(f"Invalid `{name}`.")
    return number


def _call(
    world: World, app: Registration, request: Request, body: bytes, operation: Operation
) -> Call:
    fields: dict[str, str] = {}
    if not request.headers.get("content-type", "").startswith("application/json"):
        fields = dict(parse_qsl(body.decode("utf-8", "replace")))
    caller = Caller(
        user_id=app.user_id,
        api_key=app.api_key,
        operation=operation,
        side=fields.get("transaction_type"),
    )
    at = world.now()
    effects = effects_on(world.faults, caller, at)
    return Call(
        world=world, app=app, request=request, fields=fields, body=body, at=at, effects=effects
    )
