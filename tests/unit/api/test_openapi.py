"""The API's document: valid, complete, made from the code, and no older than it."""

import json
import re
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from cdk_stack.routes_of_auth_broker import ROUTES as AUTH_ROUTES
from cdk_stack.routes_of_execution_engine import ROUTES as EXECUTION_ROUTES
from cdk_stack.routes_of_options_platform import ROUTES as OPTIONS_ROUTES
from local.openapi import TARGET, openapi, operations_of, packages_with_routes, text_of
from shared_utils.api import live_messages
from shared_utils.api.bodies import json_of, parse
from shared_utils.api.live_messages import LIVE_MESSAGES
from shared_utils.api.openapi import document
from shared_utils.api.openapi_examples import example_of
from shared_utils.api.openapi_words import OF_FIELD
from shared_utils.api.operations import Operation, Operations
from shared_utils.messaging import live_feed

DOCUMENT = openapi()
PACKAGES = packages_with_routes()
# Without a token, and refused with 401 where the password or the session is not good.
BRING_TOKENS = {"signIn", "refreshTokens"}
DEPLOYED = (*AUTH_ROUTES, *OPTIONS_ROUTES, *EXECUTION_ROUTES)


def described() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
        if method != "servers"
    ]


def contents() -> list[Any]:
    found = []
    for path, method, operation in described():
        parts = {"request": operation.get("requestBody", {}), **operation["responses"]}
        for part, each in parts.items():
            found += [
                pytest.param(content, id=f"{method} {path} {part} {kind}")
                for kind, content in each.get("content", {}).items()
            ]
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
        checks_who = operation.get("security") != [] or operation["operationId"] in BRING_TOKENS
        assert ("401" in operation["responses"]) is checks_who, (method, path)
        if "{" in path:
            assert "404" in operation["responses"], (method, path)


@pytest.mark.parametrize("content", contents())
def test_every_example_fits_its_schema(content: dict[str, Any]):
    schema = {**content["schema"], "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(schema).validate(content["example"])


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(each, id=each.operation_id)
        for package in PACKAGES
        for each in operations_of(package)
        if each.request is not None
    ],
)
def test_the_code_that_serves_accepts_the_example_of_a_body(operation: Operation):
    example = DOCUMENT["paths"][operation.path][operation.method.lower()]["requestBody"]["content"][
        "application/json"
    ]["example"]
    parse(operation.request, json_of({"body": json.dumps(example)}))


def test_what_has_a_body_shows_one_and_a_204_has_none():
    for path, method, operation in described():
        for status, answer in operation["responses"].items():
            contents = answer.get("content", {}).values()
            assert bool(contents) is (status != "204"), (method, path, status)
            assert all("example" in each for each in contents), (method, path, status)
        asked = operation.get("requestBody", {}).get("content", {}).values()
        assert all("example" in each for each in asked), (method, path)
        assert method in {"post", "put"} or not asked, (method, path)


def test_every_error_is_in_the_one_shape_with_an_example_of_it():
    for path, method, operation in described():
        for status, answer in operation["responses"].items():
            if status < "400":
                continue
            content = answer["content"]["application/json"]
            assert content["schema"] == {"$ref": "#/components/schemas/Error"}, (method, path)
            error = content["example"]["error"]
            assert re.fullmatch(r"[A-Z_]+", error["code"]), (method, path, status)
            assert bool(error["details"]) is (status in {"400", "422"}), (method, path, status)


def test_every_parameter_says_what_it_means():
    for path, method, operation in described():
        in_path = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
        assert in_path == set(re.findall(r"{(\w+)}", path))
        for parameter in operation["parameters"]:
            assert parameter["description"].endswith("."), (method, path, parameter["name"])
            assert "null" not in json.dumps(parameter["schema"]), (method, path, parameter["name"])


def test_every_tag_says_what_it_is_about():
    assert [each["name"] for each in DOCUMENT["tags"] if not each.get("description")] == []


def test_no_field_is_left_without_a_word():
    with pytest.raises(ValueError, match=r"Order\.mood has no example: give it a word"):
        example_of(
            {"$ref": "#/components/schemas/Order"},
            {"Order": {"type": "object", "properties": {"mood": {"type": "string"}}}},
        )


def test_every_word_is_said_somewhere():
    schemas = DOCUMENT["components"]["schemas"]
    fields = {
        f"{model}.{name}" for model in schemas for name in schemas[model].get("properties", ())
    }
    assert set(OF_FIELD) <= fields


def test_each_path_names_its_api_here_and_in_the_cloud():
    for path, methods in DOCUMENT["paths"].items():
        local, cloud = methods["servers"]
        api = {"brokers": "auth"}.get(path.split("/")[1], path.split("/")[1])
        assert f"/_aws/execute-api/ql-algo-trading-local-{api}/v1" in local["url"]
        assert {"api_id", "region"} == set(cloud["variables"])


def test_the_sockets_messages_are_components_with_examples():
    for message in LIVE_MESSAGES:
        schema = DOCUMENT["components"]["schemas"][message.__name__]
        whole = {**schema, "components": DOCUMENT["components"]}
        for example in schema["examples"]:
            jsonschema.Draft202012Validator(whole).validate(example)
        assert message.__name__ in DOCUMENT["info"]["description"]


def test_the_channels_of_the_document_are_those_that_are_served():
    assert set(live_messages.CHANNELS) == live_feed.CHANNELS


def test_a_parameter_that_nobody_explained_is_refused():
    operations = Operations()
    operations.operation("GET", "/x/{mood}", operation_id="x", tag="X")(lambda _: None)
    with pytest.raises(ValueError, match="nothing says what `mood` means"):
        document(operations.declared, title="t", version="1")


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
