"""What the WebSocket sends, for the API's document. `version` only grows: drop what is older."""

from typing import Annotated, Literal

from pydantic import Field

from shared_utils.api.wire_types import Amount, Instant, ResponseModel
from shared_utils.domain.orders import OrderState


class OrderStatusData(ResponseModel):
    """`fill_quantity` in units, both fills null before the first one."""

    order_id: str
    status: OrderState
    fill_price: Amount | None
    fill_quantity: int | None
    timestamp: Instant


class OrderStatusMessage(ResponseModel):
    """An order moved. Channels: live, orders."""

    type: Literal["ORDER_STATUS"]
    version: Annotated[int, Field(ge=0)]
    data: OrderStatusData


class LivePosition(ResponseModel):
    """`net_quantity` in signed units, short is negative."""

    position_id: str
    symbol: str
    client_id: str
    net_quantity: int
    average_price: Amount


class PositionUpdateData(ResponseModel):
    strategy_id: str
    positions: list[LivePosition]
    current_pnl: Amount | None
    timestamp: Instant


class PositionUpdateMessage(ResponseModel):
    """A strategy's positions changed. Channels: live, positions."""

    type: Literal["POSITION_UPDATE"]
    version: Annotated[int, Field(ge=0)]
    data: PositionUpdateData


LIVE_MESSAGES = (OrderStatusMessage, PositionUpdateMessage)
