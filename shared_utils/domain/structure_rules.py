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
_BUTTERFLY_LEGS = (3, 4)
_WINGS = 2


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
    if len({leg.lots_multiple for leg in legs}) > 1:
        found.append("all legs of an IRON_CONDOR have as many lots")
    for kind in OptionType:
        of_kind = {leg.side: leg for leg in legs if leg.option_config.option_type is kind}
        if len(of_kind) == len(Side) and not _is_farther(of_kind[Side.BUY], of_kind[Side.SELL]):
            found.append(
                f"the bought {kind} of an IRON_CONDOR must be farther from the money than the sold "
                "one"
            )
    return found


def _is_farther(outer: StrategyLeg, inner: StrategyLeg) -> bool:
    """Also where only the market of the day can tell."""
    out, in_ = _distances(outer), _distances(inner)
    return all(out[measure] > in_[measure] for measure in out.keys() & in_.keys())


# What a leg's distance from the money is measured by. A lower premium or delta is farther out.
_MEASURES: dict[SelectionType, tuple[str, ...]] = {
    SelectionType.OTM: ("strike_offset", "strike_count"),
    SelectionType.ITM: ("strike_offset", "strike_count"),
    SelectionType.PERCENTAGE_BASED: ("strike_percentage",),
    SelectionType.STRADDLE_WIDTH: ("straddle_width",),
    SelectionType.ABSOLUTE_PREMIUM: ("target_premium",),
    SelectionType.DELTA_BASED: ("delta_range",),
}
# Those that place a strike, and not only its distance from another one.
_OF_STRIKES = frozenset({"strike_offset", "strike_count", "strike_percentage", "straddle_width"})
_NEARER_WHEN_GREATER = frozenset(
    {SelectionType.ITM, SelectionType.ABSOLUTE_PREMIUM, SelectionType.DELTA_BASED}
)


def _distances(leg: StrategyLeg) -> dict[str, Decimal]:
    """How far out a leg is, by measure; nothing where only the market of the day can tell."""
    chosen = leg.premium_selection
    if chosen.type is SelectionType.ATM:
        return dict.fromkeys(_OF_STRIKES, Decimal(0))
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
    if len({leg.lots_multiple for leg in core}) > 1:
        found.append(f"both legs of {name} have as many lots")
    if strategy_type is StrategyType.STRANGLE and not all(map(_is_out_of_the_money, core)):
        found.append(
            "the legs of a STRANGLE are out of the money: at the money it is a STRADDLE, in the "
            "money it is CUSTOM"
        )
    if strategy_type is StrategyType.STRADDLE and not found and not _at_one_strike(core):
        found.append(
            "both legs of a STRADDLE are at one strike, such as ATM; at two it is a STRANGLE"
        )
    return found + _one_series(name, core)


def _is_out_of_the_money(leg: StrategyLeg) -> bool:
    """Also where only the market of the day can tell."""
    return all(at > 0 for name, at in _distances(leg).items() if name in _OF_STRIKES)


def _at_one_strike(pair: Sequence[StrategyLeg]) -> bool:
    """One leg alone is; two whose strikes only the market can tell are not."""
    if len(pair) < len(OptionType):
        return True
    one, other = (_strikes(leg) for leg in pair)
    known = one.keys() & other.keys()
    return bool(known) and all(one[measure] == other[measure] for measure in known)


def _strikes(leg: StrategyLeg) -> dict[str, Decimal]:
    """Where the strike is, above ATM or below it, by what it is measured in."""
    up = 1 if leg.option_config.option_type is OptionType.CE else -1
    measured = {name: at for name, at in _distances(leg).items() if name in _OF_STRIKES}
    return {name: up * at for name, at in measured.items()}


def _butterfly(legs: Sequence[StrategyLeg], *, whole: bool) -> list[str]:
    """Wings on one side, the body on the other, with as many lots: 1-2-1, or an iron butterfly."""
    found = _one_series("a BUTTERFLY", legs)
    if not whole:
        return found
    lots = Counter[Side]()
    for leg in legs:
        lots[leg.side] += leg.lots_multiple
    is_one = lots[Side.BUY] == lots[Side.SELL] and (_of_one_kind(legs) or _iron(legs))
    if not is_one:
        found.append(
            "a BUTTERFLY has wings and a body of as many lots on opposite sides, in three or four "
            "legs: options of one kind with the body between its wings, or a call and a put at one "
            "strike with the wings farther out"
        )
    return found


def _of_one_kind(legs: Sequence[StrategyLeg]) -> bool:
    """Two wings, and between them the body, in one leg or two."""
    if len({leg.option_config.option_type for leg in legs}) > 1 or len(legs) not in _BUTTERFLY_LEGS:
        return False
    for wing_side in Side:
        wings = [leg for leg in legs if leg.side is wing_side]
        body = [leg for leg in legs if leg.side is not wing_side]
        if len(wings) == _WINGS and body and _is_between(body, wings):
            return True
    return False


def _is_between(body: Sequence[StrategyLeg], wings: Sequence[StrategyLeg]) -> bool:
    one, other = (_strikes(leg) for leg in wings)
    return all(
        min(one[measure], other[measure]) < at[measure] < max(one[measure], other[measure])
        for at in map(_strikes, body)
        for measure in at.keys() & one.keys() & other.keys()
    )


def _iron(legs: Sequence[StrategyLeg]) -> bool:
    """A straddle and, farther out on the other side, its wings."""
    slots = {(leg.option_config.option_type, leg.side): leg for leg in legs}
    if len(legs) != len(_SLOTS) or len(slots) != len(_SLOTS):
        return False
    for body_side, wing_side in ((Side.SELL, Side.BUY), (Side.BUY, Side.SELL)):
        call, put = slots[OptionType.CE, body_side], slots[OptionType.PE, body_side]
        at, same = _strikes(call), _strikes(put)
        one_strike = all(at[measure] == same[measure] for measure in at.keys() & same.keys())
        if one_strike and all(
            _is_farther(slots[kind, wing_side], slots[kind, body_side]) for kind in OptionType
        ):
            return True
    return False


def _one_series(name: str, legs: Sequence[StrategyLeg]) -> list[str]:
    found = []
    if len({leg.underlying_config.symbol for leg in legs}) > 1:
        found.append(f"all legs of {name} are on one underlying")
    if len({(leg.option_config.expiry_type, leg.option_config.expiry_offset) for leg in legs}) > 1:
        found.append(f"all legs of {name} have the same expiry")
    return found
