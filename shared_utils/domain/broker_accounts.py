"""A trader's account at a broker. Secrets are ciphertext; only the money path decrypts them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class BrokerName(StrEnum):
    ZERODHA = "zerodha"
    ANGEL_ONE = "angel_one"
    FINVASIA = "finvasia"
    PAPER = "paper"


class AccountStatus(StrEnum):
    """CONNECTED means: a session that has not expired. The words are those of the screen."""

    CONNECTED = "CONNECTED"
    DISCONNECTED = "DISCONNECTED"
    MAINTENANCE = "MAINTENANCE"


class EgressMode(StrEnum):
    """How order calls leave (decisions 6): directly, or through the account's registered proxy."""

    DIRECT = "DIRECT"
    PROXY = "PROXY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Egress:
    mode: EgressMode = EgressMode.DIRECT
    proxy_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLimits:
    """Caps over all strategies on the account; None is not set."""

    max_lots_per_order: int | None = None
    max_orders_per_day: int | None = None
    max_daily_loss: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAccount:
    """`api_secret_sealed` and `access_token_sealed` are KMS ciphertext (base64), sealed to
    (user_id, client_id) as encryption context, so that one account's token opens for no other.
    `broker_user_id` is who logged in at the broker the first time: later logins must be the same.
    `login_state_hash` is that of the one login that is under way, good until its expiry.
    """

    user_id: str
    client_id: str
    broker_name: BrokerName
    display_name: str
    status: AccountStatus
    enabled: bool = True
    entries_enabled: bool = True
    capital: Decimal = Decimal(0)
    limits: AccountLimits
    egress: Egress
    api_key: str | None = None
    api_secret_sealed: str | None = None
    access_token_sealed: str | None = None
    token_expires_at: datetime | None = None
    connected_at: datetime | None = None
    broker_user_id: str | None = None
    login_state_hash: str | None = None
    login_state_expires_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    version: int = 1

    def has_session(self, now: datetime) -> bool:
        if self.broker_name is BrokerName.PAPER:
            return True
        return (
            self.access_token_sealed is not None
            and self.token_expires_at is not None
            and now < self.token_expires_at
        )
