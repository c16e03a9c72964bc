"""Brokers' logins on the wire."""

from typing import Annotated

from pydantic import ConfigDict, StringConstraints

from lambda_functions.broker_oauth.login_states import LONGEST
from shared_utils.api.wire_types import ClientId, Instant, RequestModel, ResponseModel
from shared_utils.domain.broker_accounts import BrokerName

Parameter = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST, pattern=r"^[!-~]+$")]


class LoginQuery(RequestModel):
    client_id: ClientId


class LoginResponse(ResponseModel):
    """Open `login_url` in the browser before `expires_at`. `callback_url` is the redirect address
    to register for the app at the broker.
    """

    login_url: str
    expires_at: Instant
    callback_url: str


class CallbackQuery(RequestModel):
    """What the broker's redirect brings. It may bring more, which does not matter."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    state: Parameter
    request_token: Parameter | None = None
    status: Annotated[str, StringConstraints(max_length=50)] | None = None


class ConnectedResponse(ResponseModel):
    client_id: str
    broker_name: BrokerName
    token_expires_at: Instant | None
    message: str
