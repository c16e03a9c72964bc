"""The two packages' real handlers over an in-memory DynamoDB, on a Monday morning."""

import copy
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import boto3
import pytest

from lambda_functions.options_platform.basket_manager import on_api as basket_api
from lambda_functions.options_platform.strategy_manager import examples
from lambda_functions.options_platform.strategy_manager import on_api as strategy_api
from lambda_functions.options_platform.subscription_manager import on_api as subscription_api
from lambda_functions.options_platform.subscription_manager import (
    on_schedule as subscription_schedule,
)
from shared_utils import broker_desk
from shared_utils.domain.broker_accounts import (
    AccountLimits,
    AccountStatus,
    BrokerAccount,
    BrokerName,
    Egress,
)
from shared_utils.settings import market_config
from shared_utils.storage.broker_accounts import BrokerAccounts
from shared_utils.storage.strategies import Strategies
from tests.api_events import ADMIN, OTHER, TRADER, Caller, LambdaContext, Reply, an_event, reply_of
from tests.clocks import MONDAY_0900_IST, TurnedClock
from tests.fake_dynamo.client import FakeDynamo
from tests.fake_dynamo.tables import schemas, table_name
from tests.known_facts import as_known_in_november_2026
from tests.unit.market_data_fetcher.markets import Desk, Market

TABLES = {
    "BASKETS_TABLE": "options-baskets",
    "STRATEGIES_TABLE": "options-strategies",
    "ALLOCATIONS_TABLE": "strategy-broker-allocations",
    "SUBSCRIPTIONS_TABLE": "basket-subscriptions",
    "BASKET_VERSIONS_TABLE": "basket-versions",
    "SUBSCRIPTION_EVENTS_TABLE": "subscription-events",
    "INVOICES_TABLE": "subscription-invoices",
    "BILLING_LEDGER_TABLE": "billing-ledger",
    "BROKER_ACCOUNTS_TABLE": "broker-accounts",
    "IDEMPOTENCY_TABLE": "idempotency",
    "POSITIONS_TABLE": "position-tracker",
    "EXECUTIONS_TABLE": "strategy-executions",
    "ORDERS_TABLE": "order-history",
    "MARKET_DATA_TABLE": "market-data-cache",
}
SETTINGS = {
    "ENVIRONMENT": "test",
    "LOG_LEVEL": "INFO",
    "SHARD_COUNT": "4",
    "MARKET_CLOCK_URL": "",
    "CORS_ORIGINS": "https://app.example.com,https://admin.example.com",
    "MAX_STRATEGIES_PER_BASKET": "3",
    "MAX_LEGS_PER_STRATEGY": "6",
    "ENABLE_PAPER_TRADING": "true",
    "ALLOW_PERFORMANCE_FEES": "true",
    "ENABLE_SUBSCRIPTION_BILLING": "true",
    "PAYMENT_PROVIDER": "ledger",
    "BILLING_GRACE_DAYS": "7",
    "MARKET_DATA_TTL_S": "300",
    "MAX_QUOTE_AGE_S": "5",
    "TOKEN_KEY_ID": "alias/test",
    "SIMULATED_MARKET_URL": "",
    "BROKER_ENDPOINTS": "{}",
}

_OF_BASKETS = re.compile(r"/options/baskets(/[^/?]*(/((un)?publish|versions))?)?(\?|$)")
_OF_SUBSCRIPTIONS = re.compile(
    r"/options/(marketplace|subscriptions|invoices|admin|baskets/[^/?]*/subscribe)"
)
ENTRIES = (basket_api, strategy_api, subscription_api)


def _entry_of(path: str) -> Any:
    if _OF_SUBSCRIPTIONS.match(path):
        return subscription_api
    return basket_api if _OF_BASKETS.match(path) else strategy_api


