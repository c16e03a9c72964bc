"""A subscriber has the version he consented to, reads in words what the next one changes, and it
is his only once he says so; the audit records tell it afterwards.
"""

from typing import Any

import pytest

from tests.api_events import ADMIN, OTHER, TRADER, Caller
from tests.unit.options_platform.conftest import Platform, a_leg
from tests.unit.options_platform.test_publishing import (
    FREE,
    PAID,
    a_basket,
    a_published,
    publish,
    published_again,
)
from tests.unit.options_platform.test_subscriptions import (
    ALLOCATION,
    MISSING,
    counts,
    let_run_out,
    path_of,
    strategy_of,
    subscribed,
)

NARROWER = "NIFTY Weekly Iron Condor: leg 1 (SELL NIFTY CE) chooses its strike"
MOVED = f"{NARROWER} 250 points out of the money instead of 200."


def detail(platform: Platform, basket_id: str, caller: Caller = TRADER) -> Any:
    return platform.call("GET", f"/options/baskets/{basket_id}", caller=caller).body


def versions(platform: Platform, basket_id: str, caller: Caller = ADMIN) -> list[int]:
    reply = platform.call("GET", f"/options/baskets/{basket_id}/versions", caller=caller)
    assert reply.status == 200, reply.text
    return [each["number"] for each in reply.body["items"]]


def changes(platform: Platform, subscription: Any) -> Any:
    return platform.call("GET", path_of(subscription, "/changes")).body


def consent(platform: Platform, subscription: Any, number: int) -> Any:
    body = {"basket_version": number}
    return platform.call("POST", path_of(subscription, "/consent"), body)


def history(platform: Platform, subscription: Any) -> list[tuple[int, str]]:
    items = platform.call("GET", path_of(subscription, "/history")).body["items"]
    return [(each["number"], each["kind"]) for each in items]


def add_strategy(platform: Platform, basket_id: str, name: str = "Second") -> str:
    return str(platform.strategy(basket_id, ADMIN, name=name)["strategy_id"])


# -- publishing makes a version, or none


def test_publishing_makes_a_version_only_when_something_to_consent_to_differs(platform: Platform):
    basket_id = a_published(platform)
    assert versions(platform, basket_id) == [1]
    publish(platform, basket_id)
    publish(platform, basket_id, subscription_config={**FREE, "max_subscribers": 7})
    platform.call("POST", f"/options/baskets/{basket_id}/unpublish", caller=ADMIN)
    publish(platform, basket_id, visibility="SUBSCRIBERS_ONLY")
    assert versions(platform, basket_id) == [1]
    assert published_again(platform, basket_id)["published_version"] == 2
    platform.call("PUT", f"/options/baskets/{basket_id}", {"description": "New"}, caller=ADMIN)
    assert publish(platform, basket_id).body["published_version"] == 3
    assert publish(platform, basket_id, subscription_config=PAID).body["published_version"] == 4
    assert versions(platform, basket_id) == [4, 3, 2, 1]


def test_the_owner_is_told_of_unpublished_changes_and_nobody_else(platform: Platform):
    basket_id = a_basket(platform)
    assert detail(platform, basket_id, ADMIN)["has_unpublished_changes"] is None
    publish(platform, basket_id)
    assert detail(platform, basket_id, ADMIN)["has_unpublished_changes"] is False
    add_strategy(platform, basket_id)
    assert detail(platform, basket_id, ADMIN)["has_unpublished_changes"] is True
    assert detail(platform, basket_id)["has_unpublished_changes"] is None
    publish(platform, basket_id)
    assert detail(platform, basket_id, ADMIN)["has_unpublished_changes"] is False


def test_what_the_owner_writes_is_nobody_elses_until_it_is_published(platform: Platform):
    basket_id = a_published(platform)
    subscribed(platform, basket_id)
    before = {caller: detail(platform, basket_id, caller) for caller in (TRADER, OTHER)}
    words = {"name": "Renamed", "description": "", "category": "HEDGED"}
    platform.call("PUT", f"/options/baskets/{basket_id}", words, caller=ADMIN)
    added = add_strategy(platform, basket_id)
    old = strategy_of(platform, basket_id)
    assert platform.call("DELETE", f"/options/strategies/{old}", caller=ADMIN).status == 204
    for caller in (TRADER, OTHER):
        seen = detail(platform, basket_id, caller)
        changed = {name for name in seen if seen[name] != before[caller][name]}
        assert changed <= {"updated_at", "version"}
    (listed,) = platform.call("GET", "/options/marketplace?category=INCOME").body["items"]
    assert (listed["name"], listed["strategy_count"]) == ("Income", 1)
    assert platform.call("GET", "/options/marketplace?category=HEDGED").body["items"] == []
    refused = publish(platform, basket_id)
    assert (refused.status, refused.fields) == (422, ["description"])
    platform.call("PUT", f"/options/baskets/{basket_id}", {"description": "x"}, caller=ADMIN)
    publish(platform, basket_id)
    (shown,) = detail(platform, basket_id, OTHER)["strategies"]
    assert shown["strategy_id"] == added
    (kept,) = detail(platform, basket_id, TRADER)["strategies"]
    assert kept["strategy_id"] == old
    assert detail(platform, basket_id, TRADER)["name"] == "Income"
    assert platform.call("GET", "/options/marketplace?category=INCOME").body["items"] == []


