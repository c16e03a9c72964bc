"""The rules that every environment's templates are held to."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_sqs as sqs

from cdk_stack import acknowledgements
from cdk_stack.acknowledgements import Reasoned
from cdk_stack.application import hold_to_the_rules
from cdk_stack.settings import ROOT
from tests.infrastructure.assemblies import Assembly


def violations(assembly: Assembly) -> list[tuple[str, str, Any]]:
    return [
        (plugin["pluginName"], violation["ruleName"], violation["violatingConstructs"])
        for plugin in assembly.report["pluginReports"]
        for violation in plugin["violations"]
    ]


def test_no_rule_of_cdk_nag_is_broken_nor_warns(assembly: Assembly) -> None:
    assert violations(assembly) == []


def test_the_rules_are_held_against_a_stack_that_breaks_them(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    hold_to_the_rules(app)
    stack = Stack(app, "careless")
    dynamodb.CfnTable(
        stack,
        "NeitherRecoverableNor",
        key_schema=[dynamodb.CfnTable.KeySchemaProperty(attribute_name="id", key_type="HASH")],
        attribute_definitions=[
            dynamodb.CfnTable.AttributeDefinitionProperty(attribute_name="id", attribute_type="S")
        ],
        billing_mode="PAY_PER_REQUEST",
    )
    sqs.CfnQueue(stack, "WithoutDeadLetters")
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    broken = {rule for _, rule, _ in violations(Assembly(tmp_path, "dev"))}
    assert broken >= {"AwsSolutions-DDB3", "AwsSolutions-SQS3", "Serverless-SQSRedrivePolicy"}


def test_each_acknowledgement_has_a_reason_and_a_use() -> None:
    entries = {
        name: entry for name, entry in vars(acknowledgements).items() if isinstance(entry, Reasoned)
    }
    sources = "\n".join(file.read_text() for file in sorted((ROOT / "cdk_stack").rglob("*.py")))
    for name, entry in entries.items():
        assert len(entry.reason) > 40, name
        assert sources.count(name) > 1, f"{name} is not used"


def test_cfn_lint_finds_nothing(assemblies: dict[str, Assembly]) -> None:
    files = [
        str(file)
        for name in ("dev", "production")
        for file in sorted(assemblies[name].folder.glob("*.template.json"))
    ]
    # W3005: the CDK writes a dependency on the role beside the reference to it.
    command = [str(Path(sys.executable).parent / "cfn-lint"), "--ignore-checks", "W3005", "--"]
    done = subprocess.run(  # noqa: S603 - a program of our own environment
        [*command, *files], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_no_stack_comes_near_the_limit_of_five_hundred_resources(assembly: Assembly) -> None:
    for name, template in assembly.templates.items():
        assert len(template.body["Resources"]) < 450, name
