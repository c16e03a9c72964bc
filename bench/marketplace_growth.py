"""What a page of each list reads while others' baskets grow from a hundred to ten thousand."""

from bench.rows import Row
from tests.unit.options_platform.crowds import Look, a_crowd

SIZES = (100, 1_000, 10_000)


def run() -> list[Row]:
    """Prints the counts; the rows are what grew most from the smallest crowd to the largest."""
    found = []
    with a_crowd() as crowd:
        for size in SIZES:
            crowd.grow_to(size)
            found.append(crowd.pages())
    _print(found)
    span = f"at {SIZES[-1]:,} / at {SIZES[0]:,} baskets, of any page the most"
    small, large = found[0], found[-1]
    items = max(large[page].items_read / small[page].items_read for page in small)
    units = max(large[page].read_units / small[page].read_units for page in small)
    return [
        (f"items read: {span}", items, 1.0, "ratio"),
        (f"read units: {span}", units, 1.0, "ratio"),
    ]


def _print(found: list[dict[str, Look]]) -> None:
    heads = "".join(f"{size:>12,} baskets" for size in SIZES)
    print(f"\nOne page: items shown/read, requests, read units\n  {'':<52}{heads}")
    for page in found[0]:
        looks = [each[page] for each in found]
        told = "".join(
            f"{look.shown:>7}/{look.items_read} {look.requests} {look.read_units:g}".rjust(20)
            for look in looks
        )
        print(f"  {page:<52}{told}")
