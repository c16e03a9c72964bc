"""A login under way: a one-time word that ties the broker's redirect to the account that asked.

The word names the account and carries a secret; only its hash is stored, with an expiry. Using it
clears it, and so does the next login, which makes another.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from shared_utils.domain.broker_accounts import BrokerAccount

GOOD_FOR = timedelta(minutes=10)
LONGEST = 512


class Owner(NamedTuple):
    user_id: str
    client_id: str


def state_of(owner: Owner, secret: str) -> str:
    """`<base64url of user and client>.<secret>`."""
    named = base64.urlsafe_b64encode("\n".join(owner).encode()).decode().rstrip("=")
    return f"{named}.{secret}"


def owner_of(state: str) -> Owner | None:
    """Whose login it claims to be; None for what we never made."""
    named, dot, secret = state.partition(".")
    if len(state) > LONGEST or not dot or not secret:
        return None
    try:
        text = base64.b64decode(named + "=" * (-len(named) % 4), altchars=b"-_", validate=True)
        user_id, client_id = text.decode().split("\n")
    except (binascii.Error, ValueError):
        return None
    return Owner(user_id, client_id) if user_id and client_id else None


def started(account: BrokerAccount, state: str, at: datetime) -> BrokerAccount:
    return replace(
        account,
        login_state_hash=_hash(state),
        login_state_expires_at=at + GOOD_FOR,
        updated_at=at,
        version=account.version + 1,
    )


def is_under_way(account: BrokerAccount, state: str, at: datetime) -> bool:
    expected, until = account.login_state_hash, account.login_state_expires_at
    if expected is None or until is None or at >= until:
        return False
    return hmac.compare_digest(expected, _hash(state))


def spent(account: BrokerAccount, at: datetime) -> BrokerAccount:
    return replace(
        account,
        login_state_hash=None,
        login_state_expires_at=None,
        updated_at=at,
        version=account.version + 1,
    )


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
