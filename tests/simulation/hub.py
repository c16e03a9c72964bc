"""One seeded clock for everything: workers are greenlets, sleeping is an event, dying is a choice.

Every wait of the production services goes through the injected clock, so a worker gives way exactly
where it would in the cloud. The same seed gives the same interleaving.
"""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from greenlet import getcurrent, greenlet


class Died(BaseException):
    """The process ends here and now: no handler code may catch it."""


@dataclass
class Worker:
    """One invocation of a function: it is killed at `deadline`, wherever it is."""

    name: str
    deadline: float
    thread: greenlet | None = None


class Hub:
    """The event heap. Times are seconds since `start`."""

    def __init__(self, start: datetime, seed: int) -> None:
        self.start = start
        self.rng = random.Random(seed)
        self.at = 0.0
        self.events = 0
        self.failures: list[tuple[str, Exception]] = []
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._workers: dict[greenlet, Worker] = {}
        self._root = getcurrent()

    def call_at(self, at: float, what: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (max(at, self.at), next(self._numbers), what))

    def call_in(self, seconds: float, what: Callable[[], None]) -> None:
        self.call_at(self.at + seconds, what)

    def run_until(self, end: float) -> None:
        while self._heap and self._heap[0][0] <= end:
            self.at, _, what = heapq.heappop(self._heap)
            self.events += 1
            what()
        self.at = end

    @property
    def worker(self) -> Worker | None:
        return self._workers.get(getcurrent())

    def spawn(
        self, name: str, lives_s: float, work: Callable[[], None], ended: Callable[[bool], None]
    ) -> None:
        """Runs `work` as an invocation; `ended(True)` when it returned, `ended(False)` if it died."""
        worker = Worker(name, self.at + lives_s)

        def body() -> None:
            try:
                work()
            except Died:
                done = False
            except Exception as error:  # noqa: BLE001 - a failed invocation: it is delivered again
                self.failures.append((name, error))
                done = False
            else:
                done = True
            del self._workers[getcurrent()]
            ended(done)

        thread = greenlet(body, self._root)
        worker.thread = thread
        self._workers[thread] = worker
        thread.switch()

    def sleep(self, seconds: float) -> None:
        """Give way; outside a worker, time just passes."""
        worker = self.worker
        if worker is None:
            raise RuntimeError("only workers sleep")
        thread = getcurrent()
        ends = min(self.at + max(seconds, 0.0), worker.deadline)
        self.call_at(ends, lambda: thread.switch())
        self._root.switch()
        if self.at >= worker.deadline:
            raise Died(worker.name)

    def remaining(self) -> float:
        worker = self.worker
        return 1e9 if worker is None else worker.deadline - self.at

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.at)


class HubClock:
    """The production clock port on the hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def now(self) -> datetime:
        return self._hub.now()

    def monotonic(self) -> float:
        return self._hub.at

    def sleep(self, seconds: float) -> None:
        self._hub.sleep(seconds)

    def sleep_until(self, at: datetime) -> None:
        wait = (at - self._hub.now()).total_seconds()
        if wait > 0:
            self._hub.sleep(wait)
