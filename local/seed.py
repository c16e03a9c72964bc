"""Users, broker accounts and the design document's iron condor, through the platform's own API.

Every step asks first whether it has been done, so that a second run finds what the first one left.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from local.api_client import Api, ApiRefused
from local.clouds import Cloud
from local.market import Market

Say = Callable[[str], None]

BASKET_NAME = "Weekly income"
STRATEGY_NAME = "NIFTY Weekly Iron Condor"
ZERODHA, ANGEL = "ZERODHA_CLIENT1", "ANGEL_CLIENT1"
FEED = "ADMIN_FEED1"
PASSWORD = "Local-only-1-password"  # noqa: S105 - a made-up user of a made-up cloud
_CODE = "123456"


@dataclass(frozen=True)
class User:
    email: str
    name: str
    is_admin: bool = False


TRADER = User("trader@example.com", "Asha Rao")
ADMIN = User("admin@example.com", "Vikram Shah", is_admin=True)
SECOND = User("second@example.com", "Meera Iyer")


def sign_in(api: Api, user: User, cloud: Cloud, pool_id: str) -> Api:
    """Signed up and confirmed if need be; the API as this user sees it."""
    credentials = {"email": user.email, "password": PASSWORD}
    # Signing up twice is refused without telling anybody whether the user exists.
    with suppress(ApiRefused):
        api.post("/auth/sign-up", {**credentials, "name": user.name})
        api.post("/auth/confirm", {"email": user.email, "confirmation_code": _CODE})
    if user.is_admin:
        cloud.client("cognito-idp").admin_add_user_to_group(
            UserPoolId=pool_id, Username=user.email, GroupName="admin"
        )
    tokens = api.post("/auth/sign-in", credentials)
    return api.signed_in(tokens["id_token"])


def add_accounts(trader: Api, market: Market, callback_url: str) -> None:
    """The two accounts of the document's allocation example: Zerodha's, at the simulator, and a
    paper account under the name the document gives its second one.
    """
    known = {each["client_id"] for each in trader.get("/brokers/accounts")["items"]}
    api_key, api_secret = "local-kite-key", "local-kite-secret"
    market.add_app(
        api_key=api_key, api_secret=api_secret, user_id=ZERODHA, redirect_url=callback_url
    )
    if ZERODHA not in known:
        trader.post(
            "/brokers/accounts",
            {
                "client_id": ZERODHA,
                "broker_name": "zerodha",
                "display_name": "Zerodha (simulated)",
                "capital": 2_500_000,
                "api_key": api_key,
                "api_secret": api_secret,
            },
        )
    if ANGEL not in known:
        trader.post(
            "/brokers/accounts",
            {
                "client_id": ANGEL,
                "broker_name": "paper",
                "display_name": "Paper account",
                "capital": 2_500_000,
            },
        )


def connect(owner: Api, market: Market, client_id: str = ZERODHA) -> str:
    """The daily login: the broker's page, its redirect, the token. Returns what the owner sees."""
    login = owner.get(f"/brokers/oauth/zerodha/login?client_id={client_id}")
    return market.follow(market.log_in(login["login_url"]))


def set_feed(admin: Api, market: Market, callback_url: str) -> None:
    """The administrator's own account, through which everybody's market data comes."""
    api_key, api_secret = "local-feed-key", "local-feed-secret"
    market.add_app(api_key=api_key, api_secret=api_secret, user_id=FEED, redirect_url=callback_url)
    if FEED not in {each["client_id"] for each in admin.get("/brokers/accounts")["items"]}:
        admin.post(
            "/brokers/accounts",
            {
                "client_id": FEED,
                "broker_name": "zerodha",
                "display_name": "Market data (simulated)",
                "capital": 0,
                "api_key": api_key,
                "api_secret": api_secret,
            },
        )
    connect(admin, market, FEED)
    admin.put("/options/market-data/feeds", {"feeds": [{"client_id": FEED}]})


