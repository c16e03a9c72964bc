"""One simulated user with two apps: our adapter signs in by one, Kite's own client by the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from kiteconnect import KiteConnect

from shared_utils.brokers.ports import BrokerEndpoint, BrokerSession, PlaceOrder
from shared_utils.brokers.wire import Connections, Patience, Send, http_send
from shared_utils.brokers.zerodha.adapter import ZerodhaBroker
from shared_utils.brokers.zerodha.sessions import exchange_request_token
from shared_utils.clock import SystemClock
from shared_utils.domain.instruments import EXCHANGE_OF, Contract, Side, Underlying
from simulator.faults import Fault, FaultKind, Operation
from simulator.instruments import Instrument
from tests.conformance.orders import a_request
from tests.conformance.zerodha_rig import an_account
from tests.unit.simulator.worlds import Client, TurnedWorld, app, served

USER = "AB0001"
# A simulated answer that never comes is waited for this long.
PATIENCE = Patience(connect_s=5.0, read_s=2.5, total_s=5.0)


class MarketTime(SystemClock):
    """The world's time of day, the machine's seconds."""

    def __init__(self, turned: TurnedWorld) -> None:
        self._turned = turned

    def now(self) -> datetime:
        return self._turned.now


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    turned: TurnedWorld
    root: str
    ours: ZerodhaBroker
    theirs: Any  # kiteconnect has no types

    def pass_s(self, seconds: float) -> None:
        """Market time goes on; it stands still otherwise."""
        self.turned.after(seconds)

    def switch_on(self, kind: FaultKind, **changes: Any) -> None:
        given: dict[str, Any] = {
            "fault_id": "flt-1",
            "kind": kind,
            "operations": self.turned.world.faults.usual_operations(kind),
        }
        self.turned.world.faults.switch_on(Fault(**given | changes))

    def switch_on_for(self, kind: FaultKind, operation: Operation) -> None:
        self.switch_on(kind, operations=frozenset({operation}))

    def request(self, **changes: Any) -> PlaceOrder:
        """A limit that fills at once, unless told otherwise."""
        instrument = self.turned.option(away=changes.pop("away", 2))
        given: dict[str, Any] = {
            "contract": contract_of(instrument),
            "quantity": instrument.lot,
            "side": Side.BUY,
            "price": self.turned.ask(instrument) + Decimal("1.00"),
        }
        return a_request(**given | changes)

    def waiting_request(self, **changes: Any) -> PlaceOrder:
        instrument = self.turned.option(away=2)
        return self.request(price=self.turned.too_low(instrument), **changes)


def contract_of(instrument: Instrument) -> Contract:
    underlying = Underlying(instrument.name)
    assert instrument.expiry is not None
    kind = next(each for each in type(a_request().contract.option_type) if each == instrument.kind)
    return Contract(
        underlying=underlying,
        exchange=EXCHANGE_OF[underlying],
        expiry=instrument.expiry,
        strike=Decimal(instrument.strike),
        option_type=kind,
        lot_size=instrument.lot,
        tick_size=Decimal("0.05"),
        symbol=instrument.symbol,
    )


@contextmanager
def served_account() -> Iterator[Served]:
    turned = TurnedWorld()
    mine, reference = app(1, user_id=USER), app(2, user_id=USER)
    turned.world.register(mine)
    turned.world.register(reference)
    clock = MarketTime(turned)
    with served(turned.world) as root:
        endpoint = BrokerEndpoint(api=root, login=f"{root}/connect/login")
        send: Send = http_send(Connections().pool(None), PATIENCE, clock.monotonic)
        login = exchange_request_token(
            send,
            clock,
            endpoint,
            api_key=mine.api_key,
            api_secret=mine.api_secret,
            request_token=Client(root).request_token(mine),
        )
        assert login.client_id == USER
        session = BrokerSession(
            account=an_account(client_id=USER),
            endpoint=endpoint,
            api_key=mine.api_key,
            access_token=login.access_token,
        )
        theirs = KiteConnect(api_key=reference.api_key, root=root)
        theirs.generate_session(Client(root).request_token(reference), reference.api_secret)
        yield Served(
            turned=turned, root=root, ours=ZerodhaBroker(session, send, clock), theirs=theirs
        )
