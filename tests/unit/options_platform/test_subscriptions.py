"""Subscribing: at the terms of the day, once, never beyond the last place, and only one's own."""

import threading
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from lambda_functions.options_platform.subscription_manager.billing_service import billing_from
from lambda_functions.options_platform.subscription_manager.service import SubscriptionService
from lambda_functions.options_platform.subscription_manager.subscription_plans import (
    SubscriptionSpec,
)
from shared_utils.domain.errors import Conflict
from shared_utils.domain.fees import months_after
from shared_utils.domain.subscription_events import (
    PLATFORM,
    Cause,
    SubscriptionEventKind,
    event_of,
)
from shared_utils.settings import settings_from_environment
from shared_utils.storage.basket_versions import BasketVersions
from shared_utils.storage.baskets import Baskets
from shared_utils.storage.broker_accounts import BrokerAccounts
from shared_utils.storage.subscriptions import Subscriptions
from tests.api_events import ADMIN, OTHER, TRADER, Caller
from tests.clocks import MONDAY_0900_IST
from tests.fake_dynamo.tables import table_name
from tests.unit.options_platform.conftest import Platform
from tests.unit.options_platform.test_publishing import FREE, PAID, SHARED, a_basket, a_published

MISSING = "sub_01ARZ3NDEKTSV4RRFFQ69G5FAV"
ALLOCATION = {"client_id": "ZERODHA_CLIENT1", "lots_per_execution": 2}


def subscribe(platform: Platform, basket_id: str, caller: Caller = TRADER, **body: Any) -> Any:
    return platform.call("POST", f"/options/baskets/{basket_id}/subscribe", body, caller=caller)


def subscribed(platform: Platform, basket_id: str, caller: Caller = TRADER, **body: Any) -> Any:
    reply = subscribe(platform, basket_id, caller, **body)
    assert reply.status == 201, reply.text
    return reply.body


def path_of(subscription: Any, action: str = "") -> str:
    return f"/options/subscriptions/{subscription['subscription_id']}{action}"


def counts(platform: Platform, basket_id: str) -> tuple[int, float]:
    body = platform.call("GET", f"/options/baskets/{basket_id}", caller=ADMIN).body
    return body["subscriber_count"], body["total_aum"]


def strategy_of(platform: Platform, basket_id: str) -> str:
    body = platform.call("GET", f"/options/baskets/{basket_id}", caller=ADMIN).body
    return str(body["strategies"][0]["strategy_id"])


def test_a_subscription_is_active_and_the_basket_counts_it(platform: Platform):
    basket_id = a_published(platform)
    made = subscribed(platform, basket_id, investment_amount=250_000.5)
    assert made["subscription_status"] == "ACTIVE"
    assert made["basket_id"] == basket_id
    assert made["basket_creator_id"] == ADMIN.user_id
    assert made["performance_tracking"]["total_invested"] == 250_000.5
    assert platform.call("GET", path_of(made)).body == made
    assert counts(platform, basket_id) == (1, 250_000.5)


@pytest.mark.parametrize(
    ("terms", "due", "share", "paid"),
    [
        (FREE, None, 0, 0),
        (PAID, months_after(MONDAY_0900_IST, 1), 0, 999),
        (SHARED, months_after(MONDAY_0900_IST, 1), 10, 0),
        ({**SHARED, "monthly_fee": 99}, months_after(MONDAY_0900_IST, 1), 10, 99),
    ],
)
def test_a_monthly_fee_is_paid_ahead_and_a_share_of_profits_when_the_month_is_over(
    platform: Platform, terms: Any, due: Any, share: int, paid: int
):
    details = subscribed(platform, a_published(platform, terms=terms))["financial_details"]
    said = due and due.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert details["next_billing_date"] == said
    assert details["performance_fee_percentage"] == share
    assert details["total_fees_paid"] == details["subscription_fee_paid"] == paid


def test_nobody_subscribes_twice_or_to_his_own(platform: Platform):
    basket_id = a_published(platform)
    subscribed(platform, basket_id)
    before = platform.rows()
    again = subscribe(platform, basket_id)
    assert (again.status, again.error["code"]) == (409, "ALREADY_SUBSCRIBED")
    own = subscribe(platform, basket_id, ADMIN)
    assert (own.status, own.error["code"]) == (422, "OWN_BASKET")
    assert platform.rows() == before


