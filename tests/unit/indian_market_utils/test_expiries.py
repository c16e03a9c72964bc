from datetime import date, timedelta
from itertools import islice
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_utils.domain.errors import CalendarUnknown, RuleBroken
from shared_utils.domain.instruments import Exchange, Underlying
from shared_utils.domain.legs import ExpiryCriteria, ExpiryType
from shared_utils.domain.schedules import DteConfig
from shared_utils.indian_market_utils.expiries import (
    ExpiryKind,
    days_to_expiry,
    expiries,
    expiry_by_dte,
    expiry_for,
    find_expiry,
    listed_expiries,
    require_expiry,
    trading_days_to_expiry,
    upcoming_expiries,
)
from shared_utils.indian_market_utils.sessions import is_trading_day
from tests.unit.indian_market_utils.synthetic_calendars import synthetic_facts

U = Underlying
WEEKLY, MONTHLY, QUARTERLY = ExpiryType.WEEKLY, ExpiryType.MONTHLY, ExpiryType.QUARTERLY
TODAY = date(2026, 11, 23)


def days(facts, underlying, first, last, kind=None):
    return [e.day for e in expiries(facts, underlying, first, last, kind)]


def on(text: str) -> list[date]:
    return [date.fromisoformat(day) for day in text.split()]


# The holiday shifts quoted in the market facts: exchange circulars and genuine masters.
@pytest.mark.parametrize(
    ("underlying", "nominal", "expiry", "kind"),
    [
        (U.NIFTY, "2026-03-31", "2026-03-30", ExpiryKind.MONTHLY),
        (U.BANKNIFTY, "2026-03-31", "2026-03-30", ExpiryKind.MONTHLY),
        (U.NIFTY, "2026-04-14", "2026-04-13", ExpiryKind.WEEKLY),
        (U.SENSEX, "2026-03-26", "2026-03-25", ExpiryKind.MONTHLY),
        (U.SENSEX, "2026-05-28", "2026-05-27", ExpiryKind.MONTHLY),
        (U.SENSEX, "2026-01-15", "2026-01-14", ExpiryKind.WEEKLY),
        (U.NIFTY, "2026-11-24", "2026-11-23", ExpiryKind.MONTHLY),
        (U.NIFTY, "2026-11-10", "2026-11-09", ExpiryKind.WEEKLY),
        # A muhurat-only day counts as a holiday.
        (U.NIFTY, "2025-10-21", "2025-10-20", ExpiryKind.WEEKLY),
        (U.BANKNIFTY, "2024-12-25", "2024-12-24", ExpiryKind.MONTHLY),
    ],
)
def test_an_expiry_on_a_holiday_moves_to_the_previous_trading_day(
    facts, underlying, nominal, expiry, kind
):
    found = require_expiry(facts, underlying, date.fromisoformat(expiry))
    assert found.nominal_day == date.fromisoformat(nominal)
    assert found.kind is kind
    assert find_expiry(facts, underlying, date.fromisoformat(nominal)) is None


def test_the_nifty_half_yearly_of_2029_expires_on_christmas_eve():
    facts = synthetic_facts(2029, 2029, [date(2029, 12, 25)])
    assert days(facts, U.NIFTY, date(2029, 12, 20), date(2029, 12, 31)) == [date(2029, 12, 24)]


