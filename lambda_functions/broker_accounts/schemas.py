"""Broker accounts on the wire. Secrets only ever come in."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints

from lambda_functions.broker_accounts.account_edits import (
    AccountChanges,
    AccountSpec,
    Credentials,
    status_of,
)
from shared_utils.api.conversions import to_domain
from shared_utils.api.paging import PageResponse
from shared_utils.api.wire_types import (
    Amount,
    ClientId,
    Instant,
    Name,
    RequestModel,
    ResponseModel,
    Rupees,
    SeenVersion,
    WholeNumber,
)
from shared_utils.clock import Clock
from shared_utils.domain.broker_accounts import (
    AccountLimits,
    AccountStatus,
    BrokerAccount,
    BrokerName,
    Egress,
    EgressMode,
)

Secret = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[!-~]+$")]
Count = Annotated[WholeNumber, Field(ge=1, le=100_000)]

CREATE_EXAMPLE = {
    "client_id": "ZERODHA_CLIENT1",
    "broker_name": "zerodha",
    "display_name": "Zerodha, main",
    "capital": 1000000,
    "limits": {"max_orders_per_day": 400, "max_daily_loss": 25000},
    "egress": {"mode": "PROXY", "proxy_url": "https://proxy.example.com:3128"},
    "api_key": "the-apps-key",
    "api_secret": "the-apps-secret",
}
UPDATE_EXAMPLE = {"display_name": "Zerodha, family", "limits": {"max_daily_loss": 15000}}


class Limits(RequestModel):
    """Caps over all strategies on the account; null is no cap."""

    max_lots_per_order: Count | None = None
    max_orders_per_day: Count | None = None
    max_daily_loss: Annotated[Rupees, Field(gt=0)] | None = None

    def to_limits(self) -> AccountLimits:
        return to_domain(self, AccountLimits)


class EgressConfig(RequestModel):
    """How order messages leave: directly, or through the proxy whose address the broker knows."""

    mode: EgressMode = EgressMode.DIRECT
    proxy_url: Annotated[str, StringConstraints(min_length=1, max_length=300)] | None = None

    def to_egress(self) -> Egress:
        return to_domain(self, Egress)


class CreateAccountRequest(RequestModel):
    """`client_id` is the user's id at the broker. `api_secret` is write-only."""

    client_id: ClientId
    broker_name: BrokerName
    display_name: Name
    capital: Rupees = Field(default=0, validate_default=True)
    limits: Limits = Limits()
    egress: EgressConfig = EgressConfig()
    api_key: Secret | None = None
    api_secret: Secret | None = None

    def to_spec(self) -> AccountSpec:
        return AccountSpec(
            client_id=self.client_id,
            broker_name=self.broker_name,
            display_name=self.display_name,
            capital=self.capital,
            limits=self.limits.to_limits(),
            egress=self.egress.to_egress(),
            credentials=Credentials(api_key=self.api_key, api_secret=self.api_secret),
        )


class UpdateAccountRequest(RequestModel):
    """What is left out stays as it is. New credentials need both parts and end the session."""

    display_name: Name | None = None
    capital: Rupees | None = None
    limits: Limits | None = None
    egress: EgressConfig | None = None
    api_key: Secret | None = None
    api_secret: Secret | None = None
    version: SeenVersion | None = None

    def to_changes(self) -> AccountChanges:
        return AccountChanges(
            display_name=self.display_name,
            capital=self.capital,
            limits=self.limits.to_limits() if self.limits else None,
            egress=self.egress.to_egress() if self.egress else None,
            credentials=Credentials(api_key=self.api_key, api_secret=self.api_secret),
            version=self.version,
        )


class ShownLimits(ResponseModel):
    max_lots_per_order: int | None
    max_orders_per_day: int | None
    max_daily_loss: Amount | None


class ShownEgress(ResponseModel):
    """`proxy` is its host and port."""

    mode: EgressMode
    proxy: str | None


class AccountResponse(ResponseModel):
    """`status` CONNECTED: logged in at the broker, until `token_expires_at`."""

    client_id: str
    broker_name: BrokerName
    display_name: str
    status: AccountStatus
    enabled: bool
    entries_enabled: bool
    capital: Amount
    limits: ShownLimits
    egress: ShownEgress
    has_credentials: bool
    broker_user_id: str | None
    token_expires_at: Instant | None
    connected_at: Instant | None
    created_at: Instant
    updated_at: Instant
    version: int


class AccountPage(PageResponse[AccountResponse]):
    """All my accounts: they are few, so there is only one page."""


def shown(account: BrokerAccount, clock: Clock) -> AccountResponse:
    return AccountResponse(
        client_id=account.client_id,
        broker_name=account.broker_name,
        display_name=account.display_name,
        status=status_of(account, clock.now()),
        enabled=account.enabled,
        entries_enabled=account.entries_enabled,
        capital=account.capital,
        limits=ShownLimits.model_validate(account.limits),
        egress=ShownEgress(mode=account.egress.mode, proxy=_host_of(account.egress)),
        has_credentials=account.api_key is not None and account.api_secret_sealed is not None,
        broker_user_id=account.broker_user_id,
        token_expires_at=account.token_expires_at,
        connected_at=account.connected_at,
        created_at=account.created_at,
        updated_at=account.updated_at,
        version=account.version,
    )


def _host_of(egress: Egress) -> str | None:
    """Without a user or password, should an older row hold one."""
    if egress.proxy_url is None:
        return None
    return urlsplit(egress.proxy_url).netloc.rpartition("@")[2]
