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


def in_rupees(amount: Decimal) -> str:
    """As it is read in India: 172285 is "1,72,285.00"."""
    whole, _, paise = f"{abs(to_paisa(amount)):.2f}".partition(".")
    head, groups = whole[:-3], [whole[-3:]]
    while head:
        head, group = head[:-2], head[-2:]
        groups.insert(0, group)
    sign = "-" if to_paisa(amount) < 0 else ""
    return f"{sign}{','.join(groups)}.{paise}"
