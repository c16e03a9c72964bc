"""Where a function gets an account's broker and a source of quotes: opened late, forgotten soon.

Secrets are decrypted when a session is opened and live only inside it. What is opened is used again
within an invocation and for at most a minute, so a new login or a deleted account is noticed; a
request (`open_now`, `quotes_now`) notices at once.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any, TypeVar

from shared_utils.brokers.catalogue import (
    BROKERS,
    BrokerParts,
    PaperParts,
    account_key,
    open_broker,
    require_built,
)
from shared_utils.brokers.paper.ports import PaperBook
from shared_utils.brokers.ports import Broker, BrokerEndpoint, BrokerSession, SessionRefused
from shared_utils.brokers.rate_limits import OrderRates
from shared_utils.clock import Clock, WallClock
from shared_utils.daily_masters import DailyMasters, MasterOfTheDay
from shared_utils.domain.broker_accounts import BrokerAccount, BrokerName
from shared_utils.domain.errors import BrokerUnavailable, MarketDataUnavailable
from shared_utils.indian_market_utils.facts import MarketFacts, facts_from_config
from shared_utils.market_data.broker_quotes import BrokerQuotes
from shared_utils.market_data.failover import FailoverQuotes, OpenSource
from shared_utils.market_data.ports import QuoteSource
from shared_utils.market_data.simulated_market import SimulatedMarket
from shared_utils.sealing import Sealer
from shared_utils.settings import Settings, market_config
from shared_utils.storage.broker_accounts import BrokerAccounts
from shared_utils.storage.clients import DynamoClient, impatient
from shared_utils.storage.instrument_masters import InstrumentMasters
from shared_utils.storage.market_cache import MarketCache
from shared_utils.storage.paper_books import PaperBooks

NO_MARKET_DATA_FEED = "NO_MARKET_DATA_FEED"
KEPT_S = 60.0

T = TypeVar("T")


class AccountGone(BrokerUnavailable):
    """There is no such account, or it is at another broker now: nothing can be sent to it."""

    code = "ACCOUNT_GONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperTrading:
    """Where paper accounts are kept, and the dated facts they trade by (read when needed)."""

    book: PaperBook
    facts: Callable[[], MarketFacts]


@dataclass(frozen=True, slots=True)
class _Kept:
    """Something opened, and until when (monotonic seconds) it may be used."""

    value: Any
    until_s: float


class BrokerDesk:
    """Lives as long as the process; `new_invocation` makes it forget every session, but not the
    day's instrument masters: they are the brokers', and nobody's secret.

    `paper` None: this function opens no paper broker. `simulated` is asked for quotes when no
    account shows any. Threads may share a desk.
    """

    def __init__(
        self,
        *,
        accounts: BrokerAccounts,
        sealer: Sealer,
        parts: BrokerParts,
        endpoints: Mapping[BrokerName, BrokerEndpoint],
        cache: MarketCache,
        masters: DailyMasters,
        clock: Clock,
        paper: PaperTrading | None = None,
        simulated: QuoteSource | None = None,
    ) -> None:
        self._accounts = accounts
        self._sealer = sealer
        self._parts = parts
        self._endpoints = endpoints
        self._cache = cache
        self._masters = masters
        self._clock = clock
        self._paper = paper
        self._simulated = simulated
        self._kept: dict[tuple[str, ...], _Kept] = {}
        self._lock = threading.RLock()

    def new_invocation(self) -> None:
        with self._lock:
            self._kept.clear()

    def account(self, user_id: str, client_id: str) -> BrokerAccount | None:
        """As it is stored now: its switches may change while a run goes on."""
        return self._accounts.get(user_id, client_id)

    def open(self, user_id: str, client_id: str, broker_name: BrokerName | None = None) -> Broker:
        """The account's broker, its order messages rate-limited. Switches are not asked: an exit
        goes out of a disabled account too.

        `broker_name` PAPER trades on paper what is allocated so on a real account (decisions 25).
        Raises AccountGone, SessionRefused (log in again), BrokerNotBuilt, Unavailable; for paper
        MarketDataUnavailable when nobody shows quotes.
        """
        key = ("broker", user_id, client_id, broker_name or "")
        return self._keep(key, lambda: self._opened(user_id, client_id, broker_name))

    def open_now(self, user_id: str, client_id: str) -> Broker:
        """As `open`, for a request: whoever has just logged in again is not told to log in."""
        return self._opened(user_id, client_id, None)

    def quotes(self, user_id: str | None = None) -> QuoteSource:
        """The first feed account that answers, then `user_id`'s own connected accounts, and last
        the simulated market where there is one.

        Raises MarketDataUnavailable NO_MARKET_DATA_FEED when none of them has a session.
        """
        return self._keep(("quotes", user_id or ""), lambda: self.quotes_now(user_id))

    def quotes_now(self, user_id: str | None = None) -> QuoteSource:
        """As `quotes`, for a request: of the accounts and sessions as they are stored now. While
        they stay the same, so does the source, and remembers which of them answered.
        """
        accounts = self._showing(user_id)
        key = [part for account in accounts for part in _token_of(account)]
        return self._keep(("failover", *key), lambda: self._failover(accounts))

    # -- sessions

    def _opened(self, user_id: str, client_id: str, name: BrokerName | None) -> Broker:
        account = self.account(user_id, client_id)
        if account is None:
            raise AccountGone(f"There is no broker account {client_id}.")
        name = name or account.broker_name
        require_built(name)
        if name is BrokerName.PAPER:
            return self._paper_broker(account)
        if name is not account.broker_name:
            raise AccountGone(f"The account {client_id} is not at {name} any more.")
        return self._under_its_token(account)

    def _under_its_token(self, account: BrokerAccount) -> Broker:
        """A new login is another token, and the broker refuses the old one from then on."""
        key = ("session", *_token_of(account))
        return self._keep(key, lambda: open_broker(self._session(account), self._parts))

    def _session(self, account: BrokerAccount) -> BrokerSession:
        """Decrypts the token. Raises SessionRefused when there is none that is good now."""
        sealed, api_key = account.access_token_sealed, account.api_key
        if sealed is None or not api_key or not account.has_session(self._clock.now()):
            raise SessionRefused(
                f"The session of {account.client_id} at {account.broker_name} is over; "
                "log in at the broker again."
            )
        endpoint = self._endpoints.get(account.broker_name)
        if endpoint is None:
            raise BrokerUnavailable(f"No address of {account.broker_name} is configured.")
        return BrokerSession(
            account=account,
            endpoint=endpoint,
            api_key=api_key,
            access_token=self._sealer.open(account.user_id, account.client_id, sealed),
        )

    def _paper_broker(self, account: BrokerAccount) -> Broker:
        if self._paper is None:
            raise BrokerUnavailable("Paper trading is not set up here.")
        paper = PaperParts(
            book=self._paper.book,
            market=self.quotes(account.user_id),
            facts=self._paper.facts(),
        )
        parts = replace(self._parts, paper=paper)
        return open_broker(BrokerSession(account=account), parts, BrokerName.PAPER)

    # -- quotes

    def _failover(self, accounts: Sequence[BrokerAccount]) -> FailoverQuotes:
        sources: list[OpenSource] = [partial(self._source, account) for account in accounts]
        if self._simulated is not None:
            simulated = self._simulated
            sources.append(lambda: simulated)
        if not sources:
            raise MarketDataUnavailable(
                "No connected account shows quotes: log in at a broker, or set a feed account.",
                code=NO_MARKET_DATA_FEED,
            )
        return FailoverQuotes(sources)

    def _showing(self, user_id: str | None) -> list[BrokerAccount]:
        """The accounts whose sessions may show quotes now, in the order to ask them."""
        feeds = (self.account(feed.user_id, feed.client_id) for feed in self._cache.feeds())
        own = self._accounts.of_user(user_id) if user_id else ()
        found = {account_key(each): each for each in (*feeds, *own) if each is not None}
        now = self._clock.now()
        return [
            account
            for account in found.values()
            if account.enabled
            and account.broker_name is not BrokerName.PAPER
            and account.broker_name in BROKERS
            and account.has_session(now)
        ]

    def _source(self, account: BrokerAccount) -> QuoteSource:
        """One per account, whoever asks: its calls share one pace."""
        key = ("source", *_token_of(account))
        return self._keep(key, lambda: self._broker_quotes(account))

    def _broker_quotes(self, account: BrokerAccount) -> BrokerQuotes:
        broker = self._under_its_token(account)
        return BrokerQuotes(MasterOfTheDay(broker, self._masters), self._clock)

    def _keep(self, key: tuple[str, ...], build: Callable[[], T]) -> T:
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or self._clock.monotonic() >= kept.until_s:
                kept = self._kept[key] = _Kept(build(), self._clock.monotonic() + KEPT_S)
            value: T = kept.value
            return value


def _token_of(account: BrokerAccount) -> tuple[str, ...]:
    sealed = account.access_token_sealed or ""
    return (account.user_id, account.client_id, account.api_key or "", sealed)


def desk_from(
    settings: Settings,
    client_factory: Callable[..., Any],
    clock: Clock,
    dynamo: DynamoClient | None = None,
) -> BrokerDesk:
    """A function's desk. `client_factory` is boto3.client; `dynamo` a client it has already.

    Needs BROKER_ACCOUNTS_TABLE, MARKET_DATA_TABLE, TOKEN_KEY_ID, BROKER_ENDPOINTS and
    SIMULATED_MARKET_URL (empty: there is none), the right to decrypt, and for paper
    PAPER_BROKER_TABLE and the market config in the asset. Whether paper *entries* are wanted is
    judged where they are planned; what is held can always be closed.
    """
    client = dynamo if dynamo is not None else client_factory("dynamodb", config=impatient())
    sealer = Sealer(client_factory("kms", config=impatient()), settings.token_key_id)
    return BrokerDesk(
        accounts=BrokerAccounts(client, settings.broker_accounts_table),
        sealer=sealer,
        parts=BrokerParts(clock=clock, rates=OrderRates(clock)),
        endpoints=endpoints_of(settings),
        cache=MarketCache(client, settings.market_data_table),
        masters=DailyMasters(
            stored=InstrumentMasters(client, settings.market_data_table),
            clock=clock,
            wall_now=WallClock().now,
        ),
        clock=clock,
        paper=_paper_trading(settings, client),
        simulated=_simulated_market(settings, clock),
    )


def endpoints_of(settings: Settings) -> Mapping[BrokerName, BrokerEndpoint]:
    """BROKER_ENDPOINTS as the brokers' own type."""
    return {
        name: BrokerEndpoint(api=each.api, login=each.login)
        for name, each in settings.broker_endpoints.items()
    }


def _paper_trading(settings: Settings, client: DynamoClient) -> PaperTrading | None:
    if not settings.values.get("PAPER_BROKER_TABLE"):
        return None
    return PaperTrading(book=PaperBooks(client, settings.paper_broker_table), facts=_market_facts)


def _simulated_market(settings: Settings, clock: Clock) -> QuoteSource | None:
    url = settings.simulated_market_url
    return SimulatedMarket(url, clock) if url else None


@cache
def _market_facts() -> MarketFacts:
    return facts_from_config(market_config())
