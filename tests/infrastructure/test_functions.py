"""Each function has its own role, its own log, and only the rights it declares."""

import json
import re
from collections import Counter
from typing import Any

from cdk_stack import (
    functions_of_auth_broker,
    functions_of_execution_engine,
    functions_of_options_platform,
)
from cdk_stack.function_specs import FunctionSpec, TokenUse, Weight
from tests.infrastructure.assemblies import Assembly, as_list, statements

SPECS: tuple[FunctionSpec, ...] = (
    *functions_of_auth_broker.FUNCTIONS,
    *functions_of_options_platform.FUNCTIONS,
    *functions_of_execution_engine.FUNCTIONS,
)
# Who may open brokers' tokens: the executor, the order manager, whoever reads quotes by an
# account or asks a margin at it, and the login that renews them. Anyone else here is a leak.
OPENS_TOKENS = {
    "broker-oauth-api",
    "market-data-fetcher-api",
    "market-data-fetcher-schedule",
    "strategy-executor-queue",
    "strategy-manager-api",
    "order-manager-queue",
    "order-manager-schedule",
    "performance-calculator-api",
}
# Where a statement's resource may end in a wildcard, and why no name could stand there.
WILDCARDS_ALLOWED = {
    "xray:PutTraceSegments": "X-Ray knows no resources",
    "xray:PutTelemetryRecords": "X-Ray knows no resources",
    "execute-api:ManageConnections": "a connection has no name before it is made",
    "dynamodb:ListStreams": "asked before the stream's name is known",
}


def by_name(assembly: Assembly) -> dict[str, Any]:
    return {
        resource["Properties"]["FunctionName"].removeprefix(f"{assembly.prefix}-"): (
            template,
            resource,
        )
        for template, _, resource in assembly.of_type("AWS::Lambda::Function")
    }


def rights(assembly: Assembly, name: str) -> list[Any]:
    template, function = by_name(assembly)[name]
    return statements(template, template.resource(function["Properties"]["Role"]))


def test_the_functions_are_those_declared(complete: Assembly) -> None:
    assert set(by_name(complete)) == {spec.name for spec in SPECS}


def test_every_function_runs_python_3_11_on_arm(complete: Assembly) -> None:
    for name, (_, function) in by_name(complete).items():
        assert function["Properties"]["Runtime"] == "python3.11", name
        assert function["Properties"]["Architectures"] == ["arm64"], name
        assert function["Properties"]["TracingConfig"] == {"Mode": "Active"}, name


def test_every_function_has_a_role_of_its_own(complete: Assembly) -> None:
    users = Counter(
        (template.name, json.dumps(function["Properties"]["Role"]))
        for template, function in by_name(complete).values()
    )
    assert set(users.values()) == {1}


def test_every_function_logs_to_a_group_that_forgets(assemblies: dict[str, Assembly]) -> None:
    for variant, days in {"local": 7, "dev": 14, "staging": 90, "production": 1827}.items():
        assembly = assemblies[variant]
        for name, (template, function) in by_name(assembly).items():
            group = template.resource(function["Properties"]["LoggingConfig"]["LogGroup"])
            assert group["Properties"]["LogGroupName"] == f"/aws/lambda/{assembly.prefix}-{name}"
            assert group["Properties"]["RetentionInDays"] == days, name


def test_no_log_is_kept_for_ever(assembly: Assembly) -> None:
    for template, logical_id, group in assembly.of_type("AWS::Logs::LogGroup"):
        assert group["Properties"]["RetentionInDays"], (template.name, logical_id)


def test_no_action_is_a_wildcard(assembly: Assembly) -> None:
    for template, logical_id, role in assembly.of_type("AWS::IAM::Role"):
        for statement in statements(template, role):
            wild = [action for action in as_list(statement["Action"]) if "*" in action]
            assert not wild, (logical_id, wild)


def test_a_resource_is_a_wildcard_only_where_it_has_no_name(assembly: Assembly) -> None:
    for template, logical_id, role in assembly.of_type("AWS::IAM::Role"):
        for statement in statements(template, role):
            if "*" in json.dumps(statement["Resource"]):
                assert set(as_list(statement["Action"])) <= set(WILDCARDS_ALLOWED), logical_id


def test_a_function_may_touch_only_its_declared_tables_and_indexes(complete: Assembly) -> None:
    for spec in SPECS:
        declared = Counter(
            (str(right), len(grant.indexes)) for grant in spec.tables for right in grant.rights
        )
        granted: Counter[tuple[str, int]] = Counter()
        for statement in rights(complete, spec.name):
            for action in as_list(statement["Action"]):
                if action.startswith("dynamodb:") and "Stream" not in action:
                    granted[action, len(as_list(statement["Resource"])) - 1] += 1
        granted.pop(("dynamodb:GetRecords", 0), None)
        granted.pop(("dynamodb:GetShardIterator", 0), None)
        assert granted == declared, spec.name


