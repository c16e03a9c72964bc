"""What a trader does with his broker accounts."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from lambda_functions.broker_accounts.account_edits import (
    AccountChanges,
    AccountSpec,
    Credentials,
    changed,
    new_account,
)
from lambda_functions.broker_accounts.account_rules import (
    MOST_ACCOUNTS,
    problems_of,
    problems_of_changes,
    require_supported,
)
from shared_utils.api.errors import refuse
from shared_utils.clock import Clock
from shared_utils.domain.broker_accounts import BrokerAccount, BrokerName
from shared_utils.domain.errors import Conflict, NotFound, RuleBroken, VersionMoved
from shared_utils.sealing import Sealer
from shared_utils.storage.broker_accounts import BrokerAccounts

# A switch meets at most a login or an edit of the same account: it wins within a few tries.
_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAccountService:
    """`supported` are the brokers that have an adapter; `paper_trading` whether paper is one."""

    accounts: BrokerAccounts
    sealer: Sealer
    clock: Clock
    supported: Collection[BrokerName]
    paper_trading: bool

    def mine(self, user_id: str) -> tuple[BrokerAccount, ...]:
        return self.accounts.of_user(user_id)

    def get(self, user_id: str, client_id: str) -> BrokerAccount:
        account = self.accounts.get(user_id, client_id)
        if account is None:
            raise NotFound(f"There is no broker account {client_id}.")
        return account

    def create(self, user_id: str, spec: AccountSpec) -> BrokerAccount:
        """Raises RuleBroken, and Conflict when the account exists."""
        require_supported(spec.broker_name, self.supported, paper=self.paper_trading)
        refuse(list(problems_of(spec)))
        mine = self.accounts.of_user(user_id)
        if any(account.client_id == spec.client_id for account in mine):
            raise Conflict(f"The broker account {spec.client_id} exists already.")
        if len(mine) >= MOST_ACCOUNTS:
            raise RuleBroken(
                f"There may be at most {MOST_ACCOUNTS} accounts.", code="TOO_MANY_ACCOUNTS"
            )
        sealed = self._sealed(user_id, spec.client_id, spec.credentials)
        account = new_account(spec, user_id, sealed, self.clock.now())
        self.accounts.create(account)
        return account

    def update(self, user_id: str, client_id: str, changes: AccountChanges) -> BrokerAccount:
        """New credentials end the session. Raises VersionMoved when the account is not, or not
        any more, as the caller saw it.
        """
        account = self.get(user_id, client_id)
        if changes.version not in {None, account.version}:
            raise VersionMoved("The account was changed meanwhile; read it again.")
        refuse(list(problems_of_changes(account, changes)))
        sealed = self._sealed(user_id, client_id, changes.credentials)
        after = changed(account, changes, sealed, self.clock.now())
        self.accounts.save(after)
        return after

    def delete(self, user_id: str, client_id: str) -> None:
        """Its secrets go with it. What still points at it (allocations and positions live with
        the options platform, which this one does not know) fails closed: ACCOUNT_GONE.
        """
        self.accounts.delete(self.get(user_id, client_id))

    def set_enabled(self, user_id: str, client_id: str, *, enabled: bool) -> BrokerAccount:
        """Off: no entries, and its session shows no quotes. Exits go out all the same."""
        return self._switched(user_id, client_id, lambda each: replace(each, enabled=enabled))

    def set_entries(self, user_id: str, client_id: str, *, enabled: bool) -> BrokerAccount:
        """The kill switch on entries."""
        return self._switched(
            user_id, client_id, lambda each: replace(each, entries_enabled=enabled)
        )

    def _switched(
        self, user_id: str, client_id: str, turn: Callable[[BrokerAccount], BrokerAccount]
    ) -> BrokerAccount:
        """A switch must not fail because something else was written in the same moment."""
        for _ in range(_TRIES):
            account = self.get(user_id, client_id)
            turned = turn(account)
            if turned == account:
                return account
            after = replace(turned, updated_at=self.clock.now(), version=account.version + 1)
            try:
                self.accounts.save(after)
            except VersionMoved:
                continue
            return after
        raise VersionMoved("The account is being changed; try again.")

    def _sealed(self, user_id: str, client_id: str, credentials: Credentials) -> str | None:
        secret = credentials.api_secret
        return None if secret is None else self.sealer.seal(user_id, client_id, secret)
