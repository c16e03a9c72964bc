"""The API's document: valid, complete, made from the code, and no older than it."""

import re
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from cdk_stack.routes_of_auth_broker import ROUTES as AUTH_ROUTES
from cdk_stack.routes_of_execution_engine import ROUTES as EXECUTION_ROUTES
from cdk_stack.routes_of_options_platform import ROUTES as OPTIONS_ROUTES
from local.openapi import TARGET, openapi, operations_of, packages_with_routes, text_of
from shared_utils.api.openapi import document
from shared_utils.api.operations import Operations

DOCUMENT = openapi()
PACKAGES = packages_with_routes()
DEPLOYED = (*AUTH_ROUTES, *OPTIONS_ROUTES, *EXECUTION_ROUTES)


def described() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    ]


def contents() -> list[Any]:
    found = []
    for path, method, operation in described():
        parts = {"request": operation.get("requestBody", {}), **operation["responses"]}
        for part, each in parts.items():
            if "content" in each:
                content = each["content"]["application/json"]
                found.append(pytest.param(content, id=f"{method} {path} {part}"))
    return found


def test_the_document_is_valid_openapi():
    validate(DOCUMENT)


def test_the_committed_document_has_not_drifted_from_the_code():
    assert TARGET.read_text(encoding="utf-8") == text_of(DOCUMENT), "run `make openapi`"


@pytest.mark.parametrize("package", PACKAGES)
def test_what_a_package_declares_is_what_is_deployed_for_it(package: str):
    name = package.removeprefix("lambda_functions.").replace(".", "/")
    deployed = {
        (route.method, route.path, route.public)
        for route in DEPLOYED
        if route.function.package == name
    }
    declared = {(each.method, each.path, each.public) for each in operations_of(package)}
    assert declared == deployed


def test_every_operation_has_an_id_a_summary_a_tag_and_its_errors():
    ids = [operation["operationId"] for _, _, operation in described()]
    assert len(set(ids)) == len(ids)
    for path, method, operation in described():
        assert re.fullmatch(r"[a-z][A-Za-z]+", operation["operationId"])
        assert operation["summary"], (method, path)
        assert operation["tags"] != [""], (method, path)
        assert {"500", "503", "429"} <= set(operation["responses"])
        assert ("401" in operation["responses"]) is (operation.get("security") != [])
        if "{" in path:
            assert "404" in operation["responses"], (method, path)


@pytest.mark.parametrize("content", contents())
def test_every_example_fits_its_schema(content: dict[str, Any]):
    schema = {**content["schema"], "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(schema).validate(content["example"])


def test_the_sockets_messages_are_components():
    assert {"OrderStatusMessage", "PositionUpdateMessage"} <= set(DOCUMENT["components"]["schemas"])


def test_money_is_a_number_everywhere():
    amounts = DOCUMENT["components"]["schemas"]["RiskConfig"]["properties"]["daily_loss_limit"]
    assert {each["type"] for each in amounts["anyOf"]} == {"number", "null"}


def test_two_packages_may_not_claim_one_route():
    first, second = Operations(), Operations()
    for operations, name in ((first, "a"), (second, "b")):
        operations.operation("GET", "/x", operation_id=name, tag="X")(lambda _: None)
    with pytest.raises(ValueError, match="declared twice"):
        document([*first.declared, *second.declared], title="t", version="1")


def test_bounds_are_in_the_standards_words():
    text = TARGET.read_text(encoding="utf-8")
    assert '"minimum": 1' in text
    assert not re.search(r'"(ge|gt|le|lt)": -?[0-9]', text)
