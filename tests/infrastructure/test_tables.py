"""The tables of the synthesised templates against the design document's, written out here."""

from typing import Any

import pytest

from tests.infrastructure.assemblies import Assembly

# name: (PK, SK, stream, TTL attribute, {index: (PK, SK)}); each of the document's nine tables.
DESIGNED: dict[str, tuple[str, str, bool, str | None, dict[str, tuple[str, str]]]] = {
    "options-baskets": (
        "user_id",
        "basket_id",
        True,
        None,
        {
            "MarketplaceBaskets": ("visibility", "created_at"),
            "BasketsByCreatorType": ("created_by_type", "total_return"),
            "BasketsByCategory": ("category", "subscriber_count"),
            "BasketsByPerformance": ("status", "sharpe_ratio"),
        },
    ),
    "options-strategies": (
        "user_id",
        "strategy_id",
        True,
        None,
        {
            "StrategiesByBasket": ("basket_id", "created_at"),
            "ActiveStrategiesForExecution": ("status", "next_execution"),
            "StrategiesByPerformance": ("user_id", "total_pnl"),
            "StrategiesByType": ("strategy_type", "updated_at"),
        },
    ),
    "strategy-broker-allocations": (
        "user_id",
        "allocation_id",
        False,
        None,
        {
            "AllocationsByStrategy": ("strategy_id", "priority"),
            "AllocationsByBroker": ("client_id", "created_at"),
            "AllocationsByBasket": ("basket_id", "strategy_id"),
        },
    ),
    "basket-subscriptions": (
        "user_id",
        "subscription_id",
        False,
        None,
        {
            "SubscriptionsByBasket": ("basket_id", "subscription_date"),
            "ActiveSubscriptions": ("subscription_status", "next_billing_date"),
            "SubscriptionsByCreator": ("basket_creator_id", "subscription_date"),
        },
    ),
    "market-data-cache": (
        "underlying_symbol",
        "data_timestamp",
        False,
        "ttl",
        {"DataByType": ("data_type", "timestamp")},
    ),
    "strategy-executions": (
        "strategy_id",
        "execution_timestamp",
        False,
        None,
        {
            "ExecutionsByUser": ("user_id", "execution_timestamp"),
            "ExecutionsByStatus": ("execution_status", "created_at"),
            "ExecutionsByBasket": ("basket_id", "execution_timestamp"),
        },
    ),
    "order-history": (
        "execution_id",
        "order_timestamp",
        True,
        None,
        {
            "OrdersByUser": ("user_id", "order_timestamp"),
            "OrdersBySymbol": ("option_symbol", "order_timestamp"),
            "OrdersByBroker": ("client_id", "order_timestamp"),
            "OrdersByStrategy": ("strategy_id", "order_timestamp"),
        },
    ),
    "position-tracker": (
        "user_id",
        "position_key",
        True,
        None,
        {
            "PositionsByStrategy": ("strategy_id", "updated_at"),
            "PositionsByBroker": ("client_id", "updated_at"),
            "ActivePositions": ("status", "updated_at"),
        },
    ),
    "performance-metrics": (
        "entity_id",
        "date",
        False,
        None,
        {
            "MetricsByType": ("entity_type", "date"),
            "MetricsByPerformance": ("entity_type", "daily_return"),
        },
    ),
}

# What the access patterns need beyond the document (decisions 15).
ADDED_INDEXES: dict[str, dict[str, tuple[str, str | None]]] = {
    "options-baskets": {"BasketsById": ("basket_id", None)},
    "options-strategies": {"StrategiesById": ("strategy_id", None)},
    "strategy-broker-allocations": {"AllocationsById": ("allocation_id", None)},
    "basket-subscriptions": {"SubscriptionsById": ("subscription_id", None)},
    "strategy-executions": {"ExecutionsById": ("execution_id", None)},
    "order-history": {
        "OrdersById": ("order_id", None),
        "UnsettledOrders": ("unsettled", "unsettled_key"),
    },
    "position-tracker": {"PositionsById": ("position_id", None)},
    "live-connections": {"ConnectionsByUser": ("user_id", "connection_id")},
    "subscription-invoices": {
        "InvoicesById": ("invoice_id", None),
        "InvoicesByUser": ("user_id", "issued_at"),
        "OpenInvoices": ("open_status", "next_attempt_at"),
        "InvoicesByCreator": ("creator_id", "issued_at"),
    },
    "billing-ledger": {"LedgerByCreator": ("creator_id", "posted_at")},
}
ADDED_TABLES: dict[str, tuple[str, str | None, str | None]] = {
    "user-profiles": ("user_id", None, None),
    "broker-accounts": ("user_id", "client_id", None),
    "basket-versions": ("basket_id", "part", None),
    "subscription-events": ("subscription_id", "event_number", None),
    "idempotency": ("id", None, "ttl"),
    "execution-idempotency": ("id", None, "ttl"),
    "live-connections": ("connection_id", None, "ttl"),
    "paper-broker": ("account", "item", None),
    "subscription-invoices": ("user_id", "invoice_id", None),
    "billing-ledger": ("subscription_id", "entry_key", None),
}
NUMBERS = {
    "total_return",
    "subscriber_count",
    "sharpe_ratio",
    "total_pnl",
    "priority",
    "daily_return",
}
KEYS_ONLY_TABLES = {"order-history", "position-tracker"}
KEYS_ONLY_INDEXES = {
    "ActiveStrategiesForExecution",
    "StrategiesByPerformance",
    "StrategiesByType",
    "StrategiesById",
    "ExecutionsByBasket",
    "OpenInvoices",
}


