"""Positions, funds, the margin of orders and baskets, and the charges of a contract note."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from starlette.routing import Route

from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.instruments import Side
from shared_utils.domain.money import ZERO
from shared_utils.indian_market_utils.charge_facts import charge_rates_on
from shared_utils.risk_calculations.charges import NO_CHARGES, Charges, charges_of_order
from simulator.calls import Call, endpoint, number_of
from simulator.faults import Operation
from simulator.funds import Margin, margin_of
from simulator.funds_wire import charges_row, margin_row, positions, segments
from simulator.instruments import Instrument
from simulator.refusals import InputRefused
from simulator.risk_desk import holdings_of
from simulator.world import World


def funds_routes(world: World) -> list[Route]:
    def route(method: str, path: str, handler: Any) -> Route:
        return Route(path, endpoint(world, Operation.OTHER, handler), methods=[method])

    return [
        route("GET", "/portfolio/positions", _positions),
        route("GET", "/portfolio/holdings", lambda _call: []),
        route("GET", "/user/margins", _margins),
        route("GET", "/user/margins/{segment}", _segment),
        route("POST", "/margins/orders", _order_margins),
        route("POST", "/margins/basket", _basket_margins),
        route("POST", "/charges/orders", _charges),
    ]


def _positions(call: Call) -> Any:
    at = call.world.exchange.advance()
    market = call.world.market
    account = call.world.exchange.open_account(call.user_id)
    master = market.master(call.world.exchange.day)
    quotes = {}
    for key in account.net_quantities():
        instrument = master.find(f"{key[0]}:{key[1]}")
        if instrument is not None:
            quotes[key] = market.quote(instrument, at)
    return positions(account, quotes)


def _margins(call: Call) -> Any:
    margin = call.world.exchange.margin(call.user_id)
    return segments(call.world.exchange.open_account(call.user_id), margin)


def _segment(call: Call) -> Any:
    found = _margins(call).get(call.request.path_params["segment"])
    if found is None:
        raise InputRefused("Invalid segment: equity and commodity exist.")
    return found


@dataclass(frozen=True, slots=True)
class _Asked:
    """An order of a calculation: never placed."""

    instrument: Instrument
    side: Side
    quantity: int
    price: Decimal

    @property
    def signed(self) -> int:
        return self.quantity if self.side is Side.BUY else -self.quantity

    @property
    def premium(self) -> Decimal:
        return self.price * self.quantity if self.side is Side.BUY else ZERO


def _order_margins(call: Call) -> Any:
    """Each order by itself, as if nothing else were held."""
    return [
        margin_row(
            _requirement(call, {asked.instrument: asked.signed}).plus_premium(asked.premium),
            _charges_of(call, asked),
            asked.instrument.symbol,
            asked.instrument.exchange,
        )
        for asked in _asked(call)
    ]


def _basket_margins(call: Call) -> Any:
    """`initial` is the peak while the orders are executed in their order, `final` what remains.

    With `consider_positions` both are what the basket adds to the positions.
    """
    asked = _asked(call)
    with_positions = call.request.query_params.get("consider_positions", "").lower() == "true"
    account = call.world.exchange.open_account(call.user_id)
    master = call.world.market.master(call.world.exchange.day)
    holdings = holdings_of(account, master) if with_positions else {}
    before = _requirement(call, holdings)
    premium, peak, final = ZERO, Margin(), Margin()
    for order in asked:
        holdings[order.instrument] = holdings.get(order.instrument, 0) + order.signed
        premium += order.premium
        after = _requirement(call, holdings)
        final = Margin(
            span=after.span - before.span,
            exposure=after.exposure - before.exposure,
            premium=premium,
        )
        peak = max(peak, final, key=lambda margin: margin.total)
    charges = sum((_charges_of(call, order) for order in asked), NO_CHARGES)
    return {
        "initial": margin_row(peak, NO_CHARGES),
        "final": margin_row(final, NO_CHARGES),
        "orders": _order_margins(call),
        "charges": charges_row(charges),
    }


def _charges(call: Call) -> Any:
    """The virtual contract note: what these executed orders cost."""
    rows = []
    for row, asked in zip(_json_orders(call), _asked(call), strict=True):
        given = ("transaction_type", "tradingsymbol", "exchange", "variety", "product")
        rows.append(
            {name: row.get(name) for name in given}
            | {
                "order_type": row.get("order_type"),
                "quantity": asked.quantity,
                "price": asked.price,
                "charges": charges_row(_charges_of(call, asked)),
            }
        )
    return rows


def _charges_of(call: Call, asked: _Asked) -> Charges:
    facts, day = call.world.market.facts, call.world.exchange.day
    exchange = facts.indices[asked.instrument.underlying].exchange
    rates = charge_rates_on(facts.charges, exchange, BrokerName.ZERODHA, day)
    return charges_of_order(rates, asked.side, asked.price * asked.quantity)


def _requirement(call: Call, holdings: Mapping[Instrument, int]) -> Margin:
    return margin_of(call.world.market, holdings, call.at)


def _json_orders(call: Call) -> list[dict[str, Any]]:
    rows = call.json()
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise InputRefused("The body must be a list of orders.")
    return rows


def _asked(call: Call) -> list[_Asked]:
    call.world.exchange.advance()
    return [_one(call, row) for row in _json_orders(call)]


def _one(call: Call, row: Mapping[str, Any]) -> _Asked:
    master = call.world.market.master(call.world.exchange.day)
    instrument = master.find(f"{row.get('exchange')}:{row.get('tradingsymbol')}")
    if instrument is None or not instrument.is_option:
        raise InputRefused(f"Invalid `tradingsymbol`: {row.get('tradingsymbol')}.")
    if row.get("transaction_type") not in tuple(Side):
        raise InputRefused("Invalid `transaction_type`.")
    quantity = number_of(row.get("quantity"), "quantity") or ZERO
    price = number_of(row.get("average_price") or row.get("price"), "price") or ZERO
    if price == 0:
        price = call.world.market.quote(instrument, call.at).last_price
    return _Asked(instrument, Side(row["transaction_type"]), int(quantity), price)
