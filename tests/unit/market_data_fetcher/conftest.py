"""The real handlers over an in-memory DynamoDB and a small market, on a Monday at 09:45."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import boto3
import pytest

from lambda_functions.options_platform.market_data_fetcher import on_api, on_schedule
from shared_utils.domain.broker_accounts import (
    AccountLimits,
    AccountStatus,
    BrokerAccount,
    BrokerName,
    Egress,
)
from shared_utils.settings import market_config
from shared_utils.storage.broker_accounts import BrokerAccounts
from shared_utils.storage.market_cache import MarketCache
from tests.api_events import ADMIN, LambdaContext, Reply, an_event, reply_of
from tests.clocks import MONDAY_0900_IST, TurnedClock
from tests.fake_dynamo.client import FakeDynamo
from tests.fake_dynamo.tables import schemas, table_name
from tests.known_facts import as_known_in_november_2026
from tests.unit.market_data_fetcher.markets import Desk, Market

SETTINGS = {
    "ENVIRONMENT": "test",
    "LOG_LEVEL": "INFO",
    "MARKET_CLOCK_URL": "",
    "CORS_ORIGINS": "https://app.example.com",
    "MARKET_DATA_TTL_S": "300",
    "MAX_QUOTE_AGE_S": "5",
    "MARKET_DATA_TABLE": table_name("market-data-cache"),
    "BROKER_ACCOUNTS_TABLE": table_name("broker-accounts"),
}


@dataclass
class Fetcher:
    dynamo: FakeDynamo
    clock: TurnedClock
    wall: TurnedClock
    market: Market
    desk: Desk

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Reply:
        return reply_of(on_api.handler(an_event(method, path, body, **options), LambdaContext()))

    def get(self, path: str, **options: Any) -> Reply:
        return self.call("GET", path, **options)

    def tick(self) -> dict[str, int]:
        return on_schedule.handler({}, LambdaContext())

    @property
    def cache(self) -> MarketCache:
        return MarketCache(self.dynamo, table_name("market-data-cache"))

    @property
    def accounts(self) -> BrokerAccounts:
        return BrokerAccounts(self.dynamo, table_name("broker-accounts"))

    def add_account(
        self,
        client_id: str,
        user_id: str = ADMIN.user_id,
        broker: BrokerName = BrokerName.ZERODHA,
    ) -> None:
        at = MONDAY_0900_IST - timedelta(hours=1)
        self.accounts.create(
            BrokerAccount(
                user_id=user_id,
                client_id=client_id,
                broker_name=broker,
                display_name=client_id,
                status=AccountStatus.CONNECTED,
                capital=Decimal(1_000_000),
                limits=AccountLimits(),
                egress=Egress(),
                access_token_sealed="sealed",
                token_expires_at=MONDAY_0900_IST + timedelta(hours=20),
                created_at=at,
                updated_at=at,
            )
        )


@contextmanager
def opened_fetcher() -> Iterator[Fetcher]:
    dynamo = FakeDynamo(schemas())
    clock = TurnedClock(MONDAY_0900_IST + timedelta(minutes=45))
    wall = TurnedClock()
    market = Market(clock)
    desk = Desk(market, accounts=BrokerAccounts(dynamo, table_name("broker-accounts")))
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in SETTINGS.items():
            patch.setenv(variable, value)
        patch.setattr(boto3, "client", lambda *_, **__: dynamo)
        for entry in (on_api, on_schedule):
            patch.setattr(entry, "clock_from", lambda _: clock)
            patch.setattr(entry, "desk_from", lambda *_: desk)
            patch.setattr(entry, "WallClock", lambda: wall)
            patch.setattr(
                entry, "market_config", lambda: as_known_in_november_2026(market_config())
            )
        on_api.application.cache_clear()
        on_api._facts.cache_clear()
        on_schedule.refreshes.cache_clear()
        yield Fetcher(dynamo, clock, wall, market, desk)
    on_api.application.cache_clear()
    on_api._facts.cache_clear()
    on_schedule.refreshes.cache_clear()


@pytest.fixture
def fetcher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fetcher]:
    """`monkeypatch` is asked for first, so that what a test patches is undone before this is."""
    with opened_fetcher() as opened:
        yield opened