def tables(assembly: Assembly) -> dict[str, Any]:
    return {
        table["TableName"].removeprefix(f"{assembly.prefix}-"): table
        for table in assembly.properties("AWS::DynamoDB::Table")
    }


def keys(schema: list[dict[str, str]]) -> tuple[str, str | None]:
    by_kind = {key["KeyType"]: key["AttributeName"] for key in schema}
    return by_kind["HASH"], by_kind.get("RANGE")


def indexes(table: Any) -> dict[str, tuple[str, str | None]]:
    return {
        index["IndexName"]: keys(index["KeySchema"])
        for index in table.get("GlobalSecondaryIndexes", [])
    }


def test_the_design_has_nine_tables_and_twenty_seven_indexes() -> None:
    assert len(DESIGNED) == 9
    assert sum(len(each[4]) for each in DESIGNED.values()) == 27


@pytest.mark.parametrize("name", sorted(DESIGNED))
def test_a_designed_table_has_its_keys_stream_and_ttl(complete: Assembly, name: str) -> None:
    table = tables(complete)[name]
    partition_key, sort_key, stream, ttl, _ = DESIGNED[name]
    assert keys(table["KeySchema"]) == (partition_key, sort_key)
    expected_stream = {"StreamViewType": "NEW_AND_OLD_IMAGES"} if stream else None
    assert table.get("StreamSpecification") == expected_stream
    expected_ttl = {"AttributeName": ttl, "Enabled": True} if ttl else None
    assert table.get("TimeToLiveSpecification") == expected_ttl


@pytest.mark.parametrize("name", sorted(DESIGNED))
def test_a_table_has_the_designed_indexes_and_the_added_ones(complete: Assembly, name: str) -> None:
    expected = {**DESIGNED[name][4], **ADDED_INDEXES.get(name, {})}
    assert indexes(tables(complete)[name]) == expected


@pytest.mark.parametrize("name", sorted(ADDED_TABLES))
def test_an_added_table_has_its_keys(complete: Assembly, name: str) -> None:
    table = tables(complete)[name]
    partition_key, sort_key, ttl = ADDED_TABLES[name]
    assert keys(table["KeySchema"]) == (partition_key, sort_key)
    assert table.get("TimeToLiveSpecification", {}).get("AttributeName") == ttl
    assert indexes(table) == ADDED_INDEXES.get(name, {})


def test_there_is_no_other_table(complete: Assembly) -> None:
    assert set(tables(complete)) == set(DESIGNED) | set(ADDED_TABLES)


def test_each_table_is_in_the_stack_that_owns_it(production: Assembly) -> None:
    owned = {
        short: len(template.of_type("AWS::DynamoDB::Table"))
        for short, template in production.templates.items()
    }
    assert owned == {
        "auth-broker": 2,
        "options-platform": 10,
        "execution-engine": 7,
        "backup-copy": 0,
    }


def test_every_table_is_on_demand_and_encrypted_with_the_managed_key(complete: Assembly) -> None:
    for name, table in tables(complete).items():
        assert table["BillingMode"] == "PAY_PER_REQUEST", name
        # Enabled without a key or type of ours is the AWS-managed key.
        assert table["SSESpecification"] == {"SSEEnabled": True}, name


def test_keys_are_numbers_where_they_are_sorted_as_numbers(complete: Assembly) -> None:
    for table in tables(complete).values():
        for attribute in table["AttributeDefinitions"]:
            number = attribute["AttributeName"] in NUMBERS
            assert attribute["AttributeType"] == ("N" if number else "S"), attribute


def test_an_index_carries_whole_items_unless_its_readers_fetch_them(complete: Assembly) -> None:
    for name, table in tables(complete).items():
        for index in table.get("GlobalSecondaryIndexes", []):
            slim = name in KEYS_ONLY_TABLES or index["IndexName"] in KEYS_ONLY_INDEXES
            expected = "KEYS_ONLY" if slim else "ALL"
            assert index["Projection"]["ProjectionType"] == expected, index["IndexName"]


@pytest.mark.parametrize(("name", "kept"), [("production", True), ("staging", True)])
def test_data_outlives_its_stack_where_there_are_customers(
    assemblies: dict[str, Assembly], name: str, kept: bool
) -> None:
    for _, logical_id, resource in assemblies[name].of_type("AWS::DynamoDB::Table"):
        assert resource["DeletionPolicy"] == "Retain", logical_id
        assert resource["Properties"]["DeletionProtectionEnabled"] is kept, logical_id
        recovery = resource["Properties"]["PointInTimeRecoverySpecification"]
        assert recovery["PointInTimeRecoveryEnabled"] is True, logical_id


def test_a_development_table_goes_with_its_stack(assemblies: dict[str, Assembly]) -> None:
    for _, logical_id, resource in assemblies["dev"].of_type("AWS::DynamoDB::Table"):
        assert resource["DeletionPolicy"] == "Delete", logical_id
