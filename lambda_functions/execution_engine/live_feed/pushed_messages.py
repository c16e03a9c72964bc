"""What a change of an order or a position looks like on the socket. Pure.

`version` only ever grows for what a message is about, so a client drops what is not newer: an
order's own version for ORDER_STATUS; for POSITION_UPDATE, which shows a strategy's whole book, the
sum of the versions of all its positions (each of them only grows, and none is ever deleted).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from shared_utils.domain.money import to_paisa
from shared_utils.domain.orders import Order
from shared_utils.domain.positions import Position, PositionStatus
from shared_utils.indian_market_utils.sessions import ist_date
from shared_utils.risk_calculations.profits import is_current, profit_of

Message = dict[str, Any]


def order_status(order: Order) -> Message:
    """`fill_price` and `fill_quantity` are of all that has filled so far; no fill has no price.

    `filled_quantity` is the same number under the name it has over REST.
    """
    return {
        "type": "ORDER_STATUS",
        "version": order.version,
        "data": {
            "order_id": order.order_id,
            "status": order.state,
            "fill_price": _amount(order.average_price),
            "fill_quantity": order.filled_quantity,
            "timestamp": _instant(order.updated_at),
            "execution_id": order.execution_id,
            "strategy_id": order.strategy_id,
            "client_id": order.client_id,
            "symbol": order.contract.symbol,
            "side": order.side,
            "purpose": order.purpose,
            "quantity": order.quantity,
            "filled_quantity": order.filled_quantity,
            "code": order.code,
            "reason": order.reason,
        },
    }


def position_update(strategy_id: str, positions: Sequence[Position]) -> Message:
    """From all positions that the strategy ever had, one at least; those that are open are shown.

    `current_pnl` is net, of what is open or was closed on the day of the last change; null while a
    part of it is unknown.
    """
    last = max(position.updated_at for position in positions)
    today = ist_date(last)
    current = profit_of(each for each in positions if is_current(each, today))
    return {
        "type": "POSITION_UPDATE",
        "version": sum(position.version for position in positions),
        "data": {
            "strategy_id": strategy_id,
            "positions": [_shown(each) for each in positions if each.status is PositionStatus.OPEN],
            "current_pnl": _amount(current.net),
            "timestamp": _instant(last),
        },
    }


def _shown(position: Position) -> Message:
    return {
        "position_id": position.position_id,
        "client_id": position.client_id,
        "broker_name": position.broker_name,
        "symbol": position.contract.symbol,
        "net_quantity": position.net_quantity,
        "average_price": _amount(position.average_price),
        "mark_price": _amount(position.mark_price),
        "marked_at": _instant(position.marked_at),
        "realised_pnl": _amount(position.realised_pnl),
        "unrealised_pnl": _amount(position.unrealised_pnl),
        "charges": _amount(position.charges) if position.charges_known else None,
        "net_pnl": _amount(position.net_pnl),
        "version": position.version,
    }


def _amount(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else to_paisa(amount)


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
