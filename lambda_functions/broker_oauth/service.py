"""Connecting an account: to the broker's login page, and back with a session."""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from lambda_functions.broker_oauth.login_states import (
    Owner,
    is_under_way,
    owner_of,
    spent,
    started,
    state_of,
)
from lambda_functions.broker_oauth.logins import BrokerLogin
from shared_utils.brokers.ports import BrokerEndpoint, SessionRefused
from shared_utils.brokers.wire import Send
from shared_utils.brokers.zerodha.sessions import KiteLogin
from shared_utils.clock import Clock
from shared_utils.domain.broker_accounts import AccountStatus, BrokerAccount, BrokerName, Egress
from shared_utils.domain.errors import Forbidden, NotFound, RuleBroken, Unavailable, VersionMoved
from shared_utils.sealing import Sealer
from shared_utils.storage.broker_accounts import BrokerAccounts

logger = logging.getLogger(__name__)

_TRIES = 5
# Kite's user ids: two or three letters and digits, such as AB1234.
_BROKERS_OWN_ID = re.compile(r"[A-Z]{2,3}[0-9]{3,6}")


class LoginRefused(Forbidden):
    """This login connects nothing: too old, used already, or not of this account."""

    code = "LOGIN_REFUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginStarted:
    """`login_url` carries the one-time state."""

    login_url: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"LoginStarted(until {self.expires_at.isoformat()})"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerLogins:
    """`fresh_secret` draws the secret of a login; `send_for` is an account's way to its broker."""

    accounts: BrokerAccounts
    sealer: Sealer
    clock: Clock
    logins: Mapping[BrokerName, BrokerLogin]
    endpoints: Mapping[BrokerName, BrokerEndpoint]
    send_for: Callable[[Egress], Send]
    fresh_secret: Callable[[], str]

    def start(self, user_id: str, client_id: str, broker: str) -> LoginStarted:
        """Raises NotFound, RuleBroken for an account that cannot log in there. A login that was
        under way is not good any more.
        """
        name, login, endpoint = self._login(broker)
        state = state_of(Owner(user_id, client_id), self.fresh_secret())

        def start(account: BrokerAccount) -> BrokerAccount:
            if account.broker_name is not name:
                raise RuleBroken(f"The account {client_id} is at {account.broker_name}.")
            if account.api_key is None or account.api_secret_sealed is None:
                raise RuleBroken(
                    "Give the account its api_key and api_secret first.",
                    code="CREDENTIALS_MISSING",
                )
            return started(account, state, self.clock.now())

        account = self._saved(Owner(user_id, client_id), start)
        if account is None or account.login_state_expires_at is None:
            raise NotFound(f"There is no broker account {client_id}.")
        return LoginStarted(
            login_url=login.url(endpoint, account.api_key or "", state),
            expires_at=account.login_state_expires_at,
        )

    def finish(self, broker: str, state: str, request_token: str | None) -> BrokerAccount:
        """The connected account. The state is spent first, so a login is tried once, whatever
        comes of it. Raises LoginRefused, and Unavailable when the broker does not answer.
        """
        name, login, endpoint = self._login(broker)
        owner = owner_of(state)
        account = self._saved(owner, lambda each: self._spent(each, name, state)) if owner else None
        if account is None:
            raise _state_refused()
        if not request_token:
            raise LoginRefused("The login was not completed at the broker; start it again.")
        session = self._exchanged(account, login, endpoint, request_token)
        _require_same_user(account, session.client_id)
        return self._connected(account, session)

    def _login(self, broker: str) -> tuple[BrokerName, BrokerLogin, BrokerEndpoint]:
        for name, login in self.logins.items():
            if name == broker:
                if name not in self.endpoints:
                    raise Unavailable("No address of this broker is configured.")
                return name, login, self.endpoints[name]
        raise NotFound("There is no login at this broker.")

    def _spent(self, account: BrokerAccount, name: BrokerName, state: str) -> BrokerAccount:
        now = self.clock.now()
        if account.broker_name is not name or not is_under_way(account, state, now):
            raise _state_refused()
        return spent(account, now)

    def _exchanged(
        self,
        account: BrokerAccount,
        login: BrokerLogin,
        endpoint: BrokerEndpoint,
        request_token: str,
    ) -> KiteLogin:
        secret = self.sealer.open(
            account.user_id, account.client_id, account.api_secret_sealed or ""
        )
        try:
            return login.exchange(
                self.send_for(account.egress),
                self.clock,
                endpoint,
                api_key=account.api_key or "",
                api_secret=secret,
                request_token=request_token,
            )
        except SessionRefused as refused:
            raise LoginRefused(refused.message) from refused

    def _connected(self, account: BrokerAccount, session: KiteLogin) -> BrokerAccount:
        owner = Owner(account.user_id, account.client_id)
        sealed = self.sealer.seal(*owner, session.access_token)

        def connect(current: BrokerAccount) -> BrokerAccount:
            if (current.api_key, current.api_secret_sealed) != (
                account.api_key,
                account.api_secret_sealed,
            ):
                raise LoginRefused("The account's credentials were changed; log in again.")
            now = self.clock.now()
            return replace(
                current,
                status=AccountStatus.CONNECTED,
                access_token_sealed=sealed,
                token_expires_at=session.expires_at,
                connected_at=now,
                broker_user_id=session.client_id,
                updated_at=now,
                version=current.version + 1,
            )

        connected = self._saved(owner, connect)
        if connected is None:
            raise LoginRefused("The account was deleted meanwhile.")
        logger.info("account connected", extra={"client_id": account.client_id})
        return connected

    def _saved(
        self, owner: Owner, change: Callable[[BrokerAccount], BrokerAccount]
    ) -> BrokerAccount | None:
        """The changed account; None where there is none. A switch that is turned in the same
        moment is kept: the change is made again on what is stored then.
        """
        for _ in range(_TRIES):
            account = self.accounts.get(*owner)
            if account is None:
                return None
            after = change(account)
            try:
                self.accounts.save(after)
            except VersionMoved:
                continue
            return after
        raise VersionMoved("The account is being changed; try again.")


def _require_same_user(account: BrokerAccount, user_at_broker: str) -> None:
    """Orders of this account go to whom it was made for: the user of its first login, or the one
    that its client_id names where it is the broker's own id.
    """
    client_id = account.client_id.upper()
    named = client_id if _BROKERS_OWN_ID.fullmatch(client_id) else None
    expected = account.broker_user_id or named
    if expected is not None and expected.upper() != user_at_broker.upper():
        raise LoginRefused(
            f"The login was another user's: this account is that of {expected}.",
            code="LOGIN_OF_ANOTHER_USER",
        )


def _state_refused() -> LoginRefused:
    return LoginRefused("This login is too old or was used already; start it again.")
