"""The live feed's WebSocket API: connections are let in by a one-time ticket."""

from aws_cdk import Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk_stack.acknowledgements import SOCKET_IS_LET_IN, acknowledge
from cdk_stack.constructs.log_group import log_group
from cdk_stack.constructs.rest_api import api_id
from cdk_stack.settings import Settings

STAGE = "live"
_ACCESS_LOG = (
    '{"requestId":"$context.requestId","connectionId":"$context.connectionId",'
    '"eventType":"$context.eventType","routeKey":"$context.routeKey","status":"$context.status",'
    '"requestTime":"$context.requestTime","ip":"$context.identity.sourceIp"}'
)


class PlatformWebSocketApi(Construct):
    """`wss://…/live`, routes $connect (ticket), $disconnect, $default and subscribe."""

    def __init__(
        self, scope: Construct, construct_id: str, *, identifier: str, settings: Settings
    ) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self.name = f"{settings.prefix}-{identifier}"
        self.access_log = log_group(
            self, "AccessLog", name=f"/aws/apigateway/{self.name}", settings=settings
        )
        self.api = apigateway.WebSocketApi(
            self,
            "Api",
            api_name=self.name,
            route_selection_expression="$request.body.action",
        )
        resource = self.api.node.default_child
        assert isinstance(resource, apigateway.CfnApi)  # noqa: S101 - narrows jsii's type
        if settings.chosen.public_endpoint:
            resource.add_property_override("Tags.ms-custom-id", api_id(settings, identifier))

    @property
    def management_url(self) -> str:
        """Where messages for connections are posted."""
        endpoint = self._settings.chosen.public_endpoint
        if endpoint:
            return f"{endpoint}/_aws/execute-api/{self.api.api_id}/{STAGE}"
        stack = Stack.of(self)
        return f"https://{self.api.api_id}.execute-api.{stack.region}.{stack.url_suffix}/{STAGE}"

    @property
    def socket_url(self) -> str:
        return self.management_url.replace("http", "ws", 1)

    @property
    def connections_arn(self) -> str:
        """Every connection of this stage: they have no names before they exist."""
        stack = Stack.of(self)
        return stack.format_arn(
            service="execute-api",
            resource=self.api.api_id,
            resource_name=f"{STAGE}/*/@connections/*",
        )

    def serve(self, *, authorizer: lambda_.IFunction, socket: lambda_.IFunction) -> None:
        """Adds the routes and the stage."""
        ticket = authorizers.WebSocketLambdaAuthorizer(
            "Ticket", authorizer, identity_source=["route.request.querystring.ticket"]
        )
        for name, route in (
            ("OnConnect", "$connect"),
            ("OnDisconnect", "$disconnect"),
            ("OnDefault", "$default"),
            ("OnSubscribe", "subscribe"),
        ):
            added = self.api.add_route(
                route,
                integration=integrations.WebSocketLambdaIntegration(name, socket),
                authorizer=ticket if route == "$connect" else None,
            )
            if route != "$connect":
                acknowledge(added, SOCKET_IS_LET_IN)
        stage = apigateway.WebSocketStage(
            self,
            "Stage",
            web_socket_api=self.api,
            stage_name=STAGE,
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(
                rate_limit=self._settings.chosen.api.throttle_rate_per_s,
                burst_limit=self._settings.chosen.api.throttle_burst,
            ),
            detailed_metrics_enabled=True,
        )
        resource = stage.node.default_child
        assert isinstance(resource, apigateway.CfnStage)  # noqa: S101 - narrows jsii's type
        resource.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=self.access_log.log_group_arn, format=_ACCESS_LOG
        )
