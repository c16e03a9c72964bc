"""REST routes of brokers' logins."""

from lambda_functions.broker_oauth.schemas import (
    CallbackQuery,
    ConnectedResponse,
    LoginQuery,
    LoginResponse,
)
from lambda_functions.broker_oauth.service import BrokerLogins
from shared_utils.api.operations import Operations
from shared_utils.api.requests import RequestContext
from shared_utils.domain.errors import Conflict, Forbidden, NotFound, RuleBroken

TAG = "Broker logins"
CONNECTED = "Connected. You can close this window."


def register(operations: Operations, logins: BrokerLogins, callback_url: str) -> None:
    @operations.operation(
        "GET",
        "/brokers/oauth/{broker}/login",
        operation_id="startBrokerLogin",
        tag=TAG,
        query=LoginQuery,
        response=LoginResponse,
        errors=(NotFound, RuleBroken, Conflict),
    )
    def start_login(context: RequestContext, query: LoginQuery) -> LoginResponse:
        """Where to log in at the broker; good once and for ten minutes."""
        user_id, broker = context.principal.user_id, context.path["broker"]
        login = logins.start(user_id, query.client_id, broker)
        return LoginResponse(
            login_url=login.login_url, expires_at=login.expires_at, callback_url=callback_url
        )

    @operations.operation(
        "GET",
        "/brokers/oauth/{broker}/callback",
        operation_id="finishBrokerLogin",
        tag=TAG,
        query=CallbackQuery,
        response=ConnectedResponse,
        public=True,
        shows_page=True,
        errors=(NotFound, Forbidden, Conflict),
    )
    def finish_login(context: RequestContext, query: CallbackQuery) -> ConnectedResponse:
        """The broker's redirect after a login; a browser gets a page."""
        went_well = query.status in {None, "success"}
        token = query.request_token if went_well else None
        account = logins.finish(context.path["broker"], query.state, token)
        return ConnectedResponse(
            client_id=account.client_id,
            broker_name=account.broker_name,
            token_expires_at=account.token_expires_at,
            message=CONNECTED,
        )
