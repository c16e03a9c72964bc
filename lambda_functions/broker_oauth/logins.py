"""The brokers that have a login page: one line each. Paper needs none."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from shared_utils.brokers.ports import BrokerEndpoint, Clock
from shared_utils.brokers.wire import Send
from shared_utils.brokers.zerodha import sessions as zerodha
from shared_utils.domain.broker_accounts import BrokerName


class LoginUrl(Protocol):
    def __call__(self, endpoint: BrokerEndpoint, api_key: str, state: str) -> str: ...


class Exchange(Protocol):
    def __call__(
        self,
        send: Send,
        clock: Clock,
        endpoint: BrokerEndpoint,
        *,
        api_key: str,
        api_secret: str,
        request_token: str,
    ) -> zerodha.KiteLogin:
        """Raises SessionRefused when the broker says no, BrokerUnavailable without an answer."""
        ...


@dataclass(frozen=True, slots=True)
class BrokerLogin:
    url: LoginUrl
    exchange: Exchange


LOGINS: Mapping[BrokerName, BrokerLogin] = MappingProxyType(
    {
        BrokerName.ZERODHA: BrokerLogin(zerodha.login_url, zerodha.exchange_request_token),
    }
)
