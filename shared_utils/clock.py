"""Market time: the real clock, or the local market's own, asked of the server that plays it.

Whoever trades asks a `Clock` and nothing else; infrastructure (TTLs, JWTs) asks `WallClock`.
"""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import urllib3

from shared_utils.domain.errors import Unavailable
from shared_utils.settings import Settings

# A long sleep is cut into steps, so that a clock that is turned meanwhile is noticed.
_STEP_S = 0.5
# A served clock's offset to the real one is asked again when it is older than this.
OFFSET_AGE_S = 1.0
_TIMEOUT = urllib3.Timeout(connect=0.5, read=0.5)


class ClockUnavailable(Unavailable):
    """Nobody knows the market's time: nothing trades."""

    code = "CLOCK_UNAVAILABLE"


class Clock(Protocol):
    def now(self) -> datetime:
        """Market time, aware UTC. Raises ClockUnavailable."""
        ...

    def monotonic(self) -> float:
        """Seconds that only ever grow: for durations and deadlines of calls."""
        ...

    def sleep(self, seconds: float) -> None: ...

    def sleep_until(self, at: datetime) -> None:
        """Return at market time `at`, never before it; at once when it has passed."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds))

    def sleep_until(self, at: datetime) -> None:
        sleep_until(self, at)


WallClock = SystemClock


@dataclass(frozen=True, slots=True)
class _Reading:
    """The market said `market` when the monotonic clock said `taken_s`."""

    market: datetime
    taken_s: float


class ServedClock(SystemClock):
    """The time a market server plays: GET `url` answers {"now": "<ISO-8601 with offset>"}.

    It runs at real speed but may be turned at any moment, so the answer is used for a second at
    most. When the server does not answer there is no time, rather than a guessed one.
    """

    def __init__(self, url: str, http: Any = None) -> None:
        """`http` is an urllib3.PoolManager, or what has its `request`."""
        self._url = url
        self._http = http if http is not None else urllib3.PoolManager(retries=False)
        self._reading: _Reading | None = None

    def now(self) -> datetime:
        reading = self._reading
        if reading is None or self.monotonic() - reading.taken_s > OFFSET_AGE_S:
            reading = self._reading = self._ask()
        return reading.market + timedelta(seconds=self.monotonic() - reading.taken_s)

    def _ask(self) -> _Reading:
        self._reading = None
        asked_s = self.monotonic()
        try:
            answer = self._http.request("GET", self._url, timeout=_TIMEOUT, retries=False)
            if answer.status != 200:  # noqa: PLR2004 - HTTP's own number for a good answer
                raise ClockUnavailable("The market clock's server refuses to tell the time.")
            market = datetime.fromisoformat(json.loads(answer.data)["now"])
        except urllib3.exceptions.HTTPError as error:
            raise ClockUnavailable("The market clock's server does not answer.") from error
        except (ValueError, KeyError, TypeError) as error:
            raise ClockUnavailable("The market clock's answer cannot be read.") from error
        if market.tzinfo is None:
            raise ClockUnavailable("The market clock's answer has no time zone.")
        # The server looked at its clock about half-way through the exchange.
        taken_s = (asked_s + self.monotonic()) / 2
        return _Reading(market.astimezone(UTC), taken_s)


def sleep_until(clock: Clock, at: datetime) -> None:
    """Wait on any clock: coarse steps while far away, then exactly what is left.

    The market's time is read again after every step, so a clock turned forward ends the wait and
    one turned back prolongs it.
    """
    while (left_s := (at - clock.now()).total_seconds()) > 0:
        clock.sleep(min(left_s, _STEP_S))


def clock_from(settings: Settings) -> Clock:
    """MARKET_CLOCK_URL names a served clock; empty is the real one."""
    url = settings.market_clock_url
    return ServedClock(url) if url else SystemClock()
