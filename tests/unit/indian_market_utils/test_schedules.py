from datetime import date, datetime, time

import pytest

from shared_utils.domain.errors import CalendarUnknown, RuleBroken
from shared_utils.domain.instruments import OptionType, Underlying
from shared_utils.domain.legs import ExpiryCriteria, ExpiryType, OptionConfig
from shared_utils.domain.schedules import (
    DayConfig,
    DayType,
    DteConfig,
    DteRange,
    EventKind,
    ExecutionSchedule,
    Weekday,
)
from shared_utils.indian_market_utils.schedules import ScheduledContracts, next_event
from shared_utils.indian_market_utils.sessions import IST, at_ist

U = Underlying
ALL_WEEK = DayConfig(
    type=DayType.WEEKDAYS,
    weekdays=(Weekday.MON, Weekday.TUE, Weekday.WED, Weekday.THU, Weekday.FRI),
)


def weekdays(*names):
    return DayConfig(type=DayType.WEEKDAYS, weekdays=tuple(Weekday(name) for name in names))


def dte(low, high):
    return DayConfig(type=DayType.DTE_BASED, dte_range=DteRange(min_dte=low, max_dte=high))


def custom(*days):
    dates = tuple(date.fromisoformat(day) for day in days)
    return DayConfig(type=DayType.CUSTOM, custom_dates=dates)


def a_schedule(entry_days=ALL_WEEK, exit_days=ALL_WEEK, entry="09:45", exit_="15:15", wanted=None):
    return ExecutionSchedule(
        entry_time=time.fromisoformat(entry),
        exit_time=time.fromisoformat(exit_),
        entry_days=entry_days,
        exit_days=exit_days,
        dte_config=wanted,
    )


def weekly(offset=0, **criteria):
    return OptionConfig(
        option_type=OptionType.CE,
        expiry_type=ExpiryType.WEEKLY,
        expiry_offset=offset,
        expiry_criteria=ExpiryCriteria(**criteria),
    )