def test_what_is_not_published_is_not_there(platform: Platform):
    private, hers = a_basket(platform), a_basket(platform, OTHER)
    before = platform.rows()
    for basket_id in (private, hers, "bsk_01ARZ3NDEKTSV4RRFFQ69G5FAV", MISSING):
        assert subscribe(platform, basket_id).status == 404
    assert platform.rows() == before


@pytest.mark.parametrize(
    ("body", "status", "fields"),
    [
        ({"investment_amount": 99_999.99}, 422, ["investment_amount"]),
        ({}, 422, ["investment_amount"]),
        ({"investment_amount": -1}, 400, ["investment_amount"]),
        ({"investment_amount": 1e13}, 400, ["investment_amount"]),
        ({"investment_amount": 100_000.001}, 400, ["investment_amount"]),
        ({"investment_amount": "much"}, 400, ["investment_amount"]),
        ({"colour": "red"}, 400, ["colour"]),
    ],
)
def test_too_little_or_nonsense_is_refused_and_nothing_is_written(
    platform: Platform, body: Any, status: int, fields: list[str]
):
    basket_id = a_published(platform, terms={**FREE, "min_subscription_amount": 100_000})
    before = platform.rows()
    refused = subscribe(platform, basket_id, **body)
    assert (refused.status, refused.fields) == (status, fields)
    assert platform.rows() == before


def test_leaving_frees_the_place_and_coming_back_reopens_the_same(platform: Platform):
    basket_id = a_published(platform, terms={**PAID, "max_subscribers": 1})
    made = subscribed(platform, basket_id, investment_amount=1000)
    full = subscribe(platform, basket_id, OTHER)
    assert (full.status, full.error["code"]) == (409, "BASKET_FULL")
    assert platform.call("DELETE", path_of(made)).status == 204
    assert counts(platform, basket_id) == (0, 0)
    ended = platform.call("GET", path_of(made)).body
    assert ended["subscription_status"] == "CANCELLED"
    assert ended["financial_details"]["next_billing_date"] is None
    before = platform.rows()
    assert platform.call("DELETE", path_of(made)).status == 204
    assert platform.rows() == before
    back = subscribed(platform, basket_id, investment_amount=500)
    assert back["subscription_id"] == made["subscription_id"]
    assert back["created_at"] == made["created_at"]
    assert counts(platform, basket_id) == (1, 500)


def test_an_ended_subscription_is_neither_paused_nor_changed(platform: Platform):
    made = subscribed(platform, a_published(platform))
    platform.call("DELETE", path_of(made))
    before = platform.rows()
    body: dict[str, Any] = {"strategy_broker_overrides": {}}
    for method, action in (("POST", "/pause"), ("POST", "/resume"), ("PUT", "/overrides")):
        refused = platform.call(method, path_of(made, action), body)
        assert (refused.status, refused.error["code"]) == (409, "SUBSCRIPTION_ENDED")
    assert platform.rows() == before


def test_one_that_ran_out_is_opened_again_in_its_own_place(platform: Platform):
    basket_id = a_published(platform, terms={**FREE, "max_subscribers": 1})
    made = subscribed(platform, basket_id, investment_amount=1000)
    let_run_out(platform, made)
    ended = platform.call("POST", path_of(made, "/pause"))
    assert (ended.status, ended.error["code"]) == (409, "SUBSCRIPTION_ENDED")
    back = subscribed(platform, basket_id, investment_amount=300)
    assert (back["expiry_date"], back["version"]) == (None, 3)
    assert counts(platform, basket_id) == (1, 300)


def let_run_out(platform: Platform, made: Any) -> None:
    """As a billing run leaves one that is not paid for: its time is over, its place counted."""
    stored = a_service(platform).subscriptions
    before = stored.get(made["user_id"], made["subscription_id"])
    assert before is not None
    now, version = platform.clock.now(), before.version + 1
    after = replace(before, expiry_date=now, updated_at=now, version=version)
    cause = Cause(actor=PLATFORM, request_id="billing-1")
    failed = event_of(after, SubscriptionEventKind.PAYMENT_FAILED, "The fee was not paid.", cause)
    stored.save(after, failed)


