"""Publishing is an admin's explicit step; what others then see is the record, never the legs."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared_utils.domain.baskets import BasketPerformance
from shared_utils.storage.baskets import Baskets
from tests.api_events import ADMIN, OTHER, TRADER, Caller
from tests.fake_dynamo.tables import table_name
from tests.unit.options_platform.conftest import Platform, a_condor, a_leg

FREE: dict[str, Any] = {"type": "FREE"}
PAID = {"type": "PAID", "monthly_fee": 999}
SHARED = {"type": "PERFORMANCE_BASED", "performance_fee_percentage": 10}


def a_basket(platform: Platform, caller: Caller = ADMIN, **parts: Any) -> str:
    """With a whole strategy, ready to be published."""
    body = {"name": "Income", "category": "INCOME", "description": "Weekly condors", **parts}
    basket_id = str(
        platform.call("POST", "/options/baskets", body, caller=caller).body["basket_id"]
    )
    platform.strategy(basket_id, caller)
    return basket_id


def publish(platform: Platform, basket_id: str, caller: Caller = ADMIN, **parts: Any) -> Any:
    body = {"subscription_config": FREE, **parts}
    return platform.call("POST", f"/options/baskets/{basket_id}/publish", body, caller=caller)


def a_published(platform: Platform, **parts: Any) -> str:
    terms = parts.pop("terms", FREE)
    visibility = parts.pop("visibility", "PUBLIC")
    basket_id = a_basket(platform, **parts)
    reply = publish(platform, basket_id, subscription_config=terms, visibility=visibility)
    assert reply.status == 200, reply.text
    return basket_id


def published_again(
    platform: Platform, basket_id: str, offset: int = 250, terms: dict[str, Any] = FREE
) -> Any:
    """With the first leg of its first strategy `offset` points out of the money."""
    shown = platform.call("GET", f"/options/baskets/{basket_id}", caller=ADMIN).body
    path = f"/options/strategies/{shown['strategies'][0]['strategy_id']}/legs"
    leg = platform.call("GET", path, caller=ADMIN).body["items"][0]
    leg_path = f"{path}/{leg['leg_id']}"
    changed = platform.call("PUT", leg_path, a_leg("CE", "SELL", offset), caller=ADMIN)
    assert changed.status == 200, changed.text
    reply = publish(platform, basket_id, subscription_config=terms)
    assert reply.status == 200, reply.text
    return reply.body


def with_record(platform: Platform, basket_id: str, **record: Any) -> None:
    """As the performance run leaves it."""
    baskets = Baskets(platform.dynamo, table_name("options-baskets"))
    basket = baskets.get(ADMIN.user_id, basket_id)
    assert basket is not None
    subscribers = record.pop("subscribers", basket.subscriber_count)
    figures = {name: Decimal(str(value)) for name, value in record.items()}
    baskets.save(
        replace(
            basket,
            performance_metrics=BasketPerformance(**figures),
            subscriber_count=subscribers,
            last_performance_update=platform.clock.now(),
            version=basket.version + 1,
        )
    )


def browse(platform: Platform, query: str = "", caller: Caller = OTHER) -> list[str]:
    """Ids on all pages, in their order."""
    found, cursor = [], ""
    while True:
        joined = "&".join(part for part in (query, cursor) if part)
        reply = platform.call("GET", f"/options/marketplace?{joined}", caller=caller)
        assert reply.status == 200, reply.text
        found += [each["basket_id"] for each in reply.body["items"]]
        if reply.body["cursor"] is None:
            return found
        cursor = f"cursor={reply.body['cursor']}"


def test_only_an_admin_publishes_and_only_his_own(platform: Platform):
    mine = a_basket(platform, TRADER)
    before = platform.rows()
    refused = publish(platform, mine, TRADER)
    assert (refused.status, refused.error["code"]) == (403, "ADMIN_ONLY")
    assert publish(platform, mine, ADMIN).status == 404
    path = f"/options/baskets/{mine}/unpublish"
    assert platform.call("POST", path).status == 403
    assert platform.call("POST", path, caller=OTHER).status == 404
    assert platform.rows() == before


def test_a_published_basket_says_its_terms(platform: Platform):
    basket_id = a_basket(platform)
    terms = {**PAID, "min_subscription_amount": 200000, "max_subscribers": 5}
    body = publish(platform, basket_id, subscription_config=terms).body
    assert (body["visibility"], body["is_marketplace_enabled"]) == ("PUBLIC", True)
    assert body["subscription_config"] == {**terms, "performance_fee_percentage": None}
    assert body["created_by_type"] == "ADMIN"


@pytest.mark.parametrize(
    ("parts", "status", "fields"),
    [
        ({"subscription_config": {"type": "PAID"}}, 422, ["subscription_config.monthly_fee"]),
        ({"subscription_config": {**FREE, "monthly_fee": 1}}, 422,
         ["subscription_config.monthly_fee"]),
        ({"subscription_config": {"type": "PERFORMANCE_BASED"}}, 422,
         ["subscription_config.performance_fee_percentage"]),
        ({"subscription_config": {**PAID, "performance_fee_percentage": 5}}, 422,
         ["subscription_config.performance_fee_percentage"]),
        ({"subscription_config": {**PAID, "monthly_fee": -1}}, 400,
         ["subscription_config.monthly_fee"]),
        ({"subscription_config": {**FREE, "max_subscribers": 0}}, 400,
         ["subscription_config.max_subscribers"]),
        ({"visibility": "PRIVATE"}, 400, ["visibility"]),
        ({"version": 1}, 409, []),
    ],
)  # fmt: skip
def test_terms_that_make_no_sense_are_refused_and_nothing_is_written(
    platform: Platform, parts: dict[str, Any], status: int, fields: list[str]
):
    basket_id = a_basket(platform)
    before = platform.rows()
    refused = publish(platform, basket_id, **parts)
    assert (refused.status, refused.fields) == (status, fields)
    assert platform.rows() == before


def test_everything_that_is_missing_is_said_at_once(platform: Platform):
    basket_id = platform.basket(ADMIN)
    refused = publish(platform, basket_id, subscription_config={"type": "PAID"})
    assert (refused.status, refused.error["code"]) == (422, "NOT_READY")
    assert refused.fields == ["description", "strategies", "subscription_config.monthly_fee"]


def test_a_strategy_in_the_making_is_not_published(platform: Platform):
    basket_id = a_basket(platform)
    half = a_condor(legs=[a_leg("CE", "SELL", 200)])
    platform.call("POST", f"/options/baskets/{basket_id}/strategies", half, caller=ADMIN)
    refused = publish(platform, basket_id)
    assert refused.status == 422
    assert all(field.startswith("strategies.stg_") for field in refused.fields)


def test_performance_fees_are_refused_where_they_are_switched_off(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
):
    basket_id = a_basket(platform)
    assert publish(platform, basket_id, subscription_config=SHARED).status == 200
    monkeypatch.setenv("ALLOW_PERFORMANCE_FEES", "false")
    platform.restart()
    before = platform.rows()
    refused = publish(platform, basket_id, subscription_config=SHARED)
    assert (refused.status, refused.fields) == (422, ["subscription_config.type"])
    assert platform.rows() == before


def test_fees_do_not_change_under_those_who_have_subscribed(platform: Platform):
    basket_id = a_published(platform, terms=PAID)
    platform.call("POST", f"/options/baskets/{basket_id}/subscribe", {})
    dearer = publish(platform, basket_id, subscription_config={**PAID, "monthly_fee": 1999})
    assert (dearer.status, dearer.fields) == (422, ["subscription_config"])
    assert (
        publish(platform, basket_id, subscription_config={**PAID, "max_subscribers": 1}).body[
            "subscription_config"
        ]["max_subscribers"]
        == 1
    )
    platform.call("POST", f"/options/baskets/{basket_id}/subscribe", {}, caller=OTHER)
    platform.call("POST", f"/options/baskets/{basket_id}/unpublish", caller=ADMIN)
    free = publish(platform, basket_id, subscription_config=FREE)
    assert free.status == 422


def test_a_published_basket_is_not_deleted(platform: Platform):
    basket_id = a_published(platform)
    path = f"/options/baskets/{basket_id}"
    refused = platform.call("DELETE", path, caller=ADMIN)
    assert (refused.status, refused.error["code"]) == (409, "PUBLISHED")
    platform.call("POST", f"{path}/subscribe", {})
    platform.call("POST", f"{path}/unpublish", caller=ADMIN)
    refused = platform.call("DELETE", path, caller=ADMIN)
    assert (refused.status, refused.error["code"]) == (409, "HAS_SUBSCRIBERS")


def test_a_withdrawn_basket_is_seen_by_its_subscribers_alone(platform: Platform):
    basket_id = a_published(platform)
    path = f"/options/baskets/{basket_id}"
    platform.call("POST", f"{path}/subscribe", {})
    assert browse(platform) == [basket_id]
    withdrawn = platform.call("POST", f"{path}/unpublish", caller=ADMIN).body
    assert (withdrawn["visibility"], withdrawn["is_marketplace_enabled"]) == ("PRIVATE", False)
    assert platform.call("POST", f"{path}/unpublish", caller=ADMIN).body == withdrawn
    assert browse(platform) == []
    assert platform.call("GET", path, caller=TRADER).status == 200
    assert platform.call("GET", path, caller=OTHER).status == 404
    assert platform.call("POST", f"{path}/subscribe", {}, caller=OTHER).status == 404


def test_others_see_the_record_and_the_strategies_but_no_leg_and_no_time(platform: Platform):
    basket_id = a_published(platform)
    strategy_id = platform.call("GET", f"/options/baskets/{basket_id}", caller=ADMIN).body[
        "strategies"
    ][0]["strategy_id"]
    platform.mark_executed(strategy_id, ADMIN)
    seen = platform.call("GET", f"/options/baskets/{basket_id}").body
    assert seen["strategies"][0]["leg_count"] == 4
    assert seen["strategies"][0]["last_executed"] is None
    assert "legs" not in seen["strategies"][0]
    for path in ("", "/legs", "/brokers"):
        hidden = platform.call("GET", f"/options/strategies/{strategy_id}{path}")
        assert hidden.status == 404
    body = {"basket_id": platform.basket()}
    assert platform.call("POST", f"/options/strategies/{strategy_id}/clone", body).status == 404
    assert platform.call("GET", f"/options/baskets/{basket_id}/strategies").status == 404


def test_subscribers_only_is_not_listed_and_shows_strategies_to_subscribers(platform: Platform):
    basket_id = a_published(platform, visibility="SUBSCRIBERS_ONLY")
    path = f"/options/baskets/{basket_id}"
    for sort in ("NEWEST", "TOTAL_RETURN", "SUBSCRIBERS", "SHARPE_RATIO"):
        assert browse(platform, f"sort={sort}") == []
    assert platform.call("GET", path).body["strategies"] == []
    assert platform.call("POST", f"{path}/subscribe", {}).status == 201
    assert len(platform.call("GET", path).body["strategies"]) == 1


def test_baskets_of_type_marketplace_are_those_that_are_listed(platform: Platform):
    own, private = a_basket(platform, TRADER), a_basket(platform)
    first = a_published(platform)
    platform.clock.turn(platform.clock.now() + timedelta(minutes=1))
    second = a_published(platform)
    with_record(platform, first, total_return=5)

    def ids(query: str) -> list[str]:
        items = platform.call("GET", f"/options/baskets?{query}").body["items"]
        return [each["basket_id"] for each in items]

    assert ids("") == ids("type=mine") == [own]
    assert ids("type=marketplace") == [second, first]
    assert ids("creator_type=ADMIN") == ids("type=marketplace&creator_type=ADMIN")
    assert ids("creator_type=ADMIN") == [first, second]
    assert private not in ids("type=marketplace")
    for query, field in (
        ("type=theirs", "type"), ("creator_type=USER", "creator_type"),
        ("type=mine&creator_type=ADMIN", "creator_type"), ("type=marketplace&limit=0", "limit"),
    ):  # fmt: skip
        refused = platform.call("GET", f"/options/baskets?{query}")
        assert (refused.status, refused.fields) == (400, [field])
