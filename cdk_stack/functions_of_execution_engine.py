"""Stack 3's functions: the executor, the order manager, positions and P&L, the live feed."""

from cdk_stack.function_specs import READ, WRITE, FunctionSpec, Right, TableGrant, TokenUse, Weight
from cdk_stack.functions_of_options_platform import MARKET_FACTS
from cdk_stack.table_schemas import (
    BASKET_SUBSCRIPTIONS,
    BROKER_ACCOUNTS,
    EXECUTION_IDEMPOTENCY,
    LIVE_CONNECTIONS,
    MARKET_DATA_CACHE,
    OPTIONS_BASKETS,
    OPTIONS_STRATEGIES,
    ORDER_HISTORY,
    PAPER_BROKER,
    POSITION_TRACKER,
    STRATEGY_BROKER_ALLOCATIONS,
    STRATEGY_EXECUTIONS,
)

EXECUTIONS_QUEUE = "executions"
ORDERS_QUEUE = "orders"

# One vCPU: what the time from trigger to first order is measured with.
_MONEY_PATH_MB = 1769
_SAVE = (*READ, *WRITE, Right.CHECK)


def _executions(*rights: Right, indexes: tuple[str, ...] = ("ExecutionsById",)) -> TableGrant:
    return TableGrant(
        table=STRATEGY_EXECUTIONS, variable="EXECUTIONS_TABLE", rights=rights, indexes=indexes
    )


def _orders(*rights: Right, indexes: tuple[str, ...] = ("OrdersById",)) -> TableGrant:
    return TableGrant(table=ORDER_HISTORY, variable="ORDERS_TABLE", rights=rights, indexes=indexes)


def _positions(*rights: Right, indexes: tuple[str, ...] = ("PositionsByStrategy",)) -> TableGrant:
    return TableGrant(
        table=POSITION_TRACKER, variable="POSITIONS_TABLE", rights=rights, indexes=indexes
    )


def _strategies(*rights: Right, indexes: tuple[str, ...] = ("StrategiesById",)) -> TableGrant:
    return TableGrant(
        table=OPTIONS_STRATEGIES, variable="STRATEGIES_TABLE", rights=rights, indexes=indexes
    )


def _connections(*rights: Right, indexes: tuple[str, ...] = ()) -> TableGrant:
    return TableGrant(
        table=LIVE_CONNECTIONS, variable="CONNECTIONS_TABLE", rights=rights, indexes=indexes
    )


_ALLOCATIONS = TableGrant(
    table=STRATEGY_BROKER_ALLOCATIONS,
    variable="ALLOCATIONS_TABLE",
    rights=READ,
    indexes=("AllocationsByStrategy",),
)
_SUBSCRIPTIONS = TableGrant(
    table=BASKET_SUBSCRIPTIONS,
    variable="SUBSCRIPTIONS_TABLE",
    rights=READ,
    indexes=("SubscriptionsByBasket",),
)
_BASKETS = TableGrant(
    table=OPTIONS_BASKETS, variable="BASKETS_TABLE", rights=READ, indexes=("BasketsById",)
)
_ACCOUNTS = TableGrant(table=BROKER_ACCOUNTS, variable="BROKER_ACCOUNTS_TABLE", rights=READ)
_FEEDS = TableGrant(table=MARKET_DATA_CACHE, variable="MARKET_DATA_TABLE", rights=READ)
_CACHE = TableGrant(table=MARKET_DATA_CACHE, variable="MARKET_DATA_TABLE", rights=(*READ, *WRITE))
_PAPER = TableGrant(
    table=PAPER_BROKER, variable="PAPER_BROKER_TABLE", rights=(*READ, *WRITE, Right.DELETE)
)
_IDEMPOTENCY = TableGrant(
    table=EXECUTION_IDEMPOTENCY,
    variable="IDEMPOTENCY_TABLE",
    rights=(Right.GET, Right.PUT, Right.UPDATE, Right.DELETE),
)
_BROKER_SETTINGS = (
    "MARKET_CLOCK_URL",
    "BROKER_ENDPOINTS",
    "TOKEN_KEY_ID",
    "MAX_QUOTE_AGE_S",
    "ENABLE_PAPER_TRADING",
    "SHARD_COUNT",
)

