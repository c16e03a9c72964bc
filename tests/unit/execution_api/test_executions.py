"""Executions over REST: what ran and why, run now, take back."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared_utils.domain.executions import ExecutionStatus, Reason, RefusedStrike, ResolvedLeg
from shared_utils.domain.instruments import Side
from shared_utils.domain.strategies import StrategyStatus
from tests.factories import NOW, a_contract, an_order
from tests.unit.execution_api.conftest import (
    EXECUTION,
    EXECUTIONS_URL,
    STRATEGY,
    Engine,
    execution_of,
    strategy_of,
)
from tests.unit.storage.samples import a_run

EXECUTE = f"/execution/strategies/{STRATEGY}/execute"
CANCEL = f"/execution/{EXECUTION}/cancel"
HISTORY = f"/execution/strategies/{STRATEGY}/history"


def test_a_run_shows_its_contracts_accounts_reasons_and_orders(engine: Engine):
    leg = ResolvedLeg(
        leg_id="leg_1",
        leg_number=1,
        side=Side.SELL,
        contract=a_contract(),
        premium=Decimal("101.5"),
        chosen_because="200 points above the spot of 25,800",
        deviation=Decimal("12.5"),
        refused=(RefusedStrike(symbol="NIFTY26D0125950CE", fault="STALE"),),
    )
    denied = a_run("ANGEL_CLIENT1", code="NO_MARGIN", sentence="It lacks 12,000 rupees of margin.")
    order = an_order()
    engine.put(
        execution_of(
            legs=(leg,),
            accounts=(a_run(), denied, a_run("HERS", user_id="user-2")),
            reasons=(Reason(code="LATE", sentence="It was late."),),
            spot=Decimal("25800.1"),
            released_at=NOW,
        ),
        order,
        an_order(leg=2, user_id="user-2"),
    )
    reply = engine.get(f"/execution/{EXECUTION}")
    assert reply.status == 200, reply.text
    assert '"premium":101.50' in reply.text
    assert '"spot":25800.10' in reply.text
    body = reply.body
    assert body["legs"][0]["chosen_because"] == leg.chosen_because
    assert body["legs"][0]["refused"] == [{"symbol": "NIFTY26D0125950CE", "fault": "STALE"}]
    assert body["legs"][0]["contract"]["symbol"] == a_contract().symbol
    assert [each["client_id"] for each in body["accounts"]] == ["ZERODHA_CLIENT1", "ANGEL_CLIENT1"]
    assert body["accounts"][1]["sentence"] == denied.sentence
    assert body["reasons"] == [{"code": "LATE", "sentence": "It was late.", "client_id": None}]
    assert [each["order_id"] for each in body["orders"]] == [order.order_id]
    assert body["released_at"] == "2026-11-25T04:15:00Z"


def test_a_strategys_history_is_latest_first_and_pages(engine: Engine):
    engine.put(strategy_of())
    for number in range(5):
        stamp = f"2026-11-2{number}-04-15-00"
        engine.put(execution_of(execution_id=f"exe_{number:026}", execution_timestamp=stamp))
    first = engine.get(f"{HISTORY}?limit=3").body
    second = engine.get(f"{HISTORY}?limit=3&cursor={first['cursor']}").body
    seen = [each["execution_id"][-1] for each in first["items"] + second["items"]]
    assert seen == ["4", "3", "2", "1", "0"]
    assert second["cursor"] is None


def test_running_a_strategy_now_writes_the_run_and_hands_it_on(engine: Engine):
    engine.put(strategy_of())
    reply = engine.call("POST", EXECUTE, {"kind": "ENTRY"})
    assert reply.status == 202, reply.text
    body = reply.body
    assert (body["status"], body["trigger"], body["kind"]) == ("PENDING", "MANUAL", "ENTRY")
    assert (body["scheduled_for"], body["send_by"]) == (
        "2026-11-25T04:15:00Z",
        "2026-11-25T04:16:00Z",
    )
    (message,) = engine.queues.sent
    assert message["QueueUrl"] == EXECUTIONS_URL
    assert message["body"]["execution_id"] == body["execution_id"]
    stored = engine.executions.get(STRATEGY, message["body"]["execution_timestamp"])
    assert stored is not None
    assert stored.execution_id == body["execution_id"]


def test_asked_twice_with_one_key_it_runs_once(engine: Engine):
    engine.put(strategy_of())
    key = {"Idempotency-Key": "k1"}
    first = engine.call("POST", EXECUTE, {"kind": "ENTRY"}, headers=key)
    again = engine.call("POST", EXECUTE, {"kind": "ENTRY"}, headers=key)
    assert (again.status, again.text) == (202, first.text)
    other = engine.call("POST", EXECUTE, {"kind": "EXIT"}, headers=key)
    assert (other.status, other.error["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert len(engine.queues.sent) == 1
    assert len(engine.rows()["strategy-executions"]) == 1


def test_a_key_whose_answer_was_forgotten_still_finds_its_run(engine: Engine):
    engine.put(strategy_of())
    key = {"Idempotency-Key": "k1"}
    first = engine.call("POST", EXECUTE, {"kind": "ENTRY"}, headers=key)
    for row in engine.rows()["execution-idempotency"]:
        table = "ql-algo-trading-test-execution-idempotency"
        engine.dynamo.delete_item(TableName=table, Key={"id": row["id"]})
    engine.clock.advance(30)
    again = engine.call("POST", EXECUTE, {"kind": "ENTRY"}, headers=key)
    assert again.body["execution_id"] == first.body["execution_id"]
    assert len(engine.rows()["strategy-executions"]) == 1


def test_without_a_key_each_ask_is_its_own(engine: Engine):
    engine.put(strategy_of())
    first = engine.call("POST", EXECUTE, {"kind": "EXIT"})
    engine.clock.advance(1)
    event_id = engine.call("POST", EXECUTE, {"kind": "ENTRY"})
    assert first.body["execution_id"] != event_id.body["execution_id"]


def test_a_lost_message_loses_no_run(engine: Engine):
    engine.put(strategy_of())
    engine.queues.down = True
    reply = engine.call("POST", EXECUTE, {"kind": "ENTRY"})
    assert reply.status == 202
    assert engine.executions.by_id(reply.body["execution_id"]) is not None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "HOLD"}, "kind"),
        ({}, "kind"),
        ({"kind": "ENTRY", "user_id": "user-2"}, "user_id"),
        ([], ""),
    ],
)
def test_what_cannot_be_meant_is_refused_and_runs_nothing(engine: Engine, body: Any, field: str):
    engine.put(strategy_of())
    reply = engine.call("POST", EXECUTE, body)
    assert reply.status == 400
    assert not field or reply.fields == [field]
    assert engine.queues.sent == []
    assert engine.rows()["strategy-executions"] == []


def test_an_archived_strategy_is_not_entered_but_may_be_closed(engine: Engine):
    engine.put(strategy_of(status=StrategyStatus.ARCHIVED))
    refused = engine.call("POST", EXECUTE, {"kind": "ENTRY"})
    assert (refused.status, refused.error["code"]) == (409, "ARCHIVED")
    assert engine.call("POST", EXECUTE, {"kind": "EXIT"}).status == 202


def test_a_strategy_without_legs_is_not_entered(engine: Engine):
    engine.put(strategy_of(legs=()))
    refused = engine.call("POST", EXECUTE, {"kind": "ENTRY"})
    assert (refused.status, refused.error["code"]) == (409, "NO_ACTIVE_LEGS")


def test_a_waiting_run_can_be_taken_back_once(engine: Engine):
    engine.put(execution_of())
    reply = engine.call("POST", CANCEL)
    assert reply.status == 200, reply.text
    assert (reply.body["status"], reply.body["version"]) == ("CANCELLED", 2)
    assert reply.body["reasons"][0]["code"] == "CANCELLED_BY_TRADER"
    again = engine.call("POST", CANCEL)
    assert (again.status, again.error["code"]) == (409, "NOT_PENDING")
    assert "CANCELLED" in again.error["message"]


@pytest.mark.parametrize("status", [each for each in ExecutionStatus if each != "PENDING"])
def test_what_has_begun_is_not_taken_back(engine: Engine, status: ExecutionStatus):
    engine.put(execution_of(status=status))
    before = engine.rows()
    assert engine.call("POST", CANCEL).status == 409
    assert engine.rows() == before


def test_a_run_that_begins_in_the_same_moment_is_not_taken_back(engine: Engine):
    execution = execution_of()
    engine.put(execution)

    def begins(call: Any) -> None:
        if call.operation == "put_item":
            engine.dynamo.before = None
            engine.executions.save(replace(execution, status=ExecutionStatus.RUNNING, version=2))

    engine.dynamo.before = begins
    refused = engine.call("POST", CANCEL)
    assert (refused.status, refused.error["code"]) == (409, "NOT_PENDING")
    now = engine.executions.by_id(EXECUTION)
    assert now is not None
    assert now.status is ExecutionStatus.RUNNING


def test_a_run_is_shown_as_it_is_although_the_index_lags(engine: Engine):
    execution = execution_of()
    engine.put(execution)
    engine.dynamo.hold_indexes()
    running = replace(
        execution, status=ExecutionStatus.RUNNING, version=2, updated_at=NOW + timedelta(seconds=1)
    )
    engine.executions.save(running)
    assert engine.get(f"/execution/{EXECUTION}").body["status"] == "RUNNING"
