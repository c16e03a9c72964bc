"""Domain things with sensible values, for tests that care about one of them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.instruments import Contract, Exchange, OptionType, Side, Underlying
from shared_utils.domain.legs import OrderType
from shared_utils.domain.order_intents import Placement, Terms, plan_order
from shared_utils.domain.orders import Asked, BrokerReport, Fill, Order, OrderState, Purpose

NOW = datetime(2026, 11, 25, 4, 15, tzinfo=UTC)  # 09:45 in India, a Wednesday
EXPIRY = date(2026, 12, 1)


def a_contract(strike: int = 26000, option_type: OptionType = OptionType.CE) -> Contract:
    return Contract(
        underlying=Underlying.NIFTY,
        exchange=Exchange.NSE,
        expiry=EXPIRY,
        strike=Decimal(strike),
        option_type=option_type,
        lot_size=65,
        tick_size=Decimal("0.05"),
        symbol=f"NIFTY26D01{strike}{option_type}",
    )


def an_order(
    *,
    leg: int = 1,
    side: Side = Side.SELL,
    purpose: Purpose = Purpose.ENTRY,
    stage: int = 1,
    quantity: int = 65,
    price: str = "100.00",
    attempt: int = 0,
    slice_number: int = 0,
    max_attempts: int = 1,
    execution_id: str = "exe_0000000000000000000000TEST",
    **changes: object,
) -> Order:
    order = plan_order(
        Placement(
            execution_id=execution_id,
            user_id="user-1",
            strategy_id="stg_0000000000000000000000TEST",
            basket_id="bsk_0000000000000000000000TEST",
            allocation_id="alc_0000000000000000000000TEST",
            client_id="ZERODHA_CLIENT1",
            broker_name=BrokerName.ZERODHA,
            leg_id=f"leg_{leg}",
            leg_number=leg,
        ),
        Terms(
            contract=a_contract(26000 + 50 * leg),
            side=side,
            quantity=quantity,
            asked=Asked(order_type=OrderType.MARKET, slippage=Decimal(2)),
            order_type=OrderType.LIMIT,
            price=Decimal(price),
            max_attempts=max_attempts,
        ),
        purpose=purpose,
        stage=stage,
        slice_number=slice_number,
        attempt=attempt,
        at=NOW,
        stamp=NOW,
        send_by=NOW + timedelta(minutes=5),
    )
    return replace(order, **changes)  # type: ignore[arg-type]


def a_fill(trade_id: str = "t1", quantity: int = 65, price: str = "100.00") -> Fill:
    return Fill(trade_id=trade_id, quantity=quantity, price=Decimal(price), at=NOW)


def a_report(
    order: Order,
    state: OrderState = OrderState.OPEN,
    *,
    fills: tuple[Fill, ...] = (),
    filled: int | None = None,
    broker_order_id: str = "b1",
    at: datetime = NOW,
) -> BrokerReport:
    total = sum(fill.quantity for fill in fills) if filled is None else filled
    return BrokerReport(
        broker_order_id=broker_order_id,
        tag=order.tag,
        symbol=order.contract.symbol,
        side=order.side,
        quantity=order.quantity,
        state=state,
        filled_quantity=total,
        average_price=fills[0].price if fills else None,
        fills=fills,
        at=at,
    )
