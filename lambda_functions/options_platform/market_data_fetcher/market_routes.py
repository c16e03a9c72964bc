"""REST routes of prices: the index, chains, strikes, volatility."""

from lambda_functions.options_platform.market_data_fetcher.asked_markets import (
    asked_date,
    asked_index,
)
from lambda_functions.options_platform.market_data_fetcher.market_queries import MarketQueries
from lambda_functions.options_platform.market_data_fetcher.market_shapes import (
    MarketDataResponse,
    OptionChainResponse,
    StrikesQuery,
    StrikesResponse,
    VolatilityResponse,
)
from shared_utils.api.operations import Operations
from shared_utils.api.requests import RequestContext
from shared_utils.domain.errors import InvalidInput, MarketDataUnavailable, NotFound, RuleBroken

TAG = "Market data"
_ERRORS = (NotFound, RuleBroken, MarketDataUnavailable)


def register(operations: Operations, market: MarketQueries) -> None:
    _register_index(operations, market)
    _register_chains(operations, market)


def _register_index(operations: Operations, market: MarketQueries) -> None:
    @operations.operation(
        "GET",
        "/options/market-data/{symbol}",
        operation_id="getMarketData",
        tag=TAG,
        response=MarketDataResponse,
        errors=(NotFound, MarketDataUnavailable),
    )
    def get_market_data(context: RequestContext) -> MarketDataResponse:
        """The price of an index."""
        underlying = asked_index(context.path["symbol"])
        look = market.index(context.principal.user_id, underlying)
        return MarketDataResponse.from_domain(underlying, look, market.clock.now(), market.fresh_s)

    @operations.operation(
        "GET",
        "/options/volatility/{symbol}",
        operation_id="getVolatility",
        tag=TAG,
        response=VolatilityResponse,
        errors=_ERRORS,
    )
    def get_volatility(context: RequestContext) -> VolatilityResponse:
        """Implied volatility of an index: at the money, by expiry, its skew and its rank."""
        underlying = asked_index(context.path["symbol"])
        found = market.volatility(context.principal.user_id, underlying)
        return VolatilityResponse.from_domain(found, market.clock.now(), market.fresh_s)


def _register_chains(operations: Operations, market: MarketQueries) -> None:
    @operations.operation(
        "GET",
        "/options/option-chain/{symbol}/{expiry}",
        operation_id="getOptionChain",
        tag=TAG,
        response=OptionChainResponse,
        errors=(*_ERRORS, InvalidInput),
    )
    def get_option_chain(context: RequestContext) -> OptionChainResponse:
        """An option chain with greeks, volatilities and open interest."""
        underlying = asked_index(context.path["symbol"])
        expiry = asked_date(context.path["expiry"])
        view = market.chain(context.principal.user_id, underlying, expiry)
        return OptionChainResponse.from_domain(view, market.clock.now(), market.fresh_s)

    @operations.operation(
        "GET",
        "/options/strikes/{symbol}",
        operation_id="listStrikes",
        tag=TAG,
        query=StrikesQuery,
        response=StrikesResponse,
        errors=_ERRORS,
    )
    def list_strikes(context: RequestContext, query: StrikesQuery) -> StrikesResponse:
        """The quoted strikes of an expiry, by type and moneyness."""
        underlying = asked_index(context.path["symbol"])
        found = market.strikes(
            context.principal.user_id,
            underlying,
            query.expiry,
            option_type=query.type,
            moneyness=query.range,
        )
        return StrikesResponse.from_domain(found, market.clock.now(), market.fresh_s)
