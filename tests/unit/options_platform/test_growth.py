"""What a page costs does not grow with what others own: counted, not timed."""

import pytest

from tests.unit.options_platform.crowds import OWN, PAGES, Look, a_crowd

SMALL, LARGE = 100, 10_000


@pytest.fixture(scope="module")
def measured() -> dict[int, dict[str, Look]]:
    """Each page at 100 and at 10,000 baskets of others."""
    found = {}
    with a_crowd() as crowd:
        for size in (SMALL, LARGE):
            crowd.grow_to(size)
            found[size] = crowd.pages()
    return found


@pytest.mark.parametrize("page", PAGES)
def test_a_page_reads_the_same_at_100_and_at_10000_baskets(
    measured: dict[int, dict[str, Look]], page: str
):
    assert measured[SMALL][page] == measured[LARGE][page]


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("GET /")])
def test_a_list_reads_what_it_shows(measured: dict[int, dict[str, Look]], page: str):
    """And one item more where that tells whether there is a next page, or whose account it is. A
    subscription is shown with its basket's latest version: two are read for one.
    """
    look = measured[LARGE][page]
    assert look.shown in {OWN, 50}
    assert look.items_read <= look.shown * (2 if "subscriptions" in page else 1) + 1


@pytest.mark.parametrize("page", [page for page in PAGES if "keeps none" in page])
def test_a_filter_that_keeps_nothing_gives_up_after_eight_looks_for_each_item(
    measured: dict[int, dict[str, Look]], page: str
):
    look = measured[LARGE][page]
    assert look.shown == 0
    # Each of five categories' partitions may have been read two further than it was looked at.
    assert 8 * 5 < look.items_read <= 8 * 5 + 2 * 5
