"""What the trading calendar says about a strategy's times and days: one at which the market is
closed would never come, and be missed in silence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, time

from lambda_functions.options_platform.strategy_manager.contract_checks import MarketDay
from shared_utils.domain.errors import Problem
from shared_utils.domain.instruments import Exchange
from shared_utils.domain.legs import StrategyLeg
from shared_utils.domain.schedules import DayConfig, ExecutionSchedule
from shared_utils.domain.strategies import Strategy
from shared_utils.indian_market_utils.dated_values import in_force
from shared_utils.indian_market_utils.sessions import closed_reason, is_loaded


def calendar_problems(strategy: Strategy, market: MarketDay, *, stated: bool) -> Iterator[Problem]:
    """`stated`: the schedule is being set now, so none of its dates may be over already."""
    schedule = strategy.execution_schedule
    for name in ("entry_time", "exit_time"):
        yield from _hours_problems(f"execution_schedule.{name}", getattr(schedule, name), market)
    exchange = _exchange_of(strategy)
    for name in ("entry_days", "exit_days"):
        path = f"execution_schedule.{name}.custom_dates"
        for index, day in enumerate(getattr(schedule, name).custom_dates):
            problem = _date_problem(day, exchange, market, stated=stated)
            if problem:
                yield Problem(f"{path}[{index}]", problem)


def timed_exit_problems(legs: Sequence[StrategyLeg], market: MarketDay) -> Iterator[Problem]:
    """A leg that closes by the clock closes while the market is open."""
    for index, leg in enumerate(legs):
        timed = leg.stop_loss_config.time_based_config
        if timed is not None and timed.exit_time is not None:
            path = f"legs[{index}].stop_loss_config.time_based_config.exit_time"
            yield from _hours_problems(path, timed.exit_time, market)


def still_to_come(schedule: ExecutionSchedule, market: MarketDay) -> ExecutionSchedule:
    """Without the dates that are over; where all of them are, they stay to be refused by name."""
    return replace(
        schedule,
        entry_days=_coming(schedule.entry_days, market.today),
        exit_days=_coming(schedule.exit_days, market.today),
    )


def _coming(days: DayConfig, today: date) -> DayConfig:
    coming = tuple(day for day in days.custom_dates if day >= today)
    return replace(days, custom_dates=coming) if coming else days


def _hours_problems(path: str, at: time, market: MarketDay) -> Iterator[Problem]:
    hours = in_force(market.facts.regular, market.today, "regular trading session")
    if not hours.start <= at < hours.end:
        yield Problem(
            path, f"must be within trading hours, {hours.start:%H:%M} to {hours.end:%H:%M}"
        )


def _date_problem(day: date, exchange: Exchange, market: MarketDay, *, stated: bool) -> str | None:
    """A day that is not loaded yet is unknown, not wrong: activation is where it is asked again."""
    if stated and day < market.today:
        return f"{day.isoformat()} is over"
    if not is_loaded(market.facts, exchange, day):
        return None
    why = closed_reason(market.facts, exchange, day)
    return f"{day.isoformat()} is no trading day at {exchange} ({why})" if why else None


def _exchange_of(strategy: Strategy) -> Exchange:
    """The schedule follows the first leg; without one it is NSE's, whose calendar BSE shares."""
    legs = strategy.active_legs or strategy.legs
    return legs[0].underlying_config.exchange if legs else Exchange.NSE
