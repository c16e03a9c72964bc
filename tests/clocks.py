"""A clock that a test turns: sleeping on it is instant and moves it forward."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from shared_utils.clock import sleep_until

# A Monday of the documented calendar, 09:00 in India.
MONDAY_0900_IST = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)


class TurnedClock:
    """`now` stands still until somebody sleeps or turns it; `on_sleep` is told every sleep."""

    def __init__(
        self, at: datetime = MONDAY_0900_IST, on_sleep: Callable[[float], None] | None = None
    ) -> None:
        self._now = at
        self._monotonic = 0.0
        self._on_sleep = on_sleep
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(max(0.0, seconds))
        if self._on_sleep is not None:
            self._on_sleep(seconds)

    def sleep_until(self, at: datetime) -> None:
        sleep_until(self, at)

    def advance(self, seconds: float) -> None:
        """Time passes: the market's and the machine's alike."""
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds

    def turn(self, at: datetime) -> None:
        """The market's clock is set to another time; the machine's runs on."""
        self._now = at
