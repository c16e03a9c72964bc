"""The market facts as they were known in November 2026, whatever the shipped file has learnt since.

Tests of what happens beyond the known calendar stand on these, so that loading a new year, lot or
rate (docs/market.md) breaks no test.
"""

import copy
from typing import Any

FIRST_UNKNOWN_YEAR = 2027
_FIRST_UNKNOWN_DAY = "2027-01-01"
_UNTIMED_MUHURAT = "2026-11-08"


def as_known_in_november_2026(config: dict[str, Any]) -> dict[str, Any]:
    """A copy without what was published later."""
    known: dict[str, Any] = _before(copy.deepcopy(config))
    for block in known["market_holidays"]:
        if block["year"] >= FIRST_UNKNOWN_YEAR:
            block["complete"] = False
    for session in known["special_sessions"]:
        if session["date"] == _UNTIMED_MUHURAT:
            session |= {"start": None, "end": None}
    return known


def _before(part: Any) -> Any:
    """Without entries that begin after the first unknown day, or lie on such a day."""
    if isinstance(part, dict):
        return {name: _before(value) for name, value in part.items()}
    if isinstance(part, list):
        return [_before(each) for each in part if not _is_later(each)]
    return part


def _is_later(entry: Any) -> bool:
    if not isinstance(entry, dict):
        return False
    if "from" in entry:
        return bool(entry["from"] > _FIRST_UNKNOWN_DAY)
    return "kind" in entry and bool(entry.get("date", "") >= _FIRST_UNKNOWN_DAY)