def ist(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at_ist(at.date(), at.time())


def the_event(facts, schedule, contracts, after):
    """The next event, which must exist."""
    event = next_event(facts, schedule, contracts, after)
    assert event is not None
    return event


def walk(facts, schedule, contracts, start, count):
    """The next `count` events as `ENTRY 2026-11-23 09:45`."""
    found: list[str | None] = []
    after = ist(start)
    for _ in range(count):
        event = next_event(facts, schedule, contracts, after)
        if event is None:
            found.append(None)
            break
        found.append(f"{event.kind} {event.at.astimezone(IST):%m-%d %H:%M}")
        after = event.at
    return found


def test_the_design_documents_own_schedule(facts):
    schedule = a_schedule(weekdays("MON", "TUE", "WED"), dte(0, 1))
    # Monday the 23rd is an expiry day, Tuesday the 24th a holiday.
    assert walk(facts, schedule, U.NIFTY, "2026-11-23T09:00", 6) == [
        "ENTRY 11-23 09:45",
        "EXIT 11-23 15:15",
        "ENTRY 11-25 09:45",
        "ENTRY 11-30 09:45",
        "EXIT 11-30 15:15",
        "ENTRY 12-01 09:45",
    ]


def test_the_next_event_is_strictly_later(facts):
    schedule = a_schedule()
    at = ist("2026-11-23T09:45")
    event = the_event(facts, schedule, U.NIFTY, at)
    assert (event.kind, event.at) == (EventKind.EXIT, ist("2026-11-23T15:15"))
    assert event.at.tzinfo is not None


def test_weekends_and_holidays_are_passed_over(facts):
    assert walk(facts, a_schedule(), U.NIFTY, "2026-11-20T15:15", 4) == [
        "ENTRY 11-23 09:45",
        "EXIT 11-23 15:15",
        "ENTRY 11-25 09:45",
        "EXIT 11-25 15:15",
    ]


def test_a_muhurat_evening_is_not_scheduled(facts):
    schedule = a_schedule(entry="18:10", exit_="18:50")
    assert walk(facts, schedule, U.NIFTY, "2024-10-31T16:00", 1) == ["EXIT 11-04 15:25"]


def test_a_budget_sunday_is_scheduled_only_for_those_who_ask_for_it(facts):
    sunday = a_schedule(weekdays("SUN"), weekdays("SUN"))
    assert walk(facts, sunday, U.NIFTY, "2026-01-30T16:00", 2) == [
        "ENTRY 02-01 09:45",
        "EXIT 02-01 15:15",
    ]
    assert walk(facts, a_schedule(), U.NIFTY, "2026-01-30T16:00", 1) == ["ENTRY 02-02 09:45"]


def test_an_exit_after_an_early_close_is_brought_forward(facts):
    schedule = a_schedule(weekdays("SAT"), weekdays("SAT"))
    assert walk(facts, schedule, U.NIFTY, "2024-03-01T16:00", 2) == [
        "ENTRY 03-02 09:45",
        "EXIT 03-02 12:25",
    ]
    late = a_schedule(exit_="15:35")
    assert walk(facts, late, U.NIFTY, "2026-07-31T12:00", 1) == ["EXIT 07-31 15:25"]
    assert walk(facts, late, U.NIFTY, "2026-08-03T12:00", 1) == ["EXIT 08-03 15:35"]


def test_an_entry_outside_the_session_does_not_happen(facts):
    schedule = a_schedule(entry="15:39", exit_days=custom("2026-08-04"))
    assert walk(facts, schedule, U.NIFTY, "2026-07-30T12:00", 1) == ["ENTRY 08-03 15:39"]


def test_custom_dates_that_are_holidays_or_over_are_passed_over(facts):
    days = custom("2026-11-20", "2026-11-24", "2026-11-26")
    assert walk(facts, a_schedule(days, days), U.NIFTY, "2026-11-23T09:00", 3) == [
        "ENTRY 11-26 09:45",
        "EXIT 11-26 15:15",
        None,
    ]


def test_exhausted_custom_dates_never_touch_the_unknown_calendar(facts):
    days = custom("2026-12-30")
    assert walk(facts, a_schedule(days, days), U.NIFTY, "2026-12-31T09:00", 1) == [None]


def test_a_custom_date_in_an_unknown_year_is_unknown(facts):
    days = custom("2027-01-04")
    with pytest.raises(CalendarUnknown, match="2027-01-04"):
        next_event(facts, a_schedule(days, days), U.NIFTY, ist("2026-12-31T16:00"))


def test_entries_by_dte_count_to_the_expiry_the_leg_means(facts):
    schedule = a_schedule(dte(5, 6), custom("2026-12-31"))
    this_week = ScheduledContracts(underlying=U.NIFTY, option=weekly())
    assert walk(facts, schedule, this_week, "2026-11-23T09:00", 2) == [
        "ENTRY 11-25 09:45",
        "ENTRY 11-26 09:45",
    ]
    next_week = ScheduledContracts(underlying=U.NIFTY, option=weekly(1))
    later = a_schedule(dte(12, 13), custom("2026-12-31"))
    assert walk(facts, later, next_week, "2026-11-23T09:00", 2) == [
        "ENTRY 11-25 09:45",
        "ENTRY 11-26 09:45",
    ]
    away_from_expiry = ScheduledContracts(underlying=U.NIFTY, option=weekly(avoid_expiry_day=True))
    far = a_schedule(dte(7, 8), custom("2026-12-31"))
    assert walk(facts, far, away_from_expiry, "2026-11-23T09:00", 1) == ["ENTRY 11-23 09:45"]


def test_exits_by_dte_count_to_the_expiry_that_is_held(facts):
    schedule = a_schedule(custom("2026-11-23"), dte(0, 1))
    held = ScheduledContracts(underlying=U.NIFTY, held_expiry=date(2026, 12, 8))
    assert walk(facts, schedule, held, "2026-11-23T10:00", 3) == [
        "EXIT 12-07 15:15",
        "EXIT 12-08 15:15",
        None,
    ]


def test_a_dte_config_allows_only_days_with_an_expiry_in_its_range(facts):
    wanted = DteConfig(min_dte=3, max_dte=5, preferred_dte=4)
    schedule = a_schedule(ALL_WEEK, custom("2026-12-31"), wanted=wanted)
    contracts = ScheduledContracts(underlying=U.NIFTY, option=weekly())
    assert walk(facts, schedule, contracts, "2026-11-23T09:00", 3) == [
        "ENTRY 11-26 09:45",
        "ENTRY 11-27 09:45",
        "ENTRY 12-03 09:45",
    ]


def test_beyond_the_calendar_nothing_is_guessed(facts):
    with pytest.raises(CalendarUnknown, match="2027-01-01"):
        next_event(facts, a_schedule(), U.NIFTY, ist("2026-12-31T15:15"))


def test_the_last_exit_of_the_year_is_not_lost_with_the_unknown_entries(facts):
    schedule = a_schedule(dte(0, 3), ALL_WEEK, entry="14:00")
    event = the_event(facts, schedule, U.NIFTY, ist("2026-12-31T10:00"))
    assert (event.kind, event.at) == (EventKind.EXIT, ist("2026-12-31T15:15"))


def test_with_no_exit_left_an_unknown_entry_is_unknown(facts):
    schedule = a_schedule(dte(0, 3), ALL_WEEK, entry="14:00", exit_="13:00")
    with pytest.raises(CalendarUnknown, match="2027"):
        next_event(facts, schedule, U.NIFTY, ist("2026-12-31T13:30"))


def test_an_exact_expiry_that_breaks_its_criteria_gives_no_entry_that_day(facts):
    exact = weekly(prefer_nearest=False, avoid_expiry_day=True)
    contracts = ScheduledContracts(underlying=U.NIFTY, option=exact)
    schedule = a_schedule(dte(0, 9), custom("2026-12-31"))
    assert walk(facts, schedule, contracts, "2026-11-23T09:00", 1) == ["ENTRY 11-25 09:45"]


def test_a_weekly_schedule_on_an_index_without_weeklies_is_refused(facts):
    contracts = ScheduledContracts(underlying=U.BANKNIFTY, option=weekly())
    with pytest.raises(RuleBroken, match="BANKNIFTY has no weekly options"):
        next_event(facts, a_schedule(dte(0, 3)), contracts, ist("2026-11-23T09:00"))


def test_on_one_instant_the_exit_comes_first(facts):
    schedule = a_schedule(entry="10:00", exit_="10:00")
    event = the_event(facts, schedule, U.NIFTY, ist("2026-11-23T09:00"))
    assert event.kind is EventKind.EXIT


def test_a_schedule_that_names_no_day_asks_for_nothing(facts):
    never = DayConfig(type=DayType.WEEKDAYS)
    no_range = DayConfig(type=DayType.DTE_BASED)
    for days in (never, no_range):
        assert next_event(facts, a_schedule(days, days), U.NIFTY, ist("2026-01-05T09:00")) is None
