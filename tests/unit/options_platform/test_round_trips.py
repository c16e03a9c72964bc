"""Every field that a trader may set comes back from the table as he set it."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from lambda_functions.options_platform.strategy_manager.schemas import RiskConfig
from shared_utils.api.allocation_shapes import AllocationRequest
from shared_utils.api.leg_shapes import LegRequest
from shared_utils.api.schedule_shapes import ExecutionSchedule
from tests.unit.options_platform.conftest import Platform

SELECTIONS: list[dict[str, Any]] = [
    {"type": "ATM", "atm_source": "SYNTHETIC_FUTURE"},
    {"type": "OTM", "strike_offset": 200},
    {"type": "ITM", "strike_count": 2, "atm_source": "FUTURE"},
    {"type": "ABSOLUTE_PREMIUM", "target_premium": 85.5, "volatility_adjustment": True},
    {"type": "DELTA_BASED", "delta_range": [0.15, 0.25], "theta_preference": "HIGH"},
    {"type": "PERCENTAGE_BASED", "strike_percentage": -1.5},
    {"type": "PREMIUM_RANGE", "premium_range": {"min_premium": 20, "max_premium": 40.05}},
    {"type": "STRADDLE_WIDTH", "straddle_width": 0.75},
    {"type": "STRADDLE_PREMIUM_PERCENT", "straddle_premium_percent": 35},
]
TRAILING = {"trail_amount": 5, "trigger_price": 12.5}
STOPS: list[dict[str, Any]] = [
    {"enabled": True, "type": "PERCENTAGE", "value": 30, "move_to_cost": True},
    {"enabled": True, "type": "ABSOLUTE_POINTS", "value": 25.5, "trailing_config": TRAILING},
    {"enabled": True, "type": "PDH"},
    {"enabled": True, "type": "PDL"},
    {"enabled": True, "type": "TRAILING", "trailing_config": TRAILING},
    {"enabled": True, "type": "TIME_BASED", "time_based_config": {"exit_time": "14:30"}},
    {"enabled": True, "type": "TIME_BASED", "time_based_config": {"market_close_offset": 20}},
    {
        "enabled": True,
        "type": "TARGET_PROFIT",
        "target_profit_config": {"target_percentage": 60, "partial_booking": True},
    },
]
LEG: dict[str, Any] = {
    "underlying_config": {
        "type": "INDEX",
        "symbol": "NIFTY",
        "exchange": "NSE",
        "lot_size": 65,
        "weekly_expiry_day": "TUESDAY",
        "monthly_expiry_day": "LAST_TUESDAY",
    },
    "option_config": {
        "option_type": "PE",
        "expiry_type": "MONTHLY",
        "expiry_offset": 1,
        "expiry_criteria": {"prefer_nearest": False, "min_dte": 2, "avoid_expiry_day": True},
    },
    "premium_selection": SELECTIONS[0],
    "transaction_config": {
        "transaction_type": "SELL",
        "order_type": "SL-M",
        "entry_slippage": 1.5,
        "exit_slippage": 4,
        "order_retry_attempts": 3,
        "order_timeout": 45,
        "max_spread_percentage": 2.5,
    },
    "stop_loss_config": STOPS[0]
    | {"target_profit_config": {"target_percentage": 50, "partial_booking": False}},
    "leg_category": "ARBITRAGE",
    "leg_purpose": "Everything that a leg can say",
    "lots_multiple": 3,
    "sequence": 2,
    "reentry_on_stop": {"kind": "MOMENTUM", "max_reentries": 20},
    "reentry_on_target": {"kind": "REVERSE", "max_reentries": 1},
    "wait_and_trade": {"direction": "UP", "unit": "POINTS", "value": 7.5},
    "is_active": False,
}
SCHEDULE: dict[str, Any] = {
    "entry_time": "09:31",
    "exit_time": "15:21",
    "entry_days": {"type": "DTE_BASED", "dte_range": {"min_dte": 1, "max_dte": 3}},
    "exit_days": {"type": "DTE_BASED", "dte_range": {"min_dte": 0, "max_dte": 1}},
    "timezone": "Asia/Kolkata",
    "dte_config": {"min_dte": 1, "max_dte": 9, "preferred_dte": 3},
}
RISK: dict[str, Any] = {
    "max_loss_per_trade": 5000,
    "max_loss_percentage": 2.5,
    "position_size_type": "FIXED_AMOUNT",
    "position_size_value": 250000,
    "daily_loss_limit": 9000.5,
    "strategy_stop_loss": 4000,
    "strategy_target": 8000,
    "lock_and_trail": {"lock_at": 3000, "lock_profit": 1500, "trail_step": 500, "trail_by": 250},
    "on_leg_failure": "RETRY",
    "max_reexecutions": 4,
}
ALLOCATION: dict[str, Any] = {
    "client_id": "ZERODHA_CLIENT1",
    "lots_per_execution": 3,
    "priority": 2,
    "allocation_percentage": 37.5,
    "trading_mode": "PAPER",
    "risk_limits": {
        "max_daily_trades": 4,
        "max_daily_loss": 12000,
        "max_position_value": 800000,
        "max_margin_utilization": 65.5,
    },
    "execution_config": {
        "execution_delay_ms": 1500,
        "prefer_for_entries": False,
        "prefer_for_exits": False,
        "enable_auto_rebalance": True,
    },
    "status": "SUSPENDED",
}


def said_of(sent: Any, answered: Any) -> Any:
    """The answer, narrowed to what was sent."""
    if isinstance(sent, dict):
        return {name: said_of(value, answered[name]) for name, value in sent.items()}
    return answered


def stored(platform: Platform, **parts: Any) -> Any:
    made = platform.strategy(strategy_type="CUSTOM", **parts)
    read = platform.call("GET", f"/options/strategies/{made['strategy_id']}").body
    assert read == made
    return read


def legs() -> Iterator[dict[str, Any]]:
    yield LEG
    plain = {name: LEG[name] for name in ("underlying_config", "option_config", "leg_category")}
    plain["transaction_config"] = LEG["transaction_config"]
    for selection in SELECTIONS:
        yield plain | {"premium_selection": selection}
    for stop in STOPS:
        yield plain | {"premium_selection": SELECTIONS[0], "stop_loss_config": stop}


@pytest.mark.parametrize("leg", list(legs()))
def test_a_leg_is_stored_as_it_is_sent(platform: Platform, leg: dict[str, Any]):
    assert said_of(leg, stored(platform, legs=[leg])["legs"][0]) == leg


def test_a_schedule_and_its_risk_are_stored_as_they_are_sent(platform: Platform):
    read = stored(platform, execution_schedule=SCHEDULE, risk_config=RISK)
    assert said_of(SCHEDULE, read["execution_schedule"]) == SCHEDULE
    assert read["risk_config"] == RISK


def test_an_allocation_is_stored_as_it_is_sent(platform: Platform):
    strategy = platform.strategy()
    path = f"/options/strategies/{strategy['strategy_id']}/brokers"
    assert platform.call("POST", path, [ALLOCATION]).status == 201
    (item,) = platform.call("GET", path).body["items"]
    assert said_of(ALLOCATION, item) == ALLOCATION


@pytest.mark.parametrize(
    ("shape", "bodies", "apart"),
    [
        # Both name a place, which is tested where legs move.
        (LegRequest, list(legs()), {"leg_id", "leg_number"}),
        (ExecutionSchedule, [SCHEDULE], set()),
        (RiskConfig, [RISK], set()),
        (AllocationRequest, [ALLOCATION], set()),
    ],
)
def test_no_field_is_forgotten_here(
    shape: type[BaseModel], bodies: list[dict[str, Any]], apart: set[str]
):
    sent = {name for body in bodies for name in body}
    assert sent | apart == set(shape.model_fields)
    selections = {name for body in bodies for name in body.get("premium_selection", ())}
    if selections:
        part: Any = LegRequest.model_fields["premium_selection"].annotation
        assert selections == set(part.model_fields)
