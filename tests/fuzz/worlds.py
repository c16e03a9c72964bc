"""A deployed platform in which everything that a path can name exists, for two callers.

The trader's run is written as records: a real one needs prices within seconds, which a machine
that does more than this has not always got.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cdk_stack.settings import Settings
from local.api_client import Api
from local.seed import FEED, set_feed
from tests.authorization.seeded_runs import SeededRuns
from tests.platforms import Platform, Trader

_TERMS: dict[str, Any] = {
    "visibility": "PUBLIC",
    "subscription_config": {
        "type": "PAID",
        "monthly_fee": 999,
        "min_subscription_amount": 200000,
        "max_subscribers": 100,
    },
}


@dataclass(frozen=True, kw_only=True)
class Caller:
    """`known` are values of path parameters that name something of his, by the parameter's name."""

    name: str
    api: Api
    known: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class World:
    """A trader with a run and a subscription, an administrator who has published, and nobody."""

    trader: Caller
    admin: Caller
    nobody: Caller

    def callers(self) -> tuple[Caller, ...]:
        return (self.trader, self.admin, self.nobody)


def populated(platform: Platform) -> World:
    admin = platform.user("vikram", is_admin=True)
    trader = platform.trader("asha")
    trader.open_accounts()
    set_feed(admin, platform.market, platform.deployed.callback_url)
    published = _published(platform, admin)
    has = _of_strategy(trader.api, trader.configured()) | {"client_id": trader.zerodha}
    rows = SeededRuns(
        platform.deployed.cloud.client("dynamodb"), Settings.read("local").chosen.shard_count
    )
    user_id = trader.api.get("/auth/profile")["user_id"]
    known = {
        **has,
        **rows.of(user_id, has),
        "invoice_id": rows.invoice_of(user_id),
        "subscription_id": _subscribed(trader, published["basket_id"]),
    }
    return World(
        trader=Caller(name="trader", api=trader.api, known=_common(trader.api) | known),
        admin=Caller(
            name="admin", api=admin, known=_common(admin) | published | {"client_id": FEED}
        ),
        nobody=Caller(name="nobody", api=platform.api, known=_common(admin) | published),
    )


def _published(platform: Platform, admin: Api) -> dict[str, str]:
    creator = Trader("vikram@example.com", admin, platform, "ZERODHA_VIKRAM", "PAPER_VIKRAM")
    creator.open_accounts()
    known = _of_strategy(admin, creator.configured("Published condor"))
    basket = f"/options/baskets/{known['basket_id']}"
    changes = {"description": "Weekly premium selling with bought wings"}
    version = admin.put(basket, changes | {"version": admin.get(basket)["version"]})["version"]
    admin.post(f"{basket}/publish", _TERMS | {"version": version})
    return known


def _subscribed(trader: Trader, basket_id: str) -> str:
    wanted = {"investment_amount": 200000, "strategy_broker_overrides": {}}
    made = trader.api.post(f"/options/baskets/{basket_id}/subscribe", wanted)
    subscription_id: str = made["subscription_id"]
    return subscription_id


def _of_strategy(api: Api, strategy_id: str) -> dict[str, str]:
    strategy = api.get(f"/options/strategies/{strategy_id}")
    allocations = api.get(f"/options/strategies/{strategy_id}/brokers")["items"]
    return {
        "basket_id": strategy["basket_id"],
        "strategy_id": strategy_id,
        "leg_id": strategy["legs"][0]["leg_id"],
        "allocation_id": allocations[0]["allocation_id"],
        "id": strategy_id,
    }


def _common(api: Api) -> dict[str, str]:
    return {
        "broker": "zerodha",
        "symbol": "NIFTY",
        "expiry": "2026-08-11",
        "template_id": api.get("/options/templates")["items"][0]["template_id"],
    }
