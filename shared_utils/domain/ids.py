"""Identifiers say what they name: a prefix and a ULID, `stg_01J…` (decisions 8).

Two ways to get one: `new_id` for what a user creates, `derived_id` for what must come out the same
however often an event is delivered (executions, orders, positions).
"""

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from shared_utils.domain.errors import NotFound

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID_LENGTH = 26


class Kind(StrEnum):
    """The prefix of an id, one for each thing that has ids."""

    BASKET = "bsk"
    STRATEGY = "stg"
    LEG = "leg"
    ALLOCATION = "alc"
    SUBSCRIPTION = "sub"
    EXECUTION = "exe"
    ORDER = "ord"
    POSITION = "pos"
    TEMPLATE = "tpl"
    INVOICE = "inv"


KIND_NAMES = {
    Kind.BASKET: "basket",
    Kind.STRATEGY: "strategy",
    Kind.LEG: "leg",
    Kind.ALLOCATION: "broker allocation",
    Kind.SUBSCRIPTION: "subscription",
    Kind.EXECUTION: "execution",
    Kind.ORDER: "order",
    Kind.POSITION: "position",
    Kind.TEMPLATE: "template",
    Kind.INVOICE: "invoice",
}

RandomBytes = Callable[[int], bytes]


def _crockford(number: int) -> str:
    letters = []
    for _ in range(_ULID_LENGTH):
        number, digit = divmod(number, 32)
        letters.append(_CROCKFORD[digit])
    return "".join(reversed(letters))


def new_id(kind: Kind, at: datetime, random_bytes: RandomBytes) -> str:
    """A fresh id: 48 bits of milliseconds since 1970, 80 random bits (a ULID); sorts by birth."""
    milliseconds = int(at.timestamp() * 1000)
    return f"{kind}_{_crockford((milliseconds << 80) | int.from_bytes(random_bytes(10), 'big'))}"


def derived_id(kind: Kind, *parts: str) -> str:
    """The same parts, the same id: a second delivery changes nothing. 128 bits of SHA-256."""
    digest = hashlib.sha256("|".join(parts).encode()).digest()
    return f"{kind}_{_crockford(int.from_bytes(digest[:16], 'big'))}"


def require_kind(value: str, kind: Kind) -> str:
    """`value`, or NotFound that says which kind of id is meant here."""
    prefix, _, rest = value.partition("_")
    if prefix != kind or len(rest) != _ULID_LENGTH:
        raise NotFound(
            f"'{value}' is not the id of a {KIND_NAMES[kind]}: those look like {kind}_ "
            f"and {_ULID_LENGTH} letters and digits."
        )
    return value


def client_tag(order_id: str, attempt: int) -> str:
    """The label a broker keeps with an order: 18 letters and digits, derived, never reused.

    Kite refuses tags over 20 characters, and no broker deduplicates by tag: it only lets us *find*
    the order. 'Q' + 16 characters of the order id's hash (the stem) + the attempt (0-9).
    """
    if not 0 <= attempt <= 9:  # noqa: PLR2004 - one digit of the tag
        raise ValueError(f"an order has at most ten attempts, not {attempt + 1}")
    stem = base64.b32encode(hashlib.sha256(order_id.encode()).digest()).decode()[:16]
    return f"Q{stem}{attempt}"