def test_a_paused_subscription_keeps_its_place(platform: Platform):
    basket_id = a_published(platform, terms={**FREE, "max_subscribers": 1})
    made = subscribed(platform, basket_id)
    for _ in range(2):
        paused = platform.call("POST", path_of(made, "/pause")).body
        assert (paused["subscription_status"], paused["version"]) == ("PAUSED", 2)
    assert subscribe(platform, basket_id, OTHER).status == 409
    for _ in range(2):
        resumed = platform.call("POST", path_of(made, "/resume")).body
        assert (resumed["subscription_status"], resumed["version"]) == ("ACTIVE", 3)
    assert counts(platform, basket_id) == (1, 0)


def test_my_subscriptions_come_in_pages_and_are_mine(platform: Platform):
    made = {subscribed(platform, a_published(platform))["subscription_id"] for _ in range(3)}
    first = platform.call("GET", "/options/subscriptions?limit=2").body
    rest = platform.call("GET", f"/options/subscriptions?limit=2&cursor={first['cursor']}").body
    assert {each["subscription_id"] for each in first["items"] + rest["items"]} == made
    assert rest["cursor"] is None
    hers = platform.call("GET", "/options/subscriptions", caller=OTHER).body
    assert hers == {"items": [], "cursor": None}
    stolen = f"/options/subscriptions?limit=2&cursor={first['cursor']}"
    assert platform.call("GET", stolen, caller=OTHER).fields == ["cursor"]
    assert platform.call("GET", "/options/subscriptions?limit=0").fields == ["limit"]


@pytest.mark.parametrize("caller", [OTHER, ADMIN])
def test_anothers_subscription_is_answered_like_a_missing_one(platform: Platform, caller: Caller):
    made = subscribed(platform, a_published(platform))
    before = platform.rows()
    body: dict[str, Any] = {"strategy_broker_overrides": {}}
    for method, action in (
        ("GET", ""), ("DELETE", ""), ("POST", "/pause"), ("POST", "/resume"), ("PUT", "/overrides"),
    ):  # fmt: skip
        foreign = platform.call(method, path_of(made, action), body, caller=caller)
        missing = platform.call(method, f"/options/subscriptions/{MISSING}{action}", body)
        assert foreign.status == missing.status == 404
        assert foreign.text.replace(made["subscription_id"], MISSING) == missing.text
    assert platform.rows() == before


def override(platform: Platform, subscription: Any, overrides: Any, **more: Any) -> Any:
    body = {"strategy_broker_overrides": overrides, **more}
    return platform.call("PUT", path_of(subscription, "/overrides"), body)


def test_overrides_replace_those_before(platform: Platform):
    basket_id = a_published(platform)
    strategy_id = strategy_of(platform, basket_id)
    one = {"custom_allocations": [ALLOCATION], "risk_multiplier": 0.5, "lot_multiplier": 2}
    made = subscribed(platform, basket_id, strategy_broker_overrides={strategy_id: one})
    stored = made["strategy_broker_overrides"][strategy_id]
    assert (stored["enabled"], stored["risk_multiplier"], stored["lot_multiplier"]) == (
        True,
        0.5,
        2,
    )
    assert stored["custom_allocations"][0]["client_id"] == "ZERODHA_CLIENT1"
    assert stored["custom_allocations"][0]["strategy_id"] == strategy_id
    off = override(platform, made, {strategy_id: {"enabled": False}}, version=1).body
    assert off["strategy_broker_overrides"][strategy_id]["enabled"] is False
    assert off["strategy_broker_overrides"][strategy_id]["custom_allocations"] == []
    stale = override(platform, made, {}, version=1)
    assert (stale.status, stale.error["code"]) == (409, "VERSION_MOVED")
    assert override(platform, made, {}).body["strategy_broker_overrides"] == {}


@pytest.mark.parametrize(
    ("parts", "status", "field"),
    [
        ({"custom_allocations": [{**ALLOCATION, "client_id": "HERS"}]}, 422,
         "custom_allocations[0].client_id"),
        ({"custom_allocations": [ALLOCATION, ALLOCATION]}, 422, "custom_allocations[0].client_id"),
        ({"custom_allocations": [{**ALLOCATION, "allocation_percentage": 60},
          {**ALLOCATION, "client_id": "ANGEL_CLIENT1", "allocation_percentage": 60}]}, 422,
         "custom_allocations"),
        ({"custom_allocations": [ALLOCATION], "lot_multiplier": 0.4}, 422, "lot_multiplier"),
        ({"lot_multiplier": 0}, 400, "lot_multiplier"),
        ({"risk_multiplier": 11}, 400, "risk_multiplier"),
        ({"enabled": "yes"}, 400, "enabled"),
    ],
)  # fmt: skip
def test_overrides_that_cannot_be_are_refused_and_nothing_is_written(
    platform: Platform, parts: Any, status: int, field: str
):
    basket_id = a_published(platform)
    strategy_id = strategy_of(platform, basket_id)
    made = subscribed(platform, basket_id)
    before = platform.rows()
    refused = override(platform, made, {strategy_id: parts})
    assert refused.status == status, refused.text
    assert refused.fields[0] == f"strategy_broker_overrides.{strategy_id}.{field}"
    joining = subscribe(platform, basket_id, OTHER, strategy_broker_overrides={strategy_id: parts})
    assert joining.status == status
    assert platform.rows() == before