def test_a_strategy_is_published_without_its_owners_state(platform: Platform):
    basket_id = a_published(platform)
    platform.mark_executed(strategy_of(platform, basket_id), ADMIN)
    publish(platform, basket_id)
    assert versions(platform, basket_id) == [1]
    (shown,) = detail(platform, basket_id)["strategies"]
    assert (shown["status"], shown["next_execution"], shown["last_executed"]) == (None,) * 3


def test_a_basket_is_not_published_without_the_strategy_that_the_index_does_not_know_yet(
    platform: Platform,
):
    basket_id = a_basket(platform)
    platform.dynamo.hold_indexes()
    add_strategy(platform, basket_id)
    before = platform.rows()
    refused = publish(platform, basket_id)
    assert (refused.status, refused.error["code"]) == (409, "VERSION_MOVED")
    assert platform.rows() == before
    platform.dynamo.release_indexes()
    assert publish(platform, basket_id).status == 200
    assert len(detail(platform, basket_id)["strategies"]) == 2


def test_who_publishes_while_somebody_joins_publishes_once(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
):
    basket_id = a_published(platform)
    write, joining = platform.dynamo.transact_write_items, [TRADER, OTHER]

    def overtaken(**request: Any) -> Any:
        if joining:
            subscribed(platform, basket_id, joining.pop())
        return write(**request)

    monkeypatch.setattr(platform.dynamo, "transact_write_items", overtaken)
    assert published_again(platform, basket_id)["published_version"] == 2
    assert versions(platform, basket_id) == [2, 1]
    assert counts(platform, basket_id)[0] == 2


def test_the_subscriber_joins_the_version_that_is_the_latest_when_he_is_written(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
):
    basket_id = a_published(platform)
    write, publishing = platform.dynamo.transact_write_items, [basket_id]

    def overtaken(**request: Any) -> Any:
        if publishing:
            published_again(platform, publishing.pop())
        return write(**request)

    monkeypatch.setattr(platform.dynamo, "transact_write_items", overtaken)
    assert subscribed(platform, basket_id)["basket_version"] == 2


def test_versions_are_listed_to_owner_and_subscribers_alone(platform: Platform):
    basket_id = a_published(platform)
    made = subscribed(platform, basket_id)
    published_again(platform, basket_id)
    path = f"/options/baskets/{basket_id}/versions"
    assert versions(platform, basket_id, TRADER) == [2, 1]
    first = platform.call("GET", f"{path}?limit=1").body
    assert [each["number"] for each in first["items"]] == [2]
    rest = platform.call("GET", f"{path}?limit=1&cursor={first['cursor']}").body
    assert [each["number"] for each in rest["items"]] == [1]
    assert "strategies" not in rest["items"][0]
    missing = platform.call("GET", path.replace(basket_id, "bsk_01ARZ3NDEKTSV4RRFFQ69G5FAV"))
    foreign = platform.call("GET", path, caller=OTHER)
    assert foreign.status == missing.status == 404
    assert foreign.text.replace(basket_id, "bsk_01ARZ3NDEKTSV4RRFFQ69G5FAV") == missing.text
    platform.call("DELETE", path_of(made))
    assert platform.call("GET", path).status == 404
    assert platform.call("GET", path, caller=None).status == 401
    assert platform.call("GET", f"{path}?limit=0", caller=ADMIN).fields == ["limit"]


# -- consent


