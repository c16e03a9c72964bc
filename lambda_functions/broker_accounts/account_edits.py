"""A new account, and an account with some of its terms changed. Pure; secrets come in sealed."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from shared_utils.domain.broker_accounts import (
    AccountLimits,
    AccountStatus,
    BrokerAccount,
    BrokerName,
    Egress,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The app's key and secret at the broker; both or neither. The repr shows none."""

    api_key: str | None = field(default=None, repr=False)
    api_secret: str | None = field(default=None, repr=False)

    @property
    def any(self) -> bool:
        return self.api_key is not None or self.api_secret is not None

    @property
    def both(self) -> bool:
        return self.api_key is not None and self.api_secret is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSpec:
    client_id: str
    broker_name: BrokerName
    display_name: str
    capital: Decimal
    limits: AccountLimits
    egress: Egress
    credentials: Credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanges:
    """None leaves a field as it is. `version`, when given, is the one the caller has seen."""

    display_name: str | None = None
    capital: Decimal | None = None
    limits: AccountLimits | None = None
    egress: Egress | None = None
    credentials: Credentials
    version: int | None = None


def new_account(
    spec: AccountSpec, user_id: str, api_secret_sealed: str | None, at: datetime
) -> BrokerAccount:
    """Not connected: logging in at the broker is a step of its own. Paper has no login."""
    is_paper = spec.broker_name is BrokerName.PAPER
    return BrokerAccount(
        user_id=user_id,
        client_id=spec.client_id,
        broker_name=spec.broker_name,
        display_name=spec.display_name,
        status=AccountStatus.CONNECTED if is_paper else AccountStatus.DISCONNECTED,
        capital=spec.capital,
        limits=spec.limits,
        egress=spec.egress,
        api_key=spec.credentials.api_key,
        api_secret_sealed=api_secret_sealed,
        created_at=at,
        updated_at=at,
    )


def changed(
    account: BrokerAccount, changes: AccountChanges, api_secret_sealed: str | None, at: datetime
) -> BrokerAccount:
    """`api_secret_sealed` is the new secret's, None when the credentials stay."""
    after = replace(
        account,
        display_name=account.display_name if changes.display_name is None else changes.display_name,
        capital=account.capital if changes.capital is None else changes.capital,
        limits=account.limits if changes.limits is None else changes.limits,
        egress=account.egress if changes.egress is None else changes.egress,
        updated_at=at,
        version=account.version + 1,
    )
    if api_secret_sealed is None:
        return after
    # A session belongs to the app that opened it: other credentials, another login.
    return replace(
        after,
        api_key=changes.credentials.api_key,
        api_secret_sealed=api_secret_sealed,
        status=AccountStatus.DISCONNECTED,
        access_token_sealed=None,
        token_expires_at=None,
        login_state_hash=None,
        login_state_expires_at=None,
    )


def status_of(account: BrokerAccount, now: datetime) -> AccountStatus:
    """Of this moment: a session ends by itself, and nobody is there to write it down."""
    if account.status is AccountStatus.MAINTENANCE:
        return account.status
    connected = account.has_session(now)
    return AccountStatus.CONNECTED if connected else AccountStatus.DISCONNECTED
