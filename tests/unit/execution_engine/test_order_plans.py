from datetime import timedelta
from decimal import Decimal

import pytest

from lambda_functions.execution_engine.strategy_executor.order_plans import (
    PlanContext,
    plan_exit,
)
from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.executions import Execution, ExecutionStatus, ExecutionTrigger
from shared_utils.domain.instruments import Side
from shared_utils.domain.positions import Position
from shared_utils.domain.schedules import EventKind
from tests.factories import a_contract
from tests.simulation.market import DUE, TODAY, USER, a_condor
from tests.simulation.services import the_facts


def an_exit():
    strategy = a_condor()
    return strategy, Execution(
        strategy_id=strategy.strategy_id,
        execution_timestamp="2026-08-05-04-15-00-EXIT",
        execution_id="exe_0000000000000000000000EXIT",
        user_id=USER,
        basket_id=strategy.basket_id,
        kind=EventKind.EXIT,
        trigger=ExecutionTrigger.SCHEDULE,
        status=ExecutionStatus.RUNNING,
        scheduled_for=DUE,
        send_by=DUE + timedelta(minutes=1),
        strategy_version=1,
        created_at=DUE,
        updated_at=DUE,
    )


def held(quantity, *, average="100.00", mark=None):
    return Position(
        user_id=USER,
        position_id="pos_1",
        position_key="key",
        strategy_id="stg",
        basket_id="bsk",
        client_id="ZERODHA_CLIENT1",
        broker_name=BrokerName.ZERODHA,
        contract=a_contract(),
        net_quantity=quantity,
        average_price=Decimal(average),
        mark_price=None if mark is None else Decimal(mark),
        opened_at=DUE,
        updated_at=DUE,
    )


@pytest.mark.parametrize(
    ("quantity", "mark", "side", "price"),
    [
        (-65, None, Side.BUY, "103.00"),
        (65, None, Side.SELL, "97.00"),
        (65, "40.00", Side.SELL, "38.80"),
    ],
)
def test_an_exit_that_nobody_quotes_goes_out_off_the_last_known_price(quantity, mark, side, price):
    strategy, execution = an_exit()
    context = PlanContext(
        facts=the_facts(),
        today=TODAY,
        now=DUE,
        released_at=DUE,
        quotes={},
        spots={},
        max_quote_age_s=5,
    )
    position = held(quantity, mark=mark)
    (order,) = plan_exit(execution, strategy, [position], context=context, allocation_id="alc")
    assert (order.side, order.price) == (side, Decimal(price))
