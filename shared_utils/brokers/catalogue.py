"""The brokers there are: one line each. A new one is its package, this line and the conformance
suite (docs/adding_a_broker.md).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from shared_utils.brokers.egresses import proxy_of
from shared_utils.brokers.paper.adapter import PaperBroker
from shared_utils.brokers.paper.ports import PaperBook, PaperMarket
from shared_utils.brokers.ports import Broker, BrokerNotBuilt, BrokerSession, Clock
from shared_utils.brokers.rate_limits import OrderRates, RateLimitedBroker
from shared_utils.brokers.wire import Connections, Patience, Send, http_send
from shared_utils.brokers.zerodha.adapter import ZerodhaBroker
from shared_utils.domain.broker_accounts import BrokerAccount, BrokerName, Egress
from shared_utils.domain.errors import BrokerUnavailable
from shared_utils.indian_market_utils.facts import MarketFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperParts:
    """What paper trading needs besides: its book, its market, the dated facts."""

    book: PaperBook
    market: PaperMarket
    facts: MarketFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerParts:
    """What adapters are built from, once per process: the clock, connections, message rates."""

    clock: Clock
    rates: OrderRates
    connections: Connections = field(default_factory=Connections)
    patience: Patience = field(default_factory=Patience)
    paper: PaperParts | None = None

    def send_for(self, egress: Egress) -> Send:
        """The account's own way out."""
        pool = self.connections.pool(proxy_of(egress))
        return http_send(pool, self.patience, self.clock.monotonic)


def _zerodha(session: BrokerSession, parts: BrokerParts) -> Broker:
    return ZerodhaBroker(session, parts.send_for(session.account.egress), parts.clock)


def _paper(session: BrokerSession, parts: BrokerParts) -> Broker:
    if parts.paper is None:
        raise BrokerUnavailable("Paper trading is not set up here.")
    return PaperBroker(
        account_key(session.account),
        session.account.capital,
        book=parts.paper.book,
        market=parts.paper.market,
        clock=parts.clock,
        facts=parts.paper.facts,
    )


BROKERS: Mapping[BrokerName, Callable[[BrokerSession, BrokerParts], Broker]] = MappingProxyType(
    {
        BrokerName.ZERODHA: _zerodha,
        BrokerName.PAPER: _paper,
    }
)


def open_broker(
    session: BrokerSession, parts: BrokerParts, name: BrokerName | None = None
) -> Broker:
    """The account's broker, its order messages limited. Raises BrokerNotBuilt, BrokerUnavailable.

    `name` PAPER trades on paper what is allocated so on a real account (decisions 25).
    """
    name = name or session.account.broker_name
    require_built(name)
    broker = BROKERS[name](session, parts)
    return RateLimitedBroker(broker, account_key(session.account), parts.rates)


def account_key(account: BrokerAccount) -> str:
    return f"{account.user_id}#{account.client_id}"


def require_built(name: BrokerName) -> None:
    """Raises BrokerNotBuilt, naming the brokers that exist."""
    if name not in BROKERS:
        there_are = ", ".join(BROKERS)
        raise BrokerNotBuilt(f"{name} is not supported yet; supported: {there_are}.")
