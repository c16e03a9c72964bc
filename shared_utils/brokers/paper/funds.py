"""What a paper account can pay for: its capital, what it has realised, and the estimated margin of
what it holds and has working. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from shared_utils.brokers.ports import PlaceOrder
from shared_utils.domain.instruments import Contract, OptionType, Side, Underlying
from shared_utils.domain.money import ZERO, to_paisa
from shared_utils.domain.orders import OrderState
from shared_utils.domain.paper_accounts import PaperPosition, PaperState
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.sessions import ist_date
from shared_utils.risk_calculations.forwards import RISK_FREE_RATE
from shared_utils.risk_calculations.margins import (
    MarginEstimate,
    MarginLeg,
    estimate_margin,
    margin_leg_of,
    margin_parameters_on,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperMoment:
    """What margins are estimated from: the facts, the time, the indices, the options' prices."""

    facts: MarketFacts
    at: datetime
    spots: Mapping[Underlying, Decimal]
    premiums: Mapping[str, Decimal]


def margin_of(
    state: PaperState, requests: Sequence[PlaceOrder], moment: PaperMoment
) -> MarginEstimate:
    """What `requests` add, in their order, to what the account holds and has working.

    Raises Unavailable when a price or a fact is missing.
    """
    legs = [
        _leg(each.contract, each.side, each.quantity, each.price, moment=moment)
        for each in requests
    ]
    return _estimate(legs, [*_held(state, moment), *_working(state, moment)], moment)


def opening_quantity(state: PaperState, request: PlaceOrder) -> int:
    """Units of the request that do not close what is held; what closes needs no margin."""
    sign = 1 if request.side is Side.BUY else -1
    symbol = request.contract.symbol
    net = sum(each.net_quantity for each in state.positions if each.contract.symbol == symbol)
    closing = sum(
        each.open_quantity
        for each in state.orders
        if each.contract.symbol == symbol and each.side is request.side
    )
    return request.quantity - min(request.quantity, max(0, -sign * net - closing))


def used_of(state: PaperState, moment: PaperMoment) -> Decimal:
    """Rupees that the positions and the working orders tie up."""
    return _estimate([*_held(state, moment), *_working(state, moment)], [], moment).final


def worth_of(state: PaperState) -> Decimal:
    """Capital and realised profit."""
    realised = sum((each.realised_pnl for each in state.positions), ZERO)
    return to_paisa(state.capital + realised)


def settled(state: PaperState, at: datetime, spots: Mapping[Underlying, Decimal]) -> PaperState:
    """The account on a new trading day: orders ended, flat positions booked, expired ones paid.

    Contracts that expired are paid their intrinsic value at the index's price of this first look
    after the expiry: near to the exchange's closing auction, not equal to it.
    """
    today = ist_date(at)
    capital, kept = state.capital, []
    for position in state.positions:
        if position.contract.expiry < today and position.net_quantity != 0:
            value = _intrinsic(position.contract, spots[position.contract.underlying])
            paid = (value - position.average_price) * position.net_quantity
            capital += position.realised_pnl + paid
        elif position.net_quantity == 0:
            capital += position.realised_pnl
        else:
            kept.append(position)
    return replace(
        state,
        capital=to_paisa(capital),
        trading_day=today,
        orders=(),
        positions=tuple(kept),
        taken={},
    )


def must_settle(positions: Iterable[PaperPosition], at: datetime) -> frozenset[Underlying]:
    """The indices whose price `settled` needs."""
    today = ist_date(at)
    return frozenset(
        each.contract.underlying
        for each in positions
        if each.contract.expiry < today and each.net_quantity != 0
    )


def _intrinsic(contract: Contract, spot: Decimal) -> Decimal:
    call = contract.option_type is OptionType.CE
    return max(spot - contract.strike if call else contract.strike - spot, ZERO)


def _estimate(
    legs: Sequence[MarginLeg], held: Sequence[MarginLeg], moment: PaperMoment
) -> MarginEstimate:
    return estimate_margin(
        legs,
        spots=moment.spots,
        rate=RISK_FREE_RATE,
        parameters=margin_parameters_on(moment.facts, ist_date(moment.at)),
        held=held,
    )


def _held(state: PaperState, moment: PaperMoment) -> list[MarginLeg]:
    return [
        _leg(
            each.contract,
            Side.BUY if each.net_quantity > 0 else Side.SELL,
            abs(each.net_quantity),
            moment.premiums.get(each.contract.symbol, each.average_price),
            moment=moment,
        )
        for each in state.positions
        if each.net_quantity != 0
    ]


def _working(state: PaperState, moment: PaperMoment) -> list[MarginLeg]:
    """The parts of working orders that would open: what only closes ties up nothing more."""
    nets: dict[str, int] = {}
    for position in state.positions:
        symbol = position.contract.symbol
        nets[symbol] = nets.get(symbol, 0) + position.net_quantity
    legs = []
    for order in state.orders:
        if order.state is not OrderState.OPEN:
            continue
        symbol, sign = order.contract.symbol, 1 if order.side is Side.BUY else -1
        closes = min(order.open_quantity, max(0, -sign * nets.get(symbol, 0)))
        nets[symbol] = nets.get(symbol, 0) + sign * closes
        opens = order.open_quantity - closes
        if opens > 0:
            legs.append(_leg(order.contract, order.side, opens, order.price, moment=moment))
    return legs


def _leg(
    contract: Contract, side: Side, quantity: int, premium: Decimal, *, moment: PaperMoment
) -> MarginLeg:
    return margin_leg_of(
        moment.facts,
        contract,
        side=side,
        quantity=quantity,
        premium=premium,
        now=moment.at,
        today=ist_date(moment.at),
    )
