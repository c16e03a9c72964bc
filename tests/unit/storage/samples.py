"""One of each thing that is stored, with sensible values."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from shared_utils.domain.allocations import StrategyBrokerAllocation
from shared_utils.domain.baskets import (
    Basket,
    BasketCategory,
    BasketPerformance,
    CreatorType,
    PublishedFace,
    Visibility,
)
from shared_utils.domain.broker_accounts import (
    AccountLimits,
    AccountStatus,
    BrokerAccount,
    BrokerName,
    Egress,
)
from shared_utils.domain.executions import (
    AccountRun,
    Execution,
    ExecutionStatus,
    ExecutionTrigger,
)
from shared_utils.domain.instruments import Exchange, OptionType, Side, Underlying
from shared_utils.domain.legs import (
    ExpiryType,
    LegCategory,
    OptionConfig,
    OrderType,
    PremiumSelection,
    SelectionType,
    StopLossConfig,
    StrategyLeg,
    TransactionConfig,
    UnderlyingConfig,
    UnderlyingType,
)
from shared_utils.domain.orders import Order
from shared_utils.domain.positions import Position, position_key
from shared_utils.domain.schedules import (
    DayConfig,
    DayType,
    EventKind,
    ExecutionSchedule,
    Weekday,
)
from shared_utils.domain.strategies import RiskConfig, Strategy, StrategyStatus, StrategyType
from shared_utils.domain.subscription_events import (
    Cause,
    SubscriptionEvent,
    SubscriptionEventKind,
    event_of,
)
from shared_utils.domain.subscriptions import (
    BasketSubscription,
    FinancialDetails,
    SubscriptionStatus,
)
from tests.factories import NOW, a_contract, an_order

ME, OTHER = "user-1", "user-2"
ACCOUNT = "ZERODHA_CLIENT1"


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def a_face(category: BasketCategory = BasketCategory.INCOME, version: int = 1) -> PublishedFace:
    return PublishedFace(
        version=version,
        name="Weekly income",
        description="Sold premium",
        category=category,
        tags=(),
        strategy_count=1,
    )


def a_basket(basket_id: str = "bsk_1", **changes: Any) -> Basket:
    basket = Basket(
        user_id=ME,
        basket_id=basket_id,
        created_by_type=CreatorType.USER,
        creator_name="A Trader",
        creator_user_id=ME,
        visibility=Visibility.PRIVATE,
        name="Weekly income",
        category=BasketCategory.INCOME,
        performance_metrics=BasketPerformance(total_return=Decimal("12.50")),
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(basket, **changes)


def a_leg(number: int = 1, side: Side = Side.SELL) -> StrategyLeg:
    return StrategyLeg(
        leg_id=f"leg_{number}",
        leg_number=number,
        underlying_config=UnderlyingConfig(
            type=UnderlyingType.INDEX,
            symbol=Underlying.NIFTY,
            exchange=Exchange.NSE,
            lot_size=65,
        ),
        option_config=OptionConfig(option_type=OptionType.CE, expiry_type=ExpiryType.WEEKLY),
        premium_selection=PremiumSelection(
            type=SelectionType.DELTA_BASED, delta_range=(Decimal("0.15"), Decimal("0.25"))
        ),
        transaction_config=TransactionConfig(transaction_type=side, order_type=OrderType.MARKET),
        stop_loss_config=StopLossConfig(),
        leg_category=LegCategory.INCOME,
    )


def a_strategy(strategy_id: str = "stg_1", **changes: Any) -> Strategy:
    weekdays = DayConfig(type=DayType.WEEKDAYS, weekdays=(Weekday.MON, Weekday.WED))
    strategy = Strategy(
        user_id=ME,
        strategy_id=strategy_id,
        basket_id="bsk_1",
        strategy_number=1,
        name="Iron condor",
        strategy_type=StrategyType.IRON_CONDOR,
        execution_schedule=ExecutionSchedule(
            entry_time=time(9, 30),
            exit_time=time(15, 15),
            entry_days=weekdays,
            exit_days=weekdays,
        ),
        legs=tuple(a_leg(number) for number in range(1, 5)),
        risk_config=RiskConfig(daily_loss_limit=Decimal("5000.00")),
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(strategy, **changes)


def an_active_strategy(strategy_id: str = "stg_1", **changes: Any) -> Strategy:
    active = {
        "status": StrategyStatus.ACTIVE,
        "next_execution": later(60),
        "next_event": EventKind.ENTRY,
    }
    return a_strategy(strategy_id, **(active | changes))


def an_allocation(allocation_id: str = "alc_1", **changes: Any) -> StrategyBrokerAllocation:
    allocation = StrategyBrokerAllocation(
        user_id=ME,
        allocation_id=allocation_id,
        strategy_id="stg_1",
        basket_id="bsk_1",
        client_id=ACCOUNT,
        lots_per_execution=2,
        priority=1,
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(allocation, **changes)


def an_account(client_id: str = ACCOUNT, **changes: Any) -> BrokerAccount:
    account = BrokerAccount(
        user_id=ME,
        client_id=client_id,
        broker_name=BrokerName.ZERODHA,
        display_name="Mine",
        status=AccountStatus.CONNECTED,
        limits=AccountLimits(max_daily_loss=Decimal("10000.00")),
        egress=Egress(),
        access_token_sealed="c2VhbGVk",
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(account, **changes)


def an_execution(execution_id: str = "exe_1", **changes: Any) -> Execution:
    execution = Execution(
        strategy_id="stg_1",
        execution_timestamp=f"2026-11-25-04-15-00-{execution_id}",
        execution_id=execution_id,
        user_id=ME,
        basket_id="bsk_1",
        kind=EventKind.ENTRY,
        trigger=ExecutionTrigger.SCHEDULE,
        status=ExecutionStatus.PENDING,
        scheduled_for=later(60),
        send_by=later(120),
        strategy_version=1,
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(execution, **changes)


def a_run(client_id: str = ACCOUNT, **changes: Any) -> AccountRun:
    run = AccountRun(user_id=ME, client_id=client_id, allocation_id="alc_1", lots=2)
    return replace(run, **changes)


def an_order_of(number: int, **changes: Any) -> Order:
    """Distinct orders of one execution, account and user."""
    return an_order(leg=1 + number % 4, slice_number=number // 4, **changes)


def a_position(strike: int = 26000, **changes: Any) -> Position:
    contract = a_contract(strike)
    strategy_id = changes.get("strategy_id", "stg_1")
    client_id = changes.get("client_id", ACCOUNT)
    position = Position(
        user_id=ME,
        position_id=f"pos_{strategy_id}_{strike}_{client_id}",
        position_key=position_key(strategy_id, contract, client_id, BrokerName.ZERODHA),
        broker_name=BrokerName.ZERODHA,
        strategy_id=strategy_id,
        basket_id="bsk_1",
        client_id=client_id,
        contract=contract,
        net_quantity=-65,
        average_price=Decimal("101.25"),
        applied_fills={"ord_1": 1},
        opened_at=NOW,
        updated_at=NOW,
        version=1,
    )
    return replace(position, **changes)


def a_subscription(subscription_id: str = "sub_1", **changes: Any) -> BasketSubscription:
    subscription = BasketSubscription(
        user_id=ME,
        subscription_id=subscription_id,
        basket_id="bsk_1",
        basket_creator_id="admin-1",
        subscription_status=SubscriptionStatus.ACTIVE,
        subscription_date=NOW,
        financial_details=FinancialDetails(next_billing_date=later(86_400)),
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(subscription, **changes)


def an_event(
    subscription: BasketSubscription,
    kind: SubscriptionEventKind = SubscriptionEventKind.SUBSCRIBED,
) -> SubscriptionEvent:
    cause = Cause(actor=subscription.user_id, request_id="request-1")
    return event_of(subscription, kind, "It was so.", cause)


def changed(thing: Any, **changes: Any) -> Any:
    """Its next version."""
    return replace(thing, version=thing.version + 1, **changes)
