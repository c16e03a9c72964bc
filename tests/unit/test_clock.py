"""Market time is asked, never guessed; a wait ends on the second and not before it."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
import urllib3

from shared_utils.clock import (
    ClockUnavailable,
    ServedClock,
    SystemClock,
    clock_from,
)
from shared_utils.settings import Settings, SettingUnusable
from tests.clocks import MONDAY_0900_IST, TurnedClock

NOON = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)


class Answer:
    def __init__(self, data: bytes, status: int = 200) -> None:
        self.data = data
        self.status = status


class TimeServer:
    """Stands in for urllib3.PoolManager: answers with what the test sets."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now
        self.asked = 0
        self.answer: Answer | Exception | None = None

    def request(self, *_method_and_url, **_options):
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer or Answer(json.dumps({"now": self.now.isoformat()}).encode())


class SteppedClock(ServedClock):
    """A served clock on a machine whose monotonic clock the test moves."""

    seconds = 100.0

    def monotonic(self) -> float:
        return self.seconds


def test_a_served_clock_runs_on_between_two_answers():
    server = TimeServer()
    clock = SteppedClock("http://market/now", server)

    assert clock.now() == NOON
    clock.seconds += 0.75
    assert clock.now() == NOON + timedelta(seconds=0.75)
    assert server.asked == 1


def test_a_served_clock_notices_within_a_second_that_it_was_turned():
    server = TimeServer()
    clock = SteppedClock("http://market/now", server)
    clock.now()

    server.now = NOON + timedelta(hours=2)
    clock.seconds += 1.01

    assert clock.now() == NOON + timedelta(hours=2)


@pytest.mark.parametrize(
    "answer",
    [
        urllib3.exceptions.ConnectTimeoutError("late"),
        urllib3.exceptions.ProtocolError("reset"),
        Answer(b"", 503),
        Answer(b"<html>"),
        Answer(b"[]"),
        Answer(b'{"time": 1}'),
        Answer(b'{"now": "soon"}'),
        Answer(b'{"now": "2026-11-23T06:30:00"}'),
    ],
)
def test_a_clock_that_is_not_told_the_time_does_not_guess(answer):
    server = TimeServer()
    clock = SteppedClock("http://market/now", server)
    clock.now()
    clock.seconds += 1.5
    server.answer = answer

    with pytest.raises(ClockUnavailable):
        clock.now()
    with pytest.raises(ClockUnavailable):
        clock.now()


def test_the_wait_for_a_second_ends_at_it_in_steps_of_half_a_second_at_most():
    clock = TurnedClock()
    at = MONDAY_0900_IST + timedelta(seconds=1.75)

    clock.sleep_until(at)

    assert clock.now() == at
    assert max(clock.slept) <= 0.5


def test_a_wait_ends_when_the_clock_is_turned_forward():
    at = MONDAY_0900_IST + timedelta(hours=1)
    clock = TurnedClock(on_sleep=lambda _: clock.turn(at))

    clock.sleep_until(at)

    assert len(clock.slept) == 1


def test_a_wait_for_the_past_does_not_sleep():
    clock = TurnedClock()

    clock.sleep_until(MONDAY_0900_IST - timedelta(seconds=1))

    assert clock.slept == []


def test_the_real_clock_never_wakes_before_the_second():
    """How long after it is measured by `make bench`."""
    clock = SystemClock()
    at = clock.now() + timedelta(seconds=0.05)

    clock.sleep_until(at)

    assert datetime.now(UTC) >= at
    assert abs(clock.monotonic() - time.monotonic()) < 1


def test_settings_choose_the_clock_and_must_mention_it():
    assert type(clock_from(Settings({"MARKET_CLOCK_URL": ""}))) is SystemClock
    assert type(clock_from(Settings({"MARKET_CLOCK_URL": "http://m/now"}))) is ServedClock
    with pytest.raises(SettingUnusable, match="MARKET_CLOCK_URL"):
        clock_from(Settings({}))
