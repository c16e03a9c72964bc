"""From a parsed request part to the domain's shape of the same field names."""

from typing import TypeVar

import msgspec
from pydantic import BaseModel

Shape = TypeVar("Shape")


def to_domain(part: BaseModel, shape: type[Shape]) -> Shape:
    """`part` as the frozen dataclass `shape`, nested parts included.

    Both sides state the same names; a field that only the shape has takes its default.
    """
    return msgspec.convert(part, shape, from_attributes=True)
