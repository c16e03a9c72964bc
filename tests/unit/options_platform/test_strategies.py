"""Strategies and their legs: changed while paused, renumbered, kept as a record once they ran."""

import copy
from typing import Any

import pytest

from lambda_functions.options_platform.strategy_manager import examples
from tests.fake_dynamo.tables import table_name
from tests.unit.options_platform.conftest import Platform, a_condor, a_leg


def path_of(strategy: dict[str, Any]) -> str:
    return f"/options/strategies/{strategy['strategy_id']}"


def test_what_was_sent_is_what_is_read(platform: Platform):
    schedule = {
        "entry_time": "09:30",
        "exit_time": "15:20",
        "entry_days": {"type": "CUSTOM", "custom_dates": ["2026-12-01", "2026-12-08"]},
        "exit_days": {"type": "WEEKDAYS", "weekdays": ["TUE"]},
        "dte_config": {"min_dte": 0, "max_dte": 7, "preferred_dte": 2},
    }
    leg = a_leg(
        "CE",
        "SELL",
        200,
        lots_multiple=2,
        leg_purpose="Sold call",
        sequence=1,
        reentry_on_stop={"kind": "AT_COST", "max_reentries": 2},
        wait_and_trade={"direction": "DOWN", "unit": "PERCENTAGE", "value": 10},
        stop_loss_config={
            "enabled": True,
            "type": "TRAILING",
            "value": 20,
            "trailing_config": {"trail_amount": 5, "trigger_price": 10.5},
            "move_to_cost": True,
        },
    )
    risk = {
        "max_loss_percentage": 2.5,
        "position_size_type": "PERCENTAGE_OF_CAPITAL",
        "position_size_value": 10,
        "strategy_stop_loss": 7500,
        "lock_and_trail": {
            "lock_at": 5000,
            "lock_profit": 2000,
            "trail_step": 1000,
            "trail_by": 500,
        },
        "on_leg_failure": "KEEP_AND_ALERT",
        "max_reexecutions": 2,
    }
    made = platform.strategy(
        strategy_type="CUSTOM", execution_schedule=schedule, legs=[leg], risk_config=risk
    )
    read = platform.call("GET", path_of(made)).body
    assert read == made
    assert read["execution_schedule"]["dte_config"] == schedule["dte_config"]
    assert read["execution_schedule"]["entry_days"]["custom_dates"] == ["2026-12-01", "2026-12-08"]
    shown = read["legs"][0]
    for name in ("lots_multiple", "leg_purpose", "sequence", "reentry_on_stop", "wait_and_trade"):
        assert shown[name] == leg[name]
    assert shown["stop_loss_config"]["trailing_config"]["trigger_price"] == 10.5
    assert read["risk_config"]["lock_and_trail"] == risk["lock_and_trail"]
    assert read["risk_config"]["on_leg_failure"] == "KEEP_AND_ALERT"


def test_an_update_keeps_the_legs_it_names_and_their_record(platform: Platform):
    made = platform.strategy()
    ids = [leg["leg_id"] for leg in made["legs"]]
    legs = a_condor()["legs"]
    for leg, leg_id in zip(legs, ids, strict=True):
        leg["leg_id"] = leg_id
    legs[0]["premium_selection"]["strike_offset"] = 250
    changed = platform.call("PUT", path_of(made), {"legs": legs, "version": 1})
    assert changed.status == 200, changed.text
    assert [leg["leg_id"] for leg in changed.body["legs"]] == ids
    assert changed.body["legs"][0]["premium_selection"]["strike_offset"] == 250
    assert changed.body["version"] == 2


def test_an_update_from_a_stale_picture_is_refused(platform: Platform):
    made = platform.strategy()
    assert platform.call("PUT", path_of(made), {"name": "A"}).status == 200
    before = platform.rows()
    refused = platform.call("PUT", path_of(made), {"name": "B", "version": 1})
    assert (refused.status, refused.error["code"]) == (409, "VERSION_MOVED")
    assert platform.rows() == before


def test_a_move_of_somebody_else_in_between_is_read_again(platform: Platform):
    made = platform.strategy()

    def meanwhile(call):
        if call.operation == "put_item" and "strategies" in call.request["TableName"]:
            platform.dynamo.before = None
            platform.call("PUT", path_of(made), {"description": "hers"})

    platform.dynamo.before = meanwhile
    changed = platform.call("PUT", path_of(made), {"name": "mine"})
    assert changed.status == 200
    assert (changed.body["name"], changed.body["description"]) == ("mine", "hers")


@pytest.mark.parametrize(
    "change",
    [
        {"auto_execute": False},
        {"strategy_type": "CUSTOM"},
        {"legs": []},
        {"risk_config": {}},
        {"execution_schedule": examples.STRATEGY["execution_schedule"]},
    ],
)
def test_what_an_active_strategy_trades_cannot_be_changed(
    platform: Platform, change: dict[str, Any]
):
    made = platform.allocated()
    platform.call("POST", f"{path_of(made)}/activate")
    before = platform.rows()
    refused = platform.call("PUT", path_of(made), change)
    assert (refused.status, refused.error["code"]) == (409, "STRATEGY_ACTIVE")
    leg = made["legs"][0]["leg_id"]
    for method, path, body in (
        ("POST", "/legs", examples.LEG),
        ("PUT", f"/legs/{leg}", examples.LEG),
        ("DELETE", f"/legs/{leg}", None),
        ("DELETE", "", None),
    ):
        assert platform.call(method, path_of(made) + path, body).status == 409
    assert platform.rows() == before
    assert platform.call("PUT", path_of(made), {"name": "words are free"}).status == 200


