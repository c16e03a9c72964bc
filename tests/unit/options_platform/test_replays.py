"""Idempotency-Key: a create that is sent again is answered again, and not done again."""

import pytest

from lambda_functions.options_platform.strategy_manager import examples
from tests.api_events import OTHER
from tests.fake_dynamo.faults import answer_lost
from tests.fake_dynamo.tables import table_name
from tests.unit.options_platform.conftest import Platform, a_condor

BODY = {"name": "Income", "category": "INCOME"}
KEY = {"Idempotency-Key": "key-1"}


def test_the_same_key_and_body_get_the_first_answer(platform: Platform):
    first = platform.call("POST", "/options/baskets", BODY, headers=KEY)
    before = platform.rows()
    again = platform.call("POST", "/options/baskets", BODY, headers=KEY)
    assert (again.status, again.text) == (201, first.text)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert platform.rows() == before


def test_the_same_key_with_another_body_is_refused(platform: Platform):
    platform.call("POST", "/options/baskets", BODY, headers=KEY)
    before = platform.rows()
    refused = platform.call("POST", "/options/baskets", BODY | {"name": "Other"}, headers=KEY)
    assert (refused.status, refused.error["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert platform.rows() == before


def test_a_key_belongs_to_its_user_and_its_operation(platform: Platform):
    first = platform.call("POST", "/options/baskets", BODY, headers=KEY)
    hers = platform.call("POST", "/options/baskets", BODY, headers=KEY, caller=OTHER)
    assert hers.status == 201
    assert hers.body["basket_id"] != first.body["basket_id"]
    made = platform.call(
        "POST", f"/options/baskets/{first.body['basket_id']}/strategies", a_condor(), headers=KEY
    )
    assert made.status == 201


def test_a_key_is_not_answered_with_what_was_made_elsewhere(platform: Platform):
    first, second = platform.basket(), platform.basket()
    path = "/options/baskets/{}/strategies"
    assert platform.call("POST", path.format(first), a_condor(), headers=KEY).status == 201
    refused = platform.call("POST", path.format(second), a_condor(), headers=KEY)
    assert (refused.status, refused.error["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_a_ledger_that_cannot_be_kept_is_said_and_not_hidden(platform: Platform):
    def lost(call):
        if call.operation == "update_item":
            raise answer_lost()

    platform.dynamo.before = lost
    reply = platform.call("POST", "/options/baskets", BODY, headers=KEY)
    assert (reply.status, reply.error["code"]) == (503, "UNAVAILABLE")
    assert "not known" in reply.error["message"]


def test_a_refused_create_may_be_corrected_under_its_key(platform: Platform):
    assert platform.call("POST", "/options/baskets", {"name": "x"}, headers=KEY).status == 400
    assert platform.call("POST", "/options/baskets", BODY, headers=KEY).status == 201


def test_without_a_key_two_requests_are_two_baskets(platform: Platform):
    assert platform.basket() != platform.basket()
    assert platform.dynamo.rows(table_name("idempotency")) == []


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "é"])
def test_an_unusable_key_is_refused(platform: Platform, key: str):
    headers = {"Idempotency-Key": key}
    refused = platform.call("POST", "/options/baskets", BODY, headers=headers)
    assert (refused.status, refused.fields) == (400, ["Idempotency-Key"])


def test_a_request_that_is_still_at_work_is_a_conflict(platform: Platform):
    inner = []

    def meanwhile(call):
        if call.operation == "put_item" and "options-baskets" in call.request["TableName"]:
            platform.dynamo.before = None
            inner.append(platform.call("POST", "/options/baskets", BODY, headers=KEY))

    platform.dynamo.before = meanwhile
    assert platform.call("POST", "/options/baskets", BODY, headers=KEY).status == 201
    assert (inner[0].status, inner[0].error["code"]) == (409, "IN_PROGRESS")


def test_allocations_are_added_once_however_often_the_request_comes(platform: Platform):
    path = f"/options/strategies/{platform.strategy()['strategy_id']}/brokers"
    first = platform.call("POST", path, examples.ALLOCATIONS, headers=KEY)
    again = platform.call("POST", path, examples.ALLOCATIONS, headers=KEY)
    assert (first.status, again.status) == (201, 201)
    assert first.text == again.text
    unkeyed = platform.call("POST", path, examples.ALLOCATIONS)
    assert (unkeyed.status, unkeyed.error["code"]) == (409, "ALREADY_ALLOCATED")
    assert unkeyed.fields == ["[0].client_id", "[1].client_id"]
