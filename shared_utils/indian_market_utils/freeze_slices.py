"""Orders above the exchange's freeze quantity are refused whole, so they are sent in slices."""

from datetime import date

from shared_utils.domain.errors import InvalidInput, RuleBroken, Unavailable
from shared_utils.domain.instruments import Underlying
from shared_utils.indian_market_utils.dated_values import in_force
from shared_utils.indian_market_utils.facts import MarketFacts

FREEZE_BELOW_LOT = "FREEZE_BELOW_LOT"
QUANTITY_OFF_LOT = "QUANTITY_OFF_LOT"


def freeze_quantity_of(facts: MarketFacts, underlying: Underlying, on_day: date) -> int:
    """Units above which the exchange refuses one order on `on_day`.

    NSE revises it monthly. An unknown month raises MARKET_FACT_UNKNOWN: it is not guessed. Where
    the broker's master states one as well, trade with the smaller.
    """
    freezes = facts.indices[underlying].freeze_quantities
    return in_force(freezes, on_day, f"{underlying} freeze quantity")


def largest_order(lot: int, freeze: int) -> int:
    """The most units one order may have: `floor(freeze / lot) * lot`."""
    if lot < 1:
        raise InvalidInput("A lot has at least one unit.")
    if freeze < lot:
        raise Unavailable(
            f"The freeze quantity of {freeze} is below one lot of {lot}; "
            "one of the two is out of date.",
            code=FREEZE_BELOW_LOT,
        )
    return freeze // lot * lot


def slices(quantity: int, lot: int, freeze: int) -> tuple[int, ...]:
    """Units of each order: full slices first, the rest last; they add up to `quantity`.

    `quantity` is in units, a positive multiple of the lot; else RuleBroken QUANTITY_OFF_LOT.
    """
    largest = largest_order(lot, freeze)
    if quantity <= 0 or quantity % lot != 0:
        raise RuleBroken(
            f"The quantity {quantity} is not a positive multiple of the lot of {lot}.",
            code=QUANTITY_OFF_LOT,
        )
    full, rest = divmod(quantity, largest)
    return (largest,) * full + ((rest,) if rest else ())
