"""A REST API with explicit routes, a Cognito authorizer, CORS, throttling, logs, error answers."""

import json
from collections.abc import Mapping, Sequence

from aws_cdk import Duration, RemovalPolicy, Stack, Tags
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from cdk_stack.acknowledgements import (
    BODIES_READ_BY_FUNCTIONS,
    GATEWAY_LOG_ROLE,
    NO_GUARD,
    PUBLIC_ROUTE,
    acknowledge,
)
from cdk_stack.constructs.log_group import log_group
from cdk_stack.routes import Route
from cdk_stack.settings import Settings

STAGE = "v1"
_ALLOWED_HEADERS = ["Authorization", "Content-Type", "Idempotency-Key"]
_LARGEST_BODY_BYTES = 64 * 1024

# What the gateway itself refuses is said in our one error shape (decisions 12).
_REFUSALS: Mapping[str, tuple[apigateway.ResponseType, str, str, str]] = {
    "Unauthenticated": (
        apigateway.ResponseType.UNAUTHORIZED,
        "401",
        "UNAUTHENTICATED",
        "Sign in first: the token is missing or not ours.",
    ),
    "ExpiredToken": (
        apigateway.ResponseType.EXPIRED_TOKEN,
        "401",
        "TOKEN_EXPIRED",
        "The token has expired: refresh it.",
    ),
    "AccessDenied": (
        apigateway.ResponseType.ACCESS_DENIED,
        "403",
        "FORBIDDEN",
        "The token does not allow this.",
    ),
    "NoSuchRoute": (
        apigateway.ResponseType.MISSING_AUTHENTICATION_TOKEN,
        "404",
        "NOT_FOUND",
        "There is no such route.",
    ),
    "TooLarge": (
        apigateway.ResponseType.REQUEST_TOO_LARGE,
        "413",
        "BODY_TOO_LARGE",
        "The body of the request is too large.",
    ),
    "Throttled": (
        apigateway.ResponseType.THROTTLED,
        "429",
        "TOO_MANY_REQUESTS",
        "Too many requests: wait a moment.",
    ),
    "OtherClientError": (
        apigateway.ResponseType.DEFAULT_4_XX,
        "",
        "INVALID_INPUT",
        "The request cannot be read.",
    ),
    "ServerError": (
        apigateway.ResponseType.DEFAULT_5_XX,
        "",
        "INTERNAL_ERROR",
        "Something went wrong on our side.",
    ),
}


class PlatformRestApi(Construct):
    """The routes of one stack at stage `v1`.

    `identifier` names the API within the environment and, where `public_endpoint` is set, is its
    id in the address.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        identifier: str,
        settings: Settings,
        user_pool: cognito.IUserPool,
        deployed_from: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self._integrations: dict[str, apigateway.LambdaIntegration] = {}
        self.name = f"{settings.prefix}-{identifier}-api"
        self.access_log = log_group(
            self, "AccessLog", name=f"/aws/apigateway/{self.name}", settings=settings
        )
        self.api = self._rest_api(deployed_from)
        # The construct's own output is the address with API Gateway's host; ours is `ApiUrl`.
        self.api.node.try_remove_child("Endpoint")
        if settings.chosen.public_endpoint:
            Tags.of(self.api).add("ms-custom-id", api_id(settings, identifier))
        self.authorizer = apigateway.CognitoUserPoolsAuthorizer(
            self, "Authorizer", cognito_user_pools=[user_pool]
        )
        self._answer_refusals()
        acknowledge(self.api, BODIES_READ_BY_FUNCTIONS, GATEWAY_LOG_ROLE)
        if settings.chosen.api.waf_enabled:
            self._guard()
        else:
            acknowledge(self.api, NO_GUARD)

    @property
    def url(self) -> str:
        """The address of the stage, made without a reference to it: a function may be told it."""
        return rest_url(self, self.api.rest_api_id, self._settings)

    def serve(self, routes: Sequence[Route], functions: Mapping[str, lambda_.IFunction]) -> None:
        """Adds the routes; `functions` are by their declarations' names."""
        for route in routes:
            self._add(route, functions[route.function.name])

    def _add(self, route: Route, function: lambda_.IFunction) -> None:
        name = route.function.name
        if name not in self._integrations:
            # One permission for the function, not one for each of its methods.
            self._integrations[name] = apigateway.LambdaIntegration(
                function, scope_permission_to_method=False, allow_test_invoke=False
            )
        resource = self.api.root.resource_for_path(route.path)
        if route.public:
            method = resource.add_method(
                route.method,
                self._integrations[name],
                authorization_type=apigateway.AuthorizationType.NONE,
            )
            acknowledge(method, PUBLIC_ROUTE)
            return
        resource.add_method(
            route.method,
            self._integrations[name],
            authorization_type=apigateway.AuthorizationType.COGNITO,
            authorizer=self.authorizer,
        )

    def _rest_api(self, description: str) -> apigateway.RestApi:
        return apigateway.RestApi(
            self,
            "Api",
            rest_api_name=self.name,
            description=description,
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            cloud_watch_role=True,
            cloud_watch_role_removal_policy=RemovalPolicy.RETAIN,
            deploy_options=self._stage(),
            default_cors_preflight_options=apigateway.CorsOptions(
                allow_origins=list(self._settings.chosen.cors_origins),
                allow_methods=["GET", "POST", "PUT", "DELETE"],
                allow_headers=_ALLOWED_HEADERS,
                max_age=Duration.hours(1),
            ),
        )

    def _stage(self) -> apigateway.StageOptions:
        limits = self._settings.chosen.api
        return apigateway.StageOptions(
            stage_name=STAGE,
            throttling_rate_limit=limits.throttle_rate_per_s,
            throttling_burst_limit=limits.throttle_burst,
            metrics_enabled=True,
            tracing_enabled=True,
            logging_level=apigateway.MethodLoggingLevel.ERROR,
            data_trace_enabled=False,
            access_log_destination=apigateway.LogGroupLogDestination(self.access_log),
            access_log_format=apigateway.AccessLogFormat.json_with_standard_fields(
                caller=False,
                http_method=True,
                ip=True,
                protocol=True,
                request_time=True,
                resource_path=True,
                response_length=True,
                status=True,
                user=False,
            ),
        )

    def _answer_refusals(self) -> None:
        # Browsers must be able to read the refusal; each environment has one web app.
        headers = {
            "Access-Control-Allow-Origin": f"'{self._settings.chosen.cors_origins[0]}'",
            "Strict-Transport-Security": "'max-age=31536000; includeSubDomains'",
            "X-Content-Type-Options": "'nosniff'",
            "Cache-Control": "'no-store'",
        }
        for name, (kind, status, code, message) in _REFUSALS.items():
            self.api.add_gateway_response(
                name,
                type=kind,
                status_code=status or None,
                response_headers=headers,
                templates={"application/json": error_template(code, message)},
            )

    def _guard(self) -> None:
        acl = waf.CfnWebACL(
            self,
            "Guard",
            name=f"{self.name}-guard",
            scope="REGIONAL",
            default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_visible(f"{self.name}-guard"),
            association_config=waf.CfnWebACL.AssociationConfigProperty(
                request_body={
                    "API_GATEWAY": waf.CfnWebACL.RequestBodyAssociatedResourceTypeConfigProperty(
                        default_size_inspection_limit="KB_64"
                    )
                }
            ),
            custom_response_bodies={
                "TooLarge": waf.CfnWebACL.CustomResponseBodyProperty(
                    content=_error("BODY_TOO_LARGE", "The body of the request is too large."),
                    content_type="APPLICATION_JSON",
                ),
                "TooMany": waf.CfnWebACL.CustomResponseBodyProperty(
                    content=_error("TOO_MANY_REQUESTS", "Too many requests: wait a moment."),
                    content_type="APPLICATION_JSON",
                ),
            },
            rules=[
                _rate_rule(self._settings.chosen.api.waf_requests_per_5_minutes),
                _size_rule(),
                _managed_rules("AWSManagedRulesKnownBadInputsRuleSet", priority=2),
                _managed_rules("AWSManagedRulesAmazonIpReputationList", priority=3),
            ],
        )
        waf.CfnWebACLAssociation(
            self,
            "Guarded",
            resource_arn=self.api.deployment_stage.stage_arn,
            web_acl_arn=acl.attr_arn,
        )


