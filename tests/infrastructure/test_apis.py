"""REST routes, their authorizer and limits; the socket's routes and ticket."""

import json
from typing import Any

import pytest

from cdk_stack import routes_of_auth_broker, routes_of_execution_engine, routes_of_options_platform
from cdk_stack.routes import Route
from tests.infrastructure.assemblies import Assembly, Template

ROUTES: dict[str, tuple[Route, ...]] = {
    "auth-broker": routes_of_auth_broker.ROUTES,
    "options-platform": routes_of_options_platform.ROUTES,
    "execution-engine": routes_of_execution_engine.ROUTES,
}
PUBLIC = {
    ("POST", "/auth/sign-up"),
    ("POST", "/auth/confirm"),
    ("POST", "/auth/resend-code"),
    ("POST", "/auth/sign-in"),
    ("POST", "/auth/refresh"),
    ("GET", "/brokers/oauth/{broker}/callback"),
}


def path_of(template: Template, reference: Any) -> str:
    if "Fn::GetAtt" in reference:
        return ""
    resource = template.resource(reference)["Properties"]
    return f"{path_of(template, resource['ParentId'])}/{resource['PathPart']}"


def methods(template: Template) -> dict[tuple[str, str], Any]:
    return {
        (method["HttpMethod"], path_of(template, method["ResourceId"])): method
        for method in template.properties("AWS::ApiGateway::Method")
    }


@pytest.mark.parametrize("stack", sorted(ROUTES))
def test_the_routes_are_those_declared(complete: Assembly, stack: str) -> None:
    served = {route for route in methods(complete.templates[stack]) if route[0] != "OPTIONS"}
    assert served == {(route.method, route.path) for route in ROUTES[stack]}


@pytest.mark.parametrize("stack", sorted(ROUTES))
def test_a_route_is_served_by_its_function(complete: Assembly, stack: str) -> None:
    template = complete.templates[stack]
    found = methods(template)
    for route in ROUTES[stack]:
        uri = found[route.method, route.path]["Integration"]["Uri"]["Fn::Join"][1]
        reference = next(part for part in uri if isinstance(part, dict) and "Fn::GetAtt" in part)
        function = template.resource(reference)["Properties"]["FunctionName"]
        assert function == f"{complete.prefix}-{route.function.name}"


def test_every_route_but_signing_in_asks_for_a_token(complete: Assembly) -> None:
    public = set()
    for template in complete.templates.values():
        for route, method in methods(template).items():
            if route[0] == "OPTIONS":
                continue
            if method["AuthorizationType"] == "NONE":
                public.add(route)
                continue
            assert method["AuthorizationType"] == "COGNITO_USER_POOLS"
            authorizer = template.resource(method["AuthorizerId"])["Properties"]
            assert authorizer["Type"] == "COGNITO_USER_POOLS"
            assert authorizer["IdentitySource"] == "method.request.header.Authorization"
    assert public == PUBLIC


def test_every_path_answers_a_preflight_for_the_web_app_alone(assembly: Assembly) -> None:
    origins = {"local": "http://127.0.0.1:4700", "dev": "http://localhost:3000"}
    expected = origins.get(assembly.environment)
    for template in assembly.templates.values():
        found = methods(template)
        for _, path in found:
            preflight = found["OPTIONS", path]
            answer = json.dumps(preflight["Integration"]["IntegrationResponses"])
            assert "'*'" not in answer
            if expected:
                assert f"'{expected}'" in answer, path