STRATEGY_EXECUTOR_SCHEDULE = FunctionSpec(
    package="execution_engine/strategy_executor",
    trigger="schedule",
    weight=Weight.EVENT,
    memory_mb=_MONEY_PATH_MB,
    timeout_s=55,
    tables=(
        _strategies(*_SAVE, indexes=("StrategiesById", "ActiveStrategiesForExecution")),
        _executions(*_SAVE, indexes=("ExecutionsById", "ExecutionsByStatus")),
    ),
    settings=("MARKET_CLOCK_URL", "SHARD_COUNT", "CLAIM_AHEAD_S", "PREPARE_AHEAD_S"),
    sends_to=(EXECUTIONS_QUEUE,),
    data_files=(MARKET_FACTS,),
)

STRATEGY_EXECUTOR_QUEUE = FunctionSpec(
    package="execution_engine/strategy_executor",
    trigger="queue",
    weight=Weight.EVENT,
    memory_mb=_MONEY_PATH_MB,
    timeout_s=120,
    tables=(
        _strategies(*READ),
        _executions(*_SAVE),
        _orders(*_SAVE, indexes=("OrdersById", "OrdersByBroker", "UnsettledOrders")),
        _positions(*READ),
        _ALLOCATIONS,
        _SUBSCRIPTIONS,
        _BASKETS,
        _ACCOUNTS,
        _CACHE,
        _PAPER,
    ),
    settings=(
        *_BROKER_SETTINGS,
        "PREPARE_AHEAD_S",
        "EXECUTION_TIMEOUT_S",
        "RISK_VALIDATION_TIMEOUT_S",
    ),
    works=EXECUTIONS_QUEUE,
    sends_to=(ORDERS_QUEUE,),
    token_uses=(TokenUse.OPEN,),
    data_files=(MARKET_FACTS,),
)

STRATEGY_EXECUTOR_API = FunctionSpec(
    package="execution_engine/strategy_executor",
    trigger="api",
    weight=Weight.API,
    memory_mb=512,
    timeout_s=15,
    tables=(
        _strategies(Right.GET, indexes=()),
        _executions(Right.GET, Right.QUERY, Right.PUT),
        _orders(Right.QUERY, indexes=()),
        _IDEMPOTENCY,
    ),
    settings=("CORS_ORIGINS", "MARKET_CLOCK_URL", "SHARD_COUNT", "EXECUTION_TIMEOUT_S"),
    sends_to=(EXECUTIONS_QUEUE,),
)

_WORKING_TABLES = (
    _orders(*_SAVE, indexes=("OrdersById", "OrdersByBroker", "UnsettledOrders")),
    _executions(*_SAVE, indexes=("ExecutionsById", "ExecutionsByStatus")),
    _strategies(*READ),
    _positions(*READ, indexes=("PositionsByStrategy", "PositionsByBroker")),
    _ACCOUNTS,
    _CACHE,
    _PAPER,
)

ORDER_MANAGER_QUEUE = FunctionSpec(
    package="execution_engine/order_manager",
    trigger="queue",
    weight=Weight.EVENT,
    memory_mb=_MONEY_PATH_MB,
    timeout_s=120,
    tables=_WORKING_TABLES,
    settings=(*_BROKER_SETTINGS, "QUIET_PERIOD_S", "EXECUTION_TIMEOUT_S"),
    works=ORDERS_QUEUE,
    sends_to=(ORDERS_QUEUE,),
    token_uses=(TokenUse.OPEN,),
    data_files=(MARKET_FACTS,),
)

ORDER_MANAGER_SCHEDULE = FunctionSpec(
    package="execution_engine/order_manager",
    trigger="schedule",
    weight=Weight.EVENT,
    memory_mb=_MONEY_PATH_MB,
    timeout_s=55,
    tables=_WORKING_TABLES,
    settings=(*_BROKER_SETTINGS, "QUIET_PERIOD_S", "EXECUTION_TIMEOUT_S"),
    sends_to=(ORDERS_QUEUE,),
    token_uses=(TokenUse.OPEN,),
    data_files=(MARKET_FACTS,),
)

