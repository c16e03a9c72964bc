from dataclasses import replace
from datetime import timedelta

from lambda_functions.execution_engine.strategy_executor.claims import DueClaims
from shared_utils.domain.errors import CalendarUnknown
from shared_utils.domain.executions import ExecutionStatus
from shared_utils.domain.schedules import EventKind, ScheduledEvent
from shared_utils.domain.strategies import StrategyStatus
from shared_utils.messaging.queues import ExecutionQueue
from shared_utils.storage.executions import Executions
from shared_utils.storage.strategies import Strategies
from tests.clocks import TurnedClock
from tests.fake_dynamo.client import FakeDynamo
from tests.fake_dynamo.tables import schemas, table_name
from tests.simulation.market import DUE, a_condor

STRATEGIES, EXECUTIONS = table_name("options-strategies"), table_name("strategy-executions")
NEXT_WEEK = ScheduledEvent(kind=EventKind.ENTRY, at=DUE + timedelta(days=7))


class Platform:
    """A tick over one strategy; `sent` are the delays of what went to the queue."""

    def __init__(self, strategy, now, next_event=lambda *_: NEXT_WEEK):
        self.store = FakeDynamo(schemas())
        self.strategies = Strategies(self.store, STRATEGIES, 1)
        self.executions = Executions(self.store, EXECUTIONS, 1, STRATEGIES)
        self.strategies._rows.create(strategy)
        self.sent = []
        self.clock = TurnedClock(now)
        self.claims = DueClaims(
            strategies=self.strategies,
            executions=self.executions,
            queue=ExecutionQueue(self, "executions"),
            next_event=next_event,
            clock=self.clock,
            shard_count=1,
            ahead_s=150,
            prepare_s=20,
            send_within_s=60,
        )

    def send_message(self, **request):
        self.sent.append(request["DelaySeconds"])

    @property
    def runs(self):
        rows = self.store.rows(EXECUTIONS)
        return [
            self.executions.get(row["strategy_id"]["S"], row["execution_timestamp"]["S"])
            for row in rows
        ]


def test_what_is_due_soon_is_claimed_and_delayed_until_it_must_be_prepared():
    platform = Platform(a_condor(), DUE - timedelta(seconds=100))
    assert platform.claims.tick() == 1
    assert platform.sent == [80]
    assert platform.runs[0].scheduled_for == DUE


def test_what_is_due_later_is_left():
    assert Platform(a_condor(), DUE - timedelta(seconds=151)).claims.tick() == 0


def test_a_second_tick_changes_nothing():
    platform = Platform(a_condor(), DUE - timedelta(seconds=100))
    platform.claims.tick()
    assert platform.claims.tick() == 0
    assert len(platform.runs) == 1


def test_two_ticks_that_read_the_same_strategy_claim_it_once():
    strategy = a_condor()
    platform = Platform(strategy, DUE - timedelta(seconds=100))
    assert platform.claims._claim(strategy.user_id, strategy.strategy_id, DUE) == 1
    stale = reading(platform.claims, StaleStrategies(strategy))
    assert stale._claim(strategy.user_id, strategy.strategy_id, DUE) == 0
    assert len(platform.runs) == 1


def reading(claims, strategies):
    return replace(claims, strategies=strategies)


class StaleStrategies:
    """Has read the strategy before another tick changed it."""

    def __init__(self, strategy):
        self._strategy = strategy

    def get(self, *_):
        return self._strategy


def test_an_entry_that_nobody_came_to_in_time_is_recorded_as_missed_and_does_not_trade():
    platform = Platform(a_condor(), DUE + timedelta(seconds=61))
    platform.claims.tick()
    assert platform.runs[0].status is ExecutionStatus.FAILED
    assert platform.runs[0].reasons[0].code == "MISSED"
    assert platform.sent == []


def test_an_exit_that_nobody_came_to_in_time_is_run_all_the_same():
    late = DUE + timedelta(minutes=30)
    platform = Platform(replace(a_condor(), next_event=EventKind.EXIT), late)
    platform.claims.tick()
    assert platform.runs[0].status is ExecutionStatus.PENDING
    assert platform.sent == [0]


def test_a_paused_strategy_never_enters():
    paused = replace(a_condor(), status=StrategyStatus.PAUSED)
    assert Platform(paused, DUE).claims.tick() == 0


def test_a_paused_strategy_is_still_closed_at_its_exit_time():
    held = replace(a_condor(), status=StrategyStatus.PAUSED, next_event=EventKind.EXIT)
    platform = Platform(held, DUE)
    assert platform.claims.tick() == 1
    assert platform.runs[0].kind is EventKind.EXIT


def test_a_calendar_that_is_not_loaded_stops_the_schedule_and_says_so():
    def unknown(*_):
        raise CalendarUnknown("The calendar of 2027 is not loaded.")

    strategy = a_condor()
    platform = Platform(strategy, DUE, unknown)
    platform.claims.tick()
    after = platform.strategies.get(strategy.user_id, strategy.strategy_id)
    assert after.next_execution is None
    assert "2027" in str(after.next_execution_problem)


def test_a_run_that_fell_silent_is_handed_on_again():
    platform = Platform(a_condor(), DUE)
    platform.claims.tick()
    platform.clock.advance(61)
    assert platform.claims.revive() == 1
    assert len(platform.sent) == 2