@pytest.mark.parametrize(
    ("underlying", "first", "last", "kind", "expected"),
    [
        (
            U.NIFTY,
            "2026-04-01",
            "2026-05-31",
            None,
            (
                "2026-04-07 2026-04-13 2026-04-21 2026-04-28 "
                "2026-05-05 2026-05-12 2026-05-19 2026-05-26"
            ),
        ),
        (
            U.SENSEX,
            "2026-03-01",
            "2026-04-30",
            None,
            (
                "2026-03-05 2026-03-12 2026-03-19 2026-03-25 "
                "2026-04-02 2026-04-09 2026-04-16 2026-04-23 2026-04-30"
            ),
        ),
        (
            U.SENSEX,
            "2024-09-01",
            "2024-10-31",
            None,
            (
                "2024-09-06 2024-09-13 2024-09-20 2024-09-27 "
                # The one of 1 November moves off the muhurat day, into October.
                "2024-10-04 2024-10-11 2024-10-18 2024-10-25 2024-10-31"
            ),
        ),
        # The weekday moved from Friday to Tuesday, and from Tuesday to Thursday.
        (
            U.SENSEX,
            "2024-12-20",
            "2025-01-15",
            None,
            "2024-12-20 2024-12-27 2025-01-03 2025-01-07 2025-01-14",
        ),
        (
            U.SENSEX,
            "2025-08-15",
            "2025-09-30",
            None,
            "2025-08-19 2025-08-26 2025-09-04 2025-09-11 2025-09-18 2025-09-25",
        ),
        # NSE moved from Thursday to Tuesday on 2025-09-02.
        (
            U.NIFTY,
            "2025-08-14",
            "2025-09-30",
            None,
            (
                "2025-08-14 2025-08-21 2025-08-28 2025-09-02 2025-09-09 2025-09-16 "
                "2025-09-23 2025-09-30"
            ),
        ),
        (
            U.BANKNIFTY,
            "2025-07-01",
            "2026-01-31",
            MONTHLY,
            "2025-07-31 2025-08-28 2025-09-30 2025-10-28 2025-11-25 2025-12-30 2026-01-27",
        ),
        # The last weeklies of the indices that lost them.
        (
            U.BANKNIFTY,
            "2024-11-01",
            "2024-12-31",
            None,
            "2024-11-06 2024-11-13 2024-11-27 2024-12-24",
        ),
        (
            U.FINNIFTY,
            "2024-11-10",
            "2024-12-31",
            None,
            "2024-11-12 2024-11-19 2024-11-26 2024-12-31",
        ),
        (
            U.MIDCPNIFTY,
            "2024-11-08",
            "2024-12-31",
            None,
            "2024-11-11 2024-11-18 2024-11-25 2024-12-30",
        ),
        (
            U.NIFTY,
            "2026-01-01",
            "2026-12-31",
            QUARTERLY,
            "2026-03-30 2026-06-30 2026-09-29 2026-12-29",
        ),
        # Late December is computable although 2027 is not loaded.
        (U.NIFTY, "2026-12-16", "2026-12-31", None, "2026-12-22 2026-12-29"),
        (U.SENSEX, "2026-12-18", "2026-12-31", None, "2026-12-24 2026-12-31"),
    ],
)
def test_quoted_expiry_lists_are_reproduced(*, facts, underlying, first, last, kind, expected):
    found = days(facts, underlying, date.fromisoformat(first), date.fromisoformat(last), kind)
    assert found == on(expected)


def test_the_upstox_list_of_april_2026_is_what_is_listed(facts):
    listed = [e.day for e in listed_expiries(facts, U.NIFTY, date(2026, 4, 2))]
    assert listed == on(
        "2026-04-07 2026-04-13 2026-04-21 2026-04-28 2026-05-05 2026-05-26 2026-06-30 "
        "2026-09-29 2026-12-29"
    )
    # The weeklies that were not listed yet on that day.
    assert not {date(2026, 5, 12), date(2026, 5, 19)} & set(listed)


def test_an_index_without_weeklies_lists_its_serial_months(facts):
    listed = [e.day for e in listed_expiries(facts, U.FINNIFTY, date(2026, 7, 1))]
    assert listed == on("2026-07-28 2026-08-25 2026-09-29")


@pytest.mark.parametrize(
    ("expiry_type", "offset", "expected"),
    [
        (WEEKLY, 0, "2026-11-23"),
        (WEEKLY, 1, "2026-12-01"),
        (WEEKLY, 5, "2026-12-29"),
        (MONTHLY, 0, "2026-11-23"),
        (MONTHLY, 1, "2026-12-29"),
        (QUARTERLY, 0, "2026-12-29"),
    ],
)
def test_an_offset_counts_the_expiries_of_its_type(facts, expiry_type, offset, expected):
    found = expiry_for(facts, U.NIFTY, expiry_type, on_day=TODAY, offset=offset)
    assert found == date.fromisoformat(expected)


def test_the_criteria_pass_over_expiries(facts):
    avoid = ExpiryCriteria(avoid_expiry_day=True)
    ten_days = ExpiryCriteria(min_dte=10)
    assert expiry_for(facts, U.NIFTY, WEEKLY, on_day=TODAY, criteria=avoid) == date(2026, 12, 1)
    assert expiry_for(facts, U.NIFTY, WEEKLY, on_day=TODAY, criteria=ten_days) == date(2026, 12, 8)
    second = expiry_for(facts, U.NIFTY, WEEKLY, on_day=TODAY, criteria=ten_days, offset=1)
    assert second == date(2026, 12, 15)


