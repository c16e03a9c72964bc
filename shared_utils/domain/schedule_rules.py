"""What a schedule must satisfy on its own. Every broken rule is returned, none raised.

Whether its days and times exist is asked of the calendar by whoever has it.
"""

from collections.abc import Iterator

from shared_utils.domain.errors import Problem
from shared_utils.domain.schedules import DayConfig, DayType, DteConfig, ExecutionSchedule


def schedule_problems(schedule: ExecutionSchedule) -> tuple[Problem, ...]:
    found = [
        *_day_problems("execution_schedule.entry_days", schedule.entry_days),
        *_day_problems("execution_schedule.exit_days", schedule.exit_days),
        *_dte_problems(schedule.dte_config),
        *_never_entered(schedule),
        *_never_closed(schedule.entry_days, schedule.exit_days),
    ]
    if schedule.entry_time >= schedule.exit_time and _may_share_a_day(
        schedule.entry_days, schedule.exit_days
    ):
        found.append(
            Problem(
                "execution_schedule.exit_time",
                f"must be after the entry time of {schedule.entry_time:%H:%M}, "
                "since a day may be both an entry and an exit day",
            )
        )
    return tuple(found)


def _may_share_a_day(entry: DayConfig, exit_: DayConfig) -> bool:
    if entry.type is not exit_.type:
        return True
    match entry.type:
        case DayType.WEEKDAYS:
            return bool(set(entry.weekdays) & set(exit_.weekdays))
        case DayType.CUSTOM:
            return bool(set(entry.custom_dates) & set(exit_.custom_dates))
        case DayType.DTE_BASED:
            if entry.dte_range is None or exit_.dte_range is None:
                return True
            return (
                entry.dte_range.min_dte <= exit_.dte_range.max_dte
                and exit_.dte_range.min_dte <= entry.dte_range.max_dte
            )


def _day_problems(path: str, days: DayConfig) -> Iterator[Problem]:
    values = {
        DayType.WEEKDAYS: ("weekdays", days.weekdays),
        DayType.DTE_BASED: ("dte_range", days.dte_range),
        DayType.CUSTOM: ("custom_dates", days.custom_dates),
    }
    for kind, (name, value) in values.items():
        if kind is days.type and not value:
            yield Problem(f"{path}.{name}", f"is required for {days.type}")
        if kind is not days.type and value:
            yield Problem(f"{path}.{name}", f"has no meaning with {days.type}")
    if days.dte_range is not None and days.dte_range.min_dte > days.dte_range.max_dte:
        yield Problem(f"{path}.dte_range", "is upside down: min_dte is above max_dte")
    for name, listed in (("weekdays", days.weekdays), ("custom_dates", days.custom_dates)):
        if len(set(listed)) < len(listed):
            yield Problem(f"{path}.{name}", "names a day more than once")


def _dte_problems(dte: DteConfig | None) -> Iterator[Problem]:
    if dte is not None and not dte.min_dte <= dte.preferred_dte <= dte.max_dte:
        yield Problem(
            "execution_schedule.dte_config",
            "is out of order: min_dte, preferred_dte and max_dte must rise",
        )


def _never_entered(schedule: ExecutionSchedule) -> Iterator[Problem]:
    days, wanted = schedule.entry_days.dte_range, schedule.dte_config
    if days is None or wanted is None:
        return
    if wanted.max_dte < days.min_dte or wanted.min_dte > days.max_dte:
        yield Problem(
            "execution_schedule.dte_config",
            f"wants {wanted.min_dte} to {wanted.max_dte} days to expiry and entry_days "
            f"{days.min_dte} to {days.max_dte}: no day is both",
        )


def _never_closed(entry: DayConfig, exit_: DayConfig) -> Iterator[Problem]:
    """Every entry needs an exit day on its own day or a later one (a shared day is judged by its
    times). Days to expiry only fall.
    """
    path = "execution_schedule.exit_days"
    if exit_.custom_dates and entry.custom_dates:
        last = max(exit_.custom_dates)
        late = [day.isoformat() for day in sorted(entry.custom_dates) if day > last]
        if late:
            yield Problem(
                f"{path}.custom_dates", f"ends on {last.isoformat()}, before the entry of {late[0]}"
            )
    elif exit_.custom_dates:
        last = max(exit_.custom_dates)
        yield Problem(
            f"{path}.type",
            f"is CUSTOM, but entries go on after {last.isoformat()} and would not be closed",
        )
    if entry.dte_range is None or exit_.dte_range is None:
        return
    if exit_.dte_range.min_dte > entry.dte_range.min_dte:
        yield Problem(
            f"{path}.dte_range",
            f"ends at {exit_.dte_range.min_dte} days to expiry, "
            f"before an entry at {entry.dte_range.min_dte}",
        )
