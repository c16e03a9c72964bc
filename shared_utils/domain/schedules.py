"""When a strategy enters and exits, as the trader states it: India time, trading days."""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum


class Weekday(StrEnum):
    """MON to FRI as in the design; SAT and SUN exist for the exchange's special sessions."""

    MON = "MON"
    TUE = "TUE"
    WED = "WED"
    THU = "THU"
    FRI = "FRI"
    SAT = "SAT"
    SUN = "SUN"


class DayType(StrEnum):
    WEEKDAYS = "WEEKDAYS"
    DTE_BASED = "DTE_BASED"
    CUSTOM = "CUSTOM"


@dataclass(frozen=True, slots=True, kw_only=True)
class DteRange:
    """Days to expiry (calendar days, 0 on expiry day), both ends included."""

    min_dte: int
    max_dte: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayConfig:
    """Which trading days count. Exactly the field that `type` names is set."""

    type: DayType
    weekdays: tuple[Weekday, ...] = ()
    dte_range: DteRange | None = None
    custom_dates: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DteConfig:
    """The expiry an entry prefers: within the range, nearest to `preferred_dte`."""

    min_dte: int
    max_dte: int
    preferred_dte: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionSchedule:
    """Entry and exit times are wall-clock IST without date; the calendar supplies the days."""

    entry_time: time
    exit_time: time
    entry_days: DayConfig
    exit_days: DayConfig
    timezone: str = "Asia/Kolkata"
    dte_config: DteConfig | None = None


class EventKind(StrEnum):
    ENTRY = "ENTRY"
    EXIT = "EXIT"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledEvent:
    """One thing the schedule asks for, at an aware UTC instant on a trading day."""

    kind: EventKind
    at: datetime