def test_a_strategy_of_another_basket_cannot_be_overridden(platform: Platform):
    made = subscribed(platform, a_published(platform))
    foreign = strategy_of(platform, a_published(platform))
    refused = override(platform, made, {foreign: {"enabled": False}})
    assert (refused.status, refused.fields) == (422, [f"strategy_broker_overrides.{foreign}"])


def test_the_last_place_is_taken_once_however_many_come_at_once(platform: Platform):
    basket_id = a_published(platform, terms={**FREE, "max_subscribers": 3})
    service = a_service(platform)
    found: list[str] = []

    def join(user_id: str) -> None:
        try:
            cause = Cause(actor=user_id, request_id="race")
            service.subscribe(cause, basket_id, SubscriptionSpec(investment_amount=Decimal(100)))
            found.append("in")
        except Conflict as refusal:
            found.append(refusal.code)

    threads = [threading.Thread(target=join, args=(f"user-{n % 6}",)) for n in range(10, 22)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found.count("in") == 3
    assert set(found) <= {"in", "BASKET_FULL", "ALREADY_SUBSCRIBED"}
    assert counts(platform, basket_id) == (3, 300)
    assert len(service.subscriptions.of_basket(basket_id)) == 3


def a_service(platform: Platform) -> SubscriptionService:
    """Without the edge, which serves one request at a time."""
    dynamo = platform.dynamo
    return SubscriptionService(
        subscriptions=Subscriptions(
            dynamo, table_name("basket-subscriptions"), 4, table_name("subscription-events")
        ),
        baskets=Baskets(dynamo, table_name("options-baskets")),
        versions=BasketVersions(dynamo, table_name("basket-versions")),
        accounts=BrokerAccounts(dynamo, table_name("broker-accounts")),
        billing=billing_from(settings_from_environment(), dynamo, platform.clock),
        clock=platform.clock,
        paper_trading=True,
    )


def test_who_comes_between_the_look_and_the_write_gets_the_place(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
):
    basket_id = a_published(platform, terms={**FREE, "max_subscribers": 1})
    write = platform.dynamo.transact_write_items
    waiting = [OTHER]

    def overtaken(**request: Any) -> Any:
        if waiting:
            subscribed(platform, basket_id, waiting.pop())
        return write(**request)

    monkeypatch.setattr(platform.dynamo, "transact_write_items", overtaken)
    late = subscribe(platform, basket_id)
    assert (late.status, late.error["code"]) == (409, "BASKET_FULL")
    assert counts(platform, basket_id) == (1, 0)
    assert platform.call("GET", "/options/subscriptions").body["items"] == []


def test_the_same_key_subscribes_once(platform: Platform):
    basket_id = a_published(platform)
    path, headers = f"/options/baskets/{basket_id}/subscribe", {"Idempotency-Key": "join-1"}
    first = platform.call("POST", path, {}, headers=headers)
    again = platform.call("POST", path, {}, headers=headers)
    assert (again.status, again.text) == (201, first.text)
    assert counts(platform, basket_id) == (1, 0)


def test_nobody_gets_in_without_a_token(platform: Platform):
    made = subscribed(platform, a_published(platform))
    for method, path in (
        ("GET", "/options/marketplace"), ("GET", "/options/marketplace/featured"),
        ("GET", "/options/marketplace/categories"), ("GET", "/options/subscriptions"),
        ("GET", path_of(made)), ("DELETE", path_of(made)), ("POST", path_of(made, "/pause")),
        ("POST", path_of(made, "/resume")), ("PUT", path_of(made, "/overrides")),
        ("POST", f"/options/baskets/{made['basket_id']}/subscribe"),
    ):  # fmt: skip
        assert platform.call(method, path, caller=None).status == 401
