"""What a strategy must satisfy as a whole. Every broken rule is returned at once, none raised.

These rules need no market: lots, listed expiries and session hours are checked against the facts
of the day by whoever has them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from shared_utils.domain.errors import Problem
from shared_utils.domain.instruments import Side
from shared_utils.domain.leg_rules import leg_problems
from shared_utils.domain.legs import LegCategory, StrategyLeg
from shared_utils.domain.schedules import DayConfig, DayType, DteConfig, ExecutionSchedule
from shared_utils.domain.strategies import (
    LockAndTrail,
    PositionSizeType,
    RiskConfig,
    Strategy,
    StrategyType,
)
from shared_utils.domain.structure_rules import structure_problems

_WHOLE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyLimits:
    """Per environment."""

    max_legs: int
    max_strategies: int


def strategy_problems(strategy: Strategy, limits: StrategyLimits) -> tuple[Problem, ...]:
    """Everything that keeps `strategy` from being stored, whether or not it could trade yet."""
    return (
        *schedule_problems(strategy.execution_schedule),
        *legs_problems(strategy.strategy_type, strategy.legs, limits.max_legs),
        *hedges_for_nothing(strategy.legs),
        *risk_problems(strategy.risk_config),
    )


def legs_problems(
    strategy_type: StrategyType, legs: Sequence[StrategyLeg], max_legs: int
) -> tuple[Problem, ...]:
    """The legs one by one, and together as far as a structure in the making can be judged."""
    found: list[Problem] = []
    if len(legs) > max_legs:
        found.append(Problem("legs", f"has {len(legs)} legs; at most {max_legs} are allowed"))
    for index, leg in enumerate(legs):
        found += (
            Problem(f"legs[{index}].{problem.field}", problem.problem)
            for problem in leg_problems(leg)
        )
    return (*found, *structure_problems(strategy_type, legs, whole=False))


def hedges_for_nothing(legs: Sequence[StrategyLeg]) -> Iterator[Problem]:
    """A hedge protects something sold; where nothing is sold, the label misleads its reader."""
    if any(leg.side is Side.SELL for leg in legs):
        return
    for index, leg in enumerate(legs):
        if leg.leg_category is LegCategory.HEDGE and leg.side is Side.BUY:
            yield Problem(
                f"legs[{index}].leg_category", "is HEDGE, but no leg is sold to be hedged"
            )


def incomplete_legs(strategy: Strategy) -> tuple[Problem, ...]:
    """What the legs still lack before the strategy may trade."""
    active = strategy.active_legs
    if not active:
        return (Problem("legs", "the strategy has no active leg"),)
    return (
        *hedges_for_nothing(active),
        *structure_problems(strategy.strategy_type, active, whole=True),
    )


def numbered(legs: Sequence[StrategyLeg]) -> tuple[StrategyLeg, ...]:
    """The legs in the given order, numbered from 1 without gaps."""
    return tuple(replace(leg, leg_number=number) for number, leg in enumerate(legs, start=1))


def repeated_numbers(numbers: Sequence[int | None]) -> Iterator[Problem]:
    """Two legs of a request may not claim the same `leg_number`."""
    counts = Counter(number for number in numbers if number is not None)
    for index, number in enumerate(numbers):
        if number is not None and counts[number] > 1:
            yield Problem(f"legs[{index}].leg_number", f"{number} is given to more than one leg")


def schedule_problems(schedule: ExecutionSchedule) -> tuple[Problem, ...]:
    found = [
        *_day_problems("execution_schedule.entry_days", schedule.entry_days),
        *_day_problems("execution_schedule.exit_days", schedule.exit_days),
        *_dte_problems(schedule.dte_config),
    ]
    if schedule.entry_time >= schedule.exit_time and _may_share_a_day(
        schedule.entry_days, schedule.exit_days
    ):
        found.append(
            Problem(
                "execution_schedule.exit_time",
                f"must be after the entry time of {schedule.entry_time:%H:%M}, "
                "since a day may be both an entry and an exit day",
            )
        )
    return tuple(found)


def _may_share_a_day(entry: DayConfig, exit_: DayConfig) -> bool:
    if entry.type is not exit_.type:
        return True
    match entry.type:
        case DayType.WEEKDAYS:
            return bool(set(entry.weekdays) & set(exit_.weekdays))
        case DayType.CUSTOM:
            return bool(set(entry.custom_dates) & set(exit_.custom_dates))
        case DayType.DTE_BASED:
            if entry.dte_range is None or exit_.dte_range is None:
                return True
            return (
                entry.dte_range.min_dte <= exit_.dte_range.max_dte
                and exit_.dte_range.min_dte <= entry.dte_range.max_dte
            )


def _day_problems(path: str, days: DayConfig) -> Iterator[Problem]:
    values = {
        DayType.WEEKDAYS: ("weekdays", days.weekdays),
        DayType.DTE_BASED: ("dte_range", days.dte_range),
        DayType.CUSTOM: ("custom_dates", days.custom_dates),
    }
    for kind, (name, value) in values.items():
        if kind is days.type and not value:
            yield Problem(f"{path}.{name}", f"is required for {days.type}")
        if kind is not days.type and value:
            yield Problem(f"{path}.{name}", f"has no meaning with {days.type}")
    if days.dte_range is not None and days.dte_range.min_dte > days.dte_range.max_dte:
        yield Problem(f"{path}.dte_range", "is upside down: min_dte is above max_dte")
    for name, listed in (("weekdays", days.weekdays), ("custom_dates", days.custom_dates)):
        if len(set(listed)) < len(listed):
            yield Problem(f"{path}.{name}", "names a day more than once")


def _dte_problems(dte: DteConfig | None) -> Iterator[Problem]:
    if dte is not None and not dte.min_dte <= dte.preferred_dte <= dte.max_dte:
        yield Problem(
            "execution_schedule.dte_config",
            "is out of order: min_dte, preferred_dte and max_dte must rise",
        )


def risk_problems(risk: RiskConfig) -> Iterator[Problem]:
    value, kind = risk.position_size_value, risk.position_size_type
    if kind is not PositionSizeType.FIXED_LOTS and not value:
        yield Problem("risk_config.position_size_value", f"is required for {kind}")
    if kind is PositionSizeType.PERCENTAGE_OF_CAPITAL and value is not None and value > _WHOLE:
        yield Problem("risk_config.position_size_value", "must be at most 100 percent of capital")
    if risk.lock_and_trail is not None:
        yield from _lock_problems(risk.lock_and_trail)


def _lock_problems(lock: LockAndTrail) -> Iterator[Problem]:
    path = "risk_config.lock_and_trail"
    if lock.lock_profit > lock.lock_at:
        yield Problem(f"{path}.lock_profit", "cannot be above the profit at which it is locked")
    if (lock.trail_step is None) is not (lock.trail_by is None):
        yield Problem(path, "trails with both trail_step and trail_by, or with neither")
