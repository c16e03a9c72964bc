from datetime import UTC, date, time, timedelta

import pytest

from shared_utils.indian_market_utils.sessions import at_ist
from simulator.clock import MarketClock, TurnedBack
from simulator.world import FIRST_DAY, make_world, playable
from tests.unit.simulator.worlds import AT_TEN, DAY, FACTS, Stopwatch, market_of


def test_market_time_runs_at_the_speed_of_real_time():
    watch = Stopwatch()
    clock = MarketClock(AT_TEN, watch)
    watch.seconds += 90.5
    assert clock.now() == AT_TEN + timedelta(seconds=90.5)
    assert clock.now().tzinfo is UTC


def test_turning_forward_jumps_and_goes_on_from_there():
    watch = Stopwatch()
    clock = MarketClock(AT_TEN, watch)
    clock.turn(AT_TEN + timedelta(hours=3))
    watch.seconds += 1
    assert clock.now() == AT_TEN + timedelta(hours=3, seconds=1)


def test_a_traded_moment_never_comes_back():
    clock = MarketClock(AT_TEN, Stopwatch())
    with pytest.raises(TurnedBack):
        clock.turn(AT_TEN - timedelta(seconds=1))
    assert clock.now() == AT_TEN


def test_a_fresh_world_plays_a_session_at_any_hour_of_the_real_day():
    world = make_world(market=market_of())
    assert world.now() - at_ist(FIRST_DAY, time(9, 40)) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("left_at", "resumes_at"),
    [
        (at_ist(DAY, time(11, 2)), at_ist(DAY, time(11, 2))),
        (at_ist(DAY, time(7)), at_ist(DAY, time(9, 40))),
        (at_ist(DAY, time(15, 40)), at_ist(DAY + timedelta(days=1), time(9, 40))),
        (
            at_ist(date(2026, 8, 7), time(18)),
            at_ist(date(2026, 8, 10), time(9, 40)),
        ),
    ],
)
def test_a_stopped_market_resumes_in_a_session_and_never_earlier(left_at, resumes_at):
    assert playable(FACTS, left_at, time(9, 40)) == resumes_at
    assert resumes_at >= left_at
