"""The deployed platform as fixtures: the three stacks in the local cloud, beside a played market.

    def test_…(platform: Platform) -> None:
        trader = platform.trader("asha")          # signed up and in, over HTTP
        trader.api.post("/options/baskets", {…})

The templates are synthesised once in a test run; each module deploys them to an emptied cloud and
begins on the same market morning. With LOCAL_ENFORCE_IAM=1 functions may only do what they are
granted.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import pytest

from local import addresses, processes
from local.api_client import Api
from local.deployed import Deployed, deployed_from, local_overrides, synthesised
from local.ports import Port
from local.seed import STRATEGY_NAME, User, allocations, condor, sign_in
from local.simulator_program import simulator_program
from tests.emulator import Emulator, free_port, quiet
from tests.played_markets import PlayedMarket

PREFIX = addresses.PREFIX
# 09:40 in India on a Wednesday: the market is open and the condor's entry is five minutes away.
MORNING = datetime(2026, 8, 5, 4, 10, tzinfo=UTC)
# 09:45, from when on the market hardly moves for a minute: see local/simulator_program.py.
CALM = MORNING + timedelta(minutes=5)
_LOOK_EVERY_S = 0.1

FoundT = TypeVar("FoundT")


def eventually(look: Callable[[], FoundT | None], what: str, within_s: float = 60) -> FoundT:
    """What `look` finds, once it finds something; fails by the deadline, naming `what`."""
    deadline = time.monotonic() + within_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            pytest.fail(f"Not within {within_s:g} s: {what}.")
        time.sleep(_LOOK_EVERY_S)


@dataclass(frozen=True)
class Trader:
    """A user and his API. `zerodha` is his user id at the simulated broker, `paper` his other
    account.
    """

    email: str
    api: Api
    platform: "Platform"
    zerodha: str
    paper: str = "ANGEL_CLIENT1"

    def open_accounts(self) -> None:
        """One account at the simulated broker, connected; one on paper."""
        market, key = self.platform.market, f"key-of-{self.zerodha}"
        market.add_app(
            api_key=key,
            api_secret="app-secret",
            user_id=self.zerodha,
            redirect_url=self.platform.deployed.callback_url,
        )
        account = {"client_id": self.zerodha, "broker_name": "zerodha", "capital": 2_500_000}
        account |= {"display_name": "Zerodha", "api_key": key, "api_secret": "app-secret"}
        self.api.post("/brokers/accounts", account)
        paper = {"client_id": self.paper, "broker_name": "paper", "capital": 2_500_000}
        self.api.post("/brokers/accounts", paper | {"display_name": "Paper"})
        self.log_in_to_broker()

    def log_in_to_broker(self) -> str:
        """The day's login; what the trader's browser shows at its end."""
        path = f"/brokers/oauth/zerodha/login?client_id={self.zerodha}"
        market = self.platform.market
        return market.follow(market.log_in(self.api.get(path)["login_url"]))

    def basket(self, name: str = "Weekly income") -> str:
        created = self.api.post("/options/baskets", {"name": name, "category": "INCOME"})
        basket_id: str = created["basket_id"]
        return basket_id

    def condor(self, basket_id: str, name: str = STRATEGY_NAME, **changes: Any) -> str:
        """The design document's own strategy."""
        body = condor(lot_size=65) | {"name": name} | changes
        created = self.api.post(f"/options/baskets/{basket_id}/strategies", body)
        strategy_id: str = created["strategy_id"]
        return strategy_id

    def allocations(self) -> list[dict[str, Any]]:
        """The design document's own array, for this trader's accounts: 2 lots and 1 lot."""
        return [
            each | {"client_id": client_id}
            for each, client_id in zip(allocations(), (self.zerodha, self.paper), strict=True)
        ]

    def configured(self, name: str = STRATEGY_NAME, *, both_accounts: bool = True) -> str:
        """Basket, condor, allocations. The strategy's id; it is not active yet."""
        strategy_id = self.condor(self.basket(f"Basket of {name}"), name)
        wanted = self.allocations() if both_accounts else self.allocations()[:1]
        self.api.post(f"/options/strategies/{strategy_id}/brokers", wanted)
        return strategy_id

    def enter_calmly(self, strategy_id: str) -> dict[str, Any]:
        """Enters at a moment when a slow machine still gets its price. The broker's books of all
        users are empty then.
        """
        self.platform.market.start_over(CALM, keeps_faults=True)
        return self.run(strategy_id, "ENTRY")

    def run(self, strategy_id: str, kind: str) -> dict[str, Any]:
        """Runs the strategy by hand and waits until the run is settled."""
        path = f"/execution/strategies/{strategy_id}/execute"
        return self.settled(self.api.post(path, {"kind": kind})["execution_id"])

    def settled(self, execution_id: str, within_s: float = 120) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.api.get(f"/execution/{execution_id}")
            return found if found["status"] in {"COMPLETED", "FAILED", "CANCELLED"} else None

        return eventually(look, f"execution {execution_id} settles", within_s)


@dataclass
class Platform:
    """The stacks as they are deployed for a module, and the market they trade in."""

    deployed: Deployed
    market: PlayedMarket

    @property
    def api(self) -> Api:
        """Nobody's: not signed in."""
        return self.deployed.api

    def user(self, name: str, *, is_admin: bool = False) -> Api:
        """Signed up unless he was, and signed in."""
        who = User(f"{name}@example.com", name.title(), is_admin=is_admin)
        return sign_in(self.api, who, self.deployed.cloud, self.deployed.user_pool_id)

    def trader(self, name: str) -> Trader:
        return Trader(f"{name}@example.com", self.user(name), self, f"ZERODHA_{name.upper()}")

    @cached_property
    def _dynamo(self) -> Any:
        return self.deployed.cloud.client("dynamodb")

    def stored(self) -> dict[str, list[Any]]:
        """Everything that is stored, but for the ledgers of requests and live connections."""
        names = [
            name
            for name in self._dynamo.list_tables()["TableNames"]
            if name.startswith(PREFIX) and "idempotency" not in name and "connections" not in name
        ]
        assert len(names) > 9
        pages = self._dynamo.get_paginator("scan")
        return {
            name: [row for page in pages.paginate(TableName=name) for row in page["Items"]]
            for name in names
        }

    def invoke(self, function: str) -> None:
        """Calls a function as its schedule does, without waiting for the minute."""
        answer = self.deployed.cloud.client("lambda").invoke(FunctionName=f"{PREFIX}-{function}")
        text = answer["Payload"].read().decode()
        assert "FunctionError" not in answer, text


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlayedMarket]:
    state = tmp_path_factory.mktemp("simulator")
    free = free_port("simulator")
    port = Port(name=free.name, variable="LOCAL_SIMULATOR_PORT", number=free.number)
    processes.start(simulator_program(port=port, state=state), state)
    yield PlayedMarket(port.url)
    processes.stop(port.name, state)


@pytest.fixture(scope="session")
def local_assembly(
    emulator: Emulator, simulator: PlayedMarket, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    overrides = local_overrides(emulator.cloud.endpoint, simulator.url)
    return synthesised(tmp_path_factory.mktemp("assembly"), overrides, quiet)


@pytest.fixture(scope="module")
def platform(emulator: Emulator, simulator: PlayedMarket, local_assembly: Path) -> Platform:
    emulator.reset()
    simulator.start_over(MORNING)
    deployed = deployed_from(local_assembly, emulator.cloud, simulator, quiet)
    return Platform(deployed=deployed, market=simulator)
