"""What an answer of Kite proves about an order message. Pure; every row has its test
(docs/broker_outcomes.md). Whatever is not listed here is Unknown.
"""

from collections.abc import Callable, Mapping
from typing import Any

from shared_utils.brokers.ports import (
    MARGIN_SHORT,
    NOT_PERMITTED,
    ORDER_INVALID,
    TOKEN_EXPIRED,
    Accepted,
    Outcome,
    Rejected,
    Unknown,
)
from shared_utils.brokers.wire import NoAnswer, NotSent, Refused

_FORBIDDEN = 403
_BAD_REQUEST = 400

# Refused before Kite hands the order to its order management system. OrderException and
# UserException also come from behind it, Network-, Data- and GeneralException are about the way
# there: all of these wait for the order book to tell.
PLACE_REFUSALS: Mapping[str, str] = {
    "InputException": ORDER_INVALID,
    "MarginException": MARGIN_SHORT,
    "PermissionException": NOT_PERMITTED,
    "TokenException": TOKEN_EXPIRED,
}
# For an order that exists, "not found", "already complete" or "cannot be modified" come as
# InputException too: only what is said at the door leaves the order certainly as it was.
CHANGE_REFUSALS: Mapping[str, str] = {
    "PermissionException": NOT_PERMITTED,
    "TokenException": TOKEN_EXPIRED,
}
# Kite answers HTTP 400 with a proper error although the order was placed (kite.trade 35732).
_UNDECIDED_WORDS = ("timed out", "timeout", "time out")


def outcome_of(send: Callable[[], Any], refusals: Mapping[str, str]) -> Outcome:
    """Sends by calling `send`, which returns the envelope's data."""
    try:
        data = send()
    except NotSent as error:
        return Unknown(f"Not sent: {error}")
    except NoAnswer as error:
        return Unknown(str(error))
    except Refused as refused:
        return _judged(refused, refusals)
    order_id = data.get("order_id") if isinstance(data, dict) else None
    if not (isinstance(order_id, str) and order_id):
        return Unknown("The broker said yes without an order id.")
    return Accepted(order_id)


def _judged(refused: Refused, refusals: Mapping[str, str]) -> Outcome:
    code = refusals.get(refused.error_type)
    if code is None or _is_undecided(refused):
        return Unknown(f"{refused.error_type} (HTTP {refused.status}): {refused.message}")
    return Rejected(code, refused.message)


def _is_undecided(refused: Refused) -> bool:
    """429 and 5xx come from a broker in trouble, whatever they say; a session is refused at the
    door with 403 only: with any other status it died in mid-call.
    """
    if refused.error_type == "TokenException" and refused.status != _FORBIDDEN:
        return True
    if refused.status not in {_BAD_REQUEST, _FORBIDDEN}:
        return True
    return any(words in refused.message.lower() for words in _UNDECIDED_WORDS)
