"""One line of the billing ledger: written once, never changed, never deleted.

The amounts of a subscription's entries add up to what the subscriber owes: charges and refunds
count up, credits and payments count down. Keys are derived from what is posted and not from when,
so that the same posting cannot be stored twice.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from shared_utils.domain.money import ZERO


class EntryKind(StrEnum):
    """JOINED, LEFT, NO_CHARGE and PAYMENT_FAILED move no money."""

    JOINED = "JOINED"
    LEFT = "LEFT"
    CHARGE = "CHARGE"
    NO_CHARGE = "NO_CHARGE"
    CREDIT = "CREDIT"
    PAYMENT = "PAYMENT"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    REFUND = "REFUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """`amount` is signed as above; `performance_part` is how much of it is a share of profits.

    `billing_key` names the membership and its period (`0001-0003`), `entry_key` the posting in it.
    """

    subscription_id: str
    entry_key: str
    billing_key: str
    kind: EntryKind
    amount: Decimal = ZERO
    performance_part: Decimal = ZERO
    user_id: str
    creator_id: str
    basket_id: str
    invoice_id: str | None = None
    period_start: datetime
    period_end: datetime
    reference: str | None = None
    sentence: str
    posted_at: datetime
    version: int = 1


def balance(entries: tuple[LedgerEntry, ...]) -> Decimal:
    """What the subscriber owes; negative is owed to him."""
    return sum((entry.amount for entry in entries), ZERO)
