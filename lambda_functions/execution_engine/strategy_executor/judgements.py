"""Whether a run, and each account in it, may trade. Pure; every denial has a code and a sentence.

Everything fails closed: what is not known (session, margin, limits used) denies. Exits are not
asked. `max_loss_per_trade` is a running stop of the position, watched while it is open, so it is
not compared here with what the structure could lose at expiry.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lambda_functions.execution_engine.strategy_executor.order_plans import PlanContext
from shared_utils.brokers.ports import Margins
from shared_utils.domain.allocations import StrategyBrokerAllocation
from shared_utils.domain.broker_accounts import BrokerAccount
from shared_utils.domain.errors import RuleBroken, Unavailable
from shared_utils.domain.executions import (
    AccountOutcome,
    AccountRun,
    Execution,
    ExecutionTrigger,
)
from shared_utils.domain.orders import Order
from shared_utils.domain.schedules import EventKind
from shared_utils.domain.strategies import Strategy, StrategyStatus
from shared_utils.risk_calculations.entry_orders import estimate_of
from shared_utils.risk_calculations.limits import (
    Denial,
    SwitchState,
    denials,
    deny_by_switch,
    deny_daily_loss,
    deny_daily_orders,
    deny_daily_trades,
    deny_lots,
    deny_margin,
    deny_position_value,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """What was read of an account while preparing; None where it could not be read.

    `trades_today` counts this strategy's entries on the account, `strategy_pnl_today` its net
    profit over all accounts.
    """

    account: BrokerAccount | None
    has_session: bool = False
    session_problem: str | None = None
    trades_today: int | None = None
    orders_today: int | None = None
    pnl_today: Decimal | None = None
    strategy_pnl_today: Decimal | None = None
    margins: Margins | None = None


def judge_run(execution: Execution, strategy: Strategy) -> None:
    """Raises RuleBroken when the whole run must not enter. An exit always may be tried."""
    if execution.kind is EventKind.EXIT:
        return
    if strategy.status is StrategyStatus.ARCHIVED:
        raise RuleBroken("The strategy is archived: it is kept as a record.", code="ARCHIVED")
    scheduled = execution.trigger is ExecutionTrigger.SCHEDULE
    if scheduled and strategy.status is not StrategyStatus.ACTIVE:
        raise RuleBroken(
            f"The strategy is {strategy.status}, so its entry did not run.",
            code="STRATEGY_NOT_ACTIVE",
        )
    if not strategy.active_legs:
        raise RuleBroken("The strategy has no active leg.", code="NO_ACTIVE_LEGS")


def judge_account(
    strategy: Strategy,
    allocation: StrategyBrokerAllocation,
    state: AccountState,
    orders: Sequence[Order],
    context: PlanContext,
) -> AccountRun:
    """The account's part of the run: WAITING when it may trade, DENIED with the first reason."""
    found = denials(_asked(strategy, allocation, state, orders, context))
    run = AccountRun(
        user_id=allocation.user_id,
        client_id=allocation.client_id,
        allocation_id=allocation.allocation_id,
        lots=allocation.lots_per_execution,
    )
    if not found:
        return run
    return AccountRun(
        user_id=run.user_id,
        client_id=run.client_id,
        allocation_id=run.allocation_id,
        lots=run.lots,
        outcome=AccountOutcome.DENIED,
        code=found[0].code,
        sentence=" ".join(denial.sentence for denial in found),
    )


def _asked(
    strategy: Strategy,
    allocation: StrategyBrokerAllocation,
    state: AccountState,
    orders: Sequence[Order],
    context: PlanContext,
) -> Iterator[Denial | None]:
    account = state.account
    if account is None:
        yield Denial("ACCOUNT_GONE", f"The broker account {allocation.client_id} does not exist.")
        return
    enabled = account.enabled and account.entries_enabled
    name = f"account {account.client_id}"
    yield deny_by_switch(SwitchState(name=name, entries_enabled=enabled))
    if not state.has_session:
        why = state.session_problem or "Its broker session is over; log in again."
        yield Denial("ACCOUNT_NOT_CONNECTED", f"{account.client_id} is not connected. {why}")
        return
    limits = allocation.risk_limits
    yield deny_daily_trades(limit=limits.max_daily_trades, trades_today=state.trades_today)
    yield deny_daily_loss(limit=limits.max_daily_loss, pnl_today=state.pnl_today)
    yield deny_daily_loss(
        limit=strategy.risk_config.daily_loss_limit,
        pnl_today=state.strategy_pnl_today,
        code="DAILY_LOSS_LIMIT",
    )
    yield deny_position_value(limit=limits.max_position_value, value=_value_of(orders))
    yield deny_lots(limit=account.limits.max_lots_per_order, lots=allocation.lots_per_execution)
    yield deny_daily_orders(
        limit=account.limits.max_orders_per_day,
        orders_today=state.orders_today,
        orders_now=len(orders),
    )
    yield deny_margin(
        required=required_margin(orders, context),
        available=state.margins.available if state.margins else None,
        used=state.margins.used if state.margins else None,
        max_utilization=limits.max_margin_utilization,
    )


def _value_of(orders: Sequence[Order]) -> Decimal:
    return sum((order.price * order.quantity for order in orders), Decimal(0))


def required_margin(orders: Sequence[Order], context: PlanContext) -> Decimal | None:
    """The local estimate's peak with its buffer, in the order the legs go out; None if unknown.

    The estimate errs on the safe side; the broker's own check follows when the order arrives.
    """
    try:
        return estimate_of(orders, context).required
    except Unavailable:
        return None
