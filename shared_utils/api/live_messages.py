"""What goes over the socket, for the API's document. `version` only grows: drop what is older."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from shared_utils.api.wire_types import Amount, Instant, RequestModel, ResponseModel
from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.instruments import Side
from shared_utils.domain.orders import OrderState, Purpose

Channel = Literal["live", "positions", "orders", "market-data", "risk"]
CHANNELS: tuple[str, ...] = get_args(Channel)


class ChannelsAction(RequestModel):
    """What the client sends: the channels it wants to hear, or no longer."""

    action: Literal["subscribe", "unsubscribe"]
    channels: list[Channel]


class OpenChannels(ResponseModel):
    channels: list[Channel]


class SubscribedMessage(ResponseModel):
    """The answer to a `ChannelsAction`: every channel that is open now."""

    type: Literal["SUBSCRIBED"]
    version: Annotated[int, Field(ge=0)]
    data: OpenChannels


class FieldProblem(ResponseModel):
    field: str
    problem: str


class SocketError(ResponseModel):
    """`code` is stable, `message` is a sentence for the user."""

    code: str
    message: str
    details: list[FieldProblem]


class ErrorMessage(ResponseModel):
    """The answer to what could not be read or done; the socket stays open."""

    type: Literal["ERROR"]
    error: SocketError


class OrderStatusData(ResponseModel):
    """The fills are of all that has filled so far: units, and their average price, null before the
    first one. `filled_quantity` is the same number under the name it has over REST.
    """

    order_id: str
    status: OrderState
    fill_price: Amount | None
    fill_quantity: int
    timestamp: Instant
    execution_id: str
    strategy_id: str
    client_id: str
    symbol: str
    side: Side
    purpose: Purpose
    quantity: int
    filled_quantity: int
    code: str | None
    reason: str | None


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
    broker_name: BrokerName
    net_quantity: int
    average_price: Amount
    mark_price: Amount | None
    marked_at: Instant | None
    realised_pnl: Amount
    unrealised_pnl: Amount | None
    charges: Amount | None
    net_pnl: Amount | None
    version: int


class PositionUpdateData(ResponseModel):
    """Every open position of the strategy. `current_pnl` is net, of what is open or was closed on
    the day of the change; null while a part of it is unknown.
    """

    strategy_id: str
    positions: list[LivePosition]
    current_pnl: Amount | None
    timestamp: Instant


class PositionUpdateMessage(ResponseModel):
    """A strategy's positions changed. Channels: live, positions."""

    type: Literal["POSITION_UPDATE"]
    version: Annotated[int, Field(ge=0)]
    data: PositionUpdateData


LIVE_MESSAGES = (
    ChannelsAction,
    SubscribedMessage,
    ErrorMessage,
    OrderStatusMessage,
    PositionUpdateMessage,
)
