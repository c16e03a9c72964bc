"""Money and prices: `Decimal` from end to end. Nothing here accepts a float."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
PAISA = Decimal("0.01")
RUPEE = Decimal(1)


def to_paisa(amount: Decimal) -> Decimal:
    """Rounded half-even to two decimals, as every amount is stored and sent; never minus zero."""
    return amount.quantize(PAISA, rounding=ROUND_HALF_EVEN) + ZERO


def to_rupee(amount: Decimal) -> Decimal:
    """Rounded half-up to the rupee, as STT is on a contract note."""
    return amount.quantize(RUPEE, rounding=ROUND_HALF_UP)


def on_tick(price: Decimal, tick: Decimal) -> bool:
    return price % tick == 0


def floor_to_tick(price: Decimal, tick: Decimal) -> Decimal:
    return (price / tick).to_integral_value(rounding=ROUND_FLOOR) * tick


def ceil_to_tick(price: Decimal, tick: Decimal) -> Decimal:
    return (price / tick).to_integral_value(rounding=ROUND_CEILING) * tick


def nearest_tick(price: Decimal, tick: Decimal) -> Decimal:
    return (price / tick).to_integral_value(rounding=ROUND_HALF_EVEN) * tick
