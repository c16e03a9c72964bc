"""REST routes of market data: calendar and feeds here, prices and calculators in their files."""

from lambda_functions.options_platform.market_data_fetcher import (
    calculator_routes,
    market_routes,
)
from lambda_functions.options_platform.market_data_fetcher.asked_markets import asked_index
from lambda_functions.options_platform.market_data_fetcher.calculator_routes import Calculators
from lambda_functions.options_platform.market_data_fetcher.market_queries import MarketQueries
from lambda_functions.options_platform.market_data_fetcher.queries import CalendarQueries
from lambda_functions.options_platform.market_data_fetcher.schemas import (
    FEEDS_EXAMPLE,
    ExchangeQuery,
    ExpiryCalendarResponse,
    ExpiryResponse,
    FeedResponse,
    FeedsResponse,
    HolidaysQuery,
    HolidaysResponse,
    MarketStatusResponse,
    SetFeedsRequest,
)
from lambda_functions.options_platform.market_data_fetcher.service import FeedService
from shared_utils.api.operations import Operations
from shared_utils.api.requests import RequestContext
from shared_utils.domain.errors import CalendarUnknown, Conflict, Forbidden, NotFound, RuleBroken
from shared_utils.domain.instruments import EXCHANGE_OF

CALENDAR = "Market calendar"
FEEDS = "Market data feeds"


def register(
    operations: Operations,
    calendar: CalendarQueries,
    feeds: FeedService,
    market: MarketQueries,
    calculators: Calculators,
) -> None:
    _register_days(operations, calendar)
    _register_expiries(operations, calendar)
    _register_feeds(operations, feeds)
    market_routes.register(operations, market)
    calculator_routes.register(operations, calculators)


def _register_days(operations: Operations, calendar: CalendarQueries) -> None:
    @operations.operation(
        "GET",
        "/options/market/status",
        operation_id="getMarketStatus",
        tag=CALENDAR,
        query=ExchangeQuery,
        response=MarketStatusResponse,
        errors=(CalendarUnknown,),
    )
    def get_market_status(_: RequestContext, query: ExchangeQuery) -> MarketStatusResponse:
        """What the market is doing now, and when it opens and closes next."""
        return MarketStatusResponse.from_domain(calendar.status(query.exchange))

    @operations.operation(
        "GET",
        "/options/market/holidays",
        operation_id="listMarketHolidays",
        tag=CALENDAR,
        query=HolidaysQuery,
        response=HolidaysResponse,
        errors=(RuleBroken,),
    )
    def list_market_holidays(_: RequestContext, query: HolidaysQuery) -> HolidaysResponse:
        """A year's trading holidays and special sessions."""
        return HolidaysResponse.from_domain(calendar.holidays(query.exchange, query.year))


def _register_expiries(operations: Operations, calendar: CalendarQueries) -> None:
    @operations.operation(
        "GET",
        "/options/expiry-calendar/{symbol}",
        operation_id="getExpiryCalendar",
        tag=CALENDAR,
        response=ExpiryCalendarResponse,
        errors=(NotFound, CalendarUnknown),
    )
    def get_expiry_calendar(context: RequestContext) -> ExpiryCalendarResponse:
        """The expiries of an index that are listed today, with their lot sizes."""
        underlying = asked_index(context.path["symbol"])
        return ExpiryCalendarResponse(
            symbol=underlying,
            exchange=EXCHANGE_OF[underlying],
            expiries=[ExpiryResponse.from_domain(each) for each in calendar.expiries(underlying)],
        )


def _register_feeds(operations: Operations, feeds: FeedService) -> None:
    @operations.operation(
        "GET",
        "/options/market-data/feeds",
        operation_id="listMarketDataFeeds",
        tag=FEEDS,
        response=FeedsResponse,
        errors=(Forbidden,),
    )
    def list_market_data_feeds(context: RequestContext) -> FeedsResponse:
        """The accounts whose sessions show the platform its quotes (administrators only)."""
        found = feeds.feeds(is_admin=context.principal.is_admin)
        return FeedsResponse(feeds=[FeedResponse.from_domain(each) for each in found])

    @operations.operation(
        "PUT",
        "/options/market-data/feeds",
        operation_id="setMarketDataFeeds",
        tag=FEEDS,
        request=SetFeedsRequest,
        response=FeedsResponse,
        errors=(Forbidden, RuleBroken, Conflict),
        example=FEEDS_EXAMPLE,
    )
    def set_market_data_feeds(context: RequestContext, body: SetFeedsRequest) -> FeedsResponse:
        """Choose whose sessions show the platform its quotes (administrators only)."""
        principal = context.principal
        chosen = [each.client_id for each in body.feeds]
        found = feeds.set(principal.user_id, chosen, is_admin=principal.is_admin)
        return FeedsResponse(feeds=[FeedResponse.from_domain(each) for each in found])
