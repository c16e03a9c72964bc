"""Which account trades how many lots: once each, within its limits, summed for the wizard."""

from decimal import Decimal
from typing import Any

import pytest

from lambda_functions.options_platform.strategy_manager import examples
from shared_utils.domain.broker_accounts import AccountLimits, BrokerName
from shared_utils.storage.broker_accounts import BrokerAccounts
from tests.fake_dynamo.tables import table_name
from tests.unit.options_platform.conftest import Platform, a_leg, an_account

ONE = {"client_id": "ZERODHA_CLIENT1", "lots_per_execution": 1}


def brokers_of(strategy: dict[str, Any]) -> str:
    return f"/options/strategies/{strategy['strategy_id']}/brokers"


def allocations(platform: Platform) -> list[Any]:
    return platform.dynamo.rows(table_name("strategy-broker-allocations"))


def test_the_documents_array_body_is_accepted_as_it_is(platform: Platform):
    strategy = platform.strategy()
    reply = platform.call("POST", brokers_of(strategy), examples.ALLOCATIONS)
    assert reply.status == 201, reply.text
    first, second = reply.body["items"]
    assert (first["client_id"], first["priority"]) == ("ZERODHA_CLIENT1", 1)
    assert second["execution_config"]["execution_delay_ms"] == 1000
    assert first["risk_limits"]["max_daily_loss"] == 10000
    assert platform.call("GET", brokers_of(strategy)).body == reply.body


def test_the_summary_is_what_the_wizard_shows(platform: Platform):
    strategy = platform.strategy()
    body = [{**each, "lots_per_execution": lots}
            for each, lots in zip(examples.ALLOCATIONS, (30, 1), strict=True)]  # fmt: skip
    summary = platform.call("POST", brokers_of(strategy), body).body["summary"]
    assert summary["total_lots_per_execution"] == 31
    assert (summary["allocation_count"], summary["active_allocation_count"]) == (2, 2)
    assert summary["brokers"] == [
        {"broker_name": "angel_one", "accounts": 1, "lots_per_execution": 1},
        {"broker_name": "zerodha", "accounts": 1, "lots_per_execution": 30},
    ]
    zerodha = summary["accounts"][0]
    assert (zerodha["client_id"], zerodha["account_status"]) == ("ZERODHA_CLIENT1", "CONNECTED")
    # 30 lots of 65 are 1,950 units, above NIFTY's freeze quantity of 1,800: two orders.
    assert zerodha["legs"][0] == {"leg_number": 1, "lots": 30, "quantity": 1950, "orders": 2}


def test_a_single_allocation_may_come_without_brackets(platform: Platform):
    reply = platform.call("POST", brokers_of(platform.strategy()), ONE)
    assert reply.status == 201
    assert reply.body["items"][0]["trading_mode"] == "LIVE"


@pytest.mark.parametrize("lagging", [False, True])
def test_an_account_trades_a_strategy_once_even_while_indexes_lag(
    platform: Platform, *, lagging: bool
):
    strategy = platform.strategy()
    if lagging:
        platform.dynamo.hold_indexes()
    assert platform.call("POST", brokers_of(strategy), ONE).status == 201
    before = platform.rows()
    refused = platform.call("POST", brokers_of(strategy), examples.ALLOCATIONS)
    assert (refused.status, refused.error["code"]) == (409, "ALREADY_ALLOCATED")
    assert refused.fields == ["[0].client_id"]
    assert platform.rows() == before


def test_two_requests_in_the_same_moment_make_one_allocation(platform: Platform):
    strategy = platform.strategy()
    replies = []

    def meanwhile(call):
        if call.operation == "transact_write_items":
            platform.dynamo.before = None
            replies.append(platform.call("POST", brokers_of(strategy), ONE))

    platform.dynamo.before = meanwhile
    replies.append(platform.call("POST", brokers_of(strategy), ONE))
    assert sorted(reply.status for reply in replies) == [201, 409]
    assert len(allocations(platform)) == 1


def test_an_allocation_added_while_its_strategy_is_deleted_does_not_outlive_it(
    platform: Platform,
):
    strategy = platform.strategy()

    def meanwhile(call):
        if call.operation == "transact_write_items":
            platform.dynamo.before = None
            path = f"/options/strategies/{strategy['strategy_id']}"
            assert platform.call("DELETE", path).status == 204

    platform.dynamo.before = meanwhile
    assert platform.call("POST", brokers_of(strategy), ONE).status == 404
    assert allocations(platform) == []


def test_an_accounts_own_limits_hold(platform: Platform):
    accounts = BrokerAccounts(platform.dynamo, table_name("broker-accounts"))
    limits = AccountLimits(max_lots_per_order=2, max_daily_loss=Decimal(5000))
    accounts.create(an_account("user-1", "SMALL1", BrokerName.FINVASIA, limits=limits))
    body = {
        "client_id": "SMALL1",
        "lots_per_execution": 3,
        "risk_limits": {"max_daily_loss": 9000},
    }
    refused = platform.call("POST", brokers_of(platform.strategy()), body)
    assert refused.status == 422
    assert set(refused.fields) == {"[0].lots_per_execution", "[0].risk_limits.max_daily_loss"}
    assert allocations(platform) == []


