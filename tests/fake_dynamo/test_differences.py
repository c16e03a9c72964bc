"""The fake against other implementations: the same requests, the same outcomes, the same rows."""

from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.fake_dynamo import tables
from tests.fake_dynamo.client import FakeDynamo
from tests.fake_dynamo.sequences import Request, Sequence, outcome, pages_after

NAME = "options-strategies"


def agree(reference: Any, table: str, requests: list[Request]) -> None:
    fake = FakeDynamo({table: tables.schemas()[tables.table_name(NAME)]})
    for number, request in enumerate(requests):
        ours, theirs = outcome(fake, request), outcome(reference, request)
        assert ours == theirs, f"request {number}: {request}"
        ours, theirs = pages_after(fake, request, ours), pages_after(reference, request, theirs)
        assert ours == theirs, f"pages after request {number}: {request}"
    stored = reference.scan(TableName=table)["Items"]
    assert comparable(fake.rows(table)) == comparable(stored)


def comparable(rows: list[Any]) -> list[Any]:
    return sorted(sorted((name, *value.items()) for name, value in row.items()) for row in rows)


def create(client: Any, table: str) -> None:
    client.create_table(**tables.creation(table, tables.schemas()[tables.table_name(NAME)]))


@pytest.mark.parametrize("seed", range(5))
def test_the_fake_agrees_with_moto_on_single_requests(seed, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made-up")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="ap-south-1")
        create(client, "strategies")
        agree(client, "strategies", list(Sequence("strategies", seed, moto=True).take(150)))


@pytest.mark.emulator
@pytest.mark.parametrize("seed", range(5))
def test_the_fake_agrees_with_an_emulated_cloud_on_transactions_too(seed, emulator):
    client, table = emulator.cloud.client("dynamodb"), f"differences-{seed}"
    create(client, table)
    agree(client, table, list(Sequence(table, seed).take(200)))
    client.close()
