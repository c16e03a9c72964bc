"""The calendar and the feeds on the wire."""

from datetime import date
from typing import Annotated

from pydantic import Field

from lambda_functions.options_platform.market_data_fetcher.calendar_days import (
    ListedExpiry,
    StatusNow,
    YearOfHolidays,
)
from lambda_functions.options_platform.market_data_fetcher.feeds import Feed
from shared_utils.api.wire_types import (
    CalendarDate,
    ClientId,
    ClockTime,
    Instant,
    RequestModel,
    ResponseModel,
    WholeNumber,
)
from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.instruments import Exchange, Underlying
from shared_utils.indian_market_utils.expiries import ExpiryKind
from shared_utils.indian_market_utils.facts import SpecialKind
from shared_utils.indian_market_utils.sessions import MarketState, SessionKind

MAX_FEEDS = 10
FEEDS_EXAMPLE = {"feeds": [{"client_id": "ZERODHA_CLIENT1"}]}


class ExchangeQuery(RequestModel):
    """NSE when left out."""

    exchange: Exchange = Exchange.NSE


class HolidaysQuery(ExchangeQuery):
    """This year when left out."""

    year: Annotated[WholeNumber, Field(ge=2000, le=2100)] | None = None


class SessionTimes(ResponseModel):
    kind: SessionKind
    opens_at: Instant
    closes_at: Instant


class MarketStatusResponse(ResponseModel):
    """`next_open` and `next_close` are null when they lie in a year that is not loaded."""

    exchange: Exchange
    at: Instant
    status: MarketState
    is_open: bool
    reason: str
    session: SessionTimes | None
    next_open: Instant | None
    next_close: Instant | None

    @classmethod
    def from_domain(cls, found: StatusNow) -> "MarketStatusResponse":
        status, session = found.status, found.session
        return cls(
            exchange=status.exchange,
            at=status.at,
            status=status.state,
            is_open=status.state is MarketState.OPEN,
            reason=status.reason,
            session=None if session is None else SessionTimes.model_validate(session),
            next_open=status.next_open,
            next_close=status.next_close,
        )


class Holiday(ResponseModel):
    day: CalendarDate
    weekday: str
    name: str


class SpecialSessionResponse(ResponseModel):
    """Times in India; null while the exchange has not said them."""

    day: CalendarDate
    kind: SpecialKind
    name: str
    opens: ClockTime | None
    closes: ClockTime | None


class HolidaysResponse(ResponseModel):
    """Weekends are not listed; a special session may lie on one."""

    year: int
    exchange: Exchange
    holidays: list[Holiday]
    special_sessions: list[SpecialSessionResponse]

    @classmethod
    def from_domain(cls, found: YearOfHolidays) -> "HolidaysResponse":
        return cls(
            year=found.year,
            exchange=found.exchange,
            holidays=[
                Holiday(day=day, weekday=_weekday(day), name=name) for day, name in found.holidays
            ],
            special_sessions=[
                SpecialSessionResponse(
                    day=each.day,
                    kind=each.kind,
                    name=each.name,
                    opens=each.hours.start if each.hours else None,
                    closes=each.hours.end if each.hours else None,
                )
                for each in found.special_sessions
            ],
        )


class ExpiryResponse(ResponseModel):
    """`nominal_day` is what the rule says before a holiday moves the expiry to `expiry`."""

    expiry: CalendarDate
    nominal_day: CalendarDate
    weekday: str
    kind: ExpiryKind
    is_quarterly: bool
    days_to_expiry: int
    trading_days_to_expiry: int
    last_trading_at: Instant
    lot_size: int

    @classmethod
    def from_domain(cls, listed: ListedExpiry) -> "ExpiryResponse":
        expiry = listed.expiry
        return cls(
            expiry=expiry.day,
            nominal_day=expiry.nominal_day,
            weekday=_weekday(expiry.day),
            kind=expiry.kind,
            is_quarterly=expiry.is_quarterly,
            days_to_expiry=listed.days,
            trading_days_to_expiry=listed.trading_days,
            last_trading_at=listed.last_trading_at,
            lot_size=listed.lot_size,
        )


class ExpiryCalendarResponse(ResponseModel):
    symbol: Underlying
    exchange: Exchange
    expiries: list[ExpiryResponse]


class FeedChoice(RequestModel):
    """An account of the calling administrator."""

    client_id: ClientId


class SetFeedsRequest(RequestModel):
    """The first is asked first. What was set before is replaced; an empty list ends all feeds."""

    feeds: Annotated[tuple[FeedChoice, ...], Field(max_length=MAX_FEEDS)]


class FeedResponse(ResponseModel):
    """`shows_quotes`: enabled and logged in at the broker now; `broker_name` null: it is gone."""

    priority: int
    user_id: str
    client_id: str
    broker_name: BrokerName | None
    shows_quotes: bool

    @classmethod
    def from_domain(cls, feed: Feed) -> "FeedResponse":
        return cls(
            priority=feed.account.priority,
            user_id=feed.account.user_id,
            client_id=feed.account.client_id,
            broker_name=feed.broker_name,
            shows_quotes=feed.shows_quotes,
        )


class FeedsResponse(ResponseModel):
    feeds: list[FeedResponse]


def _weekday(day: date) -> str:
    return f"{day:%A}"
