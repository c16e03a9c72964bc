"""Legs built from what a trader asks for, checked against the rules and the market of the day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from lambda_functions.options_platform.strategy_manager.calendar_checks import (
    calendar_problems,
    timed_exit_problems,
)
from lambda_functions.options_platform.strategy_manager.contract_checks import (
    MarketDay,
    check_underlying,
)
from lambda_functions.options_platform.strategy_manager.strategy_edits import LegSpec, leg_of
from shared_utils.domain.errors import Problem
from shared_utils.domain.legs import StrategyLeg
from shared_utils.domain.strategies import Strategy
from shared_utils.domain.strategy_rules import (
    StrategyLimits,
    legs_problems,
    repeated_numbers,
    strategy_problems,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegDraft:
    """In the order of the request, so that a problem's path is the request's own."""

    legs: tuple[StrategyLeg, ...]
    problems: tuple[Problem, ...]


def draft_legs(
    specs: Sequence[LegSpec],
    known: Mapping[str, StrategyLeg],
    market: MarketDay,
    fresh_id: Callable[[], str],
) -> LegDraft:
    """`known` are the strategy's legs by id: what a spec names is changed, the rest is new."""
    legs, problems = [], list(repeated_numbers([spec.leg_number for spec in specs]))
    for index, spec in enumerate(specs):
        before = known.get(spec.leg_id or "")
        if spec.leg_id is not None and before is None:
            problems.append(
                Problem(f"legs[{index}].leg_id", "does not name a leg that this request can change")
            )
        checked = check_underlying(spec.underlying_config, spec.option_config, market)
        problems += (
            Problem(f"legs[{index}].{each.field}", each.problem) for each in checked.problems
        )
        legs.append(leg_of(spec, checked.config, before, fresh_id()))
    return LegDraft(legs=tuple(legs), problems=tuple(problems))


def problems_of(
    strategy: Strategy,
    draft: LegDraft | None,
    limits: StrategyLimits,
    market: MarketDay,
    *,
    schedule_stated: bool = True,
) -> tuple[Problem, ...]:
    """Everything that is wrong with the strategy as it would be stored, each thing once.

    With a draft its legs are judged in the order of the request.
    """
    judged = strategy if draft is None else replace(strategy, legs=draft.legs)
    found = (
        *strategy_problems(judged, limits),
        *(draft.problems if draft else ()),
        *timed_exit_problems(judged.legs, market),
        *calendar_problems(judged, market, stated=schedule_stated),
    )
    return tuple(dict.fromkeys(found))


def problems_of_leg(
    strategy: Strategy, draft: LegDraft, position: int, limits: StrategyLimits, market: MarketDay
) -> tuple[Problem, ...]:
    """What is wrong once the draft's only leg stands at `position` of the strategy's legs.

    Paths are relative to that leg; what concerns the legs together keeps the path `legs`.
    """
    found = [Problem(each.field.removeprefix("legs[0]."), each.problem) for each in draft.problems]
    here = f"legs[{position}]."
    together = (
        *legs_problems(strategy.strategy_type, strategy.legs, limits.max_legs),
        *timed_exit_problems(strategy.legs, market),
    )
    found += (
        Problem(each.field.removeprefix(here), each.problem)
        for each in together
        if each.field.startswith(here) or not each.field.startswith("legs[")
    )
    return tuple(found)