def test_a_new_version_waits_for_consent_and_says_what_it_changes(platform: Platform):
    basket_id = a_published(platform)
    made = subscribed(platform, basket_id, investment_amount=1000)
    assert (made["basket_version"], made["latest_version"]) == (1, 1)
    assert made["consent_needed"] is False
    nothing = {"changes": [], "consent_needed": False, "dropped_overrides": []}
    assert changes(platform, made) == {"from_version": 1, "to_version": 1, **nothing}
    published_again(platform, basket_id)
    waiting = platform.call("GET", path_of(made)).body
    assert (waiting["basket_version"], waiting["latest_version"]) == (1, 2)
    assert waiting["consent_needed"] is True
    assert platform.call("GET", "/options/subscriptions").body["items"] == [waiting]
    assert changes(platform, made) == {
        "from_version": 1,
        "to_version": 2,
        "consent_needed": True,
        "changes": [MOVED],
        "dropped_overrides": [],
    }
    given = consent(platform, made, 2).body
    assert (given["basket_version"], given["consent_needed"], given["version"]) == (2, False, 2)
    assert given["dropped_overrides"] == []
    assert changes(platform, made) == {"from_version": 2, "to_version": 2, **nothing}
    assert counts(platform, basket_id) == (1, 1000)


def test_consent_is_to_the_version_that_was_read(platform: Platform):
    basket_id = a_published(platform)
    made = subscribed(platform, basket_id)
    published_again(platform, basket_id, 250)
    published_again(platform, basket_id, 300)
    before = platform.rows()
    overtaken = consent(platform, made, 2)
    assert (overtaken.status, overtaken.error["code"]) == (409, "NEWER_VERSION")
    unknown = consent(platform, made, 4)
    assert (unknown.status, unknown.fields) == (422, ["basket_version"])
    for nonsense in (0, -1, "2", 1.5, None):
        assert consent(platform, made, nonsense).fields == ["basket_version"]  # type: ignore[arg-type]  # on purpose
    assert consent(platform, made, 1).body["basket_version"] == 1
    assert platform.rows() == before
    (sentence,) = changes(platform, made)["changes"]
    assert sentence == f"{NARROWER} 300 points out of the money instead of 200."
    assert consent(platform, made, 3).body["basket_version"] == 3
    back = consent(platform, made, 2)
    assert (back.status, back.error["code"]) == (409, "NEWER_VERSION")


def test_settings_of_strategies_that_are_gone_go_with_consent_and_it_is_said(platform: Platform):
    basket_id = a_published(platform)
    gone = add_strategy(platform, basket_id, "Second")
    publish(platform, basket_id)
    kept = next(s for s in strategies_of(platform, basket_id) if s != gone)
    overrides = {name: {"custom_allocations": [ALLOCATION]} for name in (gone, kept)}
    made = subscribed(platform, basket_id, strategy_broker_overrides=overrides)
    platform.call("DELETE", f"/options/strategies/{gone}", caller=ADMIN)
    publish(platform, basket_id)
    read = changes(platform, made)
    assert read["changes"] == ["Second is removed."]
    assert read["dropped_overrides"] == [gone]
    given = consent(platform, made, 3).body
    assert given["dropped_overrides"] == [gone]
    assert set(given["strategy_broker_overrides"]) == {kept}
    latest = platform.call("GET", path_of(made, "/history")).body["items"][0]
    assert latest["sentence"] == (
        "Consented to version 3 in place of 2. His settings for Second went with what they were "
        "for."
    )


def strategies_of(platform: Platform, basket_id: str) -> list[str]:
    return [each["strategy_id"] for each in detail(platform, basket_id, ADMIN)["strategies"]]


def test_settings_are_for_the_strategies_of_the_version_consented_to(platform: Platform):
    basket_id = a_published(platform)
    made = subscribed(platform, basket_id)
    added = add_strategy(platform, basket_id)
    publish(platform, basket_id)
    body = {"strategy_broker_overrides": {added: {"enabled": False}}}
    early = platform.call("PUT", path_of(made, "/overrides"), body)
    assert (early.status, early.fields) == (422, [f"strategy_broker_overrides.{added}"])
    consent(platform, made, 2)
    assert platform.call("PUT", path_of(made, "/overrides"), body).status == 200
    platform.call("DELETE", f"/options/strategies/{added}", caller=ADMIN)
    publish(platform, basket_id)
    assert platform.call("PUT", path_of(made, "/overrides"), body).status == 200


def test_a_paused_subscriber_consents_and_one_that_has_ended_does_not(platform: Platform):
    basket_id = a_published(platform)
    made, hers = subscribed(platform, basket_id), subscribed(platform, basket_id, OTHER)
    published_again(platform, basket_id)
    platform.call("POST", path_of(made, "/pause"))
    given = consent(platform, made, 2).body
    assert (given["basket_version"], given["subscription_status"]) == (2, "PAUSED")
    let_run_out(platform, hers)
    path, body = path_of(hers, "/consent"), {"basket_version": 2}
    ended = platform.call("POST", path, body, caller=OTHER)
    assert (ended.status, ended.error["code"]) == (409, "SUBSCRIPTION_ENDED")
    shown = platform.call("GET", path_of(hers), caller=OTHER).body
    assert (shown["latest_version"], shown["consent_needed"]) == (2, False)