def test_every_stage_is_throttled_logged_traced_and_counted(assembly: Assembly) -> None:
    stages = assembly.properties("AWS::ApiGateway::Stage")
    assert len(stages) == len([each for each in assembly.templates if each in ROUTES])
    for stage in stages:
        (settings,) = stage["MethodSettings"]
        assert settings["ThrottlingRateLimit"] > 0
        assert settings["ThrottlingBurstLimit"] >= settings["ThrottlingRateLimit"]
        assert (settings["HttpMethod"], settings["ResourcePath"]) == ("*", "/*")
        assert settings["LoggingLevel"] == "ERROR"
        assert settings["DataTraceEnabled"] is False
        assert stage["TracingEnabled"] is True
        assert "requestId" in stage["AccessLogSetting"]["Format"]
        assert "uthorization" not in stage["AccessLogSetting"]["Format"]


def test_the_gateways_refusals_have_the_one_error_shape(assembly: Assembly) -> None:
    for template in assembly.templates.values():
        kinds = set()
        for answer in template.properties("AWS::ApiGateway::GatewayResponse"):
            kinds.add(answer["ResponseType"])
            error = json.loads(answer["ResponseTemplates"]["application/json"])["error"]
            assert set(error) == {"code", "message", "details", "request_id"}
            headers = {key.rsplit(".", 1)[-1] for key in answer["ResponseParameters"]}
            assert {"Access-Control-Allow-Origin", "Strict-Transport-Security"} <= headers
        if kinds:
            assert kinds >= {"UNAUTHORIZED", "ACCESS_DENIED", "DEFAULT_4XX", "DEFAULT_5XX"}


def test_a_function_gives_the_gateway_one_permission(complete: Assembly) -> None:
    for stack, template in complete.templates.items():
        if stack not in ROUTES:
            continue
        givers = [
            json.dumps(permission["FunctionName"])
            for permission in template.properties("AWS::Lambda::Permission")
            if "Live" not in json.dumps(permission["SourceArn"])
        ]
        assert len(givers) == len(set(givers)) == len({r.function.name for r in ROUTES[stack]})


@pytest.mark.parametrize(("variant", "guarded"), [("dev", 0), ("staging", 2), ("production", 3)])
def test_the_stages_with_customers_are_guarded(
    assemblies: dict[str, Assembly], variant: str, guarded: int
) -> None:
    assembly = assemblies[variant]
    assert len(assembly.properties("AWS::WAFv2::WebACLAssociation")) == guarded
    for guard in assembly.properties("AWS::WAFv2::WebACL"):
        names = [rule["Name"] for rule in guard["Rules"]]
        assert names[:2] == ["TooManyRequestsFromOneAddress", "BodyTooLarge"]
        for body in guard["CustomResponseBodies"].values():
            assert "error" in json.loads(body["Content"])


def test_the_local_apis_have_pinned_ids(local: Assembly) -> None:
    pinned = {
        tag["Value"]
        for api in local.properties("AWS::ApiGateway::RestApi")
        for tag in api["Tags"]
        if tag["Key"] == "ms-custom-id"
    }
    (socket,) = local.properties("AWS::ApiGatewayV2::Api")
    assert pinned == {f"{local.prefix}-{name}" for name in ("auth", "options", "execution")}
    assert socket["Tags"]["ms-custom-id"] == f"{local.prefix}-live"


def test_no_api_of_the_cloud_has_a_pinned_id(production: Assembly) -> None:
    for template in production.templates.values():
        assert "ms-custom-id" not in json.dumps(template.body)


def test_a_socket_is_let_in_by_its_ticket(complete: Assembly) -> None:
    template = complete.templates["execution-engine"]
    routes = {route["RouteKey"]: route for route in template.properties("AWS::ApiGatewayV2::Route")}
    assert set(routes) == {"$connect", "$disconnect", "$default", "subscribe"}
    assert routes["$connect"]["AuthorizationType"] == "CUSTOM"
    (authorizer,) = template.properties("AWS::ApiGatewayV2::Authorizer")
    assert authorizer["IdentitySource"] == ["route.request.querystring.ticket"]
    (stage,) = template.properties("AWS::ApiGatewayV2::Stage")
    assert stage["StageName"] == "live"
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0
    assert "querystring" not in stage["AccessLogSettings"]["Format"]