def test_the_billing_ledger_is_only_added_to_and_read(complete: Assembly) -> None:
    allowed = {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"}
    writers = set()
    for spec in SPECS:
        for grant in spec.tables:
            if grant.table.name == "billing-ledger":
                writers.add(spec.name)
                assert {str(right) for right in grant.rights} <= allowed, spec.name
    assert writers == {"subscription-manager-api", "subscription-manager-schedule"}


def test_only_the_money_path_opens_brokers_tokens(complete: Assembly) -> None:
    openers = {
        name
        for name in by_name(complete)
        for statement in rights(complete, name)
        if TokenUse.OPEN in as_list(statement["Action"])
    }
    assert openers == OPENS_TOKENS


def test_the_token_key_admits_no_other_reader(complete: Assembly) -> None:
    """The key's own policy leaves the rights to roles; no service or account is let in by it."""
    key = next(
        resource["Properties"]
        for _, logical_id, resource in complete.of_type("AWS::KMS::Key")
        if logical_id.startswith("TokenKey")
    )
    assert key["EnableKeyRotation"] is True
    (statement,) = key["KeyPolicy"]["Statement"]
    assert list(statement["Principal"]) == ["AWS"]
    assert "root" in json.dumps(statement["Principal"])


def test_a_variable_tells_no_secret(assembly: Assembly) -> None:
    secret = re.compile(r"(?i)secret|password|api_?key|access_?token|private")
    for name, (_, function) in by_name(assembly).items():
        variables = function["Properties"]["Environment"]["Variables"]
        assert not [key for key in variables if secret.search(key)], name
        assert not [value for value in variables.values() if secret.search(str(value))], name


def test_a_function_is_told_what_it_declares(complete: Assembly) -> None:
    for spec in SPECS:
        _, function = by_name(complete)[spec.name]
        variables = set(function["Properties"]["Environment"]["Variables"])
        expected = {"ENVIRONMENT", "LOG_LEVEL", *spec.settings}
        expected |= {grant.variable for grant in spec.tables}
        expected |= {f"{queue.upper()}_QUEUE_URL" for queue in spec.sends_to}
        if spec.weight is Weight.CHAIN:
            expected |= {"MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_"}
        assert variables == expected, spec.name


def test_chains_are_priced_by_functions_that_keep_their_memory(complete: Assembly) -> None:
    for spec in SPECS:
        _, function = by_name(complete)[spec.name]
        tuned = "MALLOC_TRIM_THRESHOLD_" in function["Properties"]["Environment"]["Variables"]
        assert tuned is (spec.weight is Weight.CHAIN), spec.name


def test_the_market_is_the_real_one_in_the_cloud(assemblies: dict[str, Assembly]) -> None:
    for variant in ("dev", "staging", "production"):
        for name, (_, function) in by_name(assemblies[variant]).items():
            variables = function["Properties"]["Environment"]["Variables"]
            assert variables.get("MARKET_CLOCK_URL", "") == "", name
            assert variables.get("SIMULATED_MARKET_URL", "") == "", name


def test_layers_come_with_the_cloud_and_not_with_the_local_platform(
    assemblies: dict[str, Assembly],
) -> None:
    assert not list(assemblies["local"].of_type("AWS::Lambda::LayerVersion"))
    for name, (_, function) in by_name(assemblies["production"]).items():
        assert len(function["Properties"]["Layers"]) == 1, name


def test_a_users_password_is_long_and_mixed(production: Assembly) -> None:
    (pool,) = production.properties("AWS::Cognito::UserPool")
    policy = pool["Policies"]["PasswordPolicy"]
    assert policy["MinimumLength"] >= 12
    assert all(
        policy[f"Require{kind}"] for kind in ("Lowercase", "Uppercase", "Numbers", "Symbols")
    )
    assert pool["MfaConfiguration"] == "OPTIONAL"
    assert pool["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]
    groups = production.properties("AWS::Cognito::UserPoolGroup")
    assert {group["GroupName"] for group in groups} == {"admin", "trader"}


def test_sign_in_does_not_tell_who_exists(production: Assembly) -> None:
    (client,) = production.properties("AWS::Cognito::UserPoolClient")
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert client["EnableTokenRevocation"] is True
    assert (client["IdTokenValidity"], client["TokenValidityUnits"]["IdToken"]) == (60, "minutes")
