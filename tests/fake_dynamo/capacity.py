"""What a request would cost on demand: sizes and units by DynamoDB's published rules."""

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

WRITE_UNIT_BYTES = 1024
READ_UNIT_BYTES = 4096
LARGEST_ITEM_BYTES = 400 * 1024
LARGEST_PAGE_BYTES = 1024 * 1024


@dataclass(slots=True)
class Usage:
    """Since it was last taken. Units are those of the tables and of their indexes; items are those
    that were read, also where a filter then left them out or a key led nowhere.
    """

    requests: Counter[str] = field(default_factory=Counter)
    items_read: int = 0
    read_units: float = 0.0
    write_units: float = 0.0

    @property
    def total_requests(self) -> int:
        return sum(self.requests.values())


def size_of(item: dict[str, dict[str, Any]]) -> int:
    """Bytes of names and values."""
    size = 0
    for name, value in item.items():
        text = value.get("S")
        if text is not None:
            size += len(name) + (len(text) if text.isascii() else len(text.encode()))
        else:
            ((kind, content),) = value.items()
            size += len(name) + _value_size(kind, content)
    return size


def _value_size(kind: str, content: Any) -> int:
    """Text and bytes as they are; a number half a byte a digit and one more; lists and maps three
    bytes, and one for each of what they hold.
    """
    size = 1  # BOOL and NULL
    match kind:
        case "S":
            size = len(content) if content.isascii() else len(content.encode())
        case "N":
            size = _number_size(content)
        case "B":
            size = len(content)
        case "M":
            size = 3 + size_of(content) + len(content)
        case "L":
            held = (next(iter(each.items())) for each in content)
            size = 3 + sum(1 + _value_size(*each) for each in held)
        case "SS" | "NS" | "BS":
            size = sum(_value_size(kind[0], each) for each in content)
    return size


@lru_cache(maxsize=4096)
def _number_size(text: str) -> int:
    """Zeros that lead or trail do not count; a sign is one byte more."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return (len(digits) + 1) // 2 + 1 + text.startswith("-")


def write_units(size: int) -> int:
    return max(1, -(-size // WRITE_UNIT_BYTES))


def read_units(size: int, *, consistent: bool) -> float:
    units = max(1, -(-size // READ_UNIT_BYTES))
    return float(units) if consistent else units / 2
