"""The margin a trader is shown is the one that his run will be judged by."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from lambda_functions.execution_engine.strategy_executor.judgements import required_margin
from lambda_functions.execution_engine.strategy_executor.order_plans import (
    PlanContext,
    plan_entry,
)
from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.executions import Execution, ExecutionStatus, ExecutionTrigger
from shared_utils.domain.instruments import Underlying
from shared_utils.domain.schedules import EventKind
from shared_utils.risk_calculations.resolutions import MarketMoment, expiries_needed, resolve
from shared_utils.storage.allocations import Allocations
from shared_utils.storage.strategies import Strategies
from tests.fake_dynamo.tables import table_name
from tests.unit.market_data_fetcher.markets import FACTS
from tests.unit.options_platform.conftest import Platform, a_leg, an_account
from tests.unit.options_platform.test_margins import AT_1015, WEEKLY, ZERODHA, margins


def test_the_estimate_is_the_one_that_the_run_judges_by(platform: Platform):
    """The executor's own plan of the same quotes, its slices included, needs the same margin."""
    platform.clock.turn(AT_1015)
    made = platform.allocated(legs=[a_leg("CE", "SELL", 200, lots_multiple=20)])
    shown = margins(platform, made)[ZERODHA]["estimate"]
    strategies = Strategies(platform.dynamo, table_name("options-strategies"), 4)
    strategy = strategies.get("user-1", made["strategy_id"])
    rows = Allocations(platform.dynamo, table_name("strategy-broker-allocations"), 4)
    own = rows.of_strategy_for("user-1", made["strategy_id"])
    allocation = next(each for each in own if each.client_id == ZERODHA)
    assert strategy is not None
    key, now = (Underlying.NIFTY, WEEKLY), platform.clock.now()
    chain = platform.desk.market.chain(*key, width=60)
    moment = MarketMoment(
        facts=FACTS, today=date(2026, 11, 23), now=now, chains={key: chain}, max_quote_age_s=5
    )
    legs = resolve(strategy, expiries_needed(FACTS, strategy, moment.today), moment)
    context = PlanContext(
        facts=FACTS,
        today=moment.today,
        now=now,
        released_at=now,
        quotes=moment.quotes,
        spots={Underlying.NIFTY: chain.spot},
        max_quote_age_s=5,
    )
    orders = plan_entry(
        an_entry(strategy.strategy_id, now),
        strategy,
        legs,
        allocation=allocation,
        account=an_account("user-1", ZERODHA, BrokerName.ZERODHA),
        context=context,
        lots=allocation.lots_per_execution,
    )
    assert len(orders) > 1
    assert Decimal(str(shown["required"])) == required_margin(orders, context)


def an_entry(strategy_id: str, at: datetime) -> Execution:
    return Execution(
        strategy_id=strategy_id,
        execution_timestamp="2026-11-23-04-45-00-ENTRY",
        execution_id="exe_00000000000000000000ENTRY",
        user_id="user-1",
        basket_id="bsk_1",
        kind=EventKind.ENTRY,
        trigger=ExecutionTrigger.SCHEDULE,
        status=ExecutionStatus.RUNNING,
        scheduled_for=at,
        send_by=at + timedelta(minutes=1),
        strategy_version=1,
        created_at=at,
        updated_at=at,
    )
