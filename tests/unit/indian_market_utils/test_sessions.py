from datetime import UTC, date, datetime, time, timedelta

import pytest

from shared_utils.domain.errors import CalendarUnknown
from shared_utils.domain.instruments import Exchange
from shared_utils.indian_market_utils.sessions import (
    IST,
    MarketState,
    SessionKind,
    at_ist,
    closed_reason,
    is_open,
    is_trading_day,
    ist_date,
    ist_time,
    market_status,
    next_trading_day,
    previous_trading_day,
    session_on,
    trading_days_between,
)

NSE, BSE = Exchange.NSE, Exchange.BSE


def the_session(facts, exchange, day):
    """The day's session, which must exist."""
    session = session_on(facts, exchange, day)
    assert session is not None
    return session


def ist_text(at: datetime | None) -> str | None:
    return at.astimezone(IST).strftime("%dT%H:%M") if at else None


def test_an_ordinary_day_runs_from_quarter_past_nine_in_india(facts):
    session = the_session(facts, NSE, date(2026, 7, 31))
    assert session.opens_at == datetime(2026, 7, 31, 3, 45, tzinfo=UTC)
    assert session.closes_at == datetime(2026, 7, 31, 10, 0, tzinfo=UTC)
    assert session.kind is SessionKind.REGULAR


@pytest.mark.parametrize("exchange", [NSE, BSE])
def test_the_close_is_at_twenty_to_four_from_the_third_of_august_2026(facts, exchange):
    last_of_old = the_session(facts, exchange, date(2026, 7, 31))
    first_of_new = the_session(facts, exchange, date(2026, 8, 3))
    assert ist_time(last_of_old.closes_at) == time(15, 30)
    assert ist_time(first_of_new.closes_at) == time(15, 40)
    assert not is_open(facts, exchange, at_ist(date(2026, 7, 31), time(15, 30)))
    assert is_open(facts, exchange, at_ist(date(2026, 8, 3), time(15, 39, 59)))
    assert not is_open(facts, exchange, at_ist(date(2026, 8, 3), time(15, 40)))


def test_the_open_is_exact(facts):
    day = date(2026, 11, 23)
    assert not is_open(facts, NSE, at_ist(day, time(9, 14, 59)))
    assert is_open(facts, NSE, at_ist(day, time(9, 15)))


@pytest.mark.parametrize(
    ("day", "kind", "opens", "closes"),
    [
        (date(2024, 1, 20), SessionKind.SPECIAL, time(9, 15), time(15, 30)),
        (date(2024, 3, 2), SessionKind.SPECIAL, time(9, 15), time(12, 30)),
        (date(2024, 5, 18), SessionKind.SPECIAL, time(9, 15), time(12, 30)),
        (date(2025, 2, 1), SessionKind.SPECIAL, time(9, 15), time(15, 30)),
        (date(2026, 2, 1), SessionKind.SPECIAL, time(9, 15), time(15, 30)),
        (date(2024, 11, 1), SessionKind.MUHURAT, time(18), time(19)),
        (date(2025, 10, 21), SessionKind.MUHURAT, time(13, 45), time(14, 45)),
    ],
)
def test_special_sessions_are_known(facts, day, kind, opens, closes):
    session = the_session(facts, NSE, day)
    assert (session.kind, ist_time(session.opens_at), ist_time(session.closes_at)) == (
        kind,
        opens,
        closes,
    )


def test_a_muhurat_hour_is_a_session_but_no_trading_day(facts):
    day = date(2025, 10, 21)
    assert is_open(facts, NSE, at_ist(day, time(14)))
    assert not is_trading_day(facts, NSE, day)
    assert next_trading_day(facts, NSE, date(2025, 10, 20)) == date(2025, 10, 23)


def test_a_muhurat_session_without_published_times_is_not_tradeable(facts):
    day = date(2026, 11, 8)
    assert session_on(facts, NSE, day) is None
    assert not is_trading_day(facts, NSE, day)
    assert "session times not known" in (closed_reason(facts, NSE, day) or "")
    status = market_status(facts, at_ist(day, time(18, 30)))
    assert status.state is MarketState.HOLIDAY
    assert "not tradeable" in status.reason


@pytest.mark.parametrize("count", [("2024", 17), ("2025", 14), ("2026", 16)])
def test_the_weekday_holidays_of_a_year_are_complete(shipped_facts, count):
    year, holidays = int(count[0]), count[1]
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    weekdays = [day for day in days if day.year == year and day.weekday() < 5]
    assert sum(not is_trading_day(shipped_facts, NSE, day) for day in weekdays) == holidays


