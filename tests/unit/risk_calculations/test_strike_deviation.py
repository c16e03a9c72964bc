"""What is chosen over a simulated year lies as near to its target as the ladder allows."""

import pytest

from bench.rows import percentile
from bench.strike_deviation import ALLOWED, Pick, picks, rows_of
from shared_utils.domain.legs import SelectionType

KINDS = (
    SelectionType.ABSOLUTE_PREMIUM,
    SelectionType.DELTA_BASED,
    SelectionType.PERCENTAGE_BASED,
)


@pytest.fixture(scope="module")
def found() -> list[Pick]:
    return picks(every=31)


@pytest.mark.parametrize("kind", KINDS)
def test_the_chosen_strike_is_the_nearest_tradable_one_there_is(found: list[Pick], kind):
    chosen = [pick for pick in found if pick.kind is kind and pick.chosen is not None]
    assert len(chosen) > 200
    assert max(pick.regret for pick in chosen) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_where_the_ladder_allows_it_the_deviation_stays_within_two_percent(found: list[Pick], kind):
    allowed = [
        pick.chosen
        for pick in found
        if pick.kind is kind
        and pick.chosen is not None
        and pick.nearest is not None
        and pick.nearest <= ALLOWED
    ]
    assert len(allowed) > 30
    assert percentile(allowed, 0.95) <= ALLOWED


@pytest.mark.parametrize("kind", [SelectionType.ABSOLUTE_PREMIUM, SelectionType.DELTA_BASED])
def test_nothing_is_refused_while_a_tradable_strike_is_within_two_percent(found: list[Pick], kind):
    refused = [pick.nearest for pick in found if pick.kind is kind and pick.chosen is None]
    assert all(nearest is None or nearest > ALLOWED for nearest in refused)


def test_a_strike_that_was_not_the_nearest_shows_in_the_rows():
    worse = Pick(kind=SelectionType.DELTA_BASED, chosen=0.019, nearest=0.004)
    measured = {name: value for name, value, _, _ in rows_of([worse])}
    assert measured["DELTA_BASED: greatest regret of 1"] == pytest.approx(1.5)
