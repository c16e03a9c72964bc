"""The rules of schedules and of a strategy's risk, each by the example that breaks it."""

from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest

from shared_utils.domain.schedule_rules import schedule_problems
from shared_utils.domain.schedules import (
    DayConfig,
    DayType,
    DteConfig,
    DteRange,
    ExecutionSchedule,
    Weekday,
)
from shared_utils.domain.strategies import LockAndTrail, PositionSizeType, RiskConfig
from shared_utils.domain.strategy_rules import risk_problems


def fields(problems: Any) -> list[str]:
    return [problem.field for problem in problems]


# -- schedules

MON_WED = DayConfig(type=DayType.WEEKDAYS, weekdays=(Weekday.MON, Weekday.WED))
TUESDAY = DayConfig(type=DayType.WEEKDAYS, weekdays=(Weekday.TUE,))


def dte(low: int, high: int) -> DayConfig:
    return DayConfig(type=DayType.DTE_BASED, dte_range=DteRange(min_dte=low, max_dte=high))


def dates(*days: int) -> DayConfig:
    custom = tuple(date(2026, 12, day) for day in days)
    return DayConfig(type=DayType.CUSTOM, custom_dates=custom)


def schedule(
    entry: str, exit_: str, entry_days: DayConfig, exit_days: DayConfig, wanted: Any = None
) -> ExecutionSchedule:
    return ExecutionSchedule(
        entry_time=time.fromisoformat(entry),
        exit_time=time.fromisoformat(exit_),
        entry_days=entry_days,
        exit_days=exit_days,
        dte_config=wanted,
    )


@pytest.mark.parametrize(
    ("entry_days", "exit_days", "accepted"),
    [
        (MON_WED, MON_WED, False),
        (MON_WED, TUESDAY, True),  # bought on Monday afternoon, sold on Tuesday morning
        (dates(1, 8), dates(2, 9), True),
        (dates(1, 8), dates(8), False),
        (dte(3, 5), dte(0, 2), True),
        (dte(2, 5), dte(0, 2), False),
        (MON_WED, dte(0, 1), False),
    ],
)
def test_an_exit_before_the_entry_needs_days_of_its_own(
    entry_days: DayConfig, exit_days: DayConfig, *, accepted: bool
):
    found = schedule_problems(schedule("15:00", "09:30", entry_days, exit_days))
    assert fields(found) == ([] if accepted else ["execution_schedule.exit_time"])
    assert schedule_problems(schedule("09:30", "15:00", entry_days, exit_days)) == ()


@pytest.mark.parametrize(
    ("days", "names"),
    [
        (DayConfig(type=DayType.WEEKDAYS), ["weekdays"]),
        (DayConfig(type=DayType.DTE_BASED), ["dte_range"]),
        (DayConfig(type=DayType.CUSTOM), ["custom_dates"]),
        (replace(MON_WED, type=DayType.DTE_BASED), ["weekdays", "dte_range"]),
        (replace(MON_WED, weekdays=(Weekday.MON, Weekday.MON)), ["weekdays"]),
        (dates(1, 1), ["custom_dates"]),
        (dte(4, 2), ["dte_range"]),
    ],
)
def test_a_day_configuration_says_exactly_what_its_type_names(days: DayConfig, names: list[str]):
    found = schedule_problems(schedule("09:30", "15:00", days, MON_WED))
    assert fields(found) == [f"execution_schedule.entry_days.{name}" for name in names]


def test_days_to_expiry_rise_from_least_to_most():
    for low, preferred, high, accepted in ((0, 2, 5, True), (3, 2, 5, False), (0, 6, 5, False)):
        wanted = DteConfig(min_dte=low, max_dte=high, preferred_dte=preferred)
        found = schedule_problems(schedule("09:30", "15:00", MON_WED, MON_WED, wanted))
        assert (found == ()) is accepted


@pytest.mark.parametrize(
    ("entry_days", "exit_days", "field"),
    [
        (dates(8), dates(1), "custom_dates"),
        (dates(1, 8), dates(2), "custom_dates"),
        (dates(1, 8), dates(8), None),
        (MON_WED, dates(2), "type"),
        (dte(0, 2), dte(5, 7), "dte_range"),
        (dte(0, 2), dte(1, 2), "dte_range"),
        (dte(2, 5), dte(0, 3), None),
        (dte(2, 5), TUESDAY, None),
    ],
)
def test_no_entry_is_left_without_an_exit_to_come(
    entry_days: DayConfig, exit_days: DayConfig, field: str | None
):
    found = schedule_problems(schedule("09:30", "15:00", entry_days, exit_days))
    assert fields(found) == ([f"execution_schedule.exit_days.{field}"] if field else [])


@pytest.mark.parametrize(("low", "high", "accepted"), [(3, 6, True), (0, 2, True), (6, 9, False)])
def test_days_to_expiry_that_never_meet_are_refused(low: int, high: int, *, accepted: bool):
    wanted = DteConfig(min_dte=low, max_dte=high, preferred_dte=low)
    found = schedule_problems(schedule("09:30", "15:00", dte(2, 5), dte(0, 2), wanted))
    assert fields(found) == ([] if accepted else ["execution_schedule.dte_config"])


# -- risk


@pytest.mark.parametrize(
    ("risk", "field"),
    [
        (RiskConfig(position_size_value=Decimal("1.50")), "position_size_value"),
        (
            RiskConfig(
                strategy_target=Decimal(100),
                lock_and_trail=LockAndTrail(lock_at=Decimal(100), lock_profit=Decimal(50)),
            ),
            "lock_and_trail.lock_at",
        ),
        (
            RiskConfig(
                lock_and_trail=LockAndTrail(
                    lock_at=Decimal(100),
                    lock_profit=Decimal(50),
                    trail_step=Decimal(10),
                    trail_by=Decimal(11),
                )
            ),
            "lock_and_trail.trail_by",
        ),
        (RiskConfig(position_size_type=PositionSizeType.FIXED_AMOUNT), "position_size_value"),
        (
            RiskConfig(
                position_size_type=PositionSizeType.PERCENTAGE_OF_CAPITAL,
                position_size_value=Decimal(101),
            ),
            "position_size_value",
        ),
        (
            RiskConfig(lock_and_trail=LockAndTrail(lock_at=Decimal(100), lock_profit=Decimal(200))),
            "lock_and_trail.lock_profit",
        ),
        (
            RiskConfig(
                lock_and_trail=LockAndTrail(
                    lock_at=Decimal(100), lock_profit=Decimal(50), trail_step=Decimal(10)
                )
            ),
            "lock_and_trail",
        ),
    ],
)
def test_risk_that_contradicts_itself_is_refused(risk: RiskConfig, field: str):
    assert fields(risk_problems(risk)) == [f"risk_config.{field}"]
    assert list(risk_problems(RiskConfig())) == []