def test_without_prefer_nearest_the_named_expiry_is_taken_or_refused(facts):
    exact = ExpiryCriteria(prefer_nearest=False, min_dte=5)
    assert expiry_for(facts, U.NIFTY, WEEKLY, on_day=TODAY, criteria=exact, offset=1) == date(
        2026, 12, 1
    )
    with pytest.raises(RuleBroken, match="2026-11-23 breaks the leg's expiry criteria"):
        expiry_for(facts, U.NIFTY, WEEKLY, on_day=TODAY, criteria=exact)


def test_a_weekly_on_an_index_without_weeklies_names_what_exists(facts):
    with pytest.raises(RuleBroken) as refused:
        expiry_for(facts, U.BANKNIFTY, WEEKLY, on_day=date(2026, 11, 25))
    assert refused.value.message == (
        "BANKNIFTY has no weekly options since 2024-11-13; "
        "its nearest expiry is the monthly of 2026-12-29."
    )
    assert refused.value.code == "EXPIRY_NOT_AVAILABLE"


def test_a_weekly_of_banknifty_existed_in_its_time(facts):
    assert expiry_for(facts, U.BANKNIFTY, WEEKLY, on_day=date(2024, 11, 7)) == date(2024, 11, 13)


def test_quarterlies_exist_only_where_they_are_listed(facts):
    with pytest.raises(RuleBroken, match="FINNIFTY has no quarterly options; its nearest"):
        expiry_for(facts, U.FINNIFTY, QUARTERLY, on_day=TODAY)


def test_a_negative_offset_is_refused(facts):
    with pytest.raises(RuleBroken, match="counts forward"):
        expiry_for(facts, U.NIFTY, WEEKLY, on_day=TODAY, offset=-1)


def test_an_expiry_that_needs_an_unknown_year_is_unknown(facts):
    with pytest.raises(CalendarUnknown, match="2027"):
        expiry_for(facts, U.NIFTY, WEEKLY, on_day=date(2026, 12, 30))
    with pytest.raises(CalendarUnknown, match="2027"):
        expiry_for(facts, U.NIFTY, WEEKLY, on_day=TODAY, offset=6)
    with pytest.raises(CalendarUnknown, match="2027"):
        expiries(facts, U.NIFTY, TODAY, date(2027, 1, 31))
    with pytest.raises(CalendarUnknown, match="2027"):
        require_expiry(facts, U.NIFTY, date(2027, 1, 5))


def test_a_day_without_expiry_names_the_next_one(facts):
    with pytest.raises(RuleBroken, match=r"no expiry on 2026-11-26.*weekly of 2026-12-01"):
        require_expiry(facts, U.NIFTY, date(2026, 11, 26))
    with pytest.raises(RuleBroken, match="after 2026-12-30 are not known yet"):
        require_expiry(facts, U.NIFTY, date(2026, 12, 30))


def test_days_to_expiry_in_calendar_and_trading_days(facts):
    expiry = date(2026, 12, 1)
    assert days_to_expiry(expiry, TODAY) == 8
    # 24 November is a holiday: 25, 26, 27, 30 and 1 December remain.
    assert trading_days_to_expiry(facts, U.NIFTY, expiry, TODAY) == 5
    assert trading_days_to_expiry(facts, U.NIFTY, expiry, expiry) == 0
    assert days_to_expiry(expiry, expiry) == 0


def test_the_preferred_dte_chooses_inside_the_range(facts):
    wanted = DteConfig(min_dte=5, max_dte=20, preferred_dte=12)
    # DTE 8, 15: both in range, 15 is one day nearer to 12 than 8.
    assert expiry_by_dte(facts, U.NIFTY, WEEKLY, wanted, TODAY) == date(2026, 12, 8)
    narrow = DteConfig(min_dte=2, max_dte=6, preferred_dte=4)
    assert expiry_by_dte(facts, U.NIFTY, WEEKLY, narrow, TODAY) is None


def test_the_preferred_dte_is_told_in_december_where_no_unknown_expiry_could_be_nearer(facts):
    day = date(2026, 12, 10)
    soon = DteConfig(min_dte=0, max_dte=45, preferred_dte=12)
    assert expiry_by_dte(facts, U.NIFTY, WEEKLY, soon, day) == date(2026, 12, 22)
    until_year_end = DteConfig(min_dte=20, max_dte=21, preferred_dte=20)
    assert expiry_by_dte(facts, U.NIFTY, WEEKLY, until_year_end, day) is None
    january = DteConfig(min_dte=0, max_dte=45, preferred_dte=26)
    with pytest.raises(CalendarUnknown):
        expiry_by_dte(facts, U.NIFTY, WEEKLY, january, day)


