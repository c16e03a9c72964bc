"""The market's calendar through the real handler."""

from datetime import UTC, datetime

import pytest

from tests.unit.market_data_fetcher.conftest import Fetcher


def test_the_market_is_open_and_says_until_when(fetcher: Fetcher):
    reply = fetcher.get("/options/market/status")
    assert reply.status == 200
    assert reply.body == {
        "exchange": "NSE",
        "at": "2026-11-23T04:15:00Z",
        "status": "OPEN",
        "is_open": True,
        "reason": "regular session",
        "session": {
            "kind": "REGULAR",
            "opens_at": "2026-11-23T03:45:00Z",
            "closes_at": "2026-11-23T10:10:00Z",
        },
        "next_open": "2026-11-25T03:45:00Z",
        "next_close": "2026-11-23T10:10:00Z",
    }


def test_a_holiday_is_closed_with_its_name(fetcher: Fetcher):
    fetcher.clock.turn(datetime(2026, 11, 24, 5, tzinfo=UTC))
    found = fetcher.get("/options/market/status?exchange=BSE").body
    assert (found["exchange"], found["status"], found["is_open"]) == ("BSE", "HOLIDAY", False)
    assert found["reason"]
    assert found["session"] is None


def test_a_day_that_is_not_loaded_is_not_guessed(fetcher: Fetcher):
    fetcher.clock.turn(datetime(2031, 1, 6, 5, tzinfo=UTC))
    reply = fetcher.get("/options/market/status")
    assert (reply.status, reply.error["code"]) == (503, "CALENDAR_UNKNOWN")


def test_holidays_are_this_years_or_those_asked_for(fetcher: Fetcher):
    now = fetcher.get("/options/market/holidays").body
    assert now == fetcher.get("/options/market/holidays?year=2026&exchange=NSE").body
    assert {"day": "2026-11-24", "weekday": "Tuesday"}.items() <= next(
        each for each in now["holidays"] if each["day"] == "2026-11-24"
    ).items()
    assert [each["day"] for each in now["holidays"]] == sorted(
        each["day"] for each in now["holidays"]
    )
    assert {each["kind"] for each in now["special_sessions"]} <= {"SPECIAL", "MUHURAT"}


def test_a_year_that_is_not_loaded_names_those_that_are(fetcher: Fetcher):
    reply = fetcher.get("/options/market/holidays?year=2050")
    assert (reply.status, reply.error["code"]) == (422, "CALENDAR_NOT_LOADED")
    assert reply.fields == ["year"]
    assert "2026" in reply.error["message"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/options/market/holidays?year=-1", "year"),
        ("/options/market/holidays?year=next", "year"),
        ("/options/market/holidays?exchange=MCX", "exchange"),
        ("/options/market/status?exchange=MCX", "exchange"),
        ("/options/market/status?day=1", "day"),
    ],
)
def test_a_bad_question_is_named(fetcher: Fetcher, path: str, field: str):
    reply = fetcher.get(path)
    assert (reply.status, reply.fields) == (400, [field])


def test_expiries_are_listed_with_lots_and_holiday_shifts(fetcher: Fetcher):
    found = fetcher.get("/options/expiry-calendar/NIFTY").body
    first, second = found["expiries"][:2]
    assert first == {
        "expiry": "2026-11-23",
        "nominal_day": "2026-11-24",
        "weekday": "Monday",
        "kind": "MONTHLY",
        "is_quarterly": False,
        "days_to_expiry": 0,
        "trading_days_to_expiry": 0,
        "last_trading_at": "2026-11-23T10:10:00Z",
        "lot_size": 65,
    }
    assert (second["expiry"], second["kind"], second["days_to_expiry"]) == (
        "2026-12-01",
        "WEEKLY",
        8,
    )
    assert found["exchange"] == "NSE"


def test_an_index_without_weeklies_lists_monthlies_only(fetcher: Fetcher):
    found = fetcher.get("/options/expiry-calendar/BANKNIFTY").body
    assert {each["kind"] for each in found["expiries"]} == {"MONTHLY"}


def test_an_expiry_ends_with_its_session(fetcher: Fetcher):
    fetcher.clock.turn(datetime(2026, 11, 23, 10, 10, tzinfo=UTC))
    first = fetcher.get("/options/expiry-calendar/NIFTY").body["expiries"][0]
    assert first["expiry"] == "2026-12-01"


def test_the_calendar_needs_no_feed_but_a_caller(fetcher: Fetcher):
    fetcher.desk.connected = False
    paths = ("market/status", "market/holidays", "expiry-calendar/SENSEX")
    for path in paths:
        assert fetcher.get(f"/options/{path}").status == 200
        assert fetcher.get(f"/options/{path}", caller=None).status == 401
