"""What a trader enters himself is closed by its schedule, and never slips past another change."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared_utils.domain.schedules import EventKind
from shared_utils.domain.strategies import Strategy, StrategyStatus
from shared_utils.storage.strategies import Strategies
from tests.fake_dynamo.tables import table_name
from tests.unit.execution_api.conftest import SHARDS, STRATEGY, Engine, strategy_of

EXECUTE = f"/execution/strategies/{STRATEGY}/execute"
# 15:15 in India, when the strategy of the tests exits.
TODAYS_EXIT = "2026-11-25T09:45:00+00:00"


def store(engine: Engine) -> Strategies:
    return Strategies(engine.dynamo, table_name("options-strategies"), SHARDS)


def stored(engine: Engine) -> Strategy:
    found = store(engine).get("user-1", STRATEGY)
    assert found is not None
    return found


def execute(engine: Engine, kind: str = "ENTRY") -> Any:
    return engine.call("POST", EXECUTE, {"kind": kind})


@pytest.mark.parametrize(
    "parts",
    [{"status": StrategyStatus.PAUSED}, {"auto_execute": False}],
    ids=lambda parts: [*parts],
)
def test_where_no_entry_is_scheduled_the_exit_of_what_was_entered_is(
    engine: Engine, parts: dict[str, Any]
):
    engine.put(strategy_of(**parts))
    assert execute(engine).status == 202
    after = stored(engine)
    assert after.next_event is EventKind.EXIT
    assert after.next_execution is not None
    assert after.next_execution.isoformat() == TODAYS_EXIT
    assert after.last_executed == engine.clock.now()


def test_a_scheduled_entry_stays_and_brings_its_own_exit(engine: Engine):
    due = engine.clock.now() + timedelta(minutes=5)
    engine.put(
        strategy_of(status=StrategyStatus.ACTIVE, next_execution=due, next_event=EventKind.ENTRY)
    )
    assert execute(engine).status == 202
    after = stored(engine)
    assert (after.next_execution, after.next_event) == (due, EventKind.ENTRY)
    assert after.last_executed == engine.clock.now()


def test_an_exit_by_hand_changes_no_strategy(engine: Engine):
    engine.put(strategy_of(status=StrategyStatus.PAUSED))
    before = stored(engine)
    assert execute(engine, "EXIT").status == 202
    assert stored(engine) == before


def test_where_the_calendar_ends_the_missing_exit_is_said(engine: Engine):
    engine.put(strategy_of(status=StrategyStatus.PAUSED))
    engine.clock.advance(timedelta(days=60).total_seconds())
    assert execute(engine).status == 202
    after = stored(engine)
    assert after.next_execution is None
    assert after.next_execution_problem


def test_a_strategy_that_ends_in_the_same_moment_is_not_entered(engine: Engine):
    engine.put(strategy_of(status=StrategyStatus.PAUSED))

    def ends(call: Any) -> None:
        if call.operation == "transact_write_items":
            engine.dynamo.before = None
            strategy = stored(engine)
            ended = replace(strategy, status=StrategyStatus.ARCHIVED, version=strategy.version + 1)
            store(engine).save(ended)

    engine.dynamo.before = ends
    refused = execute(engine)
    assert (refused.status, refused.error["code"]) == (409, "ARCHIVED")
    assert engine.queues.sent == []
    assert engine.rows()["strategy-executions"] == []


def test_an_edit_in_the_same_moment_is_kept_and_what_was_edited_is_entered(engine: Engine):
    engine.put(strategy_of(status=StrategyStatus.PAUSED))

    def edits(call: Any) -> None:
        if call.operation == "transact_write_items":
            engine.dynamo.before = None
            strategy = stored(engine)
            store(engine).save(replace(strategy, name="Renamed", version=strategy.version + 1))

    engine.dynamo.before = edits
    assert execute(engine).status == 202
    after = stored(engine)
    assert (after.name, after.next_event) == ("Renamed", EventKind.EXIT)
    assert len(engine.queues.sent) == 1
