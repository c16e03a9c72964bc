"""How an execution schedule looks on the wire: India time, trading days."""

from typing import Annotated, Literal

from pydantic import Field

from shared_utils.api.wire_types import CalendarDate, ClockTime, RequestModel, WholeNumber
from shared_utils.domain.schedules import DayType, Weekday

Dte = Annotated[WholeNumber, Field(ge=0, le=365)]


class DteRange(RequestModel):
    """Calendar days to expiry, 0 on expiry day, both ends included."""

    min_dte: Dte
    max_dte: Dte


class DteConfig(RequestModel):
    """The expiry an entry prefers: within the range, nearest to `preferred_dte`."""

    min_dte: Dte
    max_dte: Dte
    preferred_dte: Dte


class DayConfig(RequestModel):
    """Which trading days count. Exactly the field that `type` names is set."""

    type: DayType
    weekdays: Annotated[tuple[Weekday, ...], Field(max_length=7)] = ()
    dte_range: DteRange | None = None
    custom_dates: Annotated[tuple[CalendarDate, ...], Field(max_length=366)] = ()


class ExecutionSchedule(RequestModel):
    """`entry_time` and `exit_time` are India time, such as "09:45"."""

    entry_time: ClockTime
    exit_time: ClockTime
    entry_days: DayConfig
    exit_days: DayConfig
    timezone: Literal["Asia/Kolkata"] = "Asia/Kolkata"
    dte_config: DteConfig | None = None
