"""What the faults that are on do to one call: before it, to its order, and to its answer."""

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from simulator.answers import NoAnswer, bad_gateway, empty, failure
from simulator.faults import Caller, Fault, FaultKind, FaultSwitches
from simulator.refusals import InputRefused, TokenRefused, TooManyRequests, Unreachable

_LONG_ENOUGH = 60.0  # clients give up before


@dataclass(slots=True, kw_only=True)
class Effects:
    """`instead` answers and does nothing; `afterwards` hides the answer of what was done."""

    latency_s: float = 0.0
    instead: Response | None = None
    afterwards: Response | None = None
    held_for_s: float = 0.0
    fill_fraction: float | None = None
    rejection: str | None = None
    stale_s: float = 0.0


def effects_on(switches: FaultSwitches, caller: Caller, at: datetime) -> Effects:
    """The first fault that answers instead wins; the others keep their counts."""
    effects = Effects()

    def take(kind: FaultKind) -> Fault | None:
        return switches.take(kind, caller, at)

    if latency := take(FaultKind.LATENCY):
        effects.latency_s = latency.seconds
    for kind in _INSTEAD:
        if fault := take(kind):
            effects.instead = _answer_of(fault)
            return effects
    for kind in _AFTERWARDS:
        if fault := take(kind):
            _apply_afterwards(effects, fault)
            break
    _apply_to_order(effects, take(FaultKind.PARTIAL_FILL), take(FaultKind.REJECT))
    if stale := take(FaultKind.ORDER_BOOK_STALE):
        effects.stale_s = stale.seconds
    return effects


_INSTEAD = (
    FaultKind.OUTAGE,
    FaultKind.TOKEN_EXPIRED,
    FaultKind.TOO_MANY_REQUESTS,
    FaultKind.LOST_BEFORE_ACCEPT,
    FaultKind.REFUSE,
    FaultKind.ORDER_BOOK_FAILS,
)
_AFTERWARDS = (
    FaultKind.TIMEOUT_AFTER_ACCEPT,
    FaultKind.LATE_ACCEPT,
    FaultKind.BAD_GATEWAY,
    FaultKind.EMPTY_ANSWER,
)


def _answer_of(fault: Fault) -> Response:
    match fault.kind:
        case FaultKind.TOKEN_EXPIRED:
            return failure(TokenRefused("Incorrect `api_key` or `access_token`."))
        case FaultKind.TOO_MANY_REQUESTS:
            return failure(TooManyRequests("Too many requests"))
        case FaultKind.LOST_BEFORE_ACCEPT:
            return NoAnswer(fault.seconds or _LONG_ENOUGH)
        case FaultKind.REFUSE:
            return failure(InputRefused(fault.reason))
        case _:
            return failure(Unreachable("The order management system cannot be reached."))


def _apply_afterwards(effects: Effects, fault: Fault) -> None:
    if fault.kind in (FaultKind.BAD_GATEWAY, FaultKind.EMPTY_ANSWER):
        answer = bad_gateway() if fault.kind is FaultKind.BAD_GATEWAY else empty()
        if fault.accepted:
            effects.afterwards = answer
        else:
            effects.instead = answer
        return
    if fault.kind is FaultKind.LATE_ACCEPT:
        effects.held_for_s = fault.seconds
        effects.afterwards = NoAnswer(_LONG_ENOUGH)
        return
    effects.afterwards = NoAnswer(fault.seconds or _LONG_ENOUGH)


def _apply_to_order(effects: Effects, partial: Fault | None, reject: Fault | None) -> None:
    if partial is not None:
        effects.fill_fraction = partial.fraction
    if reject is not None:
        effects.rejection = reject.reason
