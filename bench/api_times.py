"""An API request's own time (routing, reading, checking, answering) and the decoding of rows."""

import copy
from collections.abc import Callable
from dataclasses import replace
from time import process_time
from typing import Any

from bench.rows import Row
from lambda_functions.options_platform.strategy_manager import examples, routes
from shared_utils.api.application import Application
from shared_utils.api.operations import Operations
from shared_utils.domain.instruments import OptionType, Side
from shared_utils.domain.strategies import Strategy
from shared_utils.indian_market_utils.facts import facts_from_config
from shared_utils.settings import market_config
from shared_utils.storage.documents import decode, encode
from tests.api_events import LambdaContext, an_event
from tests.simulation.market import a_condor, a_leg

BASKET = "bsk_01J00000000000000000000000"
STRATEGY = "stg_01J00000000000000000000000"


class InstantStrategies:
    """Answers from memory, so that only the edge is measured."""

    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy

    def strategy(self, *_: object) -> Strategy:
        return self._strategy

    def create(self, *_: object) -> Strategy:
        return self._strategy


def run() -> list[Row]:
    ten = _with_legs(10)
    service: Any = InstantStrategies(ten)
    operations = Operations()
    routes.register(operations, service, service, service, service)
    application = Application(operations)
    get = an_event("GET", f"/options/strategies/{STRATEGY}")
    legs = [copy.deepcopy(examples.LEG) | {"leg_number": n + 1} for n in range(10)]
    body = {**copy.deepcopy(examples.STRATEGY), "legs": legs}
    post = an_event("POST", f"/options/baskets/{BASKET}/strategies", body)
    missing = an_event("GET", "/options/nothing-is-here")
    for event, status in ((get, 200), (post, 201), (missing, 404)):
        answer = application(event, LambdaContext())
        if answer["statusCode"] != status:
            raise AssertionError(answer)
    return [
        ("GET, no such route: routing alone", _request(application, missing), 60.0, "us CPU"),
        (
            "GET a strategy of 10 legs, with its encoding",
            _request(application, get),
            None,
            "us CPU",
        ),
        (
            "POST a strategy of 10 legs, with its encoding",
            _request(application, post),
            300.0,
            "us CPU",
        ),
        ("reading 100 strategies of 4 legs, each", _decoding(_with_legs(4)), 10.0, "us CPU"),
        ("reading 100 strategies of 10 legs, each", _decoding(ten), None, "us CPU"),
        ("reading the market's facts, once a process", _facts(), 20_000.0, "us CPU"),
    ]


def _facts() -> float:
    return _best(lambda: facts_from_config(market_config()), 1)


def _with_legs(count: int) -> Strategy:
    sides, types = (Side.SELL, Side.BUY), tuple(OptionType)
    legs = tuple(a_leg(n + 1, sides[n % 2], types[n % 2], 200, 0) for n in range(count))
    return replace(a_condor(), legs=legs)


def _request(application: Application, event: dict[str, Any]) -> float:
    context = LambdaContext()
    return _best(lambda: application(dict(event), context), 50)


def _decoding(strategy: Strategy) -> float:
    documents = [encode(replace(strategy, strategy_number=n)) for n in range(100)]
    return _best(lambda: [decode(Strategy, each) for each in documents], 5) / 100


def _best(call: Callable[[], object], times: int, rounds: int = 15) -> float:
    """Least CPU microseconds of one call."""
    found = []
    for _ in range(rounds):
        began = process_time()
        for _ in range(times):
            call()
        found.append((process_time() - began) / times * 1e6)
    return min(found)
