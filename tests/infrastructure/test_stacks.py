"""Stack names, parameters, exports and the two ways of stack 1."""

import json
import re
from typing import Any

import pytest

from tests.infrastructure.assemblies import Assembly, Template

EXPORTS_OF_STACK_1 = {
    "UserPoolId",
    "UserPoolClientId",
    "UserProfilesTableName",
    "BrokerAccountsTableName",
    "TokenKeyArn",
}


def exports(template: Template) -> set[str]:
    """What a stack exports, without its own name in front."""
    return {
        output["Export"]["Name"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
        for output in template.body.get("Outputs", {}).values()
        if "Export" in output
    }


def imports(template: Template, parameter: str) -> set[str]:
    """What a stack imports from the stack that a parameter names."""
    found = re.findall(
        r'"Fn::ImportValue": \{"Fn::Sub": "\$\{(\w+)\}-(\w+)"\}', json.dumps(template.body)
    )
    return {name for stack, name in found if stack == parameter}


@pytest.mark.parametrize("environment", ["dev", "staging"])
def test_an_imported_stack_1_is_not_synthesised(
    assemblies: dict[str, Assembly], environment: str
) -> None:
    assert set(assemblies[environment].templates) == {"options-platform", "execution-engine"}


def test_a_created_platform_has_three_stacks(local: Assembly) -> None:
    assert set(local.templates) == {"auth-broker", "options-platform", "execution-engine"}


def test_production_has_a_vault_in_a_second_region_too(production: Assembly) -> None:
    assert set(production.templates) == {
        "auth-broker",
        "options-platform",
        "execution-engine",
        "backup-copy",
    }


def test_the_stacks_take_each_others_names_as_parameters(assembly: Assembly) -> None:
    platform = assembly.templates["options-platform"].body["Parameters"]
    engine = assembly.templates["execution-engine"].body["Parameters"]
    auth_name = f"{assembly.prefix}-auth-broker-stack"
    assert platform["AuthStackName"]["Default"] == auth_name
    assert engine["AuthStackName"]["Default"] == auth_name
    assert engine["PlatformStackName"]["Default"] == f"{assembly.prefix}-options-platform-stack"


def test_a_created_stack_1_exports_what_an_imported_one_must(complete: Assembly) -> None:
    assert exports(complete.templates["auth-broker"]) == EXPORTS_OF_STACK_1


def test_what_is_imported_is_exported(complete: Assembly) -> None:
    auth, platform, engine = (
        complete.templates[name] for name in ("auth-broker", "options-platform", "execution-engine")
    )
    assert imports(platform, "AuthStackName") <= exports(auth)
    assert imports(engine, "AuthStackName") <= exports(auth)
    assert imports(engine, "PlatformStackName") <= exports(platform)
    assert imports(engine, "PlatformStackName")


def test_a_table_of_a_later_stack_is_expected_by_the_name_it_gets(complete: Assembly) -> None:
    """The platform asks what a strategy holds before it ends: no export exists yet to import."""
    engine = {
        table["Properties"]["TableName"]
        for table in complete.templates["execution-engine"].body["Resources"].values()
        if table["Type"] == "AWS::DynamoDB::Table"
    }
    platform = json.dumps(complete.templates["options-platform"].body)
    for short in ("position-tracker", "strategy-executions", "order-history"):
        name = f"{complete.prefix}-{short}"
        assert name in engine
        assert f'"{name}"' in platform, "a variable tells its name"
        assert f":table/{name}/index/" in platform or short == "strategy-executions"


def test_each_stack_waits_for_those_it_imports_from(production: Assembly) -> None:
    manifest = json.loads((production.folder / "manifest.json").read_text())
    stacks: dict[str, Any] = {
        name: artifact.get("dependencies", [])
        for name, artifact in manifest["artifacts"].items()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    prefix = production.prefix
    assert f"{prefix}-options-platform-stack" in stacks[f"{prefix}-execution-engine-stack"]
    assert f"{prefix}-auth-broker-stack" in stacks[f"{prefix}-options-platform-stack"]


def test_the_context_chooses_the_environment_and_the_way_of_stack_1() -> None:
    from aws_cdk import App  # noqa: PLC0415 - starts Node, which the other tests do not need

    from cdk_stack.application import settings_from_context  # noqa: PLC0415 - the same

    assert settings_from_context(App()).environment == "dev"
    chosen = settings_from_context(
        App(context={"environment": "production", "auth_broker": "create"})
    )
    assert (chosen.environment, chosen.chosen.auth_broker.mode) == ("production", "create")


def test_no_secret_is_in_an_output_or_a_parameter(assembly: Assembly) -> None:
    for template in assembly.templates.values():
        said = {*template.body.get("Outputs", {}), *template.body.get("Parameters", {})}
        assert not [name for name in said if re.search(r"(?i)secret|password|token(?!key)", name)]
