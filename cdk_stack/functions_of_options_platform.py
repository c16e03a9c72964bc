"""Stack 2's functions: baskets, strategies and their allocations, market data."""

from cdk_stack.function_specs import (
    WRITE,
    FunctionSpec,
    Rhythm,
    Right,
    TableGrant,
    TokenUse,
    Weight,
)
from cdk_stack.table_schemas import (
    BASKET_SUBSCRIPTIONS,
    BASKET_VERSIONS,
    BILLING_LEDGER,
    BROKER_ACCOUNTS,
    IDEMPOTENCY,
    MARKET_DATA_CACHE,
    OPTIONS_BASKETS,
    OPTIONS_STRATEGIES,
    ORDER_HISTORY,
    POSITION_TRACKER,
    STRATEGY_BROKER_ALLOCATIONS,
    STRATEGY_EXECUTIONS,
    SUBSCRIPTION_EVENTS,
    SUBSCRIPTION_INVOICES,
)

MARKET_FACTS = "config/indian_market_config.json"
STRATEGY_TEMPLATES = "config/strategy_templates.json"

_IDEMPOTENCY = TableGrant(
    table=IDEMPOTENCY,
    variable="IDEMPOTENCY_TABLE",
    rights=(Right.GET, Right.PUT, Right.UPDATE, Right.DELETE),
)

# What a strategy holds and has under way, asked before it ends. Orders and others' positions are
# found by indexes that hold keys only.
_TRADING_RECORDS = (
    TableGrant(
        table=POSITION_TRACKER,
        variable="POSITIONS_TABLE",
        rights=(Right.BATCH_GET, Right.QUERY),
        indexes=("PositionsByStrategy",),
    ),
    TableGrant(table=STRATEGY_EXECUTIONS, variable="EXECUTIONS_TABLE", rights=(Right.QUERY,)),
    TableGrant(
        table=ORDER_HISTORY,
        variable="ORDERS_TABLE",
        rights=(Right.BATCH_GET, Right.QUERY),
        indexes=("OrdersByStrategy",),
    ),
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
            indexes=("MarketplaceBaskets", "BasketsByCreatorType", "BasketsById"),
        ),
        TableGrant(
            table=OPTIONS_STRATEGIES,
            variable="STRATEGIES_TABLE",
            rights=(*WRITE, Right.BATCH_GET, Right.QUERY, Right.DELETE),
            indexes=("StrategiesByBasket",),
        ),
        TableGrant(
            table=STRATEGY_BROKER_ALLOCATIONS,
            variable="ALLOCATIONS_TABLE",
            rights=(Right.GET, Right.QUERY, Right.DELETE),
        ),
        TableGrant(table=BASKET_SUBSCRIPTIONS, variable="SUBSCRIPTIONS_TABLE", rights=(Right.GET,)),
        TableGrant(
            table=BASKET_VERSIONS,
            variable="BASKET_VERSIONS_TABLE",
            rights=(*WRITE, Right.QUERY),
        ),
        *_TRADING_RECORDS,
        _IDEMPOTENCY,
    ),
    settings=("CORS_ORIGINS", "MARKET_CLOCK_URL", "SHARD_COUNT", "ALLOW_PERFORMANCE_FEES"),
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
        *_TRADING_RECORDS,
        # Chains that were seen; what is stored is the day's master, by whoever is first (120).
        TableGrant(
            table=MARKET_DATA_CACHE,
            variable="MARKET_DATA_TABLE",
            rights=(Right.GET, Right.QUERY, Right.PUT),
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
        "MARKET_DATA_TTL_S",
        "MAX_QUOTE_AGE_S",
        "SIMULATED_MARKET_URL",
        "BROKER_ENDPOINTS",
        "TOKEN_KEY_ID",
    ),
    # A margin is asked at the account's broker, in its session.
    token_uses=(TokenUse.OPEN,),
    data_files=(MARKET_FACTS, STRATEGY_TEMPLATES),
)

_FEEDS = (
    TableGrant(
        table=MARKET_DATA_CACHE,
        variable="MARKET_DATA_TABLE",
        rights=(Right.GET, Right.QUERY, Right.PUT, Right.DELETE),
    ),
    TableGrant(
        table=BROKER_ACCOUNTS, variable="BROKER_ACCOUNTS_TABLE", rights=(Right.GET, Right.QUERY)
    ),
)

MARKET_DATA_FETCHER_API = FunctionSpec(
    package="options_platform/market_data_fetcher",
    trigger="api",
    weight=Weight.CHAIN,
    memory_mb=1769,
    timeout_s=20,
    tables=_FEEDS,
    settings=(
        "CORS_ORIGINS",
        "MARKET_CLOCK_URL",
        "SIMULATED_MARKET_URL",
        "MARKET_DATA_TTL_S",
        "MAX_QUOTE_AGE_S",
        "BROKER_ENDPOINTS",
        "TOKEN_KEY_ID",
    ),
    token_uses=(TokenUse.OPEN,),
    data_files=(MARKET_FACTS,),
)

