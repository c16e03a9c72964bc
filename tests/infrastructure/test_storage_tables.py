"""The tables that storage is tested on are those of the synthesised templates."""

from typing import Any

from tests.fake_dynamo import tables
from tests.infrastructure.assemblies import Assembly

_SAME = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")


def _unordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _unordered(each) for name, each in value.items()}
    return sorted(map(_unordered, value), key=str) if isinstance(value, list) else value


def test_storage_is_tested_on_the_tables_that_are_deployed(local: Assembly) -> None:
    deployed = {table["TableName"]: table for table in local.properties("AWS::DynamoDB::Table")}
    tested = {
        name: tables.creation(name, schema)
        for name, schema in tables.schemas(local.environment).items()
    }

    assert set(tested) == set(deployed)
    for name, creation in tested.items():
        for part in _SAME:
            theirs = deployed[name].get(part, [])
            assert _unordered(creation.get(part, [])) == _unordered(theirs), f"{name}: {part}"
