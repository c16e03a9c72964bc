"""What a strategy must satisfy as a whole. Every broken rule is returned at once, none raised.

These rules need no market: lots, listed expiries and session hours are checked against the facts
of the day by whoever has them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from shared_utils.domain.errors import Problem
from shared_utils.domain.instruments import OptionType, Side, Underlying
from shared_utils.domain.leg_rules import leg_problems
from shared_utils.domain.legs import LegCategory, StrategyLeg
from shared_utils.domain.schedule_rules import schedule_problems
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
    """A hedge protects something sold: an option of its own kind on its own index. Where there is
    none the label misleads its reader.
    """
    sold = {_hedged_by(leg) for leg in legs if leg.side is Side.SELL}
    for index, leg in enumerate(legs):
        symbol, kind = _hedged_by(leg)
        if (
            leg.leg_category is LegCategory.HEDGE
            and leg.side is Side.BUY
            and (symbol, kind) not in sold
        ):
            yield Problem(
                f"legs[{index}].leg_category",
                f"is HEDGE, but no {kind} of {symbol} is sold to be hedged",
            )


def _hedged_by(leg: StrategyLeg) -> tuple[Underlying, OptionType]:
    return leg.underlying_config.symbol, leg.option_config.option_type


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


def risk_problems(risk: RiskConfig) -> Iterator[Problem]:
    value, kind = risk.position_size_value, risk.position_size_type
    if kind is not PositionSizeType.FIXED_LOTS and not value:
        yield Problem("risk_config.position_size_value", f"is required for {kind}")
    if kind is PositionSizeType.PERCENTAGE_OF_CAPITAL and value is not None and value > _WHOLE:
        yield Problem("risk_config.position_size_value", "must be at most 100 percent of capital")
    if kind is PositionSizeType.FIXED_LOTS and value is not None and value % 1:
        yield Problem("risk_config.position_size_value", "must be a whole number of lots")
    if risk.lock_and_trail is not None:
        yield from _lock_problems(risk.lock_and_trail, risk.strategy_target)


def _lock_problems(lock: LockAndTrail, target: Decimal | None) -> Iterator[Problem]:
    path = "risk_config.lock_and_trail"
    if lock.lock_profit > lock.lock_at:
        yield Problem(f"{path}.lock_profit", "cannot be above the profit at which it is locked")
    if target is not None and lock.lock_at >= target:
        yield Problem(f"{path}.lock_at", f"is never reached: strategy_target closes at {target}")
    step, by = lock.trail_step, lock.trail_by
    if (step is None) is not (by is None):
        yield Problem(path, "trails with both trail_step and trail_by, or with neither")
    if step is not None and by is not None and by > step:
        yield Problem(f"{path}.trail_by", "cannot be above trail_step: it would lock a loss")
