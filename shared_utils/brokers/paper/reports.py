"""Paper orders and positions in the port's words. Pure."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from shared_utils.brokers.ports import BrokerPosition, PlaceOrder
from shared_utils.domain.orders import BrokerReport, OrderState
from shared_utils.domain.paper_accounts import PaperOrder, PaperPosition, PaperState


def order_id_of(tag: str) -> str:
    return f"PAPER{tag}"


def new_order(request: PlaceOrder, at: datetime) -> PaperOrder:
    return PaperOrder(
        broker_order_id=order_id_of(request.tag),
        tag=request.tag,
        contract=request.contract,
        side=request.side,
        quantity=request.quantity,
        order_type=request.order_type,
        price=request.price,
        trigger_price=request.trigger_price,
        product=request.product,
        state=OrderState.OPEN,
        triggered=request.trigger_price is None,
        placed_at=at,
        updated_at=at,
    )


def with_order(state: PaperState, order: PaperOrder) -> PaperState:
    """The order in the place of what it was."""
    orders = tuple(
        order if each.broker_order_id == order.broker_order_id else each for each in state.orders
    )
    return replace(state, orders=orders)


def working_symbols(state: PaperState) -> list[str]:
    symbols = [each.contract.symbol for each in state.orders if each.open_quantity > 0]
    return list(dict.fromkeys(symbols))


def report_of(order: PaperOrder) -> BrokerReport:
    value = sum((fill.price * fill.quantity for fill in order.fills), Decimal(0))
    filled = order.filled_quantity
    return BrokerReport(
        broker_order_id=order.broker_order_id,
        tag=order.tag,
        symbol=order.contract.symbol,
        side=order.side,
        quantity=order.quantity,
        state=order.state,
        filled_quantity=filled,
        average_price=value / filled if filled else None,
        fills=order.fills,
        reason=order.reason,
        at=order.updated_at,
    )


def position_of(position: PaperPosition) -> BrokerPosition:
    return BrokerPosition(
        symbol=position.contract.symbol,
        exchange=position.contract.exchange,
        product=position.product,
        net_quantity=position.net_quantity,
        average_price=position.average_price,
    )
