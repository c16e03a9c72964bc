"""The market's own clock: it runs at the speed of real time, from wherever it was turned to.

A simulated market can play a trading session at any hour of any real day. While the simulator is
stopped its market stands still: time resumes where it stopped, so it never runs backwards.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class TellsTime(Protocol):
    """What the market and the exchange need of a clock. Tests give their own."""

    def now(self) -> datetime: ...


class TurnedBack(ValueError):
    """Somebody asked for a time that has passed already: a traded day cannot be traded again."""


class MarketClock:
    """Market time: aware UTC, never running backwards unless it is `reset`."""

    def __init__(self, starts_at: datetime, real: Callable[[], float] = time.monotonic) -> None:
        """`real` counts seconds and never goes back (the operating system's monotonic clock)."""
        self._real = real
        self._anchor = (starts_at.astimezone(UTC), real())

    def now(self) -> datetime:
        began, anchored = self._anchor
        return began + timedelta(seconds=self._real() - anchored)

    def turn(self, to: datetime) -> None:
        """Jumps forward to `to`; the exchange plays what happens in between."""
        if to < self.now():
            raise TurnedBack("The market clock only turns forward; use reset to start over.")
        self.reset(to)

    def reset(self, to: datetime) -> None:
        """Starts over at any time: whoever calls this empties the order books too."""
        # In one piece: somebody may ask for the time meanwhile.
        self._anchor = (to.astimezone(UTC), self._real())
