"""Stack 3's functions: the executor, the order manager, positions and P&L, the live feed."""

from cdk_stack.function_specs import READ, WRITE, FunctionSpec, Right, TableGrant, TokenUse, Weight
from cdk_stack.functions_of_options_platform import MARKET_FACTS
from cdk_stack.table_schemas import (
    BROKER_ACCOUNTS,
    EXECUTION_IDEMPOTENCY,
    LIVE_CONNECTIONS,
    MARKET_DATA_CACHE,
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


def _executions(*rights: Right, indexes: tuple[str, ...] = ()) -> TableGrant:
    return TableGrant(
        table=STRATEGY_EXECUTIONS, variable="EXECUTIONS_TABLE", rights=rights, indexes=indexes
    )


def _orders(*rights: Right, indexes: tuple[str, ...] = ()) -> TableGrant:
    return TableGrant(table=ORDER_HISTORY, variable="ORDERS_TABLE", rights=rights, indexes=indexes)


def _positions(*rights: Right, indexes: tuple[str, ...] = ()) -> TableGrant:
    return TableGrant(
        table=POSITION_TRACKER, variable="POSITIONS_TABLE", rights=rights, indexes=indexes
    )


def _strategies(*rights: Right, indexes: tuple[str, ...] = ()) -> TableGrant:
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
    rights=(Right.QUERY,),
    indexes=("AllocationsByStrategy",),
)
_IDEMPOTENCY = TableGrant(
    table=EXECUTION_IDEMPOTENCY,
    variable="IDEMPOTENCY_TABLE",
    rights=(Right.GET, Right.PUT, Right.UPDATE, Right.DELETE),
)
# What opening a broker takes: the account, its token, the feed accounts that show quotes, and the
# day's instrument master, which whoever is first stores.
_DESK_TABLES = (
    TableGrant(
        table=BROKER_ACCOUNTS, variable="BROKER_ACCOUNTS_TABLE", rights=(Right.GET, Right.QUERY)
    ),
    TableGrant(
        table=MARKET_DATA_CACHE,
        variable="MARKET_DATA_TABLE",
        rights=(Right.GET, Right.QUERY, Right.PUT),
    ),
)
_DESK_SETTINGS = (
    "MARKET_CLOCK_URL",
    "SIMULATED_MARKET_URL",
    "BROKER_ENDPOINTS",
    "TOKEN_KEY_ID",
    "MAX_QUOTE_AGE_S",
    "SHARD_COUNT",
)
_PAPER = TableGrant(table=PAPER_BROKER, variable="PAPER_BROKER_TABLE", rights=WRITE)

STRATEGY_EXECUTOR_SCHEDULE = FunctionSpec(
    package="execution_engine/strategy_executor",
    trigger="schedule",
    weight=Weight.EVENT,
    memory_mb=_MONEY_PATH_MB,
    timeout_s=55,
    tables=(
        _strategies(*WRITE, Right.QUERY, indexes=("ActiveStrategiesForExecution",)),
        _executions(*WRITE, Right.QUERY, indexes=("ExecutionsByStatus",)),
    ),
    settings=(
        "MARKET_CLOCK_URL",
        "SHARD_COUNT",
        "CLAIM_AHEAD_S",
        "PREPARE_AHEAD_S",
        "EXECUTION_TIMEOUT_S",
    ),
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
        _strategies(Right.GET),
        _executions(*WRITE, Right.QUERY),
        _orders(*READ, Right.PUT, indexes=("OrdersByBroker", "UnsettledOrders")),
        _positions(Right.QUERY),
        _ALLOCATIONS,
        *_DESK_TABLES,
        _PAPER,
    ),
    settings=_DESK_SETTINGS,
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
        _strategies(*WRITE),
        _executions(*WRITE, Right.QUERY, indexes=("ExecutionsById",)),
        _orders(Right.QUERY),
        _IDEMPOTENCY,
    ),
    settings=("CORS_ORIGINS", "MARKET_CLOCK_URL", "SHARD_COUNT", "EXECUTION_TIMEOUT_S"),
    sends_to=(EXECUTIONS_QUEUE,),
    data_files=(MARKET_FACTS,),
)

_WORKING_TABLES = (
    _orders(*READ, Right.PUT, indexes=("OrdersById", "OrdersByBroker", "UnsettledOrders")),
    _executions(*WRITE, Right.QUERY, indexes=("ExecutionsById",)),
    _positions(*READ, indexes=("PositionsByBroker",)),
    *_DESK_TABLES,
    _PAPER,
)

ORDER_MANAGER_QUEUE = FunctionSpec(
    package="execution_engine/order_manager",
    trigger="queue",
    weight=Weight.EVENT,
    memory_mb=_MONEY_PATH_MB,
    timeout_s=120,
    tables=_WORKING_TABLES,
    settings=(*_DESK_SETTINGS, "QUIET_PERIOD_S"),
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
    settings=(*_DESK_SETTINGS, "QUIET_PERIOD_S"),
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
            Right.QUERY,
            Right.BATCH_GET,
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
    tables=(_positions(*WRITE),),
    settings=("SHARD_COUNT",),
    follows=(ORDER_HISTORY,),
    data_files=(MARKET_FACTS,),
)

PERFORMANCE_CALCULATOR_API = FunctionSpec(
    package="execution_engine/performance_calculator",
    trigger="api",
    weight=Weight.API,
    memory_mb=1024,
    timeout_s=15,
    tables=(
        _positions(Right.QUERY, Right.BATCH_GET, indexes=("PositionsById",)),
        _orders(Right.QUERY, Right.BATCH_GET, indexes=("UnsettledOrders",)),
        _executions(Right.QUERY, indexes=("ExecutionsByUser",)),
        _strategies(Right.GET),
        *_DESK_TABLES,
    ),
    settings=("CORS_ORIGINS", *_DESK_SETTINGS),
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
