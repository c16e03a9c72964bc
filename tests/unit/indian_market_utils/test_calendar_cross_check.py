"""Our holiday lists against an independent one, for the years both know."""

from datetime import date, timedelta

import pytest

from shared_utils.domain.instruments import Exchange
from shared_utils.indian_market_utils.sessions import SessionKind, session_on


# The library itself uses what pandas is about to change.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
@pytest.mark.parametrize("exchange", list(Exchange))
def test_our_regular_sessions_are_those_of_exchange_calendars(facts, exchange):
    exchange_calendars = pytest.importorskip("exchange_calendars")
    theirs = exchange_calendars.get_calendar("XBOM", start="2024-01-01", end="2026-12-31")
    their_days = {stamp.date() for stamp in theirs.sessions}
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(3 * 365 + 1)]
    assert days[-1] == date(2026, 12, 31)
    sessions = [session_on(facts, exchange, day) for day in days]
    # It knows no weekend and muhurat sessions, and no later close than 15:30.
    our_days = {s.day for s in sessions if s is not None and s.kind is SessionKind.REGULAR}
    assert our_days == their_days
