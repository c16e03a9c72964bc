"""Whatever is wrong with a request: one error shape, every field named, nothing written."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from lambda_functions.options_platform.strategy_manager import examples
from tests.unit.options_platform.conftest import Platform, a_condor

Spoil = Callable[[dict[str, Any]], object]


def put(path: str, value: Any) -> Spoil:
    """Set `legs.0.option_config.expiry_type` of a body."""

    def spoil(body: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        here: Any = body
        for name in parents:
            here = here[int(name)] if name.isdigit() else here[name]
        here[int(last) if last.isdigit() else last] = value

    return spoil


def drop(name: str) -> Spoil:
    return lambda body: body.pop(name)


STRATEGY_CASES: dict[str, tuple[int, Spoil, list[str]]] = {
    # wrong shapes
    "no name": (400, drop("name"), ["name"]),
    "empty name": (400, put("name", "  "), ["name"]),
    "name is a number": (400, put("name", 7), ["name"]),
    "name too long": (400, put("name", "x" * 101), ["name"]),
    "legs no list": (400, put("legs", {}), ["legs"]),
    "leg no object": (400, put("legs.0", "CE"), ["legs[0]"]),
    "lots as text": (400, put("legs.0.lots_multiple", "2"), ["legs[0].lots_multiple"]),
    "half a lot": (400, put("legs.0.lots_multiple", 1.5), ["legs[0].lots_multiple"]),
    "flag as a number": (400, put("auto_execute", 1), ["auto_execute"]),
    "time with a day": (
        400,
        put("execution_schedule.entry_time", "2026-11-24T09:45"),
        ["execution_schedule.entry_time"],
    ),
    "time as seconds": (
        400,
        put("execution_schedule.entry_time", 35100),
        ["execution_schedule.entry_time"],
    ),
    "another zone": (
        400,
        put("execution_schedule.timezone", "UTC"),
        ["execution_schedule.timezone"],
    ),
    "three decimals of a rupee": (
        400,
        put("risk_config.max_loss_per_trade", 5000.001),
        ["risk_config.max_loss_per_trade"],
    ),
    "negative loss": (
        400,
        put("risk_config.max_loss_per_trade", -1),
        ["risk_config.max_loss_per_trade"],
    ),
    "absurd money": (
        400,
        put("risk_config.daily_loss_limit", 1e300),
        ["risk_config.daily_loss_limit"],
    ),
    "foreign field": (400, put("user_id", "user-2"), ["user_id"]),
    "status is not the trader's to set": (400, put("status", "ACTIVE"), ["status"]),
    "owner in a leg": (400, put("legs.0.owner", "me"), ["legs[0].owner"]),
    # unknown words
    "unknown structure": (400, put("strategy_type", "IRON_CONDORR"), ["strategy_type"]),
    "lower-case side": (
        400,
        put("legs.0.transaction_config.transaction_type", "sell"),
        ["legs[0].transaction_config.transaction_type"],
    ),
    "unknown index": (
        400,
        put("legs.0.underlying_config.symbol", "RELIANCE"),
        ["legs[0].underlying_config.symbol"],
    ),
    "unknown weekday": (
        400,
        put("execution_schedule.entry_days.weekdays", ["MONDAY"]),
        ["execution_schedule.entry_days.weekdays[0]"],
    ),
    # broken rules
    "wrong lot": (
        422,
        put("legs.2.underlying_config.lot_size", 75),
        ["legs[2].underlying_config.lot_size"],
    ),
    "wrong exchange": (
        422,
        put("legs.0.underlying_config.exchange", "BSE"),
        ["legs[0].underlying_config.exchange"],
    ),
    "an expiry that is not listed": (
        422,
        put("legs.0.option_config.expiry_offset", 9),
        ["legs", "legs[0].option_config.expiry_offset"],
    ),
    "entry after exit": (
        422,
        put("execution_schedule.entry_time", "15:20"),
        ["execution_schedule.exit_time"],
    ),
    "days to expiry upside down": (
        422,
        put("execution_schedule.exit_days.dte_range", {"min_dte": 3, "max_dte": 1}),
        ["execution_schedule.exit_days.dte_range"],
    ),
    "no weekdays": (
        422,
        put("execution_schedule.entry_days", {"type": "WEEKDAYS"}),
        ["execution_schedule.entry_days.weekdays"],
    ),
    "entry before the open": (
        422,
        put("execution_schedule.entry_time", "08:00"),
        ["execution_schedule.entry_time"],
    ),
    "trailing without its trigger": (
        422,
        put("legs.0.stop_loss_config", {"enabled": True, "type": "TRAILING", "value": 10}),
        ["legs[0].stop_loss_config.trailing_config"],
    ),
    "two sold calls are no condor": (
        422,
        put("legs.1.transaction_config.transaction_type", "SELL"),
        ["legs[1].leg_category", "legs"],
    ),
    "wing inside the short": (
        422,
        put("legs.1.premium_selection.strike_offset", 100),
        ["legs"],
    ),
    "nothing to choose the strike by": (
        422,
        put("legs.0.premium_selection", {"type": "DELTA_BASED"}),
        ["legs[0].premium_selection.delta_range"],
    ),
    "seven legs": (422, put("legs", [examples.LEG | {"leg_number": n} for n in range(1, 8)]), []),
    "one number twice": (
        422,
        lambda body: [leg.update(leg_number=1) for leg in body["legs"][:2]],
        ["legs[0].leg_number", "legs[1].leg_number"],
    ),
    "a leg of another strategy": (
        422,
        put("legs.0.leg_id", "leg_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        ["legs[0].leg_id"],
    ),
}


@pytest.mark.parametrize("case", STRATEGY_CASES)
def test_a_strategy_that_breaks_a_rule_is_refused_and_nothing_is_written(
    platform: Platform, case: str
):
    status, spoil, fields = STRATEGY_CASES[case]
    body = a_condor()
    spoil(body)
    path = f"/options/baskets/{platform.basket()}/strategies"
    before = platform.rows()
    refused = platform.call("POST", path, body)
    assert refused.status == status, refused.text
    assert set(refused.error) == {"code", "message", "details", "request_id"}
    assert refused.error["request_id"] == "request-1"
    if fields:
        assert refused.fields == fields, refused.text
    assert platform.rows() == before


def test_every_problem_is_listed_at_once(platform: Platform):
    body = a_condor()
    body["execution_schedule"]["entry_time"] = "15:20"
    body["legs"][0]["underlying_config"]["lot_size"] = 25
    body["legs"][1]["premium_selection"]["strike_offset"] = 100
    body["legs"][3]["stop_loss_config"] = {"enabled": True, "type": "PERCENTAGE", "value": 100}
    refused = platform.call("POST", f"/options/baskets/{platform.basket()}/strategies", body)
    assert refused.status == 422
    assert sorted(refused.fields) == [
        "execution_schedule.exit_time",
        "legs",
        "legs[0].underlying_config.lot_size",
        "legs[3].stop_loss_config.value",
    ]
    assert "3 more" in refused.error["message"]


def test_a_weekly_leg_on_an_index_without_weeklies_names_what_exists(platform: Platform):
    leg = copy.deepcopy(examples.LEG)
    leg["underlying_config"] = {"symbol": "BANKNIFTY"}
    body = a_condor(strategy_type="CUSTOM", legs=[leg])
    refused = platform.call("POST", f"/options/baskets/{platform.basket()}/strategies", body)
    assert refused.status == 422
    assert refused.fields == ["legs[0].option_config.expiry_type"]
    assert "no weekly options" in refused.error["message"]
    assert "monthly of 2026-11-23" in refused.error["message"]


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        ("{", 400, "INVALID_JSON"),
        ('{"name": NaN}', 400, "INVALID_JSON"),
        ("", 400, "BODY_MISSING"),
        ("[]", 400, "INVALID_INPUT"),
        ('"text"', 400, "INVALID_INPUT"),
        ("null", 400, "BODY_MISSING"),
        ("\ud800", 400, "INVALID_JSON"),
        ("[" * 100_000, 400, "INVALID_JSON"),
        (r'{"name": "\ud800", "category": "INCOME"}', 400, "INVALID_JSON"),
        ('{"name": 1e999999999}', 400, "INVALID_INPUT"),
        (json.dumps({"name": "x" * 263_000}), 413, "BODY_TOO_LARGE"),
    ],
)
def test_a_body_that_is_no_body_is_refused(platform: Platform, raw: str, status: int, code: str):
    before = platform.rows()
    refused = platform.call("POST", "/options/baskets", raw=raw)
    assert (refused.status, refused.error["code"]) == (status, code)
    assert platform.rows() == before


ALLOCATION_CASES: dict[str, tuple[int, Any, list[str]]] = {
    "an empty list": (400, [], ["body"]),
    "no lots": (400, [{"client_id": "ZERODHA_CLIENT1"}], ["[0].lots_per_execution"]),
    "zero lots": (
        400,
        {"client_id": "ZERODHA_CLIENT1", "lots_per_execution": 0},
        ["[0].lots_per_execution"],
    ),
    "an account nobody has": (
        422,
        [{"client_id": "ZERODHA_CLIENT1", "lots_per_execution": 1},
         {"client_id": "NOBODY", "lots_per_execution": 1}],
        ["[1].client_id"],
    ),
    "an account twice": (
        422,
        [{"client_id": "ZERODHA_CLIENT1", "lots_per_execution": 1}] * 2,
        ["[0].client_id", "[1].client_id"],
    ),
    "shares above the whole": (
        422,
        [{"client_id": client, "lots_per_execution": 1, "allocation_percentage": 60}
         for client in ("ZERODHA_CLIENT1", "ANGEL_CLIENT1")],
        ["allocation_percentage"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ALLOCATION_CASES)
def test_an_allocation_that_breaks_a_rule_is_refused_and_nothing_is_written(
    platform: Platform, case: str
):
    status, body, fields = ALLOCATION_CASES[case]
    strategy = platform.strategy()
    before = platform.rows()
    refused = platform.call("POST", f"/options/strategies/{strategy['strategy_id']}/brokers", body)
    assert refused.status == status, refused.text
    assert refused.fields == fields
    assert platform.rows() == before


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("cursor=bm90IGEgY3Vyc29y", "cursor"),
        ("colour=red", "colour"),
    ],
)
def test_a_list_says_what_is_wrong_with_its_query(platform: Platform, query: str, field: str):
    for path in ("/options/baskets", "/options/strategies", "/options/brokers/allocations"):
        refused = platform.call("GET", f"{path}?{query}")
        assert (refused.status, refused.fields) == (400, [field])


def test_an_expiry_that_is_not_listed_yet_says_which_are(platform: Platform):
    """In June the calendar reaches farther than the exchange's listing."""
    platform.clock.turn(datetime(2026, 6, 1, 4, 0, tzinfo=UTC))
    leg = copy.deepcopy(examples.LEG)
    leg["option_config"]["expiry_offset"] = 15
    body = a_condor(strategy_type="CUSTOM", legs=[leg])
    refused = platform.call("POST", f"/options/baskets/{platform.basket()}/strategies", body)
    assert (refused.status, refused.fields) == (422, ["legs[0].option_config.expiry_offset"])
    assert "listed WEEKLY expiries" in refused.error["message"]
