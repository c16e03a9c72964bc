"""Where the five indices stand at any instant: one fixed world per seed.

Daily closes are a random walk from a common factor and an own part; inside a session the index
walks a Brownian bridge from its open to its close, livelier at both ends of the day, on a grid of
minutes refined to seconds. Any instant can be asked in any order: the answer depends on the seed
and the instant alone.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from random import Random

from shared_utils.domain.instruments import Underlying
from shared_utils.indian_market_utils.sessions import Session, ist_date

_FIRST_DAY = date(2024, 1, 1)
_ANCHOR_DAY = date(2026, 8, 3)  # the close of this day is the level below, whatever the seed
_SATURDAY = 5
_PULL_BACK = 0.998  # keeps years of walking within sight of the anchor
_OVERNIGHT = 0.0015
_DAYS_KEPT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Character:
    level: float
    daily_volatility: float
    beta: float  # share of the common factor


_CHARACTERS = {
    Underlying.NIFTY: _Character(level=25_140.0, daily_volatility=0.0075, beta=0.995),
    Underlying.BANKNIFTY: _Character(level=56_480.0, daily_volatility=0.0090, beta=0.86),
    Underlying.FINNIFTY: _Character(level=26_730.0, daily_volatility=0.0088, beta=0.88),
    Underlying.MIDCPNIFTY: _Character(level=13_260.0, daily_volatility=0.0100, beta=0.80),
    Underlying.SENSEX: _Character(level=82_120.0, daily_volatility=0.0073, beta=0.99),
}


class _DayPath:
    """One index on one day: minute nodes from open to close, seconds when they are asked for."""

    def __init__(self, session: Session, start: float, end: float, draw: "_Draw") -> None:
        self._opens_at = session.opens_at
        self._draw = draw
        count = max(int((session.closes_at - session.opens_at).total_seconds() // 60), 1)
        variances = [_liveliness(minute, count) for minute in range(count)]
        scale = draw.volatility**2 / sum(variances)
        self._deviations = [math.sqrt(v * scale) for v in variances]
        walk = [
            0.0,
            *accumulate(d * z for d, z in zip(self._deviations, draw.minutes(count), strict=True)),
        ]
        spent = [0.0, *accumulate(v * scale for v in variances)]
        miss = walk[-1] - (end - start)
        self._nodes = [start + w - miss * v / spent[-1] for w, v in zip(walk, spent, strict=True)]
        self._highs = list(accumulate(self._nodes, max))
        self._lows = list(accumulate(self._nodes, min))
        self._refined: dict[int, list[float]] = {}

    def at(self, moment: datetime) -> float:
        elapsed = (moment - self._opens_at).total_seconds()
        if elapsed <= 0:
            return self._nodes[0]
        minute, second = divmod(elapsed, 60.0)
        if minute >= len(self._nodes) - 1:
            return self._nodes[-1]
        seconds = self._seconds_of(int(minute))
        whole = int(second)
        return seconds[whole] + (seconds[whole + 1] - seconds[whole]) * (second - whole)

    def extremes(self, moment: datetime) -> tuple[float, float]:
        """Highest and lowest so far, on the grid of minutes and at this moment."""
        minute = int((moment - self._opens_at).total_seconds() // 60)
        node = min(max(minute, 0), len(self._nodes) - 1)
        now = self.at(moment)
        return max(self._highs[node], now), min(self._lows[node], now)

    def _seconds_of(self, minute: int) -> list[float]:
        known = self._refined.get(minute)
        if known is None:
            start, end = self._nodes[minute], self._nodes[minute + 1]
            step = self._deviations[minute] / math.sqrt(60)
            walk = [0.0, *accumulate(step * z for z in self._draw.seconds(minute))]
            miss = walk[-1] - (end - start)
            known = [start + w - miss * i / 60 for i, w in enumerate(walk)]
            self._refined[minute] = known
        return known


class _Draw:
    """The random numbers of one index and day: a common factor and its own part."""

    def __init__(self, seed: int, underlying: Underlying, day: date) -> None:
        character = _CHARACTERS[underlying]
        self.volatility = character.daily_volatility * 0.9
        self._beta = character.beta
        self._rest = math.sqrt(1 - character.beta**2)
        self._common = f"{seed}|factor|{day.isoformat()}"
        self._own = f"{seed}|{underlying}|{day.isoformat()}"

    def minutes(self, count: int) -> list[float]:
        return self._mixed("minutes", count)

    def seconds(self, minute: int) -> list[float]:
        return self._mixed(f"seconds|{minute}", 60)

    def _mixed(self, what: str, count: int) -> list[float]:
        common, own = Random(f"{self._common}|{what}"), Random(f"{self._own}|{what}")
        return [self._beta * common.gauss() + self._rest * own.gauss() for _ in range(count)]


class IndexPaths:
    """Levels of the indices as floats (an index is not money); `sessions` says when they move."""

    def __init__(self, seed: int, sessions: Callable[[Underlying, date], Session | None]) -> None:
        self._seed = seed
        self._sessions = sessions
        self._factor = Random(f"{seed}|factor|closes")
        self._own = {u: Random(f"{seed}|{u}|closes") for u in Underlying}
        self._closes: dict[Underlying, list[float]] = {u: [0.0] for u in Underlying}
        self._days: dict[tuple[Underlying, date], _DayPath | None] = {}

    def level(self, underlying: Underlying, at: datetime) -> float:
        """The index at `at`; outside a session the last price of the session before."""
        day = ist_date(at)
        path = self._path(underlying, day)
        if path is None or at < self._opening(underlying, day):
            return math.exp(self._log_close(underlying, day - timedelta(days=1)))
        return math.exp(path.at(at))

    def previous_close(self, underlying: Underlying, day: date) -> float:
        return math.exp(self._log_close(underlying, day - timedelta(days=1)))

    def opening(self, underlying: Underlying, day: date) -> float:
        path = self._path(underlying, day)
        if path is None:
            return self.previous_close(underlying, day)
        return math.exp(path.at(self._opening(underlying, day)))

    def extremes(self, underlying: Underlying, at: datetime) -> tuple[float, float]:
        """Highest and lowest level of the day so far."""
        path = self._path(underlying, ist_date(at))
        if path is None or at < self._opening(underlying, ist_date(at)):
            level = self.level(underlying, at)
            return level, level
        high, low = path.extremes(at)
        return math.exp(high), math.exp(low)

    def recent_range(
        self, underlying: Underlying, day: date, days: int = 60
    ) -> tuple[float, float]:
        """Lowest and highest close of the `days` before `day`: exchanges keep strikes listed."""
        closes = [self.previous_close(underlying, day - timedelta(days=n)) for n in range(days)]
        return min(closes), max(closes)

    def _opening(self, underlying: Underlying, day: date) -> datetime:
        session = self._sessions(underlying, day)
        return session.opens_at if session else datetime.max.replace(tzinfo=UTC)

    def _path(self, underlying: Underlying, day: date) -> _DayPath | None:
        key = (underlying, day)
        if key not in self._days:
            if len(self._days) >= _DAYS_KEPT * len(Underlying):
                self._days.pop(next(iter(self._days)))
            self._days[key] = self._make(underlying, day)
        return self._days[key]

    def _make(self, underlying: Underlying, day: date) -> _DayPath | None:
        session = self._sessions(underlying, day)
        if session is None:
            return None
        gap = Random(f"{self._seed}|{day.isoformat()}|gap").gauss(0, _OVERNIGHT)
        start = self._log_close(underlying, day - timedelta(days=1)) + gap
        end = self._log_close(underlying, day)
        return _DayPath(session, start, end, _Draw(self._seed, underlying, day))

    def _log_close(self, underlying: Underlying, day: date) -> float:
        anchor = self._walk(underlying, _ANCHOR_DAY)
        return math.log(_CHARACTERS[underlying].level) + self._walk(underlying, day) - anchor

    def _walk(self, underlying: Underlying, day: date) -> float:
        index = max((day - _FIRST_DAY).days, 0)
        while len(self._closes[underlying]) <= index:
            self._walk_one_day()
        return self._closes[underlying][index]

    def _walk_one_day(self) -> None:
        day = _FIRST_DAY + timedelta(days=len(self._closes[Underlying.NIFTY]))
        common = self._factor.gauss()
        for underlying, walk in self._closes.items():
            character = _CHARACTERS[underlying]
            own = self._own[underlying].gauss()
            mixed = character.beta * common + math.sqrt(1 - character.beta**2) * own
            step = 0.0 if day.weekday() >= _SATURDAY else character.daily_volatility * mixed
            walk.append(walk[-1] * _PULL_BACK + step)


def _liveliness(minute: int, count: int) -> float:
    """Relative variance of a minute: high after the open, some more before the close."""
    return 1.0 + 2.5 * math.exp(-minute / 25) + 0.9 * math.exp(-(count - 1 - minute) / 20)