FRIDAY = 4


@st.composite
def ten_years(draw):
    """A decade whose days are holidays by a hash: none, few, or almost all; but Fridays trade,
    as no two expiries ever fall together for want of a whole week.
    """
    first = draw(st.sampled_from([2018, 2025]))
    salt = draw(st.integers(0, 9999))
    percent = draw(st.sampled_from([0, 2, 10, 50, 90]))
    days = [date(first, 1, 8) + timedelta(days=n) for n in range(3600)]
    holidays = [
        day
        for day in days
        if day.weekday() != FRIDAY and crc32(f"{salt} {day}".encode()) % 100 < percent
    ]
    return synthetic_facts(first, first + 10, holidays), (first, first + 10)


@settings(max_examples=25, deadline=None)
@given(made=ten_years(), underlying=st.sampled_from(list(Underlying)))
def test_over_ten_years_every_expiry_is_a_trading_day_not_after_its_nominal_day(made, underlying):
    facts, (first, last) = made
    exchange = facts.indices[underlying].exchange
    found = expiries(facts, underlying, date(first, 1, 1), date(last, 12, 31))
    assert [e.day for e in found] == sorted({e.day for e in found})
    for expiry in found:
        assert is_trading_day(facts, exchange, expiry.day)
        assert expiry.day <= expiry.nominal_day
        moved_over = (expiry.nominal_day - expiry.day).days
        between = [expiry.day + timedelta(days=n + 1) for n in range(moved_over)]
        assert not any(is_trading_day(facts, exchange, day) for day in between)
    monthlies = [e for e in found if e.kind is ExpiryKind.MONTHLY]
    assert len(monthlies) == 12 * (last - first + 1)


@settings(max_examples=25, deadline=None)
@given(
    made=ten_years(),
    underlying=st.sampled_from(list(Underlying)),
    data=st.data(),
)
def test_a_range_of_expiries_is_the_whole_list_cut(made, underlying, data):
    facts, (first, last) = made
    whole = expiries(facts, underlying, date(first, 1, 1), date(last, 12, 31))
    start = date(first, 1, 8) + timedelta(days=data.draw(st.integers(0, 3600)))
    end = start + timedelta(days=data.draw(st.integers(0, 300)))
    cut = [e for e in whole if start <= e.day <= end]
    assert list(expiries(facts, underlying, start, end)) == cut
    assert list(islice(upcoming_expiries(facts, underlying, start), len(cut))) == cut


@settings(max_examples=50, deadline=None)
@given(
    made=ten_years(),
    offset=st.integers(0, 4),
    min_dte=st.integers(0, 30),
    avoid=st.booleans(),
    data=st.data(),
)
def test_the_chosen_expiry_meets_the_criteria_and_none_nearer_does(
    made, offset, min_dte, avoid, data
):
    facts, (first, last) = made
    on_day = data.draw(st.dates(date(first, 1, 1), date(last, 6, 30)))
    criteria = ExpiryCriteria(min_dte=min_dte, avoid_expiry_day=avoid)
    chosen = expiry_for(facts, U.NIFTY, WEEKLY, on_day=on_day, offset=offset, criteria=criteria)
    assert days_to_expiry(chosen, on_day) >= max(min_dte, 1 if avoid else 0)
    first_allowed = on_day + timedelta(days=max(min_dte, 1 if avoid else 0))
    assert len(days(facts, U.NIFTY, first_allowed, chosen, WEEKLY)) == offset + 1


@settings(max_examples=25, deadline=None)
@given(made=ten_years())
def test_with_one_weekday_the_weekly_series_holds_the_monthly_one(made):
    facts, (first, last) = made
    span = (date(first, 1, 1), date(last, 12, 31))
    for underlying in (U.NIFTY, U.SENSEX):
        assert set(days(facts, underlying, *span, MONTHLY)) <= set(
            days(facts, underlying, *span, WEEKLY)
        )


def test_every_week_of_known_nifty_weeklies_has_one_expiry(facts):
    found = days(facts, U.NIFTY, date(2025, 9, 2), date(2026, 12, 31), WEEKLY)
    assert len(found) == 70  # Tuesdays from 2025-09-02 to 2026-12-29
    assert all(is_trading_day(facts, Exchange.NSE, day) for day in found)
