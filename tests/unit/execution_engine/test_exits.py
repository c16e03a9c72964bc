from dataclasses import replace
from datetime import timedelta

import pytest

from lambda_functions.execution_engine.performance_calculator.service import FillBookings
from lambda_functions.execution_engine.strategy_executor.exits import NOTHING_HELD, Exits
from lambda_functions.execution_engine.strategy_executor.order_plans import PlanContext
from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.errors import MarketDataUnavailable
from shared_utils.domain.executions import (
    AccountOutcome,
    AccountRun,
    Execution,
    ExecutionStatus,
)
from shared_utils.domain.executions import ExecutionTrigger as Trigger
from shared_utils.domain.instruments import Exchange, Side
from shared_utils.domain.order_reports import apply_report
from shared_utils.domain.orders import OrderState, accept, claim
from shared_utils.domain.schedules import EventKind
from shared_utils.indian_market_utils.charge_facts import charge_rates_on
from shared_utils.storage.executions import Executions
from shared_utils.storage.orders import Orders
from shared_utils.storage.positions import Positions
from tests.factories import NOW, a_fill, a_report, an_order
from tests.fake_dynamo.client import FakeDynamo
from tests.fake_dynamo.tables import schemas, table_name
from tests.simulation.market import TODAY, a_condor, an_account
from tests.simulation.services import the_facts

ORDERS, POSITIONS = table_name("order-history"), table_name("position-tracker")
EXECUTIONS = table_name("strategy-executions")
ENTRY = an_order(side=Side.BUY)
CLIENT = ENTRY.client_id


def nobody_quotes(_):
    raise MarketDataUnavailable("Nobody shows quotes now.")


@pytest.fixture
def store():
    return FakeDynamo({name: schemas()[name] for name in (ORDERS, POSITIONS, EXECUTIONS)})


@pytest.fixture
def exits(store):
    return Exits(
        orders=Orders(store, ORDERS, 1),
        positions=Positions(store, POSITIONS, 1),
        executions=Executions(store, EXECUTIONS, 1),
        quotes_for=nobody_quotes,
        account_of=lambda _, client_id: an_account(client_id),
    )


@pytest.fixture
def strategy():
    return replace(a_condor(), strategy_id=ENTRY.strategy_id)


def a_run(strategy, kind=EventKind.EXIT, **changes):
    run = Execution(
        strategy_id=strategy.strategy_id,
        execution_timestamp=f"2026-11-25-09-45-00-{kind}",
        execution_id=f"exe_0000000000000000000000{kind}",
        user_id=ENTRY.user_id,
        basket_id=strategy.basket_id,
        kind=kind,
        trigger=Trigger.SCHEDULE,
        status=ExecutionStatus.RUNNING,
        scheduled_for=NOW,
        send_by=NOW + timedelta(minutes=1),
        strategy_version=1,
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(run, **changes)


def planned(exits, strategy):
    run = a_run(strategy)

    def context_of(quotes):
        return PlanContext(
            facts=the_facts(),
            today=TODAY,
            now=NOW,
            released_at=NOW,
            quotes=quotes,
            spots={},
            max_quote_age_s=5,
        )

    ((account, orders),) = exits.plan(run, strategy, {CLIENT: "alc"}, context_of)
    return account, orders


def live(exits):
    exits.orders.plan([ENTRY])
    claimed = claim(ENTRY, by="n", at=NOW, ends_at=NOW + timedelta(seconds=60))
    opened = accept(claimed, broker_order_id="b1", at=NOW)
    for version in (claimed, opened):
        exits.orders.save(version)
    return opened


def filled(exits):
    opened = live(exits)
    order = apply_report(opened, a_report(opened, OrderState.FILLED, fills=(a_fill(),)))
    exits.orders.save(order)
    return order


def booked(exits, order):
    rates = charge_rates_on(the_facts().charges, Exchange.NSE, BrokerName.ZERODHA, TODAY)
    FillBookings(positions=exits.positions, rates_of=lambda *_: rates).book(order)


def test_an_account_that_holds_nothing_is_flat_already(exits, strategy):
    account, orders = planned(exits, strategy)
    assert (account.outcome, account.code, orders) == (AccountOutcome.FILLED, NOTHING_HELD, ())


def test_an_exit_waits_while_the_entry_is_still_at_the_broker(exits, strategy):
    live(exits)
    account, orders = planned(exits, strategy)
    assert (account.outcome, orders) == (AccountOutcome.WAITING, ())


def test_an_exit_waits_for_a_fill_that_no_position_counts_yet(exits, strategy):
    filled(exits)
    account, orders = planned(exits, strategy)
    assert (account.outcome, orders) == (AccountOutcome.WAITING, ())


def test_what_is_held_is_closed_although_nobody_quotes(exits, strategy):
    booked(exits, filled(exits))
    account, (order,) = planned(exits, strategy)
    assert (account.outcome, order.side, order.quantity) == (AccountOutcome.WAITING, Side.SELL, 65)


def test_an_exit_waits_for_the_entry_between_two_attempts_too(exits, strategy):
    booked(exits, filled(exits))
    part = AccountRun(user_id=ENTRY.user_id, client_id=CLIENT, allocation_id="alc", lots=1)
    exits.executions.create(a_run(strategy, EventKind.ENTRY, accounts=(part,)))
    assert planned(exits, strategy)[1] == ()
