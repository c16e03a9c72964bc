"""Whatever differs between two versions is said, and nothing is said of what trades the same."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, time
from decimal import Decimal
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_utils.domain.basket_versions import (
    BasketVersion,
    PublishedStrategy,
    VersionHead,
    published_strategy,
)
from shared_utils.domain.baskets import BasketCategory, FeeType, SubscriptionConfig
from shared_utils.domain.legs import PremiumSelection, SelectionType, StrategyLeg
from shared_utils.domain.version_differences import differences
from shared_utils.domain.version_phrases import LEG_PHRASES, NOT_TRADED, STRATEGY_PHRASES
from tests.unit.storage.samples import a_leg, a_strategy

st.register_type_strategy(
    Decimal, st.decimals(-1000, 1000, allow_nan=False, allow_infinity=False, places=2)
)
st.register_type_strategy(str, st.text(max_size=8))
st.register_type_strategy(datetime, st.just(datetime(2026, 11, 23, 4, tzinfo=UTC)))
STRATEGY = published_strategy(a_strategy(name="Condor", legs=(a_leg(),)))
_OWN = {"basket_id", "strategy_id", "strategy_number", "legs"}


def kinds_of(annotation: Any) -> list[Any]:
    """`X | None` is X and None."""
    return list(get_args(annotation)) if get_origin(annotation) is UnionType else [annotation]


def paths_of(shape: type[Any], prefix: str = "") -> Iterator[str]:
    """Every field that may differ, as deep as they go; a part that may be missing is one too."""
    hints = get_type_hints(shape)
    for each in fields(shape):
        kinds = kinds_of(hints[each.name])
        parts = [kind for kind in kinds if is_dataclass(kind)]
        if not parts or len(kinds) > 1:
            yield prefix + each.name
        for part in parts:
            yield from paths_of(part, f"{prefix}{each.name}.")  # type: ignore[arg-type]  # a dataclass


LEG_PATHS = sorted(set(paths_of(StrategyLeg)))
STRATEGY_PATHS = sorted(set(paths_of(PublishedStrategy)) - _OWN)


def with_another(thing: Any, path: str, draw: Any) -> Any:
    """`thing` with another value at the path; whatever is missing on the way is drawn too."""
    name, _, rest = path.partition(".")
    annotation = get_type_hints(type(thing))[name]
    value = getattr(thing, name)
    if not rest:
        other = draw(st.from_type(annotation).filter(lambda found: found != value))
        return replace(thing, **{name: other})
    return replace(thing, **{name: with_another(value, rest, draw)})


def filled(thing: Any, path: str, draw: Any) -> Any:
    """`thing` with every part on the path there."""
    name, _, rest = path.partition(".")
    if not rest:
        return thing
    part = next(k for k in kinds_of(get_type_hints(type(thing))[name]) if is_dataclass(k))
    value = getattr(thing, name) or draw(st.from_type(part))  # type: ignore[arg-type]  # a dataclass
    return replace(thing, **{name: filled(value, rest, draw)})


def a_version(*strategies: PublishedStrategy, **words: Any) -> BasketVersion:
    head: dict[str, Any] = {
        "basket_id": "bsk_1",
        "creator_user_id": "admin-1",
        "number": 1,
        "name": "Income",
        "description": "Weekly condors",
        "category": BasketCategory.INCOME,
        "terms": SubscriptionConfig(type=FeeType.FREE),
        "strategy_count": len(strategies),
        "published_at": datetime(2026, 11, 23, 4, tzinfo=UTC),
    }
    return BasketVersion(head=VersionHead(**{**head, **words}), strategies=strategies)


@pytest.mark.parametrize("path", LEG_PATHS)
@settings(max_examples=10)
@given(data=st.data())
def test_any_field_of_a_leg_that_changes_is_said_unless_nothing_trades_by_it(
    path: str, data: st.DataObject
):
    leg = filled(STRATEGY.legs[0], path, data.draw)
    other = with_another(leg, path, data.draw)
    said = differences(
        a_version(replace(STRATEGY, legs=(leg,))), a_version(replace(STRATEGY, legs=(other,)))
    )
    if path == "leg_id":  # another leg: one goes, one comes
        assert len(said) == 2
        return
    assert len(said) == (0 if path in NOT_TRADED else 1), said
    for sentence in said:
        assert sentence.startswith(f"Condor: leg {other.leg_number} (")
        assert sentence.endswith(".")


@pytest.mark.parametrize("path", STRATEGY_PATHS)
@settings(max_examples=10)
@given(data=st.data())
def test_any_field_of_a_strategy_that_changes_is_said(path: str, data: st.DataObject):
    strategy = filled(STRATEGY, path, data.draw)
    other = with_another(strategy, path, data.draw)
    (sentence,) = differences(a_version(strategy), a_version(other))
    assert sentence.startswith("Condor ")


def test_a_version_does_not_differ_from_itself_nor_by_its_number_and_who_may_join():
    before = a_version(STRATEGY)
    terms = replace(before.head.terms, max_subscribers=3, min_subscription_amount=Decimal(1))
    assert differences(before, a_version(STRATEGY, number=2, terms=terms)) == ()


def test_a_traders_eyes_find_the_strategy_the_leg_and_both_values():
    def otm(offset: int) -> PublishedStrategy:
        choice = PremiumSelection(type=SelectionType.OTM, strike_offset=Decimal(offset))
        return replace(STRATEGY, legs=(replace(a_leg(), premium_selection=choice),))

    (said,) = differences(a_version(otm(200)), a_version(otm(250)))
    leg = "Condor: leg 1 (SELL NIFTY CE)"
    assert said == f"{leg} chooses its strike 250 points out of the money instead of 200."
    later = replace(STRATEGY.execution_schedule, entry_time=time(9, 45))
    assert differences(
        a_version(STRATEGY), a_version(replace(STRATEGY, execution_schedule=later))
    ) == ("Condor enters at 09:45 instead of 09:30.",)


def test_what_comes_and_goes_is_said_with_what_it_would_trade():
    added = replace(STRATEGY, strategy_id="stg_2", name="Straddle", legs=(a_leg(1), a_leg(2)))
    come = differences(a_version(STRATEGY), a_version(STRATEGY, added))
    assert come[0] == "Straddle is new. It enters at 09:30 and exits at 15:15, with 2 legs."
    assert [each[:23] for each in come[1:]] == [
        "Straddle: leg 1 is new:",
        "Straddle: leg 2 is new:",
    ]
    assert "delta range 0.15 and 0.25" in come[1]
    assert differences(a_version(STRATEGY, added), a_version(STRATEGY)) == ("Straddle is removed.",)
    fewer = replace(added, legs=(a_leg(2),))
    assert differences(a_version(added), a_version(fewer)) == (
        "Straddle: leg 1 (SELL NIFTY CE) is removed.",
    )


def test_the_baskets_words_and_fees_are_said():
    fees = SubscriptionConfig(type=FeeType.PAID, monthly_fee=Decimal("999.00"))
    assert differences(a_version(), a_version(name="Growth", terms=fees)) == (
        "The basket's name is “Growth” instead of “Income”.",
        "The basket's kind of fee is PAID instead of FREE.",
        "The basket's fee in rupees a month is 999 instead of none.",
    )


def test_every_field_has_a_phrase_of_its_own_and_no_phrase_is_of_a_field_that_is_gone():
    assert set(LEG_PHRASES) == set(LEG_PATHS) - NOT_TRADED
    assert set(STRATEGY_PHRASES) == set(STRATEGY_PATHS)
    assert set(LEG_PATHS) >= NOT_TRADED
