"""Logging in at Kite: the page the trader is sent to, and the token he comes back for.

Kite closes every session about 06:00 in India the next morning, or when he logs in elsewhere.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from urllib.parse import urlencode

from shared_utils.brokers.ports import BrokerEndpoint, Clock, SessionRefused
from shared_utils.brokers.wire import Refused, Send, WireError
from shared_utils.brokers.zerodha.fields import Unreadable, row_of, text
from shared_utils.brokers.zerodha.transport import API_VERSION, KiteTransport
from shared_utils.domain.errors import BrokerUnavailable
from shared_utils.indian_market_utils.sessions import at_ist, ist_date

SESSIONS_CLOSE_AT = time(6, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class KiteLogin:
    """`client_id` is Kite's user id: compare it with the account that asked before trusting."""

    client_id: str
    access_token: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"KiteLogin({self.client_id}, until {self.expires_at.isoformat()})"


def login_url(endpoint: BrokerEndpoint, api_key: str, state: str) -> str:
    """Where the trader's browser goes; `state` comes back to the callback as a parameter."""
    redirected = urlencode({"state": state})
    query = {"v": API_VERSION, "api_key": api_key, "redirect_params": redirected}
    return f"{endpoint.login}?{urlencode(query)}"


def exchange_request_token(
    send: Send,
    clock: Clock,
    endpoint: BrokerEndpoint,
    *,
    api_key: str,
    api_secret: str,
    request_token: str,
) -> KiteLogin:
    """The session for a request token, which is good once and for minutes.

    Raises SessionRefused when Kite says no, BrokerUnavailable when it does not answer.
    """
    checksum = hashlib.sha256(f"{api_key}{request_token}{api_secret}".encode()).hexdigest()
    form = (("api_key", api_key), ("request_token", request_token), ("checksum", checksum))
    kite = KiteTransport(send, endpoint.api, None, clock.sleep)
    try:
        session = row_of(kite.write("POST", "/session/token", form))
        return KiteLogin(
            client_id=text(session, "user_id"),
            access_token=text(session, "access_token"),
            expires_at=session_end(clock.now()),
        )
    except Refused as refused:
        raise SessionRefused(f"The broker refused the login: {refused.message}") from refused
    except (WireError, Unreadable) as error:
        raise BrokerUnavailable("The broker did not complete the login.") from error


def session_end(at: datetime) -> datetime:
    """The next 06:00 in India after `at`, as aware UTC."""
    today = at_ist(ist_date(at), SESSIONS_CLOSE_AT)
    return today if at < today else today + timedelta(days=1)
