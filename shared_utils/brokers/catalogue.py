"""The brokers there are: one line each. A new one is its package, this line and the conformance
suite (docs/adding_a_broker.md).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from shared_utils.brokers.egresses import proxy_of
from shared_utils.brokers.ports import Broker, BrokerNotBuilt, BrokerSession, Clock
from shared_utils.brokers.rate_limits import OrderRates, RateLimitedBroker
from shared_utils.brokers.wire import Connections, Patience, Send, http_send
from shared_utils.brokers.zerodha.adapter import ZerodhaBroker
from shared_utils.domain.broker_accounts import BrokerName, Egress


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerParts:
    """What adapters are built from, once per process: the clock, connections, message rates."""

    clock: Clock
    rates: OrderRates
    connections: Connections = field(default_factory=Connections)
    patience: Patience = field(default_factory=Patience)

    def send_for(self, egress: Egress) -> Send:
        """The account's own way out."""
        pool = self.connections.pool(proxy_of(egress))
        return http_send(pool, self.patience, self.clock.monotonic)


def _zerodha(session: BrokerSession, parts: BrokerParts) -> Broker:
    return ZerodhaBroker(session, parts.send_for(session.account.egress), parts.clock)


BROKERS: Mapping[BrokerName, Callable[[BrokerSession, BrokerParts], Broker]] = MappingProxyType(
    {
        BrokerName.ZERODHA: _zerodha,
    }
)


def open_broker(session: BrokerSession, parts: BrokerParts) -> Broker:
    """The account's broker, its order messages limited. Raises BrokerNotBuilt."""
    name = session.account.broker_name
    require_built(name)
    account = f"{session.account.user_id}#{session.account.client_id}"
    return RateLimitedBroker(BROKERS[name](session, parts), account, parts.rates)


def require_built(name: BrokerName) -> None:
    """Raises BrokerNotBuilt, naming the brokers that exist."""
    if name not in BROKERS:
        there_are = ", ".join(BROKERS)
        raise BrokerNotBuilt(f"{name} is not supported yet; supported: {there_are}.")
