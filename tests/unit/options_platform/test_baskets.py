"""Baskets: made, listed, changed, and gone only when nothing could still trade."""

import pytest

from tests.api_events import ADMIN
from tests.fake_dynamo.tables import table_name
from tests.unit.options_platform.conftest import Platform, a_condor


def test_a_new_basket_is_private_empty_and_its_creators(platform: Platform):
    body = {"name": "  Income  ", "category": "INCOME", "tags": ["nifty"]}
    made = platform.call("POST", "/options/baskets", body, caller=ADMIN).body
    assert made["name"] == "Income"
    assert (made["created_by_type"], made["visibility"]) == ("ADMIN", "PRIVATE")
    assert (made["user_id"], made["creator_user_id"]) == ("user-9", "user-9")
    assert made["strategy_count"] == 0
    assert made["performance_metrics"]["total_return"] == 0
    read = platform.call("GET", f"/options/baskets/{made['basket_id']}", caller=ADMIN)
    assert read.body == {**made, "strategies": [], "has_unpublished_changes": None}


def test_lists_come_in_pages_that_end(platform: Platform):
    made = {platform.basket() for _ in range(5)}
    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        query = f"?limit=2&cursor={cursor}" if cursor else "?limit=2"
        page = platform.call("GET", f"/options/baskets{query}").body
        seen += [basket["basket_id"] for basket in page["items"]]
        cursor, pages = page["cursor"], pages + 1
    assert (set(seen), len(seen)) == (made, 5)


def test_an_update_changes_what_it_names_and_only_that(platform: Platform):
    path = f"/options/baskets/{platform.basket()}"
    changed = platform.call("PUT", path, {"description": "Weekly"}).body
    assert (changed["name"], changed["description"], changed["version"]) == ("Income", "Weekly", 2)


def test_an_update_of_a_basket_that_moved_on_is_refused(platform: Platform):
    path = f"/options/baskets/{platform.basket()}"
    assert platform.call("PUT", path, {"name": "A", "version": 1}).status == 200
    before = platform.rows()
    refused = platform.call("PUT", path, {"name": "B", "version": 1})
    assert (refused.status, refused.error["code"]) == (409, "VERSION_MOVED")
    assert platform.rows() == before


def test_an_empty_basket_goes(platform: Platform):
    empty = platform.basket()
    assert platform.call("DELETE", f"/options/baskets/{empty}").status == 204
    assert platform.call("GET", f"/options/baskets/{empty}").status == 404


def test_a_basket_whose_strategies_have_run_is_archived_with_them(platform: Platform):
    strategy = platform.strategy()
    platform.mark_executed(strategy["strategy_id"])
    path = f"/options/strategies/{strategy['strategy_id']}"
    assert platform.call("DELETE", path).status == 204
    assert platform.call("GET", path).body["status"] == "ARCHIVED"
    basket = f"/options/baskets/{strategy['basket_id']}"
    assert platform.call("DELETE", basket).status == 204
    assert platform.call("GET", basket).body["status"] == "ARCHIVED"
    for method, where, body in (
        ("PUT", basket, {"name": "again"}),
        ("POST", f"{basket}/strategies", a_condor()),
        ("POST", f"{path}/activate", None),
        ("PUT", path, {"name": "again"}),
    ):
        refused = platform.call(method, where, body)
        assert (refused.status, refused.error["code"]) == (409, "ARCHIVED"), where


def test_a_strategy_added_while_its_basket_is_deleted_does_not_hang_in_the_air(
    platform: Platform,
):
    """Whoever writes second finds the version moved: one of the two, never both."""
    basket_id = platform.basket()
    replies = []

    def add_meanwhile(call):
        if call.operation == "transact_write_items":
            platform.dynamo.before = None
            replies.append(
                platform.call("POST", f"/options/baskets/{basket_id}/strategies", a_condor())
            )

    platform.dynamo.before = add_meanwhile
    deleted = platform.call("DELETE", f"/options/baskets/{basket_id}")
    assert replies[0].status == 201
    assert deleted.status == 409
    assert platform.call("GET", f"/options/baskets/{basket_id}").status == 200


@pytest.mark.parametrize("held", [False, True])
def test_counts_are_right_even_while_indexes_lag(platform: Platform, *, held: bool):
    basket_id = platform.basket()
    if held:
        platform.dynamo.hold_indexes()
    for _ in range(3):
        platform.strategy(basket_id)
    limit = platform.call("POST", f"/options/baskets/{basket_id}/strategies", a_condor())
    assert (limit.status, limit.error["code"]) == (422, "LIMIT_REACHED")
    basket = platform.call("GET", f"/options/baskets/{basket_id}").body
    assert basket["strategy_count"] == 3
    platform.dynamo.release_indexes()
    shown = platform.call("GET", f"/options/baskets/{basket_id}").body["strategies"]
    assert [strategy["strategy_number"] for strategy in shown] == [1, 2, 3]


def test_nothing_is_scanned(platform: Platform):
    platform.allocated()
    platform.dynamo.take_usage()
    for path in ("/options/baskets", "/options/strategies", "/options/brokers/allocations"):
        platform.call("GET", path)
    assert set(platform.dynamo.take_usage().requests) == {"query"}
    assert platform.dynamo.rows(table_name("options-baskets"))
