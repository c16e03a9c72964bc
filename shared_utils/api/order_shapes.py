"""How an order looks on the wire, wherever it is shown."""

from shared_utils.api.paging import PageResponse
from shared_utils.api.wire_types import Amount, CalendarDate, Figure, Instant, ResponseModel
from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.instruments import Contract, Exchange, OptionType, Side, Underlying
from shared_utils.domain.legs import OrderType
from shared_utils.domain.orders import Order, OrderFlag, OrderState, Product, Purpose


class ContractResponse(ResponseModel):
    symbol: str
    underlying: Underlying
    exchange: Exchange
    expiry: CalendarDate
    strike: Amount
    option_type: OptionType
    lot_size: int
    tick_size: Amount

    @classmethod
    def from_domain(cls, contract: Contract) -> "ContractResponse":
        return cls.model_validate(contract)


class AskedResponse(ResponseModel):
    """What the trader asked for; what was sent stands on the order itself. Slippage in percent."""

    order_type: OrderType
    slippage: Figure
    limit_price: Amount | None
    trigger_price: Amount | None


class OrderResponse(ResponseModel):
    """One order at one broker. `average_price` is null until something has filled.

    `code` and `reason` say why it did not trade; what somebody has to look at is in `flags`.
    """

    order_id: str
    execution_id: str
    strategy_id: str
    basket_id: str
    client_id: str
    broker_name: BrokerName
    leg_id: str
    leg_number: int
    slice_number: int
    attempt: int
    stage: int
    purpose: Purpose
    contract: ContractResponse
    side: Side
    product: Product
    order_type: OrderType
    asked: AskedResponse
    quantity: int
    price: Amount
    trigger_price: Amount | None
    status: OrderState
    filled_quantity: int
    average_price: Amount | None
    broker_order_id: str | None
    code: str | None
    reason: str | None
    flags: list[OrderFlag]
    planned_at: Instant
    send_by: Instant
    updated_at: Instant
    version: int

    @classmethod
    def from_domain(cls, order: Order) -> "OrderResponse":
        return cls.model_validate(order_fields(order))


class FillResponse(ResponseModel):
    """One trade at the exchange."""

    trade_id: str
    quantity: int
    price: Amount
    at: Instant


class StepResponse(ResponseModel):
    at: Instant
    status: OrderState
    note: str


class OrderDetailResponse(OrderResponse):
    """With each trade, and each thing that happened to it, oldest first."""

    fills: list[FillResponse]
    history: list[StepResponse]

    @classmethod
    def from_domain(cls, order: Order) -> "OrderDetailResponse":
        history = [
            {"at": each.at, "status": each.state, "note": each.note} for each in order.history
        ]
        more = {"fills": list(order.fills), "history": history}
        return cls.model_validate(order_fields(order) | more)


class OrderPage(PageResponse[OrderResponse]):
    """My orders, latest first, a page at a time."""


_RENAMED = {"status": "state"}


def order_fields(order: Order) -> dict[str, object]:
    """OrderResponse's fields: the order's own of the same names."""
    return {name: getattr(order, _RENAMED.get(name, name)) for name in OrderResponse.model_fields}