@dataclass
class Platform:
    """Calls as a browser makes them; `rows()` is everything that is stored."""

    dynamo: FakeDynamo
    clock: TurnedClock
    desk: Desk
    users: tuple[Caller, ...] = field(default=(TRADER, OTHER, ADMIN))

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Reply:
        return reply_of(
            _entry_of(path).handler(an_event(method, path, body, **options), LambdaContext())
        )

    def restart(self) -> None:
        """New functions, which read their settings again."""
        for entry in ENTRIES:
            entry.application.cache_clear()
        subscription_schedule.run.cache_clear()

    def set(self, **variables: str) -> None:
        """Settings of the environment, until the platform is closed."""
        os.environ.update(variables)
        self.restart()

    def bill(self) -> Any:
        """The billing run, as its schedule starts it."""
        return subscription_schedule.handler({}, LambdaContext())

    def rows(self) -> dict[str, Any]:
        return {
            short: copy.deepcopy(self.dynamo.rows(table_name(short))) for short in TABLES.values()
        }

    def basket(self, caller: Caller = TRADER) -> str:
        body = {"name": "Income", "category": "INCOME"}
        reply = self.call("POST", "/options/baskets", body, caller=caller)
        assert reply.status == 201, reply.text
        return str(reply.body["basket_id"])

    def strategy(self, basket_id: str | None = None, caller: Caller = TRADER, **parts: Any) -> Any:
        """An iron condor in a basket, as answered."""
        basket_id = basket_id or self.basket(caller)
        path = f"/options/baskets/{basket_id}/strategies"
        reply = self.call("POST", path, a_condor(**parts), caller=caller)
        assert reply.status == 201, reply.text
        return reply.body

    def allocated(self, caller: Caller = TRADER, **parts: Any) -> Any:
        """An iron condor that two accounts trade."""
        strategy = self.strategy(caller=caller, **parts)
        path = f"/options/strategies/{strategy['strategy_id']}/brokers"
        reply = self.call("POST", path, examples.ALLOCATIONS, caller=caller)
        assert reply.status == 201, reply.text
        return strategy

    def mark_executed(self, strategy_id: str, caller: Caller = TRADER) -> None:
        """As the executor leaves a strategy that it has run."""
        strategies = Strategies(self.dynamo, table_name("options-strategies"), 4)
        strategy = strategies.get(caller.user_id, strategy_id)
        assert strategy is not None
        at, version = self.clock.now(), strategy.version + 1
        strategies.save(replace(strategy, last_executed=at, version=version))


def a_leg(kind: str, side: str, offset: int, category: str = "TD", **parts: Any) -> dict[str, Any]:
    leg = copy.deepcopy(examples.LEG)
    del leg["leg_number"]
    leg["option_config"]["option_type"] = kind
    leg["transaction_config"]["transaction_type"] = side
    leg["premium_selection"]["strike_offset"] = offset
    return {**leg, "leg_category": category, **parts}


def a_condor(**parts: Any) -> dict[str, Any]:
    """The design document's strategy with its other legs."""
    legs = [
        a_leg("CE", "SELL", 200),
        a_leg("CE", "BUY", 400, "HEDGE"),
        a_leg("PE", "SELL", 200),
        a_leg("PE", "BUY", 400, "HEDGE"),
    ]
    return {**copy.deepcopy(examples.STRATEGY), "legs": legs, **parts}


def an_account(user_id: str, client_id: str, broker: BrokerName, **parts: Any) -> BrokerAccount:
    at = MONDAY_0900_IST - timedelta(hours=1)
    values: dict[str, Any] = {
        "user_id": user_id,
        "client_id": client_id,
        "broker_name": broker,
        "display_name": client_id,
        "status": AccountStatus.CONNECTED,
        "capital": Decimal(1_000_000),
        "limits": AccountLimits(),
        "egress": Egress(),
        "access_token_sealed": "sealed",
        "token_expires_at": MONDAY_0900_IST + timedelta(hours=20),
        "created_at": at,
        "updated_at": at,
    }
    return BrokerAccount(**{**values, **parts})


@contextmanager
def opened_platform() -> Iterator[Platform]:
    """A platform of its own, for tests that begin anew within one test."""
    dynamo, clock = FakeDynamo(schemas()), TurnedClock()
    desk = Desk(Market(clock))
    with pytest.MonkeyPatch.context() as patch:
        for variable, short in TABLES.items():
            patch.setenv(variable, table_name(short))
        for variable, value in SETTINGS.items():
            patch.setenv(variable, value)
        patch.setattr(boto3, "client", lambda *_, **__: dynamo)
        patch.setattr(broker_desk, "desk_from", lambda *_: desk)
        patch.setattr(strategy_api, "WallClock", lambda: clock)
        for entry in ENTRIES:
            patch.setattr(entry, "clock_from", lambda _: clock)
            entry.application.cache_clear()
        patch.setattr(
            strategy_api, "market_config", lambda: as_known_in_november_2026(market_config())
        )
        patch.setattr(subscription_schedule, "clock_from", lambda _: clock)
        subscription_schedule.run.cache_clear()
        accounts = BrokerAccounts(dynamo, table_name("broker-accounts"))
        for user in (TRADER, OTHER):
            accounts.create(an_account(user.user_id, "ZERODHA_CLIENT1", BrokerName.ZERODHA))
            accounts.create(an_account(user.user_id, "ANGEL_CLIENT1", BrokerName.ANGEL_ONE))
        yield Platform(dynamo, clock, desk)
    for entry in ENTRIES:
        entry.application.cache_clear()


@pytest.fixture
def platform() -> Iterator[Platform]:
    with opened_platform() as opened:
        yield opened
