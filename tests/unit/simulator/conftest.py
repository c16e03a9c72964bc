from collections.abc import Iterator

import pytest

from simulator.clock import MarketClock
from simulator.world import World, make_world
from tests.unit.simulator.worlds import AT_TEN, Client, TurnedWorld, app, market_of, served


@pytest.fixture
def turned() -> TurnedWorld:
    return TurnedWorld()


@pytest.fixture
def live_world() -> World:
    """Two users, real time, ten in the morning of a trading day."""
    world = make_world(market=market_of(), clock=MarketClock(AT_TEN))
    world.register(app(1))
    world.register(app(2))
    return world


@pytest.fixture
def root(live_world: World) -> Iterator[str]:
    with served(live_world) as url:
        yield url


@pytest.fixture
def client(root: str) -> Client:
    """Signed in as the first user."""
    signed_in = Client(root)
    signed_in.sign_in(app(1))
    return signed_in
