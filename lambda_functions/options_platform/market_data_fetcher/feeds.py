"""An account that shows the platform its quotes, as an administrator sees it."""

from dataclasses import dataclass

from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.storage.market_cache import FeedAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """`shows_quotes`: the account is there, enabled and logged in at its broker now."""

    account: FeedAccount
    broker_name: BrokerName | None
    shows_quotes: bool
