"""Stack 3's REST routes. An id in a path says by its prefix what it names (decisions 8)."""

from cdk_stack.functions_of_execution_engine import (
    LIVE_FEED_API,
    ORDER_MANAGER_API,
    PERFORMANCE_CALCULATOR_API,
    STRATEGY_EXECUTOR_API,
)
from cdk_stack.routes import routes_of

ROUTES = (
    *routes_of(
        STRATEGY_EXECUTOR_API,
        "GET /execution/strategies/{strategy_id}/history",
        "POST /execution/strategies/{strategy_id}/execute",
        "GET /execution/{execution_id}",
        "POST /execution/{execution_id}/cancel",
    ),
    *routes_of(
        ORDER_MANAGER_API,
        "GET /execution/orders",
        "GET /execution/orders/live",
        "GET /execution/orders/{order_id}",
        "POST /execution/orders/{order_id}/cancel",
    ),
    *routes_of(
        PERFORMANCE_CALCULATOR_API,
        "GET /execution/dashboard",
        "GET /execution/positions",
        "GET /execution/positions/live",
        "GET /execution/positions/{id}",
        "GET /execution/pnl",
        "GET /execution/pnl/{strategy_id}",
    ),
    *routes_of(LIVE_FEED_API, "POST /execution/live/ticket"),
)
