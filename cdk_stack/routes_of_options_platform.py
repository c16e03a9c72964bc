"""Stack 2's REST routes."""

from cdk_stack.functions_of_options_platform import (
    BASKET_MANAGER_API,
    MARKET_DATA_FETCHER_API,
    STRATEGY_MANAGER_API,
)
from cdk_stack.routes import routes_of

ROUTES = (
    *routes_of(
        BASKET_MANAGER_API,
        "GET /options/baskets",
        "POST /options/baskets",
        "GET /options/baskets/{basket_id}",
        "PUT /options/baskets/{basket_id}",
        "DELETE /options/baskets/{basket_id}",
    ),
    *routes_of(
        STRATEGY_MANAGER_API,
        "GET /options/strategies",
        "GET /options/baskets/{basket_id}/strategies",
        "POST /options/baskets/{basket_id}/strategies",
        "GET /options/strategies/{strategy_id}",
        "PUT /options/strategies/{strategy_id}",
        "DELETE /options/strategies/{strategy_id}",
        "POST /options/strategies/{strategy_id}/activate",
        "POST /options/strategies/{strategy_id}/pause",
        "GET /options/strategies/{strategy_id}/legs",
        "POST /options/strategies/{strategy_id}/legs",
        "PUT /options/strategies/{strategy_id}/legs/{leg_id}",
        "DELETE /options/strategies/{strategy_id}/legs/{leg_id}",
        "GET /options/strategies/{strategy_id}/brokers",
        "POST /options/strategies/{strategy_id}/brokers",
        "PUT /options/strategies/{strategy_id}/brokers/{allocation_id}",
        "DELETE /options/strategies/{strategy_id}/brokers/{allocation_id}",
        "POST /options/baskets/{basket_id}/brokers/bulk",
        "GET /options/brokers/allocations",
        "GET /options/brokers/{client_id}/allocations",
        "GET /options/templates",
        "GET /options/templates/{template_id}",
        "POST /options/templates/{template_id}/create",
        "POST /options/strategies/{strategy_id}/clone",
    ),
    *routes_of(
        MARKET_DATA_FETCHER_API,
        "GET /options/market-data/feeds",
        "PUT /options/market-data/feeds",
        "GET /options/market/status",
        "GET /options/market/holidays",
        "GET /options/expiry-calendar/{symbol}",
    ),
)
