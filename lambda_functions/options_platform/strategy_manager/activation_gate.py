"""Whether a strategy may start to trade: every check is made, every failure said at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from lambda_functions.options_platform.strategy_manager.contract_checks import (
    MarketDay,
    contract_problems,
)
from lambda_functions.options_platform.strategy_manager.margin_plans import AccountMargin
from shared_utils.domain.allocation_rules import active_of
from shared_utils.domain.allocations import StrategyBrokerAllocation, TradingMode
from shared_utils.domain.broker_accounts import AccountStatus, BrokerAccount, BrokerName
from shared_utils.domain.errors import CalendarUnknown, Problem
from shared_utils.domain.schedules import ScheduledEvent
from shared_utils.domain.strategies import Strategy, StrategyStatus
from shared_utils.domain.strategy_rules import incomplete_legs
from shared_utils.indian_market_utils.schedules import next_event_of


class Check(StrEnum):
    LEGS = "LEGS"
    ALLOCATIONS = "ALLOCATIONS"
    ACCOUNTS = "ACCOUNTS"
    SCHEDULE = "SCHEDULE"
    MARGIN = "MARGIN"
    STOPS = "STOPS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`passed` None: it cannot be said now, `sentence` says why, and the gate is not kept shut.

    `client_id` where it is of one account.
    """

    check: Check
    passed: bool | None
    sentence: str
    client_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """`following` is what the schedule asks for next; None for a strategy its owner starts."""

    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    following: ScheduledEvent | None


def judge(
    strategy: Strategy,
    allocations: Sequence[StrategyBrokerAllocation],
    accounts: Mapping[str, BrokerAccount],
    margins: Sequence[AccountMargin],
    *,
    market: MarketDay,
    now: datetime,
) -> Gate:
    """`allocations` are the owner's for this strategy, `accounts` his by client id; `margins` are
    those of the accounts that trade it.
    """
    active = active_of(allocations)
    legs = (
        *incomplete_legs(strategy),
        *contract_problems(strategy.legs, market),
        *_waits(strategy),
    )
    connected = tuple(_account_problems(active, accounts, now))
    following, schedule = _following(strategy, market, now)
    found = {
        Check.LEGS: legs,
        Check.ALLOCATIONS: () if active else (_NO_ALLOCATION,),
        Check.ACCOUNTS: connected,
        Check.SCHEDULE: schedule,
    }
    problems = [problem for each in found.values() for problem in each]
    return Gate(
        findings=(
            *(_finding(check, problems) for check, problems in found.items()),
            *(map(_margin_finding, margins) if margins else (_NO_MARGIN,)),
            *(Finding(check=Check.STOPS, passed=None, sentence=_STOPS) for _ in _watched(strategy)),
        ),
        problems=(*problems, *_margin_problems(margins)),
        following=following,
    )


_NO_ALLOCATION = Problem("brokers", "has no active allocation: nobody would trade it")
_STOPS = (
    "Stops, targets and re-entries are kept with the strategy and nobody acts on them yet: "
    "what it holds is closed at its exit time, by hand, or at the broker."
)
_NO_MARGIN = Finding(
    check=Check.MARGIN,
    passed=None,
    sentence="No account trades it, so there is no margin to estimate.",
)
_PASSED = {
    Check.LEGS: "The legs are complete and their contracts are listed.",
    Check.ALLOCATIONS: "At least one broker account trades it.",
    Check.ACCOUNTS: "Every account that trades it is enabled and connected.",
    Check.SCHEDULE: "The schedule names a coming trading day.",
}


def _waits(strategy: Strategy) -> Iterator[Problem]:
    """A leg that is to wait for the market would go out at once: such a strategy stays shut."""
    for index, leg in enumerate(strategy.legs):
        if leg.is_active and leg.wait_and_trade is not None:
            yield Problem(
                f"legs[{index}].wait_and_trade",
                "is not traded yet; without it the leg enters with the others",
            )


def _watched(strategy: Strategy) -> Sequence[str]:
    """The strategy's names for what somebody would have to watch while it is open; at most one."""
    risk = strategy.risk_config
    asked = {
        "stop_loss_config": any(leg.stop_loss_config.enabled for leg in strategy.active_legs),
        "reentry": any(leg.reentry_on_stop or leg.reentry_on_target for leg in strategy.legs),
        "strategy_stop_loss": risk.strategy_stop_loss is not None,
        "strategy_target": risk.strategy_target is not None,
        "lock_and_trail": risk.lock_and_trail is not None,
        "max_loss_per_trade": risk.max_loss_per_trade is not None,
        "max_loss_percentage": risk.max_loss_percentage is not None,
    }
    return [name for name, is_asked in asked.items() if is_asked][:1]


def _finding(check: Check, problems: Sequence[Problem]) -> Finding:
    if not problems:
        return Finding(check=check, passed=True, sentence=_PASSED[check])
    sentence = "; ".join(f"{problem.field} {problem.problem}" for problem in problems)
    return Finding(check=check, passed=False, sentence=f"{sentence}.")


def _margin_finding(margin: AccountMargin) -> Finding:
    return Finding(
        check=Check.MARGIN,
        passed=margin.is_enough,
        sentence=margin.sentence,
        client_id=margin.client_id,
    )


def _margin_problems(margins: Sequence[AccountMargin]) -> Iterator[Problem]:
    """What cannot be said now is judged again when the strategy runs."""
    for margin in margins:
        if margin.is_enough is False:
            yield Problem(f"brokers.{margin.client_id}", margin.problem)


def _account_problems(
    allocations: Sequence[StrategyBrokerAllocation],
    accounts: Mapping[str, BrokerAccount],
    now: datetime,
) -> Iterator[Problem]:
    for allocation in allocations:
        account = accounts.get(allocation.client_id)
        where = f"brokers.{allocation.client_id}"
        if account is None:
            yield Problem(where, "is no longer one of your broker accounts")
            continue
        if not account.enabled:
            yield Problem(where, "is disabled")
        if not account.entries_enabled:
            yield Problem(where, "is closed for new entries")
        if account.status is AccountStatus.MAINTENANCE:
            yield Problem(where, "is under maintenance at its broker")
        if not _has_session(allocation, account, now):
            yield Problem(where, f"is not connected: log in to {account.broker_name} again")


def _has_session(
    allocation: StrategyBrokerAllocation, account: BrokerAccount, now: datetime
) -> bool:
    paper = allocation.trading_mode is TradingMode.PAPER
    return paper or account.broker_name is BrokerName.PAPER or account.has_session(now)


def _following(
    strategy: Strategy, market: MarketDay, now: datetime
) -> tuple[ScheduledEvent | None, tuple[Problem, ...]]:
    """What the first leg's schedule asks for next; a strategy that is not executed by itself asks
    for nothing.
    """
    if not strategy.active_legs or not strategy.auto_execute:
        return None, ()
    active = replace(strategy, status=StrategyStatus.ACTIVE)
    try:
        following = next_event_of(market.facts, active, now)
    except CalendarUnknown as error:
        return None, (Problem("execution_schedule", f"cannot be followed: {error.message}"),)
    if following is None:
        return None, (Problem("execution_schedule", "names no trading day within a year"),)
    return following, ()