@pytest.mark.parametrize("day", [date(2027, 1, 1), date(2027, 1, 26), date(2023, 12, 29)])
def test_a_day_outside_the_loaded_calendar_is_unknown_and_named(facts, day):
    questions = (
        lambda: session_on(facts, NSE, day),
        lambda: is_open(facts, BSE, at_ist(day, time(10))),
        lambda: is_trading_day(facts, NSE, day),
        lambda: market_status(facts, at_ist(day, time(10))),
        lambda: closed_reason(facts, NSE, day),
        lambda: trading_days_between(facts, NSE, day, day),
    )
    for question in questions:
        with pytest.raises(CalendarUnknown, match=day.isoformat()) as unknown:
            question()
        assert unknown.value.code == "CALENDAR_UNKNOWN"


def test_the_edges_of_the_calendar_are_not_walked_over(facts):
    with pytest.raises(CalendarUnknown, match="2027-01-01"):
        next_trading_day(facts, NSE, date(2026, 12, 31))
    with pytest.raises(CalendarUnknown, match="2023-12-31"):
        previous_trading_day(facts, NSE, date(2024, 1, 1))


def test_trading_days_skip_weekends_and_holidays_and_count_budget_sunday(facts):
    assert previous_trading_day(facts, NSE, date(2026, 11, 24)) == date(2026, 11, 23)
    assert next_trading_day(facts, NSE, date(2026, 11, 23)) == date(2026, 11, 25)
    assert previous_trading_day(facts, NSE, date(2026, 2, 2)) == date(2026, 2, 1)
    week = trading_days_between(facts, NSE, date(2026, 11, 20), date(2026, 11, 26))
    assert [day.day for day in week] == [20, 23, 25, 26]
    assert trading_days_between(facts, NSE, date(2026, 11, 26), date(2026, 11, 20)) == ()


@pytest.mark.parametrize(
    ("day", "wall", "state", "opens", "closes"),
    [
        (date(2026, 11, 23), time(8), MarketState.CLOSED, "23T09:15", "23T15:40"),
        (date(2026, 11, 23), time(9), MarketState.PRE_MARKET, "23T09:15", "23T15:40"),
        (date(2026, 11, 23), time(10), MarketState.OPEN, "25T09:15", "23T15:40"),
        (date(2026, 11, 23), time(15, 45), MarketState.POST_MARKET, "25T09:15", "25T15:40"),
        (date(2026, 11, 23), time(23), MarketState.CLOSED, "25T09:15", "25T15:40"),
        (date(2026, 11, 24), time(10), MarketState.HOLIDAY, "25T09:15", "25T15:40"),
        (date(2026, 11, 21), time(10), MarketState.HOLIDAY, "23T09:15", "23T15:40"),
    ],
)
def test_the_market_status_says_what_comes_next(*, facts, day, wall, state, opens, closes):
    status = market_status(facts, at_ist(day, wall))
    assert status.state is state
    assert ist_text(status.next_open) == opens
    assert ist_text(status.next_close) == closes


def test_a_holiday_is_called_by_its_name(facts):
    assert market_status(facts, at_ist(date(2026, 11, 24), time(10))).reason == "Guru Nanak"
    assert market_status(facts, at_ist(date(2026, 11, 22), time(10))).reason == "weekend"


def test_a_day_with_a_session_is_not_closed(facts):
    assert closed_reason(facts, NSE, date(2026, 11, 23)) is None
    assert closed_reason(facts, NSE, date(2026, 2, 1)) is None


def test_the_next_open_beyond_the_calendar_is_left_open(facts):
    status = market_status(facts, at_ist(date(2026, 12, 31), time(16, 30)))
    assert (status.state, status.next_open, status.next_close) == (MarketState.CLOSED, None, None)
    during = market_status(facts, at_ist(date(2026, 12, 31), time(12)))
    assert during.next_open is None
    assert ist_text(during.next_close) == "31T15:40"


def test_a_muhurat_evening_has_no_pre_market(facts):
    status = market_status(facts, at_ist(date(2024, 11, 1), time(9, 5)))
    assert status.state is MarketState.CLOSED
    assert ist_text(status.next_open) == "01T18:00"


def test_india_time_is_five_and_a_half_hours_ahead_of_utc():
    late = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
    assert ist_date(late) == date(2026, 11, 24)
    assert ist_time(late) == time(0)
    assert at_ist(date(2026, 11, 24), time(0)) == late
    assert at_ist(date(2026, 11, 24), time(0)).tzinfo is UTC
