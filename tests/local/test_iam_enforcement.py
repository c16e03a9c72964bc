"""With IAM enforced a function may do what its role grants and nothing else."""

import json

import pytest

from local.clouds import Cloud
from tests.local.templates import deploy_template, function, role, table

pytestmark = pytest.mark.emulator

READS_AND_WRITES = """
import boto3
def handler(event, _context):
    table = boto3.client("dynamodb")
    outcome = {}
    for name, call in (
        ("read", lambda: table.get_item(TableName="t", Key={"pk": {"S": "a"}})),
        ("write", lambda: table.put_item(TableName="t", Item={"pk": {"S": "a"}})),
    ):
        try:
            call()
            outcome[name] = "done"
        except table.exceptions.ClientError as error:
            outcome[name] = error.response["Error"]["Code"]
    return outcome
"""


def test_a_missing_grant_is_denied(guarded_cloud: Cloud) -> None:
    may_read = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"}
    deploy_template(
        guarded_cloud,
        "stack",
        {"Table": table("t"), "Role": role(may_read), "Fn": function("f", READS_AND_WRITES)},
    )

    answer = guarded_cloud.client("lambda").invoke(FunctionName="f", Payload=b"{}")

    outcome = json.loads(answer["Payload"].read())
    assert outcome == {"read": "done", "write": "AccessDeniedException"}
