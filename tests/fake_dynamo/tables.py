"""The platform's tables as the deployment declares them, for the fake and for an emulator."""

from typing import Any

from cdk_stack.table_schemas import ALL_TABLES, TableSchema, attribute_type

ENVIRONMENT = "test"


def table_name(short: str, environment: str = ENVIRONMENT) -> str:
    """`options-baskets` -> `ql-algo-trading-test-options-baskets`."""
    return f"ql-algo-trading-{environment}-{short}"


def schemas(environment: str = ENVIRONMENT) -> dict[str, TableSchema]:
    """Each table's schema by its full name."""
    return {table_name(schema.name, environment): schema for schema in ALL_TABLES}


def creation(name: str, schema: TableSchema) -> dict[str, Any]:
    """The CreateTable request of a table, for an emulator without the stacks."""
    keys = [(schema.partition_key, schema.sort_key)]
    keys += [(index.partition_key, index.sort_key) for index in schema.indexes]
    attributes = sorted({each for pair in keys for each in pair if each is not None})
    request: dict[str, Any] = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": each, "AttributeType": attribute_type(each)} for each in attributes
        ],
        "KeySchema": _key_schema(schema.partition_key, schema.sort_key),
    }
    if schema.indexes:
        request["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index.name,
                "KeySchema": _key_schema(index.partition_key, index.sort_key),
                "Projection": {"ProjectionType": "KEYS_ONLY" if index.keys_only else "ALL"},
            }
            for index in schema.indexes
        ]
    return request


def _key_schema(partition: str, sort: str | None) -> list[dict[str, str]]:
    schema = [{"AttributeName": partition, "KeyType": "HASH"}]
    if sort is not None:
        schema.append({"AttributeName": sort, "KeyType": "RANGE"})
    return schema
