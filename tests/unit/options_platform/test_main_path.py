"""From an empty account to an active iron condor: what the design document's examples ask for."""

import copy

from lambda_functions.options_platform.strategy_manager import examples
from tests.unit.options_platform.conftest import Platform, a_condor


def test_a_trader_goes_from_nothing_to_an_active_condor(platform: Platform):
    basket_id = platform.basket()
    made = platform.call("POST", f"/options/baskets/{basket_id}/strategies", a_condor())
    assert made.status == 201, made.text
    strategy = made.body
    assert strategy["leg_count"] == 4
    assert [leg["leg_number"] for leg in strategy["legs"]] == [1, 2, 3, 4]
    assert strategy["status"] == "PAUSED"
    assert strategy["next_execution"] is None

    path = f"/options/strategies/{strategy['strategy_id']}"
    added = platform.call("POST", f"{path}/brokers", examples.ALLOCATIONS)
    assert added.status == 201, added.text
    assert added.body["summary"]["total_lots_per_execution"] == 3

    active = platform.call("POST", f"{path}/activate")
    assert active.status == 200, active.text
    assert active.body["status"] == "ACTIVE"
    # 09:45 in India of the same Monday.
    assert active.body["next_execution"] == "2026-11-23T04:15:00Z"
    assert active.body["next_event"] == "ENTRY"

    basket = platform.call("GET", f"/options/baskets/{basket_id}").body
    assert (basket["strategy_count"], basket["active_strategy_count"]) == (1, 1)
    assert basket["strategies"][0]["next_execution"] == "2026-11-23T04:15:00Z"


def test_the_documents_own_strategy_is_accepted_but_for_its_lot(platform: Platform):
    basket_id = platform.basket()
    body = copy.deepcopy(examples.STRATEGY)
    path = f"/options/baskets/{basket_id}/strategies"
    assert platform.call("POST", path, body).status == 201

    body["legs"][0]["underlying_config"]["lot_size"] = 25
    before = platform.rows()
    refused = platform.call("POST", path, body)
    assert refused.status == 422
    assert refused.error["code"] == "RULE_BROKEN"
    assert refused.fields == ["legs[0].underlying_config.lot_size"]
    assert "65" in refused.error["message"]
    # Tuesday the 24th is a holiday, so the week's contracts expire on Monday.
    assert "2026-11-23" in refused.error["message"]
    assert platform.rows() == before


def test_money_has_two_decimals_and_times_are_utc(platform: Platform):
    strategy = platform.strategy()
    reply = platform.call("GET", f"/options/strategies/{strategy['strategy_id']}")
    assert '"max_loss_per_trade":5000.00' in reply.text
    assert '"total_pnl":0.00' in reply.text
    assert '"entry_slippage":2.0' in reply.text
    assert '"entry_time":"09:45"' in reply.text
    assert strategy["created_at"] == "2026-11-23T03:30:00Z"


def test_expiry_days_and_lot_are_filled_from_the_facts(platform: Platform):
    body = a_condor()
    for leg in body["legs"]:
        leg["underlying_config"] = {"symbol": "NIFTY", "weekly_expiry_day": "THURSDAY"}
    basket_id = platform.basket()
    made = platform.call("POST", f"/options/baskets/{basket_id}/strategies", body)
    assert made.status == 201, made.text
    assert made.body["legs"][0]["underlying_config"] == {
        "type": "INDEX",
        "symbol": "NIFTY",
        "exchange": "NSE",
        "lot_size": 65,
        "weekly_expiry_day": "TUESDAY",
        "monthly_expiry_day": "LAST_TUESDAY",
    }
