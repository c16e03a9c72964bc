"""Reads about the calendar: they need no feed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lambda_functions.options_platform.market_data_fetcher.calendar_days import (
    ListedExpiry,
    StatusNow,
    YearOfHolidays,
)
from lambda_functions.options_platform.market_data_fetcher.near_expiries import live_expiries
from shared_utils.clock import Clock
from shared_utils.domain.errors import Problem, RuleBroken
from shared_utils.domain.instruments import Exchange, Underlying
from shared_utils.indian_market_utils.contracts import lot_size_of
from shared_utils.indian_market_utils.expiries import (
    Expiry,
    days_to_expiry,
    trading_days_to_expiry,
)
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.sessions import (
    ist_date,
    market_status,
    session_on,
)

CALENDAR_NOT_LOADED = "CALENDAR_NOT_LOADED"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarQueries:
    facts: Callable[[], MarketFacts]
    clock: Clock

    def status(self, exchange: Exchange) -> StatusNow:
        """Raises CalendarUnknown for a day that is not loaded."""
        facts, now = self.facts(), self.clock.now()
        return StatusNow(
            status=market_status(facts, now, exchange),
            session=session_on(facts, exchange, ist_date(now)),
        )

    def holidays(self, exchange: Exchange, year: int | None) -> YearOfHolidays:
        """Of this year when none is named. Raises RuleBroken, naming the years that are loaded."""
        calendar = self.facts().calendars[exchange]
        asked = ist_date(self.clock.now()).year if year is None else year
        if asked not in calendar.years:
            loaded = ", ".join(str(each) for each in sorted(calendar.years))
            problem = f"the calendar of {asked} is not loaded; loaded are {loaded}"
            raise RuleBroken(
                f"{exchange}: {problem}.",
                code=CALENDAR_NOT_LOADED,
                details=[Problem("year", problem)],
            )
        special = calendar.special_sessions
        return YearOfHolidays(
            year=asked,
            exchange=exchange,
            holidays=tuple(
                (day, calendar.holidays[day])
                for day in sorted(calendar.holidays)
                if day.year == asked
            ),
            special_sessions=tuple(special[day] for day in sorted(special) if day.year == asked),
        )

    def expiries(self, underlying: Underlying) -> tuple[ListedExpiry, ...]:
        """What the exchange lists today and has not expired, as far as the calendar is loaded."""
        facts, now = self.facts(), self.clock.now()
        return tuple(
            self._listed(facts, underlying, each, now)
            for each in live_expiries(facts, underlying, now)
        )

    def _listed(
        self, facts: MarketFacts, underlying: Underlying, expiry: Expiry, now: datetime
    ) -> ListedExpiry:
        today = ist_date(now)
        session = session_on(facts, facts.indices[underlying].exchange, expiry.day)
        if session is None:
            raise ValueError("an expiry is a trading day")
        return ListedExpiry(
            expiry=expiry,
            days=days_to_expiry(expiry.day, today),
            trading_days=trading_days_to_expiry(facts, underlying, expiry.day, today),
            last_trading_at=session.closes_at,
            lot_size=lot_size_of(facts, underlying, expiry.day, today),
        )
