"""An adapter on a test bench: each rig can make its broker answer with any evidence."""

from collections.abc import Callable, Iterable
from typing import Protocol

from shared_utils.brokers.ports import Broker, PlaceOrder
from shared_utils.domain.legs import OrderType
from tests.conformance.evidence import Evidence
from tests.conformance.orders import a_request
from tests.conformance.paper_rig import PaperRig
from tests.conformance.zerodha_rig import ZerodhaRig


class Rig(Protocol):
    """`sent` counts the order messages that reached the broker; `paused_s` what was slept."""

    order_id: str
    has_no: frozenset[Evidence]

    @property
    def broker(self) -> Broker: ...

    @property
    def sent(self) -> int: ...

    @property
    def paused_s(self) -> list[float]: ...

    def answer(self, evidence: Evidence) -> None:
        """From now on every message is answered so."""
        ...

    def fail_looks(self, evidence: Evidence) -> None:
        """From now on every look fails so."""
        ...


RIGS: dict[str, Callable[[], Rig]] = {"zerodha": ZerodhaRig, "paper": PaperRig}


def pairs(evidences: Iterable[Evidence]) -> list[tuple[str, Evidence]]:
    """Every adapter with every evidence that its kind of broker can give."""
    chosen = list(evidences)
    return [
        (name, evidence)
        for name, rig in RIGS.items()
        for evidence in chosen
        if evidence not in rig().has_no
    ]


def request_for(evidence: Evidence) -> PlaceOrder:
    """The order to place to see `evidence`; most need no particular one."""
    if evidence is Evidence.UNSENDABLE:
        return a_request(order_type=OrderType.MARKET)
    return a_request()