def test_an_allocation_is_changed_and_taken_away(platform: Platform):
    strategy = platform.allocated()
    first = platform.call("GET", brokers_of(strategy)).body["items"][0]
    path = f"{brokers_of(strategy)}/{first['allocation_id']}"
    changed = platform.call("PUT", path, {"lots_per_execution": 5, "version": 1})
    assert changed.status == 200, changed.text
    assert (changed.body["lots_per_execution"], changed.body["priority"]) == (5, 1)
    assert changed.body["risk_limits"] == first["risk_limits"]
    stale = platform.call("PUT", path, {"lots_per_execution": 6, "version": 1})
    assert (stale.status, stale.error["code"]) == (409, "VERSION_MOVED")
    assert platform.call("DELETE", path).status == 204
    assert platform.call("DELETE", path).status == 404
    left = platform.call("GET", brokers_of(strategy)).body
    assert left["summary"]["total_lots_per_execution"] == 1
    assert platform.call("POST", brokers_of(strategy), ONE).status == 201


def test_an_active_strategy_keeps_at_least_one_trader(platform: Platform):
    strategy = platform.strategy()
    added = platform.call("POST", brokers_of(strategy), ONE).body["items"][0]
    platform.call("POST", f"/options/strategies/{strategy['strategy_id']}/activate")
    path = f"{brokers_of(strategy)}/{added['allocation_id']}"
    before = platform.rows()
    for method, body in (("DELETE", None), ("PUT", {"status": "INACTIVE"})):
        refused = platform.call(method, path, body)
        assert (refused.status, refused.error["code"]) == (409, "LAST_ALLOCATION")
    assert platform.rows() == before


def test_an_allocation_of_another_strategy_is_not_found_here(platform: Platform):
    first, second = platform.allocated(), platform.allocated()
    allocation = platform.call("GET", brokers_of(second)).body["items"][0]
    path = f"{brokers_of(first)}/{allocation['allocation_id']}"
    assert platform.call("PUT", path, {"priority": 2}).status == 404
    assert platform.call("DELETE", path).status == 404


def test_bulk_sets_every_strategy_of_a_basket_or_none(platform: Platform):
    basket_id = platform.basket()
    first, second = platform.strategy(basket_id), platform.strategy(basket_id)
    platform.call("POST", brokers_of(first), {**ONE, "lots_per_execution": 9})
    path = f"/options/baskets/{basket_id}/brokers/bulk"
    reply = platform.call("POST", path, {"allocations": examples.ALLOCATIONS})
    assert reply.status == 200, reply.text
    assert [each["strategy_id"] for each in reply.body["results"]] == [
        first["strategy_id"],
        second["strategy_id"],
    ]
    for each in reply.body["results"]:
        lots = {a["client_id"]: a["lots_per_execution"] for a in each["allocations"]}
        assert lots == {"ZERODHA_CLIENT1": 2, "ANGEL_CLIENT1": 1}
    before = platform.rows()
    bad = [*examples.ALLOCATIONS, {"client_id": "NOBODY", "lots_per_execution": 1}]
    refused = platform.call("POST", path, {"allocations": bad})
    assert (refused.status, refused.fields) == (422, ["allocations[2].client_id"])
    missing = {"allocations": [ONE], "strategy_ids": [first["strategy_id"], "stg_nope"]}
    refused = platform.call("POST", path, missing)
    assert (refused.status, refused.fields) == (422, ["strategy_ids[1]"])
    assert platform.rows() == before


def test_bulk_says_which_strategy_it_failed_for(platform: Platform):
    limits = AccountLimits(max_lots_per_order=5)
    accounts = BrokerAccounts(platform.dynamo, table_name("broker-accounts"))
    accounts.create(an_account("user-1", "CAPPED", BrokerName.ZERODHA, limits=limits))
    basket_id = platform.basket()
    platform.strategy(basket_id, name="Calm")
    legs = [a_leg("CE", "SELL", 200, lots_multiple=2)]
    platform.strategy(basket_id, name="Wild", strategy_type="CUSTOM", legs=legs)
    before = platform.rows()
    refused = platform.call(
        "POST",
        f"/options/baskets/{basket_id}/brokers/bulk",
        {"allocations": [{"client_id": "CAPPED", "lots_per_execution": 3}]},
    )
    assert (refused.status, refused.fields) == (422, ["allocations[0].lots_per_execution"])
    assert "makes 6 lots of leg 1" in refused.text
    assert "(strategy 2, Wild)" in refused.text
    assert platform.rows() == before


def test_bulk_on_an_empty_basket_says_so(platform: Platform):
    path = f"/options/baskets/{platform.basket()}/brokers/bulk"
    refused = platform.call("POST", path, {"allocations": [ONE]})
    assert (refused.status, refused.error["code"]) == (422, "BASKET_EMPTY")


def test_allocations_are_found_across_strategies_and_by_account(platform: Platform):
    for _ in range(2):
        platform.allocated()
    mine = platform.call("GET", "/options/brokers/allocations?limit=3").body
    assert len(mine["items"]) == 3
    rest = platform.call("GET", f"/options/brokers/allocations?limit=3&cursor={mine['cursor']}")
    assert len(rest.body["items"]) == 1
    account = platform.call("GET", "/options/brokers/ANGEL_CLIENT1/allocations").body
    assert {each["client_id"] for each in account["items"]} == {"ANGEL_CLIENT1"}
    assert len(account["items"]) == 2
