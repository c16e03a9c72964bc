"""What others own, as many as one likes: listed and private baskets, each with a strategy, the
broker allocation that trades it and a subscription; and a trader's own few among them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from shared_utils.domain.baskets import (
    Basket,
    BasketCategory,
    BasketPerformance,
    CreatorType,
    FeeType,
    SubscriptionConfig,
    Visibility,
)
from shared_utils.domain.marketplace import MarketplaceSort
from shared_utils.storage.allocations import Allocations
from shared_utils.storage.baskets import Baskets
from shared_utils.storage.strategies import Strategies
from shared_utils.storage.subscriptions import Subscriptions
from tests.api_events import TRADER
from tests.clocks import MONDAY_0900_IST
from tests.fake_dynamo.tables import table_name
from tests.unit.options_platform.conftest import Platform, opened_platform
from tests.unit.storage import samples

# A trader's own of each kind; all others call their broker account as he does.
OWN = 12
CLIENT = "ZERODHA_CLIENT1"
_BROWSE = "/options/marketplace?"
PAGES = {
    **{f"20 by {sort}": f"{_BROWSE}sort={sort}&limit=20" for sort in MarketplaceSort},
    **{
        f"5 by {sort}, a filter that keeps none": f"{_BROWSE}sort={sort}&limit=5&min_return=999999"
        for sort in MarketplaceSort
    },
    **{
        f"5 by {sort}, of one category": f"{_BROWSE}sort={sort}&limit=5&category=INCOME"
        for sort in MarketplaceSort
    },
    "featured": "/options/marketplace/featured",
    "GET /options/baskets?type=marketplace": "/options/baskets?type=marketplace",
    **{
        f"GET {path}": path
        for path in (
            "/options/baskets",
            "/options/strategies",
            "/options/brokers/allocations",
            f"/options/brokers/{CLIENT}/allocations",
            "/options/subscriptions",
        )
    },
}
_STRATEGY = samples.an_active_strategy()
# Figures of one width, so that all rows of a kind are as large.
_FIRST = 100_001
_CATEGORIES = tuple(BasketCategory)
_FEES = (
    SubscriptionConfig(type=FeeType.FREE),
    SubscriptionConfig(type=FeeType.PAID, monthly_fee=Decimal(999)),
)


class Look(NamedTuple):
    """Items that a page shows, and what it took to read them."""

    shown: int
    requests: int
    items_read: int
    read_units: float


@dataclass
class Crowd:
    """`size` baskets of others: three of four are listed, in all categories."""

    platform: Platform
    size: int = 0

    def grow_to(self, size: int) -> None:
        """Later ones are newer and have better records than all before."""
        for number in range(self.size, size):
            self._add(TRADER.user_id + f"-of-{number:05d}", number)
        self.size = size

    def own(self) -> None:
        """TRADER's own, created between the first of the others."""
        for number in range(OWN):
            self._add(TRADER.user_id, number, listed=False)

    def looked_at(self, path: str) -> Look:
        """As TRADER sees it."""
        self.platform.dynamo.take_usage()
        reply = self.platform.call("GET", path)
        if reply.status != 200:
            raise AssertionError(reply.text)
        used = self.platform.dynamo.take_usage()
        shown = len(reply.body["items"])
        return Look(shown, used.total_requests, used.items_read, used.read_units)

    def pages(self) -> dict[str, Look]:
        """The first page of each list."""
        return {name: self.looked_at(path) for name, path in PAGES.items()}

    def _add(self, user_id: str, number: int, *, listed: bool | None = None) -> None:
        dynamo = self.platform.dynamo
        mark = f"{user_id}-{number:06d}"
        basket = _basket(user_id, number, listed=number % 4 < 3 if listed is None else listed)
        ids: dict[str, Any] = {"user_id": user_id, "basket_id": basket.basket_id}
        at: dict[str, Any] = {"created_at": basket.created_at, "updated_at": basket.updated_at}
        strategy = replace(_STRATEGY, strategy_id=f"stg_{mark}", **ids, **at)
        allocation = samples.an_allocation(
            f"alc_{mark}", **ids, **at, strategy_id=strategy.strategy_id, client_id=CLIENT
        )
        subscription = samples.a_subscription(
            f"sub_{mark}", **(ids | at), basket_creator_id=user_id
        )
        Baskets(dynamo, table_name("options-baskets")).create(basket)
        strategies = Strategies(dynamo, table_name("options-strategies"), 4)
        strategies._rows.create(strategy)
        Allocations(dynamo, table_name("strategy-broker-allocations")).create(allocation)
        Subscriptions(
            dynamo, table_name("basket-subscriptions"), 4, table_name("subscription-events")
        ).save(subscription, samples.an_event(subscription))


def _basket(user_id: str, number: int, *, listed: bool) -> Basket:
    at = MONDAY_0900_IST + timedelta(seconds=number)
    basket = samples.a_basket(
        f"bsk_{user_id}-{number:06d}", user_id=user_id, creator_user_id=user_id
    )
    record = BasketPerformance(
        total_return=Decimal(_FIRST + number) / 100, sharpe_ratio=Decimal(_FIRST + number) / 1000
    )
    basket = replace(
        basket,
        category=_CATEGORIES[number % len(_CATEGORIES)],
        performance_metrics=record,
        last_performance_update=at,
        subscriber_count=_FIRST + number,
        created_at=at,
        updated_at=at,
    )
    if not listed:
        return basket
    return replace(
        basket,
        created_by_type=CreatorType.ADMIN,
        visibility=Visibility.PUBLIC,
        is_marketplace_enabled=True,
        published=samples.a_face(basket.category),
        subscription_config=_FEES[number % len(_FEES)],
    )


@contextmanager
def a_crowd() -> Iterator[Crowd]:
    with opened_platform() as platform:
        crowd = Crowd(platform)
        crowd.own()
        yield crowd
