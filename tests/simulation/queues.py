"""At-least-once delivery on the hub: delays, doubles, redelivery after a death, dead letters."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.simulation.hub import Hub
from tests.simulation.profiles import Profile

MAX_RECEIVES = 5
# SQS takes a FIFO message with a deduplication id it had this long ago, and does nothing.
DEDUPLICATES_FOR_S = 300.0


@dataclass
class Message:
    group: str
    body: object
    received: int = 0


class SimQueue:
    """`lives_s` is the function's timeout.

    With `fifo`, one message of a group is worked at a time, as SQS promises; a doubled delivery
    breaks even that, since a function may outlive its message's visibility.
    """

    def __init__(
        self,
        hub: Hub,
        profile: Profile,
        name: str,
        work: Callable[[object], None],
        *,
        lives_s: float,
        fifo: bool,
    ) -> None:
        self.hub = hub
        self.profile = profile
        self.name = name
        self.work = work
        self.lives_s = lives_s
        self.fifo = fifo
        self.calm = False
        self.dead: list[Message] = []
        self._waiting: dict[str, list[Message]] = {}
        self._busy: set[str] = set()
        self._taken: dict[str, float] = {}

    def send(
        self, body: object, *, group: str = "", delay_s: float = 0.0, once: str | None = None
    ) -> None:
        """`once` is the deduplication id."""
        if once is not None:
            if self.hub.at < self._taken.get(once, -DEDUPLICATES_FOR_S) + DEDUPLICATES_FOR_S:
                return
            self._taken[once] = self.hub.at
        message = Message(group, body)
        latency = self.hub.rng.uniform(0.005, 0.1)
        self.hub.call_in(delay_s + latency, lambda: self._arrive(message))
        if not self.calm and self.hub.rng.random() < self.profile.message_twice:
            double = Message(group, body)
            later = delay_s + self.hub.rng.uniform(0.1, 90.0)
            self.hub.call_in(later, lambda: self._deliver(double, locked=False))

    def _arrive(self, message: Message) -> None:
        if not self.fifo:
            self._deliver(message, locked=False)
            return
        self._waiting.setdefault(message.group, []).append(message)
        self._next(message.group)

    def _next(self, group: str) -> None:
        waiting = self._waiting.get(group)
        if waiting and group not in self._busy:
            self._busy.add(group)
            self._deliver(waiting.pop(0), locked=True)

    def _deliver(self, message: Message, *, locked: bool) -> None:
        message.received += 1

        def ended(done: bool) -> None:
            if done:
                self._release(message.group, locked)
            elif message.received >= MAX_RECEIVES:
                self.dead.append(message)
                self._release(message.group, locked)
            else:
                wait = self.hub.rng.uniform(1.0, 40.0)
                self.hub.call_in(wait, lambda: self._deliver(message, locked=locked))

        self.hub.spawn(self.name, self.lives_s, lambda: self.work(message.body), ended)

    def _release(self, group: str, locked: bool) -> None:
        if locked:
            self._busy.discard(group)
            self.hub.call_in(0.0, lambda: self._next(group))
