"""One ordinary request of each operation of the options platform, in a world where it succeeds.

A trader has one iron condor that two accounts trade; an administrator publishes one basket, which
the trader subscribes to where the request is about a subscription.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lambda_functions.options_platform.strategy_manager import examples
from tests.api_events import ADMIN, TRADER, Caller
from tests.unit.market_data_fetcher import test_calculators as calculators
from tests.unit.market_data_fetcher.conftest import Fetcher
from tests.unit.options_platform.conftest import Platform, a_leg
from tests.unit.options_platform.test_publishing import (
    FREE,
    PAID,
    a_basket,
    a_published,
    published_again,
)
from tests.unit.options_platform.test_subscriptions import subscribed
from tests.unit.options_platform.test_templates import id_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    path: str
    body: Any = None
    caller: Caller = TRADER


Asking = Callable[[Any], Ask]
_ACCOUNT = "ZERODHA_CLIENT1"


def _basket(action: str = "", body: Any = None) -> Asking:
    """Of a basket with one allocated strategy in it."""

    def ask(platform: Platform) -> Ask:
        return Ask(path=f"/options/baskets/{platform.allocated()['basket_id']}{action}", body=body)

    return ask


def _published(action: str, body: Any = None, *, yet: bool = False) -> Asking:
    """Of an administrator's basket that is listed (`yet`: that is still private)."""

    def ask(platform: Platform) -> Ask:
        basket_id = a_basket(platform) if yet else a_published(platform, terms=PAID)
        caller = TRADER if action == "/subscribe" else ADMIN
        return Ask(path=f"/options/baskets/{basket_id}{action}", body=body, caller=caller)

    return ask


def _strategy(action: str = "", body: Any = None, *, active: bool = False) -> Asking:
    """Of an allocated strategy. `{leg}` and `{allocation}` are its first ones."""

    def ask(platform: Platform) -> Ask:
        strategy = platform.allocated(strategy_type="CUSTOM")
        path = f"/options/strategies/{strategy['strategy_id']}"
        if active:
            platform.call("POST", f"{path}/activate")
        held = platform.call("GET", f"{path}/brokers").body["items"]
        names = {"leg": strategy["legs"][0]["leg_id"], "allocation": held[0]["allocation_id"]}
        return Ask(path=path + action.format(**names), body=body)

    return ask


def _new_allocations(platform: Platform) -> Ask:
    path = f"/options/strategies/{platform.strategy()['strategy_id']}/brokers"
    return Ask(path=path, body=examples.ALLOCATIONS)


def _bulk(platform: Platform) -> Ask:
    basket_id = platform.basket()
    for _ in range(2):
        platform.strategy(basket_id)
    return Ask(
        path=f"/options/baskets/{basket_id}/brokers/bulk",
        body={"allocations": examples.ALLOCATIONS},
    )


def _new_strategy(platform: Platform) -> Ask:
    legs = [a_leg(kind, side, 200) for kind in ("CE", "PE") for side in ("SELL", "BUY")]
    body = {**examples.STRATEGY, "strategy_type": "CUSTOM", "legs": legs}
    return Ask(path=f"/options/baskets/{platform.basket()}/strategies", body=body)


def _from_template(platform: Platform) -> Ask:
    body = {"basket_id": platform.basket(), "name": "Mine", "symbol": "NIFTY"}
    return Ask(path=f"/options/templates/{id_of('IRON_CONDOR')}/create", body=body)


def _clone(platform: Platform) -> Ask:
    strategy = platform.allocated()
    path = f"/options/strategies/{strategy['strategy_id']}/clone"
    return Ask(path=path, body={"basket_id": strategy["basket_id"]})


def _subscription(action: str = "", body: Any = None, *, paused: bool = False) -> Asking:
    def ask(platform: Platform) -> Ask:
        made = subscribed(platform, a_published(platform, terms=PAID))
        path = f"/options/subscriptions/{made['subscription_id']}"
        if paused:
            platform.call("POST", f"{path}/pause")
        return Ask(path=path + action, body=body)

    return ask


