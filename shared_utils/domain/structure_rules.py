"""What makes legs the structure that a strategy says it is.

A structure that is still being put together (legs are added one by one) may lack legs, but may not
hold one that has no place in it. Before it trades it must be whole.
"""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from shared_utils.domain.errors import Problem
from shared_utils.domain.instruments import OptionType, Side
from shared_utils.domain.legs import LegCategory, SelectionType, StrategyLeg
from shared_utils.domain.strategies import StrategyType

_SLOTS = tuple((kind, side) for kind in OptionType for side in Side)
_BUTTERFLY_STRIKES = 3


def structure_problems(
    strategy_type: StrategyType, legs: Sequence[StrategyLeg], *, whole: bool
) -> tuple[Problem, ...]:
    """Why `legs` are not (`whole`) or cannot become (not `whole`) a `strategy_type`."""
    match strategy_type:
        case StrategyType.IRON_CONDOR:
            found = _iron_condor(legs, whole=whole)
        case StrategyType.STRADDLE | StrategyType.STRANGLE:
            found = _pair(strategy_type, legs, whole=whole)
        case StrategyType.BUTTERFLY:
            found = _butterfly(legs, whole=whole)
        case StrategyType.CUSTOM:
            found = []
    return tuple(Problem("legs", sentence) for sentence in found)


def _iron_condor(legs: Sequence[StrategyLeg], *, whole: bool) -> list[str]:
    """One bought and one sold call, one bought and one sold put, the bought ones farther out."""
    slots = Counter((leg.option_config.option_type, leg.side) for leg in legs)
    found = [
        f"an IRON_CONDOR has one {side} {kind}, not {slots[kind, side]}"
        for kind, side in _SLOTS
        if slots[kind, side] > 1 or (whole and slots[kind, side] == 0)
    ]
    found += _one_series("an IRON_CONDOR", legs)
    for kind in OptionType:
        of_kind = {leg.side: leg for leg in legs if leg.option_config.option_type is kind}
        if len(of_kind) == len(Side):
            found += _wing(kind, bought=of_kind[Side.BUY], sold=of_kind[Side.SELL])
    return found


def _wing(kind: OptionType, *, bought: StrategyLeg, sold: StrategyLeg) -> list[str]:
    outer, inner = _distances(bought), _distances(sold)
    if all(outer[measure] > inner[measure] for measure in outer.keys() & inner.keys()):
        return []
    return [f"the bought {kind} of an IRON_CONDOR must be farther from the money than the sold one"]


# What a leg's distance from the money is measured by. A lower premium or delta is farther out.
_MEASURES: dict[SelectionType, tuple[str, ...]] = {
    SelectionType.OTM: ("strike_offset", "strike_count"),
    SelectionType.ITM: ("strike_offset", "strike_count"),
    SelectionType.PERCENTAGE_BASED: ("strike_percentage",),
    SelectionType.ABSOLUTE_PREMIUM: ("target_premium",),
    SelectionType.DELTA_BASED: ("delta_range",),
}
_NEARER_WHEN_GREATER = frozenset(
    {SelectionType.ITM, SelectionType.ABSOLUTE_PREMIUM, SelectionType.DELTA_BASED}
)


def _distances(leg: StrategyLeg) -> dict[str, Decimal]:
    """How far out a leg is, by measure; nothing where only the market of the day can tell."""
    chosen = leg.premium_selection
    if chosen.type is SelectionType.ATM:
        return {"strike_offset": Decimal(0), "strike_count": Decimal(0)}
    found = {}
    for measure in _MEASURES.get(chosen.type, ()):
        value = getattr(chosen, measure)
        if value is not None:
            distance = Decimal(value[0] if isinstance(value, tuple) else value)
            found[measure] = -distance if chosen.type in _NEARER_WHEN_GREATER else distance
    return found


def _pair(strategy_type: StrategyType, legs: Sequence[StrategyLeg], *, whole: bool) -> list[str]:
    """A call and a put on the same side; hedges may be bought around them."""
    name = f"a {strategy_type}"
    core = [leg for leg in legs if leg.leg_category is not LegCategory.HEDGE]
    kinds = Counter(leg.option_config.option_type for leg in core)
    found = [
        f"{name} has one {kind}, not {kinds[kind]} (legs of category HEDGE are not counted)"
        for kind in OptionType
        if kinds[kind] > 1 or (whole and kinds[kind] == 0)
    ]
    if len({leg.side for leg in core}) > 1:
        found.append(f"both legs of {name} are bought, or both are sold")
    at_the_money = [leg for leg in core if leg.premium_selection.type is SelectionType.ATM]
    if strategy_type is StrategyType.STRANGLE and at_the_money:
        found.append(
            "the legs of a STRANGLE are away from the money: at the money it is a STRADDLE"
        )
    return found + _one_series(name, core)


def _butterfly(legs: Sequence[StrategyLeg], *, whole: bool) -> list[str]:
    """Wings on one side, the body on the other, with as many lots: 1-2-1, or an iron butterfly."""
    lots = Counter[Side]()
    for leg in legs:
        lots[leg.side] += leg.lots_multiple
    found = _one_series("a BUTTERFLY", legs)
    if whole and (len(legs) < _BUTTERFLY_STRIKES or lots[Side.BUY] != lots[Side.SELL]):
        found.append(
            "a BUTTERFLY has wings and a body of as many lots on opposite sides, in three or four "
            "legs"
        )
    return found


def _one_series(name: str, legs: Sequence[StrategyLeg]) -> list[str]:
    found = []
    if len({leg.underlying_config.symbol for leg in legs}) > 1:
        found.append(f"all legs of {name} are on one underlying")
    if len({(leg.option_config.expiry_type, leg.option_config.expiry_offset) for leg in legs}) > 1:
        found.append(f"all legs of {name} have the same expiry")
    return found
