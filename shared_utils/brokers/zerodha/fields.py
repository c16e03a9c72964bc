"""Kite's JSON rows read strictly: a row that cannot be read is an error, never a default.

Times come as naive wall-clock strings of India; they leave here aware, in UTC.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from shared_utils.indian_market_utils.sessions import IST

Row = Mapping[str, Any]


class Unreadable(ValueError):
    """A row of an answer is not what Kite documents."""


def rows_of(data: object) -> list[Row]:
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise Unreadable("a list of rows was expected")
    return data


def row_of(data: object, *path: str) -> Row:
    """The object at `path`."""
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    if not isinstance(data, dict):
        raise Unreadable(f"an object was expected at {'.'.join(path)}")
    return data


def text(row: Row, name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"{name} is not a text")
    return value


def maybe_text(row: Row, name: str) -> str | None:
    value = row.get(name)
    return value if isinstance(value, str) and value else None


def number(row: Row, name: str) -> Decimal:
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Unreadable(f"{name} is not a number")
    amount = Decimal(value)
    if not amount.is_finite():
        raise Unreadable(f"{name} is not a number")
    return amount


def price_or_none(row: Row, name: str) -> Decimal | None:
    """Kite writes 0 where there is no price."""
    if row.get(name) is None:
        return None
    amount = number(row, name)
    return amount if amount > 0 else None


def units(row: Row, name: str) -> int:
    amount = number(row, name)
    if amount != amount.to_integral_value():
        raise Unreadable(f"{name} is not a whole number")
    return int(amount)


def count(row: Row, name: str) -> int:
    """A quantity that is never negative."""
    amount = units(row, name)
    if amount < 0:
        raise Unreadable(f"{name} is negative")
    return amount


def moment(row: Row, *names: str) -> datetime:
    """The first of the named times that is there, as aware UTC."""
    for name in names:
        value = row.get(name)
        if isinstance(value, str) and value:
            return utc_of(value)
    raise Unreadable(f"{names[0]} is missing")


def utc_of(wall_clock: str) -> datetime:
    """`2026-11-25 09:45:00` in India. A zone, where there is one, is believed."""
    try:
        at = datetime.fromisoformat(wall_clock)
    except ValueError as error:
        raise Unreadable("a time cannot be read") from error
    return (at if at.tzinfo is not None else at.replace(tzinfo=IST)).astimezone(UTC)