def test_legs_are_added_moved_and_removed_without_gaps(platform: Platform):
    made = platform.strategy(strategy_type="CUSTOM", legs=[])
    path = f"{path_of(made)}/legs"
    for offset in (100, 200, 300):
        platform.call("POST", path, a_leg("CE", "SELL", offset))
    first = platform.call("POST", path, a_leg("PE", "SELL", 400) | {"leg_number": 1})
    assert first.status == 201, first.text
    assert first.body["leg_count"] == 4

    def offsets() -> list[tuple[int, int]]:
        items = platform.call("GET", path).body["items"]
        return [(leg["leg_number"], leg["premium_selection"]["strike_offset"]) for leg in items]

    assert offsets() == [(1, 400), (2, 100), (3, 200), (4, 300)]
    leg_id = first.body["items"][0]["leg_id"]
    moved = platform.call("PUT", f"{path}/{leg_id}", a_leg("PE", "SELL", 450) | {"leg_number": 3})
    assert moved.body["items"][2]["leg_id"] == leg_id
    assert offsets() == [(1, 100), (2, 200), (3, 450), (4, 300)]
    assert platform.call("DELETE", f"{path}/{leg_id}").status == 204
    assert offsets() == [(1, 100), (2, 200), (3, 300)]


def test_a_leg_is_not_replaced_from_a_stale_picture(platform: Platform):
    made = platform.strategy(strategy_type="CUSTOM")
    path = f"{path_of(made)}/legs/{made['legs'][0]['leg_id']}"
    seen = platform.call("GET", f"{path_of(made)}/legs").body["strategy_version"]
    first = platform.call("PUT", path, a_leg("CE", "SELL", 250) | {"version": seen})
    assert first.status == 200, first.text
    before = platform.rows()
    refused = platform.call("PUT", path, a_leg("CE", "SELL", 300) | {"version": seen})
    assert (refused.status, refused.error["code"]) == (409, "VERSION_MOVED")
    assert platform.rows() == before
    again = a_leg("CE", "SELL", 300) | {"version": first.body["strategy_version"]}
    assert platform.call("PUT", path, again).status == 200
    assert platform.call("PUT", path, a_leg("CE", "SELL", 350)).status == 200


def test_a_leg_that_breaks_a_rule_is_refused_with_its_own_paths(platform: Platform):
    made = platform.strategy()
    before = platform.rows()
    wrong = a_leg("CE", "SELL", 0)
    wrong["underlying_config"]["lot_size"] = 25
    refused = platform.call("POST", f"{path_of(made)}/legs", wrong)
    assert refused.status == 422
    assert refused.fields == [
        "underlying_config.lot_size",
        "premium_selection.strike_offset",
        "legs",  # a fifth leg is no iron condor
    ]
    assert platform.rows() == before


@pytest.mark.parametrize("kind", ["OTM", "ITM"])
def test_a_leg_may_count_listed_strikes_instead_of_points(platform: Platform, kind: str):
    path = f"{path_of(platform.strategy(strategy_type='CUSTOM', legs=[]))}/legs"
    counted = a_leg("CE", "SELL", 100) | {"premium_selection": {"type": kind, "strike_count": 3}}
    made = platform.call("POST", path, counted)
    assert made.status == 201, made.text
    chosen_by = platform.call("GET", path).body["items"][0]["premium_selection"]
    assert (chosen_by["strike_count"], chosen_by["strike_offset"]) == (3, None)
    for wrong, status in (
        ({"strike_count": 0}, 400),
        ({"strike_count": -2}, 400),
        ({"strike_count": 3, "strike_offset": 100}, 422),
        ({}, 422),
    ):
        refused = platform.call(
            "POST", path, counted | {"premium_selection": {"type": kind, **wrong}}
        )
        assert refused.status == status, refused.text
        assert any("premium_selection.strike" in field for field in refused.fields)


def test_the_environments_limit_of_legs_holds(platform: Platform):
    made = platform.strategy(strategy_type="CUSTOM", legs=[])
    for offset in range(100, 700, 100):
        reply = platform.call("POST", f"{path_of(made)}/legs", a_leg("CE", "SELL", offset))
        assert reply.status == 201
    refused = platform.call("POST", f"{path_of(made)}/legs", a_leg("CE", "SELL", 700))
    assert (refused.status, refused.fields) == (422, ["legs"])


def test_a_strategy_that_never_ran_goes_with_its_allocations(platform: Platform):
    made = platform.allocated()
    assert platform.call("DELETE", path_of(made)).status == 204
    assert platform.dynamo.rows(table_name("options-strategies")) == []
    assert platform.dynamo.rows(table_name("strategy-broker-allocations")) == []
    basket = platform.call("GET", f"/options/baskets/{made['basket_id']}").body
    assert basket["strategy_count"] == 0


def test_the_body_of_one_leg_may_not_name_another(platform: Platform):
    made = platform.strategy(strategy_type="CUSTOM")
    first, second = made["legs"][:2]
    body = copy.deepcopy(examples.LEG) | {"leg_id": second["leg_id"]}
    reply = platform.call("PUT", f"{path_of(made)}/legs/{first['leg_id']}", body)
    assert (reply.status, reply.fields) == (422, ["leg_id"])
