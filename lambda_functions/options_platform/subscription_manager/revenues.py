"""What a publisher has charged and been paid, by month and basket. Pure.

The ledger's entries count in the month they were posted, an invoice that is still open in the month
it was issued. Months are India's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from shared_utils.domain.invoices import Invoice
from shared_utils.domain.ledger_entries import EntryKind, LedgerEntry
from shared_utils.domain.money import ZERO
from shared_utils.indian_market_utils.sessions import IST


@dataclass(frozen=True, slots=True, kw_only=True)
class Revenue:
    """Rupees: `collected` is net of what was given back, `open_amount` what is still owed either
    way. Subscribers who joined, and who left or ran out.
    """

    charged: Decimal = ZERO
    credited: Decimal = ZERO
    collected: Decimal = ZERO
    open_amount: Decimal = ZERO
    subscribers_gained: int = 0
    subscribers_lost: int = 0

    def plus(self, other: "Revenue") -> "Revenue":
        return Revenue(
            charged=self.charged + other.charged,
            credited=self.credited + other.credited,
            collected=self.collected + other.collected,
            open_amount=self.open_amount + other.open_amount,
            subscribers_gained=self.subscribers_gained + other.subscribers_gained,
            subscribers_lost=self.subscribers_lost + other.subscribers_lost,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOfBasket:
    """`month` such as `2026-11`."""

    month: str
    basket_id: str
    revenue: Revenue


def month_of(at: datetime) -> str:
    return f"{at.astimezone(IST):%Y-%m}"


def by_month_and_basket(
    entries: Iterable[LedgerEntry], invoices: Iterable[Invoice]
) -> tuple[MonthOfBasket, ...]:
    """In the order of months, then of baskets."""
    found: dict[tuple[str, str], Revenue] = {}

    def add(at: datetime, basket_id: str, part: Revenue) -> None:
        place = month_of(at), basket_id
        found[place] = found.get(place, Revenue()).plus(part)

    for entry in entries:
        add(entry.posted_at, entry.basket_id, _of(entry))
    for invoice in invoices:
        add(invoice.issued_at, invoice.basket_id, Revenue(open_amount=invoice.amount_due))
    return tuple(
        MonthOfBasket(month=month, basket_id=basket_id, revenue=revenue)
        for (month, basket_id), revenue in sorted(found.items())
        if revenue != Revenue()
    )


def total_of(rows: Iterable[MonthOfBasket]) -> Revenue:
    total = Revenue()
    for row in rows:
        total = total.plus(row.revenue)
    return total


_COUNTED: Mapping[EntryKind, Revenue] = {
    EntryKind.JOINED: Revenue(subscribers_gained=1),
    EntryKind.LEFT: Revenue(subscribers_lost=1),
}


def _of(entry: LedgerEntry) -> Revenue:
    match entry.kind:
        case EntryKind.CHARGE:
            return Revenue(charged=entry.amount)
        case EntryKind.CREDIT:
            return Revenue(credited=-entry.amount)
        case EntryKind.PAYMENT | EntryKind.REFUND:
            return Revenue(collected=-entry.amount)
        case _:
            return replace(_COUNTED.get(entry.kind, Revenue()))
