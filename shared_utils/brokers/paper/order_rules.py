"""What the paper broker refuses, as the exchange and a broker's desk would. Pure."""

from datetime import datetime
from decimal import Decimal

from shared_utils.brokers.ports import ORDER_INVALID, PlaceOrder, Rejected
from shared_utils.domain.instruments import Contract, Quote
from shared_utils.domain.legs import OrderType
from shared_utils.domain.money import on_tick
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.freeze_slices import freeze_quantity_of
from shared_utils.indian_market_utils.price_bands import (
    price_band,
    stop_limit_rule,
    widest_stop_gap,
)
from shared_utils.indian_market_utils.sessions import is_open, ist_date

LONGEST_TAG = 20
MARKET_CLOSED = "MARKET_CLOSED"


def refusal_of(
    request: PlaceOrder, quote: Quote, facts: MarketFacts, at: datetime
) -> Rejected | None:
    """Why this order is not taken; None when it is. Raises Unavailable for an unknown fact."""
    contract = request.contract
    if not is_open(facts, contract.exchange, at):
        return Rejected(MARKET_CLOSED, "The market is closed.")
    if not (request.tag.isalnum() and len(request.tag) <= LONGEST_TAG):
        return _invalid("The tag must be 1 to 20 letters and digits.")
    if contract.expiry < ist_date(at):
        return _invalid("The contract has expired.")
    if request.order_type not in {OrderType.LIMIT, OrderType.SL}:
        return _invalid("Only LIMIT and SL orders are taken for index options.")
    if (request.order_type is OrderType.SL) != (request.trigger_price is not None):
        return _invalid("An SL order, and only that, has a trigger price.")
    return quantity_refusal(contract, request.quantity, facts, at) or price_refusal(
        contract, request.price, request.trigger_price, quote, facts=facts, at=at
    )


def quantity_refusal(
    contract: Contract, quantity: int, facts: MarketFacts, at: datetime
) -> Rejected | None:
    if quantity <= 0 or quantity % contract.lot_size != 0:
        return _invalid(f"The quantity must be a multiple of the lot of {contract.lot_size}.")
    freeze = freeze_quantity_of(facts, contract.underlying, ist_date(at))
    if quantity > freeze:
        return _invalid(f"The quantity is above the freeze quantity of {freeze}.")
    return None


def price_refusal(
    contract: Contract,
    price: Decimal,
    trigger_price: Decimal | None,
    quote: Quote,
    *,
    facts: MarketFacts,
    at: datetime,
) -> Rejected | None:
    for each in (price, trigger_price):
        if each is not None and (each <= 0 or not on_tick(each, contract.tick_size)):
            return _invalid(f"Prices must be multiples of {contract.tick_size}.")
    today = ist_date(at)
    band = price_band(facts, contract.exchange, quote, contract.tick_size, today)
    if not band.holds(price):
        return _invalid(f"The price must be between {band.lower} and {band.upper}.")
    if trigger_price is not None:
        widest = widest_stop_gap(stop_limit_rule(facts, contract.exchange, today), trigger_price)
        if abs(price - trigger_price) > widest:
            return _invalid(f"The limit may be at most {widest} away from the trigger.")
    return None


def _invalid(why: str) -> Rejected:
    return Rejected(ORDER_INVALID, why)
