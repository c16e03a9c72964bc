"""What a request would cost on demand: sizes and units by DynamoDB's published rules."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

WRITE_UNIT_BYTES = 1024
READ_UNIT_BYTES = 4096
LARGEST_ITEM_BYTES = 400 * 1024
LARGEST_PAGE_BYTES = 1024 * 1024


@dataclass(slots=True)
class Usage:
    """Since it was last taken. Units are those of the tables and of their indexes."""

    requests: Counter[str] = field(default_factory=Counter)
    read_units: float = 0.0
    write_units: float = 0.0

    @property
    def total_requests(self) -> int:
        return sum(self.requests.values())


def size_of(item: dict[str, dict[str, Any]]) -> int:
    """Bytes of names and values; a number takes about half its digits and one more."""
    size = 0
    for name, value in item.items():
        size += len(name)
        ((kind, content),) = value.items()
        if kind == "S":
            size += len(content) if content.isascii() else len(content.encode())
        elif kind == "N":
            size += len(content) // 2 + 2
        else:
            size += len(str(content))
    return size


def write_units(size: int) -> int:
    return max(1, -(-size // WRITE_UNIT_BYTES))


def read_units(size: int, *, consistent: bool) -> float:
    units = max(1, -(-size // READ_UNIT_BYTES))
    return float(units) if consistent else units / 2