def add_strategy(trader: Api, say: Say) -> str:
    """Basket, condor, allocations, activation. Returns the strategy's id."""
    baskets = {each["name"]: each for each in trader.get("/options/baskets")["items"]}
    basket = baskets.get(BASKET_NAME) or trader.post(
        "/options/baskets",
        {
            "name": BASKET_NAME,
            "description": "Weekly premium selling with bought wings",
            "category": "INCOME",
            "tags": ["theta-decay", "weekly-expiry", "nifty"],
        },
    )
    path = f"/options/baskets/{basket['basket_id']}/strategies"
    found = {each["name"]: each for each in trader.get(path)["items"]}
    strategy = found.get(STRATEGY_NAME)
    if strategy is None:
        say("  " + _refused_lot(trader, path))
        strategy = trader.post(path, condor(lot_size=65))
    strategy_id: str = strategy["strategy_id"]
    brokers = f"/options/strategies/{strategy_id}/brokers"
    if not trader.get(brokers)["items"]:
        trader.post(brokers, allocations())
    if strategy["status"] != "ACTIVE":
        trader.post(f"/options/strategies/{strategy_id}/activate")
    return strategy_id


def _refused_lot(trader: Api, path: str) -> str:
    """The document's own example says a lot of 25, which was true once."""
    try:
        trader.post(path, condor(lot_size=25))
    except ApiRefused as refused:
        return f"a lot of 25 is refused, {refused.status} {refused.code}: {refused.body}"
    raise RuntimeError("A wrong lot size was accepted.")


def condor(lot_size: int) -> dict[str, Any]:
    """The design document's own example, its four legs written out."""
    return {
        "name": STRATEGY_NAME,
        "description": "Conservative weekly iron condor on NIFTY",
        "strategy_type": "IRON_CONDOR",
        "execution_schedule": {
            "entry_time": "09:45",
            "exit_time": "15:15",
            "entry_days": {"type": "WEEKDAYS", "weekdays": ["MON", "TUE", "WED"]},
            "exit_days": {"type": "DTE_BASED", "dte_range": {"min_dte": 0, "max_dte": 1}},
        },
        "legs": [
            _leg(1, "CE", "SELL", 200, lot_size),
            _leg(2, "PE", "SELL", 200, lot_size),
            _leg(3, "CE", "BUY", 400, lot_size),
            _leg(4, "PE", "BUY", 400, lot_size),
        ],
        "risk_config": {"max_loss_per_trade": 5000, "position_size_type": "FIXED_LOTS"},
    }


def _leg(number: int, option_type: str, side: str, offset: int, lot_size: int) -> dict[str, Any]:
    stop = {"enabled": side == "SELL", "type": "PERCENTAGE", "value": 50.0}
    return {
        "leg_number": number,
        "underlying_config": {
            "type": "INDEX",
            "symbol": "NIFTY",
            "exchange": "NSE",
            "lot_size": lot_size,
        },
        "option_config": {"option_type": option_type, "expiry_type": "WEEKLY", "expiry_offset": 0},
        "premium_selection": {"type": "OTM", "strike_offset": offset},
        "transaction_config": {
            "transaction_type": side,
            "order_type": "MARKET",
            "entry_slippage": 2.0,
            "exit_slippage": 3.0,
        },
        "stop_loss_config": stop,
        "leg_category": "TD" if side == "SELL" else "HEDGE",
    }


def allocations() -> list[dict[str, Any]]:
    """The design document's own array: 2 lots and 1 lot."""
    return [
        {
            "client_id": ZERODHA,
            "lots_per_execution": 2,
            "priority": 1,
            "risk_limits": {
                "max_daily_trades": 5,
                "max_daily_loss": 10000,
                "max_margin_utilization": 80,
            },
            "execution_config": {
                "execution_delay_ms": 0,
                "prefer_for_entries": True,
                "prefer_for_exits": True,
            },
        },
        {
            "client_id": ANGEL,
            "lots_per_execution": 1,
            "priority": 2,
            "risk_limits": {
                "max_daily_trades": 3,
                "max_daily_loss": 5000,
                "max_margin_utilization": 70,
            },
            "execution_config": {
                "execution_delay_ms": 1000,
                "prefer_for_entries": False,
                "prefer_for_exits": False,
            },
        },
    ]
