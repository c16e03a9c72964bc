"""What a trade costs, to the paisa: brokerage, STT, exchange, SEBI, stamp duty, GST.

The dated rates come from `indian_market_utils.charge_facts`; here is the arithmetic of a contract
note. STT is rounded to the rupee, half up. Every other line is carried exactly and the total alone
is rounded to the paisa, so a note's printed lines may differ from its total by a paisa.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from shared_utils.domain.instruments import Side
from shared_utils.domain.money import ZERO, to_paisa, to_rupee
from shared_utils.indian_market_utils.charge_facts import ChargeRates


@dataclass(frozen=True, slots=True, kw_only=True)
class Charges:
    """Rupees. `stt` is whole rupees, the other lines are exact; `total` is rounded to the paisa."""

    brokerage: Decimal = ZERO
    stt: Decimal = ZERO
    exchange_transaction: Decimal = ZERO
    investor_protection: Decimal = ZERO
    sebi_fee: Decimal = ZERO
    stamp_duty: Decimal = ZERO
    gst: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return to_paisa(
            self.brokerage
            + self.stt
            + self.exchange_transaction
            + self.investor_protection
            + self.sebi_fee
            + self.stamp_duty
            + self.gst
        )

    def __add__(self, other: "Charges") -> "Charges":
        return Charges(
            brokerage=self.brokerage + other.brokerage,
            stt=self.stt + other.stt,
            exchange_transaction=self.exchange_transaction + other.exchange_transaction,
            investor_protection=self.investor_protection + other.investor_protection,
            sebi_fee=self.sebi_fee + other.sebi_fee,
            stamp_duty=self.stamp_duty + other.stamp_duty,
            gst=self.gst + other.gst,
        )


NO_CHARGES = Charges()


def charges_of_order(rates: ChargeRates, side: Side, turnover: Decimal) -> Charges:
    """Of one executed order: `turnover` is the sum of price x quantity over its fills.

    Brokerage is per executed order, so each slice of a frozen quantity pays it again; an order of
    which nothing was executed costs nothing. The seller pays STT, the buyer stamp duty.
    """
    if turnover < 0:
        raise ValueError("A turnover is never negative.")
    if turnover == 0:
        return NO_CHARGES
    brokerage = rates.brokerage_per_order
    exchange = turnover * rates.exchange_transaction
    protection = turnover * rates.investor_protection
    sebi = turnover * rates.sebi_fee
    return Charges(
        brokerage=brokerage,
        stt=to_rupee(turnover * rates.stt_on_sale) if side is Side.SELL else ZERO,
        exchange_transaction=exchange,
        investor_protection=protection,
        sebi_fee=sebi,
        stamp_duty=turnover * rates.stamp_duty_on_purchase if side is Side.BUY else ZERO,
        gst=rates.gst * (brokerage + exchange + protection + sebi),
    )


def charges_of_next_fill(
    rates: ChargeRates, side: Side, *, turnover_before: Decimal, turnover_of_fill: Decimal
) -> Decimal:
    """What one more fill adds to its order's total, in rupees.

    The additions of all fills of an order sum exactly to the total of the whole order, in whatever
    pieces it was filled: brokerage is paid with the first one and STT is rounded once.
    """
    after = charges_of_order(rates, side, turnover_before + turnover_of_fill)
    return after.total - charges_of_order(rates, side, turnover_before).total


def charges_at_exercise(rates: ChargeRates, intrinsic_value: Decimal, quantity: int) -> Charges:
    """STT that the holder of a long option in the money pays at expiry, on its intrinsic value.

    `intrinsic_value` in rupees per unit, `quantity` in units held long; the seller pays none.
    """
    if intrinsic_value <= 0 or quantity <= 0:
        return NO_CHARGES
    return Charges(stt=to_rupee(intrinsic_value * quantity * rates.stt_on_exercise))


def sum_of_charges(parts: Iterable[Charges]) -> Charges:
    """Line by line; the total is of the exact lines."""
    total = NO_CHARGES
    for part in parts:
        total += part
    return total
