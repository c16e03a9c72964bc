"""The deployed functions, with IAM enforced: what they reach for, they may."""

import json
import shutil
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from cdk_stack.settings import Settings
from local.clouds import Cloud
from local.deployer import deploy
from tests.emulator import quiet
from tests.infrastructure.assemblies import Assembly

pytestmark = pytest.mark.emulator

EMPTY = {
    "name": "Legs to come",
    "strategy_type": "CUSTOM",
    "execution_schedule": {
        "entry_time": "09:30",
        "exit_time": "15:15",
        "entry_days": {"type": "WEEKDAYS", "weekdays": ["MON"]},
        "exit_days": {"type": "WEEKDAYS", "weekdays": ["MON"]},
    },
}
_EMAIL, _PASSWORD = "trader@example.com", "Sup3r-secret-pw!"


class Trader:
    """Talks to the deployed REST APIs."""

    def __init__(self, cloud: Cloud, prefix: str) -> None:
        self.cloud = cloud
        self.prefix = prefix
        self.token = ""

    def ask(self, api: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
        request = urllib.request.Request(  # noqa: S310 - our own loopback address
            self.cloud.rest_url(f"{self.prefix}-{api}", "v1") + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": self.token, **headers},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - the same
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refusal:
            text = refusal.read().decode()
            raise AssertionError(f"{method} {path}: {refusal.code} {text}") from refusal


@pytest.fixture
def by_the_real_clock(local: Assembly, tmp_path: Path) -> Path:
    """The local assembly, without the simulator that serves its market's time."""
    folder = tmp_path / "assembly"
    shutil.copytree(local.folder, folder)
    clock = Settings.read("local").chosen.market_clock_url
    for file in folder.glob("*.template.json"):
        file.write_text(file.read_text().replace(clock, ""))
    return folder


@pytest.fixture
def trader(guarded_cloud: Cloud, by_the_real_clock: Path, local: Assembly) -> Trader:
    deploy(by_the_real_clock, guarded_cloud, say=quiet)
    trader = Trader(guarded_cloud, local.prefix)
    who = {"email": _EMAIL, "password": _PASSWORD}
    trader.ask("auth", "POST", "/auth/sign-up", {**who, "name": "A trader"})
    trader.ask("auth", "POST", "/auth/confirm", {"email": _EMAIL, "confirmation_code": "123456"})
    trader.token = trader.ask("auth", "POST", "/auth/sign-in", who)["id_token"]
    return trader


def test_every_function_may_do_what_it_does(trader: Trader) -> None:
    account = {
        "client_id": "ZERODHA_CLIENT1",
        "broker_name": "zerodha",
        "display_name": "Mine",
        "api_key": "key",
        "api_secret": "made-up",
    }
    trader.ask("auth", "POST", "/brokers/accounts", account)
    trader.ask("auth", "GET", "/brokers/oauth/zerodha/login?client_id=ZERODHA_CLIENT1")
    basket = {"name": "Weekly income", "category": "CONSERVATIVE"}
    key = {"Idempotency-Key": "one-basket-please"}
    first = trader.ask("options", "POST", "/options/baskets", basket, **key)
    assert trader.ask("options", "POST", "/options/baskets", basket, **key) == first
    for api, path in (
        ("auth", "/auth/profile"),
        ("auth", "/brokers/accounts"),
        ("options", "/options/baskets"),
        ("options", f"/options/baskets/{first['basket_id']}/strategies"),
        ("options", "/options/strategies"),
        ("options", "/options/brokers/allocations"),
        ("options", "/options/templates"),
        ("options", "/options/baskets?type=marketplace"),
        ("options", "/options/baskets?creator_type=ADMIN"),
        ("options", "/options/marketplace"),
        ("options", "/options/marketplace?sort=TOTAL_RETURN"),
        ("options", "/options/marketplace?sort=SUBSCRIBERS"),
        ("options", "/options/marketplace/featured"),
        ("options", "/options/subscriptions"),
        ("execution", "/execution/orders"),
        ("execution", "/execution/orders/live"),
        ("execution", "/execution/positions"),
        ("execution", "/execution/positions/live"),
        ("execution", "/execution/pnl"),
        ("execution", "/execution/dashboard"),
    ):
        trader.ask(api, "GET", path)
    assert trader.ask("execution", "POST", "/execution/live/ticket")["ticket"]
    path = f"/options/baskets/{first['basket_id']}"
    ids = [trader.ask("options", "POST", f"{path}/strategies", EMPTY)["strategy_id"] for _ in "ab"]
    trader.ask("options", "DELETE", f"/options/strategies/{ids[0]}")
    trader.ask("options", "DELETE", path)
    assert trader.ask("options", "GET", "/options/strategies")["items"] == []
