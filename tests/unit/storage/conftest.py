"""The repositories' tests run twice: on the fake and (marked `emulator`) on an emulated cloud."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared_utils.storage.allocations import Allocations
from shared_utils.storage.basket_versions import BasketVersions
from shared_utils.storage.baskets import Baskets
from shared_utils.storage.billing_ledger import BillingLedger
from shared_utils.storage.broker_accounts import BrokerAccounts
from shared_utils.storage.connections import Connections
from shared_utils.storage.executions import Executions
from shared_utils.storage.instrument_masters import InstrumentMasters
from shared_utils.storage.invoices import Invoices
from shared_utils.storage.market_cache import MarketCache
from shared_utils.storage.orders import Orders
from shared_utils.storage.positions import Positions
from shared_utils.storage.strategies import Strategies
from shared_utils.storage.subscription_events import SubscriptionEvents
from shared_utils.storage.subscriptions import Subscriptions
from shared_utils.storage.user_profiles import UserProfiles
from tests.fake_dynamo import tables
from tests.fake_dynamo.client import FakeDynamo

SHARDS = 4
_numbers = itertools.count()


@dataclass
class Store:
    """The repositories on one set of tables, which no other test shares."""

    client: Any
    environment: str = tables.ENVIRONMENT
    creates: bool = False
    _created: set[str] = field(default_factory=set)

    def table(self, short: str) -> str:
        name = tables.table_name(short, self.environment)
        if self.creates and name not in self._created:
            schema = tables.schemas(self.environment)[name]
            self.client.create_table(**tables.creation(name, schema))
            self._created.add(name)
        return name

    @property
    def baskets(self) -> Baskets:
        return Baskets(self.client, self.table("options-baskets"))

    @property
    def strategies(self) -> Strategies:
        baskets = self.table("options-baskets")
        return Strategies(self.client, self.table("options-strategies"), SHARDS, baskets)

    @property
    def allocations(self) -> Allocations:
        return Allocations(self.client, self.table("strategy-broker-allocations"), SHARDS)

    @property
    def accounts(self) -> BrokerAccounts:
        return BrokerAccounts(self.client, self.table("broker-accounts"), SHARDS)

    @property
    def profiles(self) -> UserProfiles:
        return UserProfiles(self.client, self.table("user-profiles"), SHARDS)

    @property
    def executions(self) -> Executions:
        strategies = self.table("options-strategies")
        return Executions(self.client, self.table("strategy-executions"), SHARDS, strategies)

    @property
    def orders(self) -> Orders:
        return Orders(self.client, self.table("order-history"), SHARDS)

    @property
    def positions(self) -> Positions:
        return Positions(self.client, self.table("position-tracker"), SHARDS)

    @property
    def subscriptions(self) -> Subscriptions:
        table, events = self.table("basket-subscriptions"), self.table("subscription-events")
        return Subscriptions(self.client, table, SHARDS, events)

    @property
    def subscription_events(self) -> SubscriptionEvents:
        return SubscriptionEvents(self.client, self.table("subscription-events"))

    @property
    def basket_versions(self) -> BasketVersions:
        return BasketVersions(self.client, self.table("basket-versions"))

    @property
    def invoices(self) -> Invoices:
        return Invoices(self.client, self.table("subscription-invoices"), SHARDS)

    @property
    def ledger(self) -> BillingLedger:
        return BillingLedger(self.client, self.table("billing-ledger"))

    @property
    def market_cache(self) -> MarketCache:
        return MarketCache(self.client, self.table("market-data-cache"), SHARDS)

    @property
    def masters(self) -> InstrumentMasters:
        return InstrumentMasters(self.client, self.table("market-data-cache"))

    @property
    def connections(self) -> Connections:
        return Connections(self.client, self.table("live-connections"), SHARDS)


@pytest.fixture
def dynamo() -> FakeDynamo:
    return FakeDynamo(tables.schemas())


@pytest.fixture
def faulty(dynamo: FakeDynamo) -> Store:
    """On the fake alone: for tests that make it fail or lag."""
    return Store(dynamo)


@pytest.fixture(params=["fake", pytest.param("emulated", marks=pytest.mark.emulator)])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "fake":
        yield Store(FakeDynamo(tables.schemas()))
        return
    client = request.getfixturevalue("emulator").cloud.client("dynamodb")
    yield Store(client, environment=f"t{next(_numbers)}", creates=True)
    client.close()
