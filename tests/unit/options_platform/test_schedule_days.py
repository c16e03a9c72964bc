"""Days and times that a trader names are days and times at which the market is open."""

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from lambda_functions.options_platform.strategy_manager import examples
from tests.unit.options_platform.conftest import Platform, a_condor, a_leg

WEDNESDAY = {"type": "WEEKDAYS", "weekdays": ["WED"]}


def custom(*dates: str) -> dict[str, Any]:
    return {"type": "CUSTOM", "custom_dates": list(dates)}


def scheduled(entry: dict[str, Any], exit_: dict[str, Any] = WEDNESDAY) -> dict[str, Any]:
    times = {"entry_time": "09:45", "exit_time": "15:15"}
    return {**times, "entry_days": entry, "exit_days": exit_}


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-11-20", "2026-11-20 is over"),
        ("2026-11-28", "no trading day at NSE (weekend)"),
        ("2026-12-25", "no trading day at NSE (Christmas)"),
    ],
)
def test_a_date_on_which_nothing_trades_is_named(platform: Platform, day: str, why: str):
    path = f"/options/baskets/{platform.basket()}/strategies"
    before = platform.rows()
    for name, days in (
        ("entry_days", scheduled(custom("2026-11-25", day))),
        ("exit_days", scheduled(custom("2026-11-25"), custom("2026-11-25", day))),
    ):
        refused = platform.call("POST", path, a_condor(execution_schedule=days))
        assert refused.status == 422, refused.text
        assert refused.fields == [f"execution_schedule.{name}.custom_dates[1]"]
        assert why in refused.error["message"]
    assert platform.rows() == before


def test_today_and_a_day_of_a_calendar_to_come_may_be_named(platform: Platform):
    platform.strategy(execution_schedule=scheduled(custom("2026-11-23", "2027-01-05")))


def test_dates_that_pass_do_not_stop_other_changes(platform: Platform):
    schedule = scheduled(custom("2026-11-23", "2026-11-25"))
    made = platform.strategy(execution_schedule=schedule)
    platform.clock.turn(datetime(2026, 11, 24, 4, 0, tzinfo=UTC))
    path = f"/options/strategies/{made['strategy_id']}"
    assert platform.call("PUT", path, {"risk_config": {"daily_loss_limit": 100}}).status == 200
    refused = platform.call("PUT", path, {"execution_schedule": schedule})
    assert refused.fields == ["execution_schedule.entry_days.custom_dates[0]"]


@pytest.mark.parametrize("at", ["09:00", "15:45"])
def test_a_leg_that_closes_by_the_clock_closes_while_the_market_is_open(
    platform: Platform, at: str
):
    timed = {"enabled": True, "type": "TIME_BASED", "time_based_config": {"exit_time": at}}
    leg = a_leg("CE", "SELL", 200, stop_loss_config=timed)
    body = a_condor(strategy_type="CUSTOM", legs=[leg])
    refused = platform.call("POST", f"/options/baskets/{platform.basket()}/strategies", body)
    field = "stop_loss_config.time_based_config.exit_time"
    assert (refused.status, refused.fields) == (422, [f"legs[0].{field}"])
    made = platform.strategy(strategy_type="CUSTOM", legs=[])
    refused = platform.call("POST", f"/options/strategies/{made['strategy_id']}/legs", leg)
    assert (refused.status, refused.fields) == (422, [field])


def test_a_stock_is_refused_with_the_indices_there_are(platform: Platform):
    leg = copy.deepcopy(examples.LEG)
    path = f"/options/baskets/{platform.basket()}/strategies"
    leg["underlying_config"] = {"type": "STOCK", "symbol": "RELIANCE", "exchange": "NSE"}
    refused = platform.call("POST", path, a_condor(strategy_type="CUSTOM", legs=[leg]))
    assert (refused.status, refused.fields) == (400, ["legs[0].underlying_config.symbol"])
    for index in ("NIFTY", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY", "SENSEX"):
        assert index in refused.text
    leg["underlying_config"] = {"type": "STOCK", "symbol": "NIFTY"}
    refused = platform.call("POST", path, a_condor(strategy_type="CUSTOM", legs=[leg]))
    assert (refused.status, refused.fields) == (422, ["legs[0].underlying_config.type"])
