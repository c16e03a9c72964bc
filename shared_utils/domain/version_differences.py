"""What a subscriber is asked to consent to: the difference of two versions, in words.

Fields are walked, not listed: one that is added to a leg or a limit later is told of by its own
name until it has a phrase. Two versions without a difference are one version.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import time
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import Any

from shared_utils.domain.basket_versions import BasketVersion, PublishedStrategy, VersionHead
from shared_utils.domain.legs import PremiumSelection, SelectionType, StrategyLeg
from shared_utils.domain.version_phrases import LEG_PHRASES, NOT_TRADED, STRATEGY_PHRASES

_IDENTITY = frozenset({"basket_id", "strategy_id", "strategy_number", "legs"})
_AWAY = {
    SelectionType.OTM: "out of the money",
    SelectionType.ITM: "in the money",
}
_FEES = {
    "type": "kind of fee",
    "monthly_fee": "fee in rupees a month",
    "performance_fee_percentage": "share of profits in percent",
}
Change = tuple[str, Any, Any]


def differences(before: BasketVersion, after: BasketVersion) -> tuple[str, ...]:
    """Sentences: the basket's own, then strategy by strategy as the later version orders them."""
    return (*_of_heads(before.head, after.head), *_of_strategies(before, after))


def _of_heads(before: VersionHead, after: VersionHead) -> Iterator[str]:
    for word in ("name", "description", "category"):
        old, new = getattr(before, word), getattr(after, word)
        if old != new:
            yield f"The basket's {word} is “{new}” instead of “{old}”."
    for fee, words in _FEES.items():
        old, new = getattr(before.terms, fee), getattr(after.terms, fee)
        if old != new:
            yield f"The basket's {words} is {said(new)} instead of {said(old)}."


def _of_strategies(before: BasketVersion, after: BasketVersion) -> Iterator[str]:
    for strategy in after.strategies:
        old = before.strategy(strategy.strategy_id)
        if old is None:
            yield f"{strategy.name} is new. {_schedule_of(strategy)}"
            for leg in strategy.legs:
                yield f"{strategy.name}: {_new_leg(leg)}"
        else:
            yield from _of_strategy(old, strategy)
    for strategy in before.strategies:
        if after.strategy(strategy.strategy_id) is None:
            yield f"{strategy.name} is removed."


def _of_strategy(before: PublishedStrategy, after: PublishedStrategy) -> Iterator[str]:
    for change in _changes(before, after, leave_out=_IDENTITY):
        yield f"{before.name} {_phrase(STRATEGY_PHRASES, change, '')}."
    legs = {leg.leg_id: leg for leg in before.legs}
    for leg in after.legs:
        old = legs.pop(leg.leg_id, None)
        if old is None:
            yield f"{after.name}: {_new_leg(leg)}"
        else:
            for change in _changes(old, leg, leave_out=NOT_TRADED):
                phrase = _phrase(LEG_PHRASES, change, _away(leg.premium_selection))
                yield f"{after.name}: leg {leg.leg_number} ({_short(old)}) {phrase}."
    for leg in legs.values():
        yield f"{after.name}: leg {leg.leg_number} ({_short(leg)}) is removed."


def _changes(
    before: Any, after: Any, path: str = "", leave_out: frozenset[str] = frozenset()
) -> Iterator[Change]:
    """The fields that differ, as deep as both sides have them."""
    for each in fields(before):
        name = f"{path}{each.name}"
        old, new = getattr(before, each.name), getattr(after, each.name)
        if name in leave_out or old == new:
            continue
        if is_dataclass(old) and is_dataclass(new):
            yield from _changes(old, new, f"{name}.", leave_out)
        else:
            yield name, old, new


def _phrase(phrases: Mapping[str, str], change: Change, away: str) -> str:
    path, old, new = change
    phrase = phrases.get(path, f"has the {_named(path)} {{after}} instead of {{before}}")
    return phrase.format(after=said(new), before=said(old), away=away)


def said(value: Any) -> str:
    """A value as a trader reads it."""
    for kind, words in _WORDS:
        if isinstance(value, kind):
            return words(value)
    if not is_dataclass(value):
        return str(value)
    return ", ".join(
        f"{_named(each.name)} {said(getattr(value, each.name))}" for each in fields(value)
    )


# The first that fits: bool is an int, and an Enum's word may be a str.
_WORDS: tuple[tuple[type[Any], Callable[[Any], str]], ...] = (
    (NoneType, lambda _: "none"),
    (bool, lambda value: "yes" if value else "no"),
    (Decimal, lambda value: f"{value.normalize() + 0:f}"),
    (Enum, lambda value: str(value.value)),
    (time, lambda value: value.strftime("%H:%M:%S" if value.second else "%H:%M")),
    (tuple, lambda value: " and ".join(map(said, value)) or "none"),
)


def _named(path: str) -> str:
    return path.replace(".", " ").replace("_", " ")


def _away(selection: PremiumSelection) -> str:
    return _AWAY.get(selection.type, "away from the money")


def _short(leg: StrategyLeg) -> str:
    return f"{leg.side} {leg.underlying_config.symbol} {leg.option_config.option_type}"


def _new_leg(leg: StrategyLeg) -> str:
    chosen = [
        f"{_named(each.name)} {said(value)}"
        for each in fields(leg.premium_selection)
        if (value := getattr(leg.premium_selection, each.name)) not in {None, False}
        and each.name != "type"
    ]
    stop = leg.stop_loss_config
    stopped = f"a stop of {said(stop.value)} ({stop.type})" if stop.enabled else "no stop"
    return (
        f"leg {leg.leg_number} is new: {_short(leg)}, {leg.option_config.expiry_type} expiry, "
        f"strike by {leg.premium_selection.type} ({', '.join(chosen)}), "
        f"{leg.lots_multiple} lots for each lot, {stopped}."
    )


def _schedule_of(strategy: PublishedStrategy) -> str:
    schedule = strategy.execution_schedule
    return (
        f"It enters at {said(schedule.entry_time)} and exits at {said(schedule.exit_time)}, "
        f"with {len(strategy.legs)} legs."
    )