def _newer_version(action: str, body: Any = None) -> Asking:
    """Of a subscription whose basket was published again with its first leg farther off."""

    def ask(platform: Platform) -> Ask:
        basket_id = a_published(platform, terms=PAID)
        made = subscribed(platform, basket_id)
        published_again(platform, basket_id, terms=PAID)
        return Ask(path=f"/options/subscriptions/{made['subscription_id']}{action}", body=body)

    return ask


def _overrides(platform: Platform) -> Ask:
    basket_id = a_published(platform, terms=PAID)
    (strategy,) = platform.call("GET", f"/options/baskets/{basket_id}", caller=ADMIN).body[
        "strategies"
    ]
    made = subscribed(platform, basket_id)
    body = {"strategy_broker_overrides": {strategy["strategy_id"]: {"lot_multiplier": 2}}}
    return Ask(path=f"/options/subscriptions/{made['subscription_id']}/overrides", body=body)


def _invoice_id(platform: Platform) -> str:
    made = subscribed(platform, a_published(platform, terms=PAID))
    mine = f"/options/invoices?subscription_id={made['subscription_id']}"
    (invoice,) = platform.call("GET", mine).body["items"]
    return str(invoice["invoice_id"])


def _invoice(platform: Platform) -> Ask:
    return Ask(path=f"/options/invoices/{_invoice_id(platform)}")


def _payment(platform: Platform) -> Ask:
    platform.set(PAYMENT_PROVIDER="by_hand")
    path = f"/options/admin/invoices/{_invoice_id(platform)}/payments"
    return Ask(path=path, body={"amount": 999, "reference": "UPI 1"}, caller=ADMIN)


def _published_by_admin(path: str) -> Asking:
    def ask(platform: Platform) -> Ask:
        subscribed(platform, a_published(platform, terms=PAID))
        return Ask(path=path, caller=ADMIN)

    return ask


def _seen(path: str) -> Asking:
    """Of a trader who has one of each thing."""

    def ask(platform: Platform) -> Ask:
        platform.allocated()
        subscribed(platform, a_published(platform, terms=PAID))
        return Ask(path=path)

    return ask


def _market(path: str) -> Asking:
    """What was asked for once is kept: the second request is the one of every day."""

    def ask(fetcher: Fetcher) -> Ask:
        fetcher.get(path)
        return Ask(path=path)

    return ask


def _calculator(route: str) -> Asking:
    path = f"/options/calculator/{route}"
    return lambda _: Ask(path=path, body=calculators.a_body(route))


def _feeds(body: Any = None) -> Asking:
    def ask(fetcher: Fetcher) -> Ask:
        if not fetcher.accounts.of_user(ADMIN.user_id):
            fetcher.add_account("ZR1")
        return Ask(path="/options/market-data/feeds", body=body, caller=ADMIN)

    return ask


_LEG = a_leg("CE", "SELL", 300)
_HEDGE = a_leg("CE", "BUY", 600, "HEDGE")