# It looks at the money with a handful of options: no numpy, and no models of a wire.
MARKET_DATA_FETCHER_SCHEDULE = FunctionSpec(
    package="options_platform/market_data_fetcher",
    trigger="schedule",
    weight=Weight.EVENT,
    memory_mb=1769,
    timeout_s=55,
    tables=(
        TableGrant(
            table=MARKET_DATA_CACHE,
            variable="MARKET_DATA_TABLE",
            rights=(Right.GET, Right.QUERY, Right.PUT),
        ),
        TableGrant(table=BROKER_ACCOUNTS, variable="BROKER_ACCOUNTS_TABLE", rights=(Right.GET,)),
    ),
    settings=(
        "MARKET_CLOCK_URL",
        "SIMULATED_MARKET_URL",
        "MARKET_DATA_TTL_S",
        "BROKER_ENDPOINTS",
        "TOKEN_KEY_ID",
    ),
    token_uses=(TokenUse.OPEN,),
    data_files=(MARKET_FACTS,),
)

_BILLING = (
    "MARKET_CLOCK_URL",
    "SHARD_COUNT",
    "ALLOW_PERFORMANCE_FEES",
    "ENABLE_SUBSCRIPTION_BILLING",
    "PAYMENT_PROVIDER",
    "BILLING_GRACE_DAYS",
)

SUBSCRIPTION_MANAGER_API = FunctionSpec(
    package="options_platform/subscription_manager",
    trigger="api",
    weight=Weight.API,
    memory_mb=512,
    timeout_s=15,
    tables=(
        TableGrant(
            table=BASKET_SUBSCRIPTIONS,
            variable="SUBSCRIPTIONS_TABLE",
            rights=(*WRITE, Right.QUERY),
            indexes=("SubscriptionsByCreator",),
        ),
        TableGrant(
            table=SUBSCRIPTION_INVOICES,
            variable="INVOICES_TABLE",
            rights=(*WRITE, Right.QUERY),
            indexes=("InvoicesById", "InvoicesByUser", "InvoicesByCreator"),
        ),
        TableGrant(
            table=BILLING_LEDGER,
            variable="BILLING_LEDGER_TABLE",
            rights=(*WRITE, Right.QUERY),
            indexes=("LedgerByCreator",),
        ),
        TableGrant(
            table=OPTIONS_BASKETS,
            variable="BASKETS_TABLE",
            rights=(*WRITE, Right.BATCH_GET, Right.QUERY),
            indexes=(
                "MarketplaceBaskets",
                "BasketsByCreatorType",
                "BasketsByCategory",
                "BasketsByPerformance",
                "BasketsById",
            ),
        ),
        TableGrant(
            table=BASKET_VERSIONS,
            variable="BASKET_VERSIONS_TABLE",
            rights=(Right.GET, Right.QUERY),
        ),
        TableGrant(
            table=SUBSCRIPTION_EVENTS,
            variable="SUBSCRIPTION_EVENTS_TABLE",
            rights=(*WRITE, Right.QUERY),
        ),
        TableGrant(table=BROKER_ACCOUNTS, variable="BROKER_ACCOUNTS_TABLE", rights=(Right.QUERY,)),
        _IDEMPOTENCY,
    ),
    settings=("CORS_ORIGINS", "ENABLE_PAPER_TRADING", *_BILLING),
)

# The ledger is added to and read: nobody may update or delete what is in it.
SUBSCRIPTION_MANAGER_SCHEDULE = FunctionSpec(
    package="options_platform/subscription_manager",
    trigger="schedule",
    weight=Weight.EVENT,
    memory_mb=512,
    timeout_s=300,
    rhythm=Rhythm.BILLING,
    tables=(
        TableGrant(
            table=BASKET_SUBSCRIPTIONS,
            variable="SUBSCRIPTIONS_TABLE",
            rights=(*WRITE, Right.QUERY),
            indexes=("ActiveSubscriptions",),
        ),
        TableGrant(table=OPTIONS_BASKETS, variable="BASKETS_TABLE", rights=WRITE),
        TableGrant(
            table=SUBSCRIPTION_INVOICES,
            variable="INVOICES_TABLE",
            rights=(*WRITE, Right.QUERY),
            indexes=("OpenInvoices",),
        ),
        TableGrant(table=BILLING_LEDGER, variable="BILLING_LEDGER_TABLE", rights=WRITE),
        TableGrant(table=SUBSCRIPTION_EVENTS, variable="SUBSCRIPTION_EVENTS_TABLE", rights=WRITE),
    ),
    settings=_BILLING,
)

FUNCTIONS = (
    BASKET_MANAGER_API,
    STRATEGY_MANAGER_API,
    SUBSCRIPTION_MANAGER_API,
    SUBSCRIPTION_MANAGER_SCHEDULE,
    MARKET_DATA_FETCHER_API,
    MARKET_DATA_FETCHER_SCHEDULE,
)
