"""Every table of the platform: keys, indexes, streams and TTL, as the design document names them.

Index keys that hold a status carry a shard too (`ACTIVE#07`, decisions 19); their names are the
document's.
"""

from dataclasses import dataclass
from typing import Literal

AttributeType = Literal["S", "N"]

# All other key attributes are text.
NUMERIC_KEYS = frozenset(
    {"total_return", "subscriber_count", "sharpe_ratio", "total_pnl", "priority", "daily_return"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSchema:
    name: str
    partition_key: str
    sort_key: str | None = None
    keys_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSchema:
    """`name` follows `ql-algo-trading-{env}-`; `stream` is NEW_AND_OLD_IMAGES or none."""

    name: str
    partition_key: str
    sort_key: str | None = None
    indexes: tuple[IndexSchema, ...] = ()
    stream: bool = False
    ttl_attribute: str | None = None


def attribute_type(attribute: str) -> AttributeType:
    return "N" if attribute in NUMERIC_KEYS else "S"


def _index(name: str, partition_key: str, sort_key: str | None = None) -> IndexSchema:
    return IndexSchema(name=name, partition_key=partition_key, sort_key=sort_key)


def _keys_only(name: str, partition_key: str, sort_key: str | None = None) -> IndexSchema:
    """An index whose readers fetch the items themselves: writes to it cost the least."""
    return IndexSchema(name=name, partition_key=partition_key, sort_key=sort_key, keys_only=True)


# --- Stack 1: who the traders are -----------------------------------------------------------------

USER_PROFILES = TableSchema(name="user-profiles", partition_key="user_id")

BROKER_ACCOUNTS = TableSchema(name="broker-accounts", partition_key="user_id", sort_key="client_id")

# --- Stack 2: what they want to trade -------------------------------------------------------------

OPTIONS_BASKETS = TableSchema(
    name="options-baskets",
    partition_key="user_id",
    sort_key="basket_id",
    stream=True,
    indexes=(
        _index("MarketplaceBaskets", "visibility", "created_at"),
        _index("BasketsByCreatorType", "created_by_type", "total_return"),
        _index("BasketsByCategory", "category", "subscriber_count"),
        _index("BasketsByPerformance", "status", "sharpe_ratio"),
        _index("BasketsById", "basket_id"),
    ),
)

OPTIONS_STRATEGIES = TableSchema(
    name="options-strategies",
    partition_key="user_id",
    sort_key="strategy_id",
    stream=True,
    indexes=(
        _index("StrategiesByBasket", "basket_id", "created_at"),
        _keys_only("ActiveStrategiesForExecution", "status", "next_execution"),
        _keys_only("StrategiesByPerformance", "user_id", "total_pnl"),
        _keys_only("StrategiesByType", "strategy_type", "updated_at"),
        _keys_only("StrategiesById", "strategy_id"),
    ),
)

STRATEGY_BROKER_ALLOCATIONS = TableSchema(
    name="strategy-broker-allocations",
    partition_key="user_id",
    sort_key="allocation_id",
    indexes=(
        _index("AllocationsByStrategy", "strategy_id", "priority"),
        _index("AllocationsByBroker", "client_id", "created_at"),
        _index("AllocationsByBasket", "basket_id", "strategy_id"),
        _index("AllocationsById", "allocation_id"),
    ),
)

BASKET_SUBSCRIPTIONS = TableSchema(
    name="basket-subscriptions",
    partition_key="user_id",
    sort_key="subscription_id",
    indexes=(
        _index("SubscriptionsByBasket", "basket_id", "subscription_date"),
        _index("ActiveSubscriptions", "subscription_status", "next_billing_date"),
        _index("SubscriptionsByCreator", "basket_creator_id", "subscription_date"),
        _index("SubscriptionsById", "subscription_id"),
    ),
)

BASKET_VERSIONS = TableSchema(name="basket-versions", partition_key="basket_id", sort_key="part")

SUBSCRIPTION_EVENTS = TableSchema(
    name="subscription-events", partition_key="subscription_id", sort_key="event_number"
)

SUBSCRIPTION_INVOICES = TableSchema(
    name="subscription-invoices",
    partition_key="user_id",
    sort_key="invoice_id",
    indexes=(
        _index("InvoicesById", "invoice_id"),
        _index("InvoicesByUser", "user_id", "issued_at"),
        _keys_only("OpenInvoices", "open_status", "next_attempt_at"),
        _index("InvoicesByCreator", "creator_id", "issued_at"),
    ),
)

BILLING_LEDGER = TableSchema(
    name="billing-ledger",
    partition_key="subscription_id",
    sort_key="entry_key",
    indexes=(_index("LedgerByCreator", "creator_id", "posted_at"),),
)

MARKET_DATA_CACHE = TableSchema(
    name="market-data-cache",
    partition_key="underlying_symbol",
    sort_key="data_timestamp",
    ttl_attribute="ttl",
    indexes=(_index("DataByType", "data_type", "timestamp"),),
)

IDEMPOTENCY = TableSchema(name="idempotency", partition_key="id", ttl_attribute="ttl")

# --- Stack 3: what was traded ---------------------------------------------------------------------

STRATEGY_EXECUTIONS = TableSchema(
    name="strategy-executions",
    partition_key="strategy_id",
    sort_key="execution_timestamp",
    indexes=(
        _index("ExecutionsByUser", "user_id", "execution_timestamp"),
        _index("ExecutionsByStatus", "execution_status", "created_at"),
        _keys_only("ExecutionsByBasket", "basket_id", "execution_timestamp"),
        _index("ExecutionsById", "execution_id"),
    ),
)

ORDER_HISTORY = TableSchema(
    name="order-history",
    partition_key="execution_id",
    sort_key="order_timestamp",
    stream=True,
    indexes=(
        _keys_only("OrdersByUser", "user_id", "order_timestamp"),
        _keys_only("OrdersBySymbol", "option_symbol", "order_timestamp"),
        _keys_only("OrdersByBroker", "client_id", "order_timestamp"),
        _keys_only("OrdersByStrategy", "strategy_id", "order_timestamp"),
        _keys_only("OrdersById", "order_id"),
        _keys_only("UnsettledOrders", "unsettled", "unsettled_key"),
    ),
)

POSITION_TRACKER = TableSchema(
    name="position-tracker",
    partition_key="user_id",
    sort_key="position_key",
    stream=True,
    indexes=(
        _keys_only("PositionsByStrategy", "strategy_id", "updated_at"),
        _keys_only("PositionsByBroker", "client_id", "updated_at"),
        _keys_only("ActivePositions", "status", "updated_at"),
        _keys_only("PositionsById", "position_id"),
    ),
)

PERFORMANCE_METRICS = TableSchema(
    name="performance-metrics",
    partition_key="entity_id",
    sort_key="date",
    indexes=(
        _index("MetricsByType", "entity_type", "date"),
        _index("MetricsByPerformance", "entity_type", "daily_return"),
    ),
)

EXECUTION_IDEMPOTENCY = TableSchema(
    name="execution-idempotency", partition_key="id", ttl_attribute="ttl"
)

LIVE_CONNECTIONS = TableSchema(
    name="live-connections",
    partition_key="connection_id",
    ttl_attribute="ttl",
    indexes=(_index("ConnectionsByUser", "user_id", "connection_id"),),
)

PAPER_BROKER = TableSchema(name="paper-broker", partition_key="account", sort_key="item")

AUTH_BROKER_TABLES = (USER_PROFILES, BROKER_ACCOUNTS)
OPTIONS_PLATFORM_TABLES = (
    OPTIONS_BASKETS,
    OPTIONS_STRATEGIES,
    STRATEGY_BROKER_ALLOCATIONS,
    BASKET_SUBSCRIPTIONS,
    BASKET_VERSIONS,
    SUBSCRIPTION_EVENTS,
    SUBSCRIPTION_INVOICES,
    BILLING_LEDGER,
    MARKET_DATA_CACHE,
    IDEMPOTENCY,
)
EXECUTION_ENGINE_TABLES = (
    STRATEGY_EXECUTIONS,
    ORDER_HISTORY,
    POSITION_TRACKER,
    PERFORMANCE_METRICS,
    EXECUTION_IDEMPOTENCY,
    LIVE_CONNECTIONS,
    PAPER_BROKER,
)
ALL_TABLES = AUTH_BROKER_TABLES + OPTIONS_PLATFORM_TABLES + EXECUTION_ENGINE_TABLES