PLATFORM_ASKS: Mapping[str, Asking] = {
    "GET /options/baskets": _seen("/options/baskets"),
    "POST /options/baskets": lambda _: Ask(
        path="/options/baskets", body={"name": "Income", "category": "INCOME"}
    ),
    "GET /options/baskets/{basket_id}": _basket(),
    "PUT /options/baskets/{basket_id}": _basket("", {"description": "Weekly condors"}),
    "DELETE /options/baskets/{basket_id}": lambda platform: Ask(
        path=f"/options/baskets/{platform.basket()}"
    ),
    "POST /options/baskets/{basket_id}/publish": _published(
        "/publish", {"subscription_config": FREE}, yet=True
    ),
    "POST /options/baskets/{basket_id}/unpublish": _published("/unpublish"),
    "GET /options/baskets/{basket_id}/versions": _published("/versions"),
    "GET /options/strategies": _seen("/options/strategies"),
    "GET /options/baskets/{basket_id}/strategies": _basket("/strategies"),
    "POST /options/baskets/{basket_id}/strategies": _new_strategy,
    "GET /options/strategies/{strategy_id}": _strategy(),
    "PUT /options/strategies/{strategy_id}": _strategy("", {"name": "Another name"}),
    "DELETE /options/strategies/{strategy_id}": _strategy(),
    "POST /options/strategies/{strategy_id}/activate": _strategy("/activate"),
    "POST /options/strategies/{strategy_id}/pause": _strategy("/pause", active=True),
    "GET /options/strategies/{strategy_id}/legs": _strategy("/legs"),
    "POST /options/strategies/{strategy_id}/legs": _strategy("/legs", _HEDGE),
    "PUT /options/strategies/{strategy_id}/legs/{leg_id}": _strategy("/legs/{leg}", _LEG),
    "DELETE /options/strategies/{strategy_id}/legs/{leg_id}": _strategy("/legs/{leg}"),
    "GET /options/strategies/{strategy_id}/brokers": _strategy("/brokers"),
    "POST /options/strategies/{strategy_id}/brokers": _new_allocations,
    "PUT /options/strategies/{strategy_id}/brokers/{allocation_id}": _strategy(
        "/brokers/{allocation}", {"lots_per_execution": 3}
    ),
    "DELETE /options/strategies/{strategy_id}/brokers/{allocation_id}": _strategy(
        "/brokers/{allocation}"
    ),
    "POST /options/baskets/{basket_id}/brokers/bulk": _bulk,
    "GET /options/brokers/allocations": _seen("/options/brokers/allocations"),
    "GET /options/brokers/{client_id}/allocations": _seen(
        f"/options/brokers/{_ACCOUNT}/allocations"
    ),
    "GET /options/templates": _seen("/options/templates"),
    "GET /options/templates/{template_id}": _seen(f"/options/templates/{id_of('IRON_CONDOR')}"),
    "POST /options/templates/{template_id}/create": _from_template,
    "POST /options/strategies/{strategy_id}/clone": _clone,
    "GET /options/marketplace": _seen("/options/marketplace"),
    "GET /options/marketplace/categories": _seen("/options/marketplace/categories"),
    "GET /options/marketplace/featured": _seen("/options/marketplace/featured"),
    "GET /options/invoices": _seen("/options/invoices"),
    "GET /options/invoices/{invoice_id}": _invoice,
    "POST /options/admin/invoices/{invoice_id}/payments": _payment,
    "GET /options/admin/subscribers": _published_by_admin("/options/admin/subscribers"),
    "GET /options/admin/revenue": _published_by_admin("/options/admin/revenue"),
    "GET /options/subscriptions": _seen("/options/subscriptions"),
    "GET /options/subscriptions/{subscription_id}": _subscription(),
    "POST /options/baskets/{basket_id}/subscribe": _published("/subscribe", {}),
    "DELETE /options/subscriptions/{subscription_id}": _subscription(),
    "POST /options/subscriptions/{subscription_id}/pause": _subscription("/pause"),
    "POST /options/subscriptions/{subscription_id}/resume": _subscription("/resume", paused=True),
    "PUT /options/subscriptions/{subscription_id}/overrides": _overrides,
    "GET /options/subscriptions/{subscription_id}/changes": _newer_version("/changes"),
    "POST /options/subscriptions/{subscription_id}/consent": _newer_version(
        "/consent", {"basket_version": 2}
    ),
    "GET /options/subscriptions/{subscription_id}/history": _subscription("/history"),
}

MARKET_ASKS: Mapping[str, Asking] = {
    "GET /options/market-data/{symbol}": _market("/options/market-data/NIFTY"),
    "GET /options/market-data/feeds": _feeds(),
    "PUT /options/market-data/feeds": _feeds({"feeds": [{"client_id": "ZR1"}]}),
    "GET /options/option-chain/{symbol}/{expiry}": _market(
        "/options/option-chain/NIFTY/2026-12-01"
    ),
    "GET /options/strikes/{symbol}": _market("/options/strikes/NIFTY?type=CE&range=OTM"),
    "GET /options/volatility/{symbol}": _market("/options/volatility/NIFTY"),
    **{f"POST /options/calculator/{each}": _calculator(each) for each in calculators.ROUTES},
    "GET /options/market/status": _market("/options/market/status"),
    "GET /options/market/holidays": _market("/options/market/holidays"),
    "GET /options/expiry-calendar/{symbol}": _market("/options/expiry-calendar/NIFTY"),
}
