"""Stack 2's functions: baskets, strategies and their allocations, market data."""

from cdk_stack.function_specs import WRITE, FunctionSpec, Right, TableGrant, Weight
from cdk_stack.table_schemas import (
    BROKER_ACCOUNTS,
    IDEMPOTENCY,
    OPTIONS_BASKETS,
    OPTIONS_STRATEGIES,
    STRATEGY_BROKER_ALLOCATIONS,
)

MARKET_FACTS = "config/indian_market_config.json"

_IDEMPOTENCY = TableGrant(
    table=IDEMPOTENCY,
    variable="IDEMPOTENCY_TABLE",
    rights=(Right.GET, Right.PUT, Right.UPDATE, Right.DELETE),
)

BASKET_MANAGER_API = FunctionSpec(
    package="options_platform/basket_manager",
    trigger="api",
    weight=Weight.API,
    memory_mb=512,
    timeout_s=15,
    tables=(
        TableGrant(
            table=OPTIONS_BASKETS,
            variable="BASKETS_TABLE",
            rights=(*WRITE, Right.QUERY, Right.DELETE),
        ),
        TableGrant(
            table=OPTIONS_STRATEGIES,
            variable="STRATEGIES_TABLE",
            rights=(Right.QUERY,),
            indexes=("StrategiesByBasket",),
        ),
        _IDEMPOTENCY,
    ),
    settings=("CORS_ORIGINS", "MARKET_CLOCK_URL", "SHARD_COUNT"),
)

STRATEGY_MANAGER_API = FunctionSpec(
    package="options_platform/strategy_manager",
    trigger="api",
    weight=Weight.API,
    memory_mb=1024,
    timeout_s=15,
    tables=(
        TableGrant(
            table=OPTIONS_STRATEGIES,
            variable="STRATEGIES_TABLE",
            rights=(*WRITE, Right.QUERY, Right.DELETE),
            indexes=("StrategiesByBasket",),
        ),
        TableGrant(table=OPTIONS_BASKETS, variable="BASKETS_TABLE", rights=WRITE),
        TableGrant(
            table=STRATEGY_BROKER_ALLOCATIONS,
            variable="ALLOCATIONS_TABLE",
            rights=(*WRITE, Right.QUERY, Right.DELETE),
            indexes=("AllocationsByStrategy", "AllocationsByBroker"),
        ),
        TableGrant(
            table=BROKER_ACCOUNTS,
            variable="BROKER_ACCOUNTS_TABLE",
            rights=(Right.GET, Right.QUERY),
        ),
        _IDEMPOTENCY,
    ),
    settings=(
        "CORS_ORIGINS",
        "MARKET_CLOCK_URL",
        "SHARD_COUNT",
        "MAX_STRATEGIES_PER_BASKET",
        "MAX_LEGS_PER_STRATEGY",
        "ENABLE_PAPER_TRADING",
    ),
    data_files=(MARKET_FACTS,),
)

FUNCTIONS = (
    BASKET_MANAGER_API,
    STRATEGY_MANAGER_API,
)