def api_id(settings: Settings, identifier: str) -> str:
    """The id that an API is given where addresses are not API Gateway's own."""
    return f"{settings.prefix}-{identifier}"


def rest_url(scope: Construct, identifier: str, settings: Settings) -> str:
    endpoint = settings.chosen.public_endpoint
    if endpoint:
        return f"{endpoint}/_aws/execute-api/{identifier}/{STAGE}"
    stack = Stack.of(scope)
    return f"https://{identifier}.execute-api.{stack.region}.{stack.url_suffix}/{STAGE}"


def error_template(code: str, message: str) -> str:
    """Our error shape as a mapping template; the gateway fills in the request's id."""
    shape = {"code": code, "message": message, "details": [], "request_id": "$context.requestId"}
    return json.dumps({"error": shape})


def _error(code: str, message: str) -> str:
    return json.dumps({"error": {"code": code, "message": message, "details": []}})


def _visible(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
    )


def _blocked(status: int, body: str) -> waf.CfnWebACL.RuleActionProperty:
    return waf.CfnWebACL.RuleActionProperty(
        block=waf.CfnWebACL.BlockActionProperty(
            custom_response=waf.CfnWebACL.CustomResponseProperty(
                response_code=status, custom_response_body_key=body
            )
        )
    )


def _rate_rule(requests_per_5_minutes: int) -> waf.CfnWebACL.RuleProperty:
    return waf.CfnWebACL.RuleProperty(
        name="TooManyRequestsFromOneAddress",
        priority=0,
        action=_blocked(429, "TooMany"),
        statement=waf.CfnWebACL.StatementProperty(
            rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
                aggregate_key_type="IP", limit=requests_per_5_minutes
            )
        ),
        visibility_config=_visible("TooManyRequestsFromOneAddress"),
    )


def _size_rule() -> waf.CfnWebACL.RuleProperty:
    """Bodies beyond what the guard can inspect count as a match, so nothing larger gets by."""
    return waf.CfnWebACL.RuleProperty(
        name="BodyTooLarge",
        priority=1,
        action=_blocked(413, "TooLarge"),
        statement=waf.CfnWebACL.StatementProperty(
            size_constraint_statement=waf.CfnWebACL.SizeConstraintStatementProperty(
                comparison_operator="GT",
                size=_LARGEST_BODY_BYTES - 1,
                field_to_match=waf.CfnWebACL.FieldToMatchProperty(
                    body=waf.CfnWebACL.BodyProperty(oversize_handling="MATCH")
                ),
                text_transformations=[
                    waf.CfnWebACL.TextTransformationProperty(priority=0, type="NONE")
                ],
            )
        ),
        visibility_config=_visible("BodyTooLarge"),
    )


def _managed_rules(name: str, *, priority: int) -> waf.CfnWebACL.RuleProperty:
    return waf.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        override_action=waf.CfnWebACL.OverrideActionProperty(none={}),
        statement=waf.CfnWebACL.StatementProperty(
            managed_rule_group_statement=waf.CfnWebACL.ManagedRuleGroupStatementProperty(
                name=name, vendor_name="AWS"
            )
        ),
        visibility_config=_visible(name),
    )
