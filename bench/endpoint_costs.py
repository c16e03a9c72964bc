"""What one request of each operation of the options platform takes: own CPU, DynamoDB requests and
capacity, through the real handlers over tables in memory.

Own CPU is that of the handler without the tables' own. The client of AWS adds about 0.8 ms for each
of the requests (performance baselines 4). Capacity is counted by DynamoDB's published rules.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from time import process_time
from typing import Any
from unittest import mock

from bench.endpoint_asks import MARKET_ASKS, PLATFORM_ASKS, Asking
from bench.rows import Row
from cdk_stack.routes_of_options_platform import ROUTES
from tests.fake_dynamo.client import FakeDynamo
from tests.unit.market_data_fetcher.conftest import opened_fetcher
from tests.unit.options_platform.conftest import opened_platform

ROUNDS = 7
World = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one request."""

    own_us: float
    requests: int
    read_units: float
    write_units: float


def declared() -> list[str]:
    """`GET /options/baskets` and all others that the stack has."""
    return [f"{route.method} {route.path}" for route in ROUTES]


def unmeasured() -> list[str]:
    """Operations without a request in `endpoint_asks.py`: new ones, and nothing else."""
    asked = {**PLATFORM_ASKS, **MARKET_ASKS}
    return [operation for operation in declared() if operation not in asked]


def run() -> list[Row]:
    """Prints the table; the rows are what must be nothing, and the dearest of it."""
    costs = measured()
    print(f"\n  {'':<66}{'own us':>8}{'requests':>10}{'RRU':>7}{'WRU':>7}")
    for operation, cost in costs.items():
        units = f"{cost.read_units:>7g}{cost.write_units:>7g}"
        print(f"  {operation:<66}{cost.own_us:>8.0f}{cost.requests:>10}{units}")
    missing = unmeasured()
    for operation in missing:
        print(f"  {operation:<66} has no row: add its request to bench/endpoint_asks.py")
    dearest = max(costs, key=lambda operation: costs[operation].own_us)
    return [
        ("operations without a measured request", float(len(missing)), 0.0, "operations"),
        (f"the most own time: {dearest}", costs[dearest].own_us, None, "us CPU"),
        ("own time of a GET, median", _median_get(costs), None, "us CPU"),
    ]


def measured(rounds: int = ROUNDS) -> dict[str, Cost]:
    """By operation, in the order of the stack. Raises AssertionError for one that is refused."""
    asks: dict[str, tuple[World, Asking]] = {
        **{name: (opened_platform, ask) for name, ask in PLATFORM_ASKS.items()},
        **{name: (opened_fetcher, ask) for name, ask in MARKET_ASKS.items()},
    }
    return {name: _cost(name, *asks[name], rounds) for name in declared() if name in asks}


def _cost(operation: str, world: World, ask: Asking, rounds: int) -> Cost:
    """Each round asks anew, of things made for it; a world of its own keeps the counts exact."""
    method = operation.partition(" ")[0]
    own = math.inf
    with world() as opened:
        first = _once(opened, method, ask)
    with world() as opened:
        for _ in range(rounds):
            own = min(own, _once(opened, method, ask).own_us)
    return Cost(own, first.requests, first.read_units, first.write_units)


def _once(world: Any, method: str, ask: Asking) -> Cost:
    asked = ask(world)
    world.dynamo.take_usage()
    with _timed(world.dynamo) as inside:
        began = process_time()
        reply = world.call(method, asked.path, asked.body, caller=asked.caller)
        own = process_time() - began - inside[0]
    if reply.status not in {200, 201, 204}:
        raise AssertionError(f"{method} {asked.path}: {reply.status} {reply.text}")
    used = world.dynamo.take_usage()
    return Cost(own * 1e6, used.total_requests, used.read_units, used.write_units)


@contextmanager
def _timed(dynamo: FakeDynamo) -> Iterator[list[float]]:
    """The one number is the CPU seconds that the tables have taken."""
    inside, run_one = [0.0], dynamo._run  # noqa: SLF001 - around every request alike

    def timed(*call: Any) -> Any:
        began = process_time()
        try:
            return run_one(*call)
        finally:
            inside[0] += process_time() - began

    with mock.patch.object(dynamo, "_run", timed):
        yield inside


def _median_get(costs: dict[str, Cost]) -> float:
    found = sorted(cost.own_us for name, cost in costs.items() if name.startswith("GET "))
    return found[len(found) // 2]
