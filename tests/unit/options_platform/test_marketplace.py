"""Browsing: every order by its own index, every filter, page by page, paid by what is shown."""

from datetime import timedelta
from typing import Any

import pytest

from shared_utils.domain.marketplace import FEATURED_RULE
from tests.api_events import ADMIN, OTHER
from tests.unit.options_platform.conftest import Platform
from tests.unit.options_platform.test_publishing import (
    FREE,
    PAID,
    SHARED,
    a_basket,
    a_published,
    browse,
    publish,
    with_record,
)

SORTS = ("NEWEST", "TOTAL_RETURN", "SUBSCRIBERS", "SHARPE_RATIO")
CATEGORIES = ("CONSERVATIVE", "AGGRESSIVE", "HEDGED", "INCOME", "MOMENTUM")


@pytest.fixture
def market(platform: Platform) -> list[str]:
    """Twelve listed baskets, each with a record of its own; some records are equal."""
    made = []
    for number in range(12):
        platform.clock.turn(platform.clock.now() + timedelta(minutes=1))
        basket_id = a_published(
            platform,
            category=CATEGORIES[number % 5],
            terms=(FREE, PAID, {**SHARED, "min_subscription_amount": 50_000 * number or 1})[
                number % 3
            ],
        )
        with_record(
            platform,
            basket_id,
            total_return=number * 7 % 5,
            sharpe_ratio=f"{number * 5 % 4}.5",
            max_drawdown=number,
            subscribers=number * 3 % 7,
        )
        made.append(basket_id)
    return made


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_every_order_shows_each_basket_once_and_the_best_first(
    platform: Platform, market: list[str], sort: str, limit: int
):
    found = browse(platform, f"sort={sort}&limit={limit}")
    assert sorted(found) == sorted(market)
    if sort == "NEWEST":
        assert found == market[::-1]
        return
    shown = {
        each["basket_id"]: each
        for each in platform.call("GET", "/options/marketplace?limit=100").body["items"]
    }
    value: dict[str, Any] = {
        "TOTAL_RETURN": lambda each: each["performance_metrics"]["total_return"],
        "SHARPE_RATIO": lambda each: each["performance_metrics"]["sharpe_ratio"],
        "SUBSCRIBERS": lambda each: each["subscriber_count"],
    }
    values = [value[sort](shown[basket_id]) for basket_id in found]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("category=HEDGED", [2, 7]),
        ("fee_type=PAID", [1, 4, 7, 10]),
        ("creator=user-9", list(range(12))),
        ("creator=user-1", []),
        ("max_drawdown=3", [0, 1, 2, 3]),
        ("min_return=4", [2, 7]),
        ("min_sharpe=3.5", [3, 7, 11]),
        ("min_subscribers=6", [2, 9]),
        ("fee_type=PERFORMANCE_BASED&max_amount=250000", [2, 5]),
    ],
)
def test_a_filter_keeps_what_it_says_in_every_order(
    platform: Platform, market: list[str], sort: str, query: str, numbers: list[int]
):
    found = browse(platform, f"sort={sort}&limit=3&{query}")
    assert sorted(found) == sorted(market[number] for number in numbers)


def test_private_baskets_cost_a_browser_nothing(platform: Platform):
    a_published(platform)

    def cost(sort: str) -> float:
        platform.dynamo.take_usage()
        browse(platform, f"sort={sort}")
        return platform.dynamo.take_usage().read_units

    alone = [cost(sort) for sort in SORTS]
    for _ in range(10):
        platform.basket(OTHER)
        a_basket(platform)
    assert [cost(sort) for sort in SORTS] == alone


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"), ("limit=101", "limit"), ("sort=LUCK", "sort"),
        ("category=MAGIC", "category"), ("fee_type=BARTER", "fee_type"),
        ("min_return=much", "min_return"), ("min_return=NaN", "min_return"),
        ("min_return=1e999999", "min_return"), ("max_amount=-1", "max_amount"),
        ("min_subscribers=1.5", "min_subscribers"),
        ("cursor=bm90IGEgY3Vyc29y", "cursor"), ("colour=red", "colour"),
    ],
)  # fmt: skip
def test_a_query_that_means_nothing_is_refused(platform: Platform, query: str, field: str):
    refused = platform.call("GET", f"/options/marketplace?{query}")
    assert (refused.status, refused.fields) == (400, [field])


def test_a_cursor_belongs_to_its_order_and_filters(platform: Platform, market: list[str]):
    path = "/options/marketplace?limit=2&sort=SHARPE_RATIO"
    cursor = platform.call("GET", path).body["cursor"]
    for query in ("limit=2", "limit=2&sort=SHARPE_RATIO&category=INCOME", "sort=SUBSCRIBERS"):
        refused = platform.call("GET", f"/options/marketplace?{query}&cursor={cursor}")
        assert (refused.status, refused.fields) == (400, ["cursor"])
    assert platform.call("GET", f"{path}&cursor={cursor}").status == 200
    assert len(market) == 12


def test_categories_are_explained(platform: Platform):
    body = platform.call("GET", "/options/marketplace/categories").body
    assert [each["category"] for each in body["items"]] == list(CATEGORIES)
    assert all(each["description"] for each in body["items"])


def test_featured_are_those_of_the_rule(platform: Platform):
    def one(**record: Any) -> str:
        basket_id = a_published(platform, terms={**FREE, "max_subscribers": 5})
        with_record(platform, basket_id, **record)
        return basket_id

    good = {"total_return": 10, "max_drawdown": 10}
    best = one(**good, sharpe_ratio=3)
    second = one(**good, sharpe_ratio=2)
    one(total_return=-1, max_drawdown=10, sharpe_ratio=4)
    one(total_return=10, max_drawdown=25, sharpe_ratio=4)
    one(**good, sharpe_ratio=4, subscribers=5)
    a_published(platform)
    hidden = a_published(platform, visibility="SUBSCRIBERS_ONLY")
    with_record(platform, hidden, **good, sharpe_ratio=5)
    body = platform.call("GET", "/options/marketplace/featured").body
    assert body["rule"] == FEATURED_RULE
    assert [each["basket_id"] for each in body["items"]] == [best, second]
    for number in range(6):
        one(**good, sharpe_ratio=f"2.{number + 1}")
    assert len(platform.call("GET", "/options/marketplace/featured").body["items"]) == 6


def test_an_empty_marketplace_is_an_empty_page(platform: Platform):
    a_basket(platform)
    for path in ("/options/marketplace", "/options/marketplace?sort=SHARPE_RATIO"):
        assert platform.call("GET", path).body == {"items": [], "cursor": None}


def test_a_withdrawn_basket_leaves_every_order(platform: Platform):
    basket_id = a_published(platform)
    assert all(browse(platform, f"sort={sort}") == [basket_id] for sort in SORTS)
    platform.call("POST", f"/options/baskets/{basket_id}/unpublish", caller=ADMIN)
    assert all(browse(platform, f"sort={sort}") == [] for sort in SORTS)
    assert publish(platform, basket_id).status == 200
    assert all(browse(platform, f"sort={sort}") == [basket_id] for sort in SORTS)
