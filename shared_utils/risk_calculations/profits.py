"""What positions earned: gross and net, realised and not. An unknown part makes its sum unknown.

gross = realised + unrealised;  net = gross - charges
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shared_utils.domain.positions import Position, PositionStatus
from shared_utils.indian_market_utils.sessions import ist_date


@dataclass(frozen=True, slots=True, kw_only=True)
class Profit:
    """Rupees; None is unknown (no mark, or no charges of the day) and never shown as zero."""

    realised: Decimal
    unrealised: Decimal | None
    charges: Decimal | None

    @property
    def gross(self) -> Decimal | None:
        return None if self.unrealised is None else self.realised + self.unrealised

    @property
    def net(self) -> Decimal | None:
        if self.gross is None or self.charges is None:
            return None
        return self.gross - self.charges


def profit_of(positions: Iterable[Position]) -> Profit:
    """The sum over positions; of none it is zero."""
    held = tuple(positions)
    charged = (each.charges if each.charges_known else None for each in held)
    return Profit(
        realised=sum((each.realised_pnl for each in held), Decimal(0)),
        unrealised=_sum(each.unrealised_pnl for each in held),
        charges=_sum(charged),
    )


def is_current(position: Position, today: date) -> bool:
    """Open, or closed on this day (in India): what a day's profit is made of."""
    return position.status is PositionStatus.OPEN or ist_date(position.updated_at) == today


def _sum(parts: Iterable[Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for part in parts:
        if part is None:
            return None
        total += part
    return total
