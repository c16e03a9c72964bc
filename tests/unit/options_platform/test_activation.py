"""The gate before trading: every failure at once, and the next execution from the calendar."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared_utils.domain.broker_accounts import AccountStatus, BrokerName
from shared_utils.storage.broker_accounts import BrokerAccounts
from tests.clocks import MONDAY_0900_IST
from tests.fake_dynamo.tables import table_name
from tests.unit.options_platform.conftest import Platform, a_condor, a_leg, an_account


def activate(platform: Platform, strategy: dict[str, Any]):
    return platform.call("POST", f"/options/strategies/{strategy['strategy_id']}/activate")


def test_everything_that_is_missing_is_said_at_once(platform: Platform):
    strategy = platform.strategy(legs=[a_leg("CE", "SELL", 200)])
    before = platform.rows()
    refused = activate(platform, strategy)
    assert (refused.status, refused.error["code"]) == (422, "NOT_READY")
    assert refused.fields == ["legs", "legs", "legs", "brokers"]
    assert platform.rows() == before


def test_an_account_that_cannot_trade_keeps_the_gate_shut(platform: Platform):
    strategy = platform.allocated()
    accounts = BrokerAccounts(platform.dynamo, table_name("broker-accounts"))
    gone = MONDAY_0900_IST - timedelta(minutes=1)
    accounts.save(
        an_account(
            "user-1", "ZERODHA_CLIENT1", BrokerName.ZERODHA, token_expires_at=gone, version=2
        )
    )
    accounts.save(
        an_account(
            "user-1",
            "ANGEL_CLIENT1",
            BrokerName.ANGEL_ONE,
            enabled=False,
            entries_enabled=False,
            status=AccountStatus.MAINTENANCE,
            version=2,
        )
    )
    refused = activate(platform, strategy)
    assert refused.status == 422
    problems = {(d["field"], d["problem"]) for d in refused.error["details"]}
    assert problems == {
        ("brokers.ZERODHA_CLIENT1", "is not connected: log in to zerodha again"),
        ("brokers.ANGEL_CLIENT1", "is disabled"),
        ("brokers.ANGEL_CLIENT1", "is closed for new entries"),
        ("brokers.ANGEL_CLIENT1", "is under maintenance at its broker"),
    }


def test_a_paper_allocation_needs_no_session(platform: Platform):
    strategy = platform.strategy()
    accounts = BrokerAccounts(platform.dynamo, table_name("broker-accounts"))
    accounts.create(an_account("user-1", "EXPIRED1", BrokerName.ZERODHA, access_token_sealed=None))
    path = f"/options/strategies/{strategy['strategy_id']}/brokers"
    body = {"client_id": "EXPIRED1", "lots_per_execution": 1, "trading_mode": "PAPER"}
    assert platform.call("POST", path, body).status == 201
    assert activate(platform, strategy).status == 200


def test_the_checks_are_shown_and_margin_says_why_it_is_open(platform: Platform):
    checks = activate(platform, platform.allocated()).body["checks"]
    assert [(each["check"], each["passed"]) for each in checks] == [
        ("LEGS", True),
        ("ALLOCATIONS", True),
        ("ACCOUNTS", True),
        ("SCHEDULE", True),
        ("MARGIN", None),
        ("MARGIN", None),
        ("STOPS", None),
    ]
    assert "none were recorded" in checks[-2]["sentence"]
    assert "nobody acts on them yet" in checks[-1]["sentence"]


@pytest.mark.parametrize(
    "risk", [{}, {"max_loss_per_trade": 5000}, {"max_loss_percentage": 2}, {"strategy_target": 50}]
)
def test_a_limit_that_nobody_watches_yet_is_said_before_it_trades(platform: Platform, risk):
    legs = [leg | {"stop_loss_config": {"enabled": False}} for leg in a_condor()["legs"]]
    strategy = platform.allocated(legs=legs, risk_config=risk)
    checks = [each["check"] for each in activate(platform, strategy).body["checks"]]
    assert ("STOPS" in checks) is bool(risk)


def test_a_leg_that_is_to_wait_for_the_market_keeps_the_gate_shut(platform: Platform):
    strategy = platform.allocated()
    path = f"/options/strategies/{strategy['strategy_id']}/legs/{strategy['legs'][0]['leg_id']}"
    leg = {
        name: value
        for name, value in strategy["legs"][0].items()
        if name not in {"leg_id", "last_executed", "execution_count"}
    }
    leg["wait_and_trade"] = {"direction": "UP", "unit": "POINTS", "value": 5}
    assert platform.call("PUT", path, leg).status == 200
    answer = activate(platform, strategy)
    assert answer.status == 422
    assert answer.body["error"]["details"][0]["field"] == "legs[0].wait_and_trade"


@pytest.mark.parametrize(
    ("now", "expected", "event"),
    [
        (datetime(2026, 11, 23, 4, 15, tzinfo=UTC), "2026-11-23T09:45:00Z", "EXIT"),
        # Tuesday the 24th is a holiday.
        (datetime(2026, 11, 23, 10, 0, tzinfo=UTC), "2026-11-25T04:15:00Z", "ENTRY"),
    ],
)
def test_the_next_execution_follows_schedule_and_calendar(
    platform: Platform, now: datetime, expected: str, event: str
):
    strategy = platform.allocated()
    platform.clock.turn(now)
    reply = activate(platform, strategy)
    assert reply.status == 200, reply.text
    assert (reply.body["next_execution"], reply.body["next_event"]) == (expected, event)


def test_a_schedule_whose_days_are_over_keeps_the_gate_shut(platform: Platform):
    days = {"type": "CUSTOM", "custom_dates": ["2026-11-23"]}
    schedule = {
        "entry_time": "09:45",
        "exit_time": "15:15",
        "entry_days": days,
        "exit_days": days,
    }
    strategy = platform.allocated(execution_schedule=schedule)
    platform.clock.turn(datetime(2026, 11, 23, 10, 30, tzinfo=UTC))
    refused = activate(platform, strategy)
    assert (refused.status, refused.fields) == (422, ["execution_schedule"])


def test_beyond_the_loaded_calendar_nothing_is_guessed(platform: Platform):
    days = {"type": "CUSTOM", "custom_dates": ["2027-01-05"]}
    schedule = {
        "entry_time": "09:45",
        "exit_time": "15:15",
        "entry_days": days,
        "exit_days": days,
    }
    refused = activate(platform, platform.allocated(execution_schedule=schedule))
    assert (refused.status, refused.fields) == (422, ["execution_schedule"])
    assert "not loaded" in refused.error["message"]


def test_a_strategy_that_its_owner_starts_is_active_without_a_schedule(platform: Platform):
    strategy = platform.allocated(auto_execute=False)
    reply = activate(platform, strategy)
    assert (reply.body["status"], reply.body["next_execution"]) == ("ACTIVE", None)


def test_activating_twice_and_pausing_twice_change_nothing(platform: Platform):
    strategy = platform.allocated()
    path = f"/options/strategies/{strategy['strategy_id']}"
    basket = f"/options/baskets/{strategy['basket_id']}"
    activate(platform, strategy)
    before = platform.rows()
    assert activate(platform, strategy).status == 200
    assert platform.rows() == before
    assert platform.call("GET", basket).body["active_strategy_count"] == 1
    paused = platform.call("POST", f"{path}/pause").body
    assert (paused["status"], paused["next_execution"], paused["next_event"]) == (
        "PAUSED",
        None,
        None,
    )
    before = platform.rows()
    assert platform.call("POST", f"{path}/pause").status == 200
    assert platform.rows() == before
    assert platform.call("GET", basket).body["active_strategy_count"] == 0


def test_a_lot_that_changed_since_is_no_obstacle_but_a_lost_weekly_is(platform: Platform):
    """Contracts are judged by today's facts when it is activated, not by those of its creation."""
    strategy = platform.allocated()
    platform.clock.turn(datetime(2026, 12, 30, 4, 0, tzinfo=UTC))
    refused = activate(platform, strategy)
    assert refused.status == 422
    assert "legs[0].option_config.expiry_offset" in refused.fields
