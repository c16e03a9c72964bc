"""What the broker and the exchange refuse, at once or a moment after they have taken the order."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from shared_utils.domain.money import ceil_to_tick, floor_to_tick, on_tick
from shared_utils.indian_market_utils.price_bands import widest_stop_gap
from shared_utils.indian_market_utils.sessions import ist_date
from simulator.instruments import Instrument
from simulator.listings import freeze_quantity, last_known
from simulator.market import Market, MarketQuote
from simulator.orders import SimulatedOrder, Ticket
from simulator.refusals import InputRefused, OrderRefused

_LONGEST_TAG = 20
_HUNDRED = Decimal(100)
_AUTOMATIC = Decimal(-1)
_AUTOMATIC_PROTECTION = (
    (Decimal(10), Decimal(5)),
    (Decimal(100), Decimal(3)),
    (Decimal(500), Decimal(2)),
    (Decimal("Infinity"), Decimal(1)),
)


@dataclass(frozen=True, slots=True)
class Rejection:
    """Words for the user, and the raw ones of the system that refused."""

    message: str
    raw: str


def check_ticket(
    ticket: Ticket, instrument: Instrument | None, market: Market, at: datetime
) -> Instrument:
    """Refuses on the spot what never becomes an order; the instrument when all is well."""
    if instrument is None or instrument.expiry is None:
        raise InputRefused(
            "The instrument you are placing an order for has either expired or does not exist."
        )
    if not instrument.is_option:
        raise InputRefused("Only index options are traded on this simulated exchange.")
    _check_words(ticket)
    if not market.is_open(instrument.underlying, at):
        raise OrderRefused("Markets are closed right now. Try placing an AMO or a GTT order.")
    check_quantity(ticket.quantity, instrument, market, at)
    if ticket.order_type != "MARKET":
        check_prices(ticket.order_type, ticket.price, ticket.trigger_price, ticket.side, instrument)
    return instrument


def check_quantity(quantity: int, instrument: Instrument, market: Market, at: datetime) -> None:
    if quantity <= 0 or quantity % instrument.lot != 0:
        raise InputRefused(
            f"Invalid `quantity`. Quantity should be in multiples of lot size ({instrument.lot})."
        )
    freeze = freeze_quantity(market.facts, instrument.underlying, ist_date(at))
    if quantity > freeze:
        raise InputRefused(
            f"Quantity {quantity} is above the freeze quantity of {freeze} for {instrument.name}. "
            "Place the order in smaller slices."
        )


def check_prices(
    order_type: str, price: Decimal, trigger: Decimal, side: str, instrument: Instrument
) -> None:
    if price <= 0:
        raise InputRefused("Invalid `price`. A limit order needs a price above zero.")
    for name, value in (("price", price), ("trigger_price", trigger)):
        if not on_tick(value, instrument.tick):
            raise InputRefused(
                f"Tick size for this script is {instrument.tick}. Kindly enter {name} "
                "in the multiple of tick size for this script."
            )
    if order_type != "SL":
        return
    if trigger <= 0:
        raise InputRefused("Invalid `trigger_price`. A stop-loss order needs one.")
    if side == "BUY" and trigger > price:
        raise InputRefused("Trigger price for stoploss buy orders cannot be above the limit price.")
    if side == "SELL" and trigger < price:
        raise InputRefused(
            "Trigger price for stoploss sell orders cannot be below the limit price."
        )


def _check_words(ticket: Ticket) -> None:
    if ticket.tag is not None and len(ticket.tag) > _LONGEST_TAG:
        raise InputRefused("Invalid `tag`. It can have at most 20 characters.")
    if ticket.tag is not None and not (ticket.tag.isascii() and ticket.tag.isalnum()):
        raise InputRefused("Invalid `tag`. Only letters and digits are allowed.")
    if ticket.side not in ("BUY", "SELL"):
        raise InputRefused("Invalid `transaction_type`.")
    if ticket.product not in ("NRML", "MIS"):
        raise InputRefused("Invalid `product`. NRML and MIS exist for options.")
    if ticket.validity not in ("DAY", "IOC", "TTL"):
        raise InputRefused("Invalid `validity`.")
    if ticket.validity == "TTL" and ticket.validity_ttl <= 0:
        raise InputRefused("Invalid `validity_ttl`. A TTL order lives for one minute or more.")
    check_order_type(ticket.order_type, ticket.market_protection)


def check_order_type(order_type: str, protection: Decimal) -> None:
    """SL-M does not exist for index options; MARKET only with protection, as a limit order."""
    if order_type in ("LIMIT", "SL"):
        return
    if order_type not in ("MARKET", "SL-M"):
        raise InputRefused("Invalid `order_type`.")
    if order_type == "SL-M":
        raise InputRefused("SL-M orders are discontinued for index options. Place an SL order.")
    if protection != _AUTOMATIC and not 0 < protection <= _HUNDRED:
        raise InputRefused("Market orders without market protection are not allowed via API.")


def protected_limit(ticket: Ticket, quote: MarketQuote) -> Decimal:
    """The limit that a protected MARKET order becomes: so many percent beyond the best price.

    -1 leaves the percentage to the broker: 5, 3, 2 or 1, less the dearer the option is.
    """
    best = (quote.ask if ticket.side == "BUY" else quote.bid) or quote.last_price
    percent = ticket.market_protection
    if percent == _AUTOMATIC:
        percent = next(p for below, p in _AUTOMATIC_PROTECTION if best < below)
    tick, share = quote.instrument.tick, percent / _HUNDRED
    if ticket.side == "BUY":
        return min(ceil_to_tick(best * (1 + share), tick), quote.upper_circuit)
    return max(floor_to_tick(best * (1 - share), tick), quote.lower_circuit, tick)


def rejection_of_price(
    order: SimulatedOrder, quote: MarketQuote, market: Market
) -> Rejection | None:
    """Circuit limits for every price, the protection band for a live limit, the stop-limit gap."""
    if not quote.lower_circuit <= order.price <= quote.upper_circuit:
        return Rejection(
            "The price is outside the circuit limits "
            f"({quote.lower_circuit} - {quote.upper_circuit}) of the day.",
            "RMS:Rule: Check circuit limit including square off order exceeds",
        )
    if order.order_type == "SL" and not order.triggered:
        return _gap_rejection(order, quote, market)
    return band_rejection(order, quote, market)


def band_rejection(order: SimulatedOrder, quote: MarketQuote, market: Market) -> Rejection | None:
    """Limit-price protection: so many percent of the reference, at least so many rupees."""
    exchange = market.facts.indices[quote.instrument.underlying].exchange
    rule = last_known(market.facts.price_bands[exchange], ist_date(quote.at))
    reach = max(quote.last_price * rule.percentage / _HUNDRED, rule.minimum)
    if abs(order.price - quote.last_price) <= reach:
        return None
    return Rejection(
        f"The price is outside the execution range of {reach} around {quote.last_price}.",
        "17070 : The Price is out of the current execution range",
    )


def _gap_rejection(order: SimulatedOrder, quote: MarketQuote, market: Market) -> Rejection | None:
    exchange = market.facts.indices[quote.instrument.underlying].exchange
    rule = last_known(market.facts.stop_limit_ranges[exchange], ist_date(quote.at))
    gap = widest_stop_gap(rule, order.trigger_price)
    if abs(order.price - order.trigger_price) <= gap:
        return None
    return Rejection(
        f"The limit price is more than {gap} from the trigger price.",
        "16418 : Trigger price and limit price are too far apart",
    )
