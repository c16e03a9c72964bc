"""The deployer takes a cloud assembly as `cdk synth` writes it."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.assemblies import AssemblyError, Asset, LeftOut, cut, read_assembly, undeployable_types
from local.clouds import Cloud
from local.deployer import DeploymentFailed, _content, deploy
from tests.emulator import quiet
from tests.local.templates import function, role, table

BUCKET = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"
LEFT_OUT = LeftOut(
    types={"AWS::WAFv2::WebACLAssociation": "not here"},
    resources_with={"AWS::CloudWatch::Alarm": {"Metrics": "no metric math"}},
    properties={"AWS::Lambda::Function": {"Layers": "no layers"}},
)

REFUSES = """
import json, urllib.request

def handler(event, _context):
    names = ("StackId", "RequestId", "LogicalResourceId")
    answer = {"Status": "FAILED", "Reason": "the reason it gave", "PhysicalResourceId": "none"}
    body = json.dumps({**answer, **{name: event[name] for name in names}}).encode()
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], data=body, method="PUT"))
"""


def write_assembly(directory: Path, *, answer: str = "one", users: dict[str, Any]) -> Path:
    """Two stacks, the dependent one first in the manifest; its function comes from an asset."""
    directory.mkdir(exist_ok=True)
    code = directory / f"asset.{answer}"
    (code / "inner").mkdir(parents=True, exist_ok=True)
    (code / "inner" / "__init__.py").touch()
    (code / "inner" / "on_api.py").write_text(
        f"def handler(event, context):\n    return {answer!r}\n"
    )
    asset = function("from-asset")
    asset["Properties"]["Code"] = {"S3Bucket": {"Fn::Sub": BUCKET}, "S3Key": f"{answer}.zip"}
    asset["Properties"]["Handler"] = "inner.on_api.handler"
    asset["Properties"]["Layers"] = [{"Ref": "Layer"}]
    asset["Properties"]["Environment"]["Variables"]["TABLE"] = {
        "Fn::ImportValue": {"Fn::Sub": "${AuthStackName}-Table"}
    }
    layer = {
        "Type": "AWS::Lambda::LayerVersion",
        "Properties": {"Content": {"S3Bucket": {"Fn::Sub": BUCKET}, "S3Key": "layer.zip"}},
    }
    engine = {
        "Parameters": {
            "AuthStackName": {"Type": "String"},
            "BootstrapVersion": {
                "Type": "AWS::SSM::Parameter::Value<String>",
                "Default": "/cdk-bootstrap/hnb659fds/version",
            },
        },
        "Resources": {"Role": role(), "Layer": layer, "Fn": asset},
        "Outputs": {
            "Function": {"Value": {"Ref": "Fn"}},
            "LayerArn": {"Value": {"Ref": "Layer"}},
        },
    }
    (directory / "engine.template.json").write_text(json.dumps(engine))
    (directory / "users.template.json").write_text(json.dumps(users))
    files = {
        name: {
            "source": {"path": path, "packaging": packaging},
            "destinations": {"here": {"bucketName": BUCKET, "objectKey": f"{name}.zip"}},
        }
        for name, path, packaging in (
            (answer, code.name, "zip"),
            ("layer", "asset.not-built", "zip"),
            ("template", "engine.template.json", "file"),
        )
    }
    (directory / "engine.assets.json").write_text(json.dumps({"files": files}))
    stack = "aws:cloudformation:stack"
    artifacts = {
        "engine": {
            "type": stack,
            "properties": {"templateFile": "engine.template.json", "stackName": "the-engine"},
            "dependencies": ["users", "engine.assets"],
        },
        "engine.assets": {
            "type": "cdk:asset-manifest",
            "properties": {"file": "engine.assets.json"},
        },
        "users": {"type": stack, "properties": {"templateFile": "users.template.json"}},
    }
    (directory / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return directory


def users_template(**more: Any) -> dict[str, Any]:
    return {
        "Resources": {"Table": table("users"), **more},
        "Outputs": {
            "Table": {
                "Value": {"Ref": "Table"},
                "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-Table"}},
            }
        },
    }


def invoke(cloud: Cloud) -> str:
    answer = cloud.client("lambda").invoke(FunctionName="from-asset", Payload=b"{}")
    return str(json.loads(answer["Payload"].read()))


@pytest.mark.emulator
def test_stacks_come_up_in_order_with_their_parameters_and_assets(
    fresh_cloud: Cloud, tmp_path: Path
) -> None:
    assembly = write_assembly(tmp_path / "cdk.out", users=users_template())
    said: list[str] = []

    outputs = deploy(assembly, fresh_cloud, parameters={"AuthStackName": "users"}, say=said.append)

    assert outputs == {"users": {"Table": "users"}, "the-engine": {"Function": "from-asset"}}
    assert invoke(fresh_cloud) == "one"
    assert "  left out of the-engine: AWS::Lambda::LayerVersion Layer" in said
    assert "  left out of the-engine: AWS::Lambda::Function Fn: Layers" in said
    assert any("the-engine: created, 1 assets published" in line for line in said)


@pytest.mark.emulator
def test_a_second_deployment_publishes_only_what_changed(
    fresh_cloud: Cloud, tmp_path: Path
) -> None:
    parameters = {"AuthStackName": "users"}
    assembly = write_assembly(tmp_path / "cdk.out", users=users_template())
    deploy(assembly, fresh_cloud, parameters=parameters, say=quiet)

    said: list[str] = []
    deploy(assembly, fresh_cloud, parameters=parameters, say=said.append)
    assert any("the-engine: unchanged, 0 assets published" in line for line in said)

    write_assembly(assembly, answer="two", users=users_template())
    deploy(assembly, fresh_cloud, parameters=parameters, say=quiet)
    assert invoke(fresh_cloud) == "two"


@pytest.mark.emulator
def test_a_failed_stack_names_the_resource_and_the_reason_and_can_be_deployed_again(
    fresh_cloud: Cloud, tmp_path: Path
) -> None:
    broken = {
        "Type": "Custom::Broken",
        "Properties": {"ServiceToken": {"Fn::GetAtt": ["Refuser", "Arn"]}},
    }
    more = {"Role": role(), "Refuser": function("refuser", REFUSES), "Broken": broken}
    assembly = write_assembly(tmp_path / "cdk.out", users=users_template(**more))

    with pytest.raises(DeploymentFailed) as caught:
        deploy(assembly, fresh_cloud, only=["users"], say=quiet)

    sentence = str(caught.value)
    assert "users ended in ROLLBACK_COMPLETE. Broken (Custom::Broken): the reason" in sentence

    write_assembly(assembly, users=users_template())
    assert "users" in deploy(
        assembly, fresh_cloud, parameters={"AuthStackName": "users"}, say=quiet
    )


@pytest.mark.emulator
def test_a_template_too_large_for_a_request_is_deployed(fresh_cloud: Cloud, tmp_path: Path) -> None:
    many = {
        f"Parameter{number}": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Type": "String", "Name": f"/p/{number}", "Value": "x" * 1000},
        }
        for number in range(60)
    }
    assembly = write_assembly(tmp_path / "cdk.out", users=users_template(**many))

    deploy(assembly, fresh_cloud, only=["users"], say=quiet)

    value = fresh_cloud.client("ssm").get_parameter(Name="/p/59")["Parameter"]["Value"]
    assert len(value) == 1000


@pytest.mark.emulator
def test_a_missing_parameter_is_named(fresh_cloud: Cloud, tmp_path: Path) -> None:
    assembly = write_assembly(tmp_path / "cdk.out", users=users_template())

    with pytest.raises(DeploymentFailed, match="the-engine needs a value for AuthStackName"):
        deploy(assembly, fresh_cloud, say=quiet)


def test_an_asset_that_was_not_built_is_not_deployed_as_an_empty_function(
    tmp_path: Path,
) -> None:
    missing = Asset(
        hash="h", source=tmp_path / "asset.h", is_directory=True, bucket="b", key="h.zip"
    )

    with pytest.raises(AssemblyError, match=r"asset\.h does not exist"):
        _content(missing)


def test_dependencies_come_first(tmp_path: Path) -> None:
    assembly = write_assembly(tmp_path / "cdk.out", users=users_template())

    assert [stack.name for stack in read_assembly(assembly)] == ["users", "the-engine"]


def test_without_an_assembly_one_is_told_to_synthesise(tmp_path: Path) -> None:
    with pytest.raises(AssemblyError, match="synthesise first"):
        read_assembly(tmp_path)


def test_a_type_the_local_cloud_does_not_know_must_be_left_out_on_purpose() -> None:
    template = {
        "Resources": {
            "Known": table("t"),
            "Ours": {"Type": "Custom::Thing"},
            "LeftOut": {"Type": "AWS::WAFv2::WebACLAssociation"},
            "Unknown": {"Type": "AWS::Budgets::Budget"},
        }
    }

    assert undeployable_types([template], LEFT_OUT) == {"AWS::Budgets::Budget"}


def test_what_is_cut_is_cut_with_its_outputs_and_dependencies_and_said() -> None:
    template = {
        "Resources": {
            "Waf": {"Type": "AWS::WAFv2::WebACLAssociation", "Properties": {}},
            "Math": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": []}},
            "Plain": {
                "Type": "AWS::CloudWatch::Alarm",
                "Properties": {"MetricName": "Errors"},
                "DependsOn": ["Waf"],
            },
        },
        "Outputs": {"Gone": {"Value": {"Fn::Sub": "x-${Waf.Arn}"}}, "Kept": {"Value": "x"}},
    }

    result, lines = cut(template, LEFT_OUT)

    assert result == {
        "Resources": {
            "Plain": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "Errors"}}
        },
        "Outputs": {"Kept": {"Value": "x"}},
    }
    assert lines == ["AWS::CloudWatch::Alarm Math", "AWS::WAFv2::WebACLAssociation Waf"]


@pytest.mark.parametrize(
    "reference",
    [{"Ref": "Waf"}, {"Fn::GetAtt": ["Waf", "Arn"]}, {"Fn::Sub": ["${Waf}", {}]}],
)
def test_only_leaves_can_be_left_out(reference: dict[str, Any]) -> None:
    template = {
        "Resources": {
            "Waf": {"Type": "AWS::WAFv2::WebACLAssociation"},
            "User": {"Type": "AWS::SSM::Parameter", "Properties": {"Value": reference}},
        }
    }

    with pytest.raises(AssemblyError, match=r"User \(AWS::SSM::Parameter\) refers to Waf"):
        cut(template, LEFT_OUT)
