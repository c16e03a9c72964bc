"""How values look in JSON: exact numbers, wall-clock times, words of bounded length.

Bodies are read with Decimals for fractions, so that no amount is ever a binary float. Every number,
text and list of a request has an upper bound.
"""

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictBool,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from shared_utils.domain.money import to_paisa

MAX_RUPEES = Decimal(1_000_000_000_000)
_CLOCK_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")


class RequestModel(BaseModel):
    """What a client sends: a field we do not know is an error, not something to ignore."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True, defer_build=True)


class ResponseModel(BaseModel):
    """What we answer, field by field; nothing leaves that is not declared here."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True, defer_build=True)


def _number(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    raise PydanticCustomError("number", "must be a number")


def _whole_number(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    # 25.0 is the integer 25 to JSON; the size is checked first, 1e999999 has no int worth making.
    if isinstance(value, Decimal) and value.adjusted() < 18 and value == int(value):  # noqa: PLR2004 - digits of a 64-bit number
        return int(value)
    raise PydanticCustomError("whole_number", "must be a whole number")


def _clock_time(value: object) -> time:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and _CLOCK_TIME.fullmatch(value):
        return time.fromisoformat(value)
    raise PydanticCustomError("clock_time", 'must be a time of day in India such as "09:30"')


def _calendar_date(value: object) -> date:
    if isinstance(value, date):
        return value
    try:
        if isinstance(value, str) and len(value) == len("2026-12-29"):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("calendar_date", 'must be a date such as "2026-12-29"')


def _shown_time(value: time) -> str:
    return value.strftime("%H:%M:%S" if value.second else "%H:%M")


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


def _schema(kind: str, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, **more})


# Requests. Rupees have at most two decimals and come back with exactly two. Bounds stand before
# what reads the value, inside it: so they are checked by the compiled core, not in Python.
Rupees = Annotated[
    Decimal,
    Field(ge=0, le=MAX_RUPEES, decimal_places=2),
    BeforeValidator(_number),
    AfterValidator(to_paisa),
    _schema("number", minimum=0, maximum=int(MAX_RUPEES), description="Rupees."),
]
Points = Annotated[
    Decimal,
    Field(ge=-1_000_000, le=1_000_000, decimal_places=2),
    BeforeValidator(_number),
    _schema("number", minimum=-1_000_000, maximum=1_000_000, description="Index points."),
]
Percentage = Annotated[
    Decimal,
    Field(ge=0, le=1000, decimal_places=4),
    BeforeValidator(_number),
    _schema("number", minimum=0, maximum=1000, description="Percent: 2.5 is 2.5 %."),
]
SignedPercentage = Annotated[
    Decimal,
    Field(ge=-1000, le=1000, decimal_places=4),
    BeforeValidator(_number),
    _schema("number", minimum=-1000, maximum=1000, description="A signed ratio or percentage."),
]
Share = Annotated[
    Decimal,
    Field(ge=0, le=100, decimal_places=4),
    BeforeValidator(_number),
    _schema("number", minimum=0, maximum=100, description="Percent of a whole, 0 to 100."),
]
Delta = Annotated[
    Decimal,
    Field(ge=0, le=1, decimal_places=4),
    BeforeValidator(_number),
    _schema("number", minimum=0, maximum=1, description="Absolute delta, 0 to 1."),
]
WholeNumber = Annotated[int, BeforeValidator(_whole_number)]
# The version of what the caller has seen, so that nobody changes what he has not.
SeenVersion = Annotated[WholeNumber, Field(ge=1)]
Flag = StrictBool
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
ClientId = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")
]
ClockTime = Annotated[
    time,
    BeforeValidator(_clock_time),
    PlainSerializer(_shown_time),
    _schema("string", pattern=f"^({_CLOCK_TIME.pattern})$", examples=["09:30"]),
]
CalendarDate = Annotated[date, BeforeValidator(_calendar_date), _schema("string", format="date")]

# Answers.
Amount = Annotated[
    Decimal, AfterValidator(to_paisa), _schema("number", description="Rupees, two decimals.")
]
Figure = Annotated[Decimal, _schema("number")]
Instant = Annotated[
    datetime,
    AfterValidator(_utc),
    _schema("string", format="date-time", examples=["2026-11-24T04:00:00Z"]),
]
