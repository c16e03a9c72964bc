"""Where a volatility stands among the recorded days of a year. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from shared_utils.stored_chains import VolatilityOfDay

LEAST_DAYS = 60
_ONE_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class VolatilityRank:
    """Percent. `rank`: how far from the year's lowest to its highest; `percentile`: the share of
    days that were lower. None with a reason when that cannot be told.
    """

    days: int
    lowest: float | None = None
    highest: float | None = None
    rank: float | None = None
    percentile: float | None = None
    reason: str | None = None


def rank_volatility(
    volatility: float | None, recorded: Sequence[VolatilityOfDay], today: date
) -> VolatilityRank:
    """Among the recorded days of the year before `today`; today itself is not counted."""
    past = [each.volatility for each in recorded if today - _ONE_YEAR <= each.day < today]
    if len(past) < LEAST_DAYS:
        reason = f"{len(past)} days are recorded; a rank needs {LEAST_DAYS}."
        return VolatilityRank(days=len(past), reason=reason)
    lowest, highest = min(past), max(past)
    known = VolatilityRank(days=len(past), lowest=lowest, highest=highest)
    if volatility is None:
        return _because(known, "No volatility of thirty days is quoted now.")
    if highest <= lowest:
        return _because(known, "Every recorded day had the same volatility.")
    return VolatilityRank(
        days=len(past),
        lowest=lowest,
        highest=highest,
        rank=min(max((volatility - lowest) / (highest - lowest), 0.0), 1.0) * 100.0,
        percentile=sum(each < volatility for each in past) / len(past) * 100.0,
    )


def _because(known: VolatilityRank, reason: str) -> VolatilityRank:
    return VolatilityRank(
        days=known.days, lowest=known.lowest, highest=known.highest, reason=reason
    )
