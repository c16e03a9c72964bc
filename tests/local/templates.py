"""Small hand-written CloudFormation, for the tests of the local cloud itself."""

from typing import Any

from local.clouds import Cloud
from local.deployer import StackDeployment

# Notes each delivery in the table `deliveries` (function, number → the keys in order, times), and
# fails as the records ask: `poison` always, `fails` so many deliveries of that record.
RECORDER = """
import boto3, json, os, time

def handler(event, _context):
    began = time.time()
    time.sleep(float(os.environ.get("SLEEP", "0")))
    table = boto3.client("dynamodb")
    me = os.environ["ME"]

    def count(what):
        answer = table.update_item(
            TableName="counters", Key={"pk": {"S": f"{me}/{what}"}},
            UpdateExpression="ADD n :one", ExpressionAttributeValues={":one": {"N": "1"}},
            ReturnValues="UPDATED_NEW")
        return int(answer["Attributes"]["n"]["N"])

    keys, failed = [], []
    for record in event["Records"] if "Records" in event else [event]:
        if "dynamodb" in record:
            key = record["dynamodb"]["Keys"]["pk"]["S"]
            image = record["dynamodb"].get("NewImage", {})
            name = record["dynamodb"]["SequenceNumber"]
        else:
            key = record.get("body") or json.dumps(record)
            image, name = {}, record.get("messageId")
        keys.append(key)
        if "poison" in image or count(key) <= int(image.get("fails", {"N": "0"})["N"]):
            failed.append(name)
    table.put_item(TableName="deliveries", Item={
        "pk": {"S": me}, "sk": {"N": str(count("deliveries"))}, "keys": {"S": json.dumps(keys)},
        "began": {"N": str(began)}, "event": {"S": json.dumps(event)}})
    if failed and os.environ.get("RAISE"):
        raise ValueError("asked to fail")
    return {"batchItemFailures": [{"itemIdentifier": name} for name in failed]}
"""


def role(*statements: dict[str, Any]) -> dict[str, Any]:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": ["lambda.amazonaws.com"]},
                        "Action": "sts:AssumeRole",
                    }
                ],
            },
            "Policies": [
                {
                    "PolicyName": "grants",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": list(statements) or [everything],
                    },
                }
            ],
        },
    }


def function(name: str, code: str = RECORDER, *, role: str = "Role", **variables: str) -> Any:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": name,
            "Runtime": "python3.12",
            "Handler": "index.handler",
            "Timeout": 20,
            "Role": {"Fn::GetAtt": [role, "Arn"]},
            "Code": {"ZipFile": code},
            "Environment": {"Variables": {"ME": name, **variables}},
        },
    }


def table(name: str, *, sort: bool = False, **properties: Any) -> dict[str, Any]:
    keys = [("pk", "S", "HASH"), ("sk", "N", "RANGE")][: 2 if sort else 1]
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, _, kind in keys],
            "AttributeDefinitions": [
                {"AttributeName": key, "AttributeType": type_} for key, type_, _ in keys
            ],
            **properties,
        },
    }


def streaming_table(name: str) -> dict[str, Any]:
    return table(
        name,
        StreamSpecification={"StreamViewType": "NEW_AND_OLD_IMAGES"},
        TimeToLiveSpecification={"AttributeName": "ttl", "Enabled": True},
    )


def recording_tables() -> dict[str, Any]:
    return {"Deliveries": table("deliveries", sort=True), "Counters": table("counters")}


def deploy_template(cloud: Cloud, name: str, resources: dict[str, Any]) -> None:
    StackDeployment(name, cloud).run({"Resources": resources}, [])
