"""The marketplace's lists on the tables: merged over partitions, resumed where they stopped."""

import base64
import json
from decimal import Decimal

import pytest

from shared_utils.domain.baskets import (
    BasketCategory,
    BasketPerformance,
    CreatorType,
    Visibility,
)
from shared_utils.domain.errors import InvalidInput
from shared_utils.domain.marketplace import BasketFilter, MarketplaceSort
from shared_utils.storage import pages
from shared_utils.storage.marketplace import ListedBaskets
from tests.unit.storage.conftest import Store
from tests.unit.storage.samples import a_basket, a_face, later

CATEGORIES = list(BasketCategory)


def listed(store: Store) -> ListedBaskets:
    return ListedBaskets(store.client, store.table("options-baskets"))


def fill(store: Store) -> None:
    """Ten that are listed, with equal figures among them, and two that are not."""
    for number in range(12):
        shown = number < 10
        store.baskets.create(
            a_basket(
                f"bsk_{number}",
                visibility=Visibility.PUBLIC if shown else Visibility.PRIVATE,
                is_marketplace_enabled=shown,
                created_by_type=CreatorType.ADMIN,
                category=CATEGORIES[number % 5],
                published=a_face(CATEGORIES[number % 5]) if shown else None,
                subscriber_count=number % 3,
                performance_metrics=BasketPerformance(
                    total_return=Decimal(number % 4) - Decimal("1.5"),
                    sharpe_ratio=Decimal(number % 2),
                ),
                created_at=later(number),
            )
        )


def walked(store: Store, sort: MarketplaceSort, limit: int) -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        page = listed(store).page(sort, BasketFilter(), limit=limit, cursor=cursor)
        found += [basket.basket_id for basket in page.items]
        cursor = page.cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("sort", MarketplaceSort)
def test_each_listed_basket_comes_once_whatever_the_page(store: Store, sort: MarketplaceSort):
    fill(store)
    for limit in (1, 3, 10):
        assert sorted(walked(store, sort, limit)) == [f"bsk_{number}" for number in range(10)]


def test_the_latest_come_first(store: Store):
    fill(store)
    found = walked(store, MarketplaceSort.NEWEST, 4)
    assert found == [f"bsk_{number}" for number in range(9, -1, -1)]


def test_the_highest_return_comes_first_and_losses_last(store: Store):
    fill(store)
    figures = [int(each.removeprefix("bsk_")) % 4 for each in walked(
        store, MarketplaceSort.TOTAL_RETURN, 3
    )]  # fmt: skip
    assert figures == sorted(figures, reverse=True)


@pytest.mark.parametrize(
    "taken",
    ["", "x", "0|1", "0|1||bsk_1", "9|1|user-1|bsk_1", "-1|1|user-1|bsk_1", "0|one|user-1|bsk_1"],
)
def test_a_made_up_cursor_is_refused(store: Store, taken: str):
    fill(store)
    sort = MarketplaceSort.SHARPE_RATIO
    lists = listed(store)
    page = lists.page(sort, BasketFilter(), limit=1)
    assert page.cursor is not None
    digest = json.loads(base64.urlsafe_b64decode(page.cursor))["q"]
    forged = pages.to_cursor(digest, {"taken": {"S": taken or "|"}})
    with pytest.raises(InvalidInput):
        lists.page(sort, BasketFilter(), limit=5, cursor=forged)