ORDER_MANAGER_API = FunctionSpec(
    package="execution_engine/order_manager",
    trigger="api",
    weight=Weight.API,
    memory_mb=512,
    timeout_s=15,
    tables=(
        _orders(
            Right.BATCH_GET,
            Right.QUERY,
            indexes=(
                "OrdersById",
                "OrdersByUser",
                "OrdersByStrategy",
                "OrdersByBroker",
                "OrdersBySymbol",
                "UnsettledOrders",
            ),
        ),
    ),
    settings=("CORS_ORIGINS", "SHARD_COUNT"),
    sends_to=(ORDERS_QUEUE,),
)

PERFORMANCE_CALCULATOR_STREAM = FunctionSpec(
    package="execution_engine/performance_calculator",
    trigger="stream",
    weight=Weight.EVENT,
    memory_mb=512,
    timeout_s=60,
    tables=(_positions(Right.GET, Right.PUT, indexes=()),),
    settings=("SHARD_COUNT",),
    follows=(ORDER_HISTORY,),
    data_files=(MARKET_FACTS,),
)

PERFORMANCE_CALCULATOR_API = FunctionSpec(
    package="execution_engine/performance_calculator",
    trigger="api",
    weight=Weight.API,
    memory_mb=512,
    timeout_s=15,
    tables=(
        _positions(Right.BATCH_GET, Right.QUERY, indexes=("PositionsById",)),
        _orders(Right.BATCH_GET, Right.QUERY, indexes=("UnsettledOrders",)),
        _executions(Right.QUERY, indexes=("ExecutionsByUser",)),
        _strategies(Right.GET, indexes=()),
        _ACCOUNTS,
        _FEEDS,
    ),
    settings=(
        "CORS_ORIGINS",
        "MARKET_CLOCK_URL",
        "SHARD_COUNT",
        "MAX_QUOTE_AGE_S",
        "BROKER_ENDPOINTS",
        "TOKEN_KEY_ID",
    ),
    token_uses=(TokenUse.OPEN,),
    data_files=(MARKET_FACTS,),
)

LIVE_FEED_AUTHORIZE = FunctionSpec(
    package="execution_engine/live_feed",
    trigger="authorize",
    weight=Weight.EVENT,
    memory_mb=512,
    timeout_s=10,
    tables=(_connections(Right.GET, Right.DELETE),),
)

LIVE_FEED_WEBSOCKET = FunctionSpec(
    package="execution_engine/live_feed",
    trigger="websocket",
    weight=Weight.EVENT,
    memory_mb=512,
    timeout_s=10,
    tables=(_connections(Right.GET, Right.PUT, Right.UPDATE, Right.DELETE),),
    settings=("WEBSOCKET_ENDPOINT",),
    pushes_to_sockets=True,
)

LIVE_FEED_STREAM = FunctionSpec(
    package="execution_engine/live_feed",
    trigger="stream",
    weight=Weight.EVENT,
    memory_mb=512,
    timeout_s=30,
    tables=(
        _connections(Right.GET, Right.QUERY, Right.DELETE, indexes=("ConnectionsByUser",)),
        _positions(Right.QUERY, indexes=()),
    ),
    settings=("WEBSOCKET_ENDPOINT", "SHARD_COUNT"),
    follows=(ORDER_HISTORY, POSITION_TRACKER),
    pushes_to_sockets=True,
)

LIVE_FEED_API = FunctionSpec(
    package="execution_engine/live_feed",
    trigger="api",
    weight=Weight.API,
    memory_mb=512,
    timeout_s=10,
    tables=(_connections(Right.GET, Right.PUT),),
    settings=("CORS_ORIGINS", "WEBSOCKET_ENDPOINT"),
)

FUNCTIONS = (
    STRATEGY_EXECUTOR_SCHEDULE,
    STRATEGY_EXECUTOR_QUEUE,
    STRATEGY_EXECUTOR_API,
    ORDER_MANAGER_QUEUE,
    ORDER_MANAGER_SCHEDULE,
    ORDER_MANAGER_API,
    PERFORMANCE_CALCULATOR_STREAM,
    PERFORMANCE_CALCULATOR_API,
    LIVE_FEED_AUTHORIZE,
    LIVE_FEED_WEBSOCKET,
    LIVE_FEED_STREAM,
    LIVE_FEED_API,
)
