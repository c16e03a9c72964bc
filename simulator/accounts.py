"""Who may trade here: apps with their users, one-time login codes, and tokens of the day."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from shared_utils.indian_market_utils.sessions import at_ist, ist_date
from simulator.refusals import InputRefused, TokenRefused

_DIES_AT = time(6)  # India time: no token lives over night
_CODE_LIVES = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """An app and the test user who logs in to it."""

    api_key: str
    api_secret: str
    user_id: str
    redirect_url: str
    user_name: str = "Simulated Trader"
    email: str = "trader@example.com"
    postback_url: str = ""
    cash: Decimal = Decimal(2_500_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginCode:
    """The request token of a login: spent once, within minutes."""

    api_key: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token; a new login of the same app replaces it."""

    api_key: str
    value: str
    made_at: datetime
    expires_at: datetime


class Registry:
    """Registrations by api_key, and the sessions that they have open."""

    def __init__(self) -> None:
        self.registrations: dict[str, Registration] = {}
        self.codes: dict[str, LoginCode] = {}
        self.tokens: dict[str, Token] = {}

    def register(self, registration: Registration) -> None:
        """Adds an app or replaces it. Two apps of one user see the same orders."""
        self.registrations[registration.api_key] = registration

    def app(self, api_key: str) -> Registration:
        found = self.registrations.get(api_key)
        if found is None:
            raise InputRefused("Invalid `api_key`.")
        return found

    def login(self, api_key: str, at: datetime) -> str:
        """The request token of a fresh login."""
        app = self.app(api_key)
        code = secrets.token_hex(16)
        self.codes[code] = LoginCode(api_key=app.api_key, expires_at=at + _CODE_LIVES)
        return code

    def exchange_code(self, api_key: str, code: str, checksum: str, at: datetime) -> Token:
        """Trades the request token for the day's access token; the checksum proves the secret."""
        app = self.app(api_key)
        expected = hashlib.sha256(f"{api_key}{code}{app.api_secret}".encode()).hexdigest()
        if not secrets.compare_digest(expected, checksum):
            raise TokenRefused("Invalid `checksum`.")
        known = self.codes.get(code)
        if known is None or known.api_key != api_key or at >= known.expires_at:
            raise TokenRefused("Token is invalid or has expired.")
        del self.codes[code]
        token = Token(
            api_key=api_key,
            value=secrets.token_hex(16),
            made_at=at,
            expires_at=next_expiry(at),
        )
        self.tokens[api_key] = token
        return token

    def authenticate(self, authorization: str, at: datetime) -> Registration:
        """The app of an `Authorization: token api_key:access_token` header, or a TokenException."""
        scheme, _, pair = authorization.partition(" ")
        api_key, _, value = pair.partition(":")
        token = self.tokens.get(api_key)
        good = (
            scheme == "token"
            and token is not None
            and secrets.compare_digest(token.value, value)
            and at < token.expires_at
        )
        if not good:
            raise TokenRefused("Incorrect `api_key` or `access_token`.")
        return self.registrations[api_key]

    def end_session(self, api_key: str, value: str) -> None:
        """Logs out. A token that is not the app's open one changes nothing."""
        token = self.tokens.get(api_key)
        if token is None or not secrets.compare_digest(token.value, value):
            raise TokenRefused("Incorrect `api_key` or `access_token`.")
        del self.tokens[api_key]


def next_expiry(at: datetime) -> datetime:
    """The next six o'clock in India after `at`."""
    today = at_ist(ist_date(at), _DIES_AT)
    return today if at < today else at_ist(ist_date(at) + timedelta(days=1), _DIES_AT)