def test_who_comes_back_comes_to_the_latest_version(platform: Platform):
    basket_id = a_published(platform)
    made = subscribed(platform, basket_id)
    platform.call("DELETE", path_of(made))
    published_again(platform, basket_id)
    assert platform.call("GET", path_of(made)).body["consent_needed"] is False
    assert subscribed(platform, basket_id)["basket_version"] == 2


def test_a_subscriber_of_a_withdrawn_basket_keeps_his_version(platform: Platform):
    basket_id = a_published(platform)
    made = subscribed(platform, basket_id)
    published_again(platform, basket_id)
    platform.call("POST", f"/options/baskets/{basket_id}/unpublish", caller=ADMIN)
    assert changes(platform, made)["changes"] == [MOVED]
    assert consent(platform, made, 2).body["basket_version"] == 2


# -- the audit records


def test_every_change_has_one_record_and_what_changes_nothing_has_none(platform: Platform):
    basket_id = a_published(platform)
    made = subscribed(platform, basket_id)
    published_again(platform, basket_id)
    for _ in range(2):
        platform.call("POST", path_of(made, "/pause"))
    for _ in range(2):
        consent(platform, made, 2)
    for _ in range(2):
        platform.call("POST", path_of(made, "/resume"))
    platform.call("PUT", path_of(made, "/overrides"), {"strategy_broker_overrides": {}})
    for _ in range(2):
        platform.call("DELETE", path_of(made))
    assert history(platform, made) == [
        (6, "CANCELLED"),
        (5, "OVERRIDES_CHANGED"),
        (4, "RESUMED"),
        (3, "CONSENTED"),
        (2, "PAUSED"),
        (1, "SUBSCRIBED"),
    ]


def test_a_record_says_what_was_agreed_to_by_whom_and_at_which_request(platform: Platform):
    made = subscribed(platform, a_published(platform, terms=PAID), investment_amount=5000)
    first = platform.call("GET", path_of(made, "/history")).body["items"][-1]
    assert first["sentence"] == (
        "Subscribed to version 1 of Income with 5000.00 rupees, for 999.00 rupees a month."
    )
    assert (first["actor"], first["user_id"]) == (TRADER.user_id, TRADER.user_id)
    assert (first["basket_version"], first["request_id"]) == (1, "request-1")


def test_the_records_come_in_pages_and_are_the_subscribers_alone(platform: Platform):
    made = subscribed(platform, a_published(platform))
    for action in ("/pause", "/resume", "/pause"):
        platform.call("POST", path_of(made, action))
    path = path_of(made, "/history")
    first = platform.call("GET", f"{path}?limit=3").body
    rest = platform.call("GET", f"{path}?limit=3&cursor={first['cursor']}").body
    assert [each["number"] for each in first["items"] + rest["items"]] == [4, 3, 2, 1]
    assert platform.call("GET", f"{path}?limit=101").fields == ["limit"]


@pytest.mark.parametrize("caller", [OTHER, ADMIN])
def test_anothers_consent_changes_and_history_are_not_there(platform: Platform, caller: Caller):
    basket_id = a_published(platform)
    made = subscribed(platform, basket_id)
    published_again(platform, basket_id)
    before = platform.rows()
    for method, action in (("GET", "/changes"), ("GET", "/history"), ("POST", "/consent")):
        body = {"basket_version": 2} if method == "POST" else None
        foreign = platform.call(method, path_of(made, action), body, caller=caller)
        missing = platform.call(method, f"/options/subscriptions/{MISSING}{action}", body)
        assert foreign.status == missing.status == 404
        assert foreign.text.replace(made["subscription_id"], MISSING) == missing.text
        assert platform.call(method, path_of(made, action), body, caller=None).status == 401
    assert platform.rows() == before


def test_a_leg_is_published_as_it_was_when_it_was_published(platform: Platform):
    basket_id = a_published(platform)
    made = subscribed(platform, basket_id)
    strategy_id = strategy_of(platform, basket_id)
    path = f"/options/strategies/{strategy_id}/legs"
    leg = platform.call("GET", path, caller=ADMIN).body["items"][0]
    away = a_leg("CE", "SELL", 250)
    platform.call("PUT", f"{path}/{leg['leg_id']}", away, caller=ADMIN)
    assert changes(platform, made)["changes"] == []
    publish(platform, basket_id)
    assert changes(platform, made)["changes"] == [MOVED]
