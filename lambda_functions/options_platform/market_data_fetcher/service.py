"""Whose sessions show the platform its quotes: the administrators' choice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lambda_functions.options_platform.market_data_fetcher.feeds import Feed
from shared_utils.clock import Clock
from shared_utils.domain.broker_accounts import BrokerAccount, BrokerName
from shared_utils.domain.errors import Forbidden, Problem, RuleBroken
from shared_utils.storage.broker_accounts import BrokerAccounts
from shared_utils.storage.market_cache import FeedAccount, MarketCache

FEED_UNUSABLE = "FEED_UNUSABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedService:
    accounts: BrokerAccounts
    cache: MarketCache
    clock: Clock
    built: Callable[[BrokerName], bool]

    def feeds(self, *, is_admin: bool) -> tuple[Feed, ...]:
        """In the order they are asked."""
        _require_admin(is_admin=is_admin)
        return tuple(self._feed(each) for each in self.cache.feeds())

    def set(self, user_id: str, client_ids: Sequence[str], *, is_admin: bool) -> tuple[Feed, ...]:
        """Exactly the caller's accounts named, first the first; whatever was set before is gone.

        Raises Forbidden, RuleBroken FEED_UNUSABLE naming each account that cannot be one, and
        VersionMoved when another administrator sets them at the same moment.
        """
        _require_admin(is_admin=is_admin)
        problems = [
            Problem(f"feeds[{index}].client_id", problem)
            for index, client_id in enumerate(client_ids)
            if (problem := self._problem(user_id, client_ids, index, client_id)) is not None
        ]
        if problems:
            first = problems[0]
            raise RuleBroken(
                f"{first.field} {first.problem}.", code=FEED_UNUSABLE, details=problems
            )
        self.cache.set_feeds(
            [
                FeedAccount(priority, user_id, client_id)
                for priority, client_id in enumerate(client_ids, 1)
            ]
        )
        return self.feeds(is_admin=is_admin)

    def _problem(
        self, user_id: str, client_ids: Sequence[str], index: int, client_id: str
    ) -> str | None:
        if client_id in client_ids[:index]:
            return "is named twice"
        account = self.accounts.get(user_id, client_id)
        if account is None:
            return "is not an account of yours"
        if account.broker_name is BrokerName.PAPER:
            return "is a paper account: it shows no quotes of its own"
        return None if self.built(account.broker_name) else "is at a broker that shows no quotes"

    def _feed(self, feed: FeedAccount) -> Feed:
        account = self.accounts.get(feed.user_id, feed.client_id)
        return Feed(
            account=feed,
            broker_name=account.broker_name if account else None,
            shows_quotes=account is not None and self._shows_quotes(account),
        )

    def _shows_quotes(self, account: BrokerAccount) -> bool:
        return (
            account.enabled
            and self.built(account.broker_name)
            and account.has_session(self.clock.now())
        )


def _require_admin(*, is_admin: bool) -> None:
    if not is_admin:
        raise Forbidden("Only an administrator may see or choose the platform's feeds.")
