"""One seeded clock for everything: workers are greenlets, sleeping is an event, dying is a choice.

Every wait of the production services goes through the injected clock, so a worker gives way exactly
where it would in the cloud. The same seed gives the same interleaving, and the same trace.
"""

import hashlib
import heapq
import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from greenlet import getcurrent, greenlet  # type: ignore[import-untyped]  # it ships no stubs


class Died(BaseException):
    """The process ends here and now: no handler code may catch it."""


@dataclass
class Worker:
    """One invocation of a function: it is killed at `deadline`, wherever it is."""

    name: str
    deadline: float
    dead: bool = False


class Hub:
    """The event heap. Times are seconds since `start`."""

    def __init__(self, start: datetime, seed: int) -> None:
        self.start = start
        self.rng = random.Random(seed)
        self.at = 0.0
        self.events = 0
        self.deaths = 0
        self.failures: list[tuple[str, Exception]] = []
        self._trace = hashlib.blake2b(digest_size=8)
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

    def trace(self, what: str) -> None:
        """One line of what happened, for comparing two runs of one seed."""
        self._trace.update(f"{self.at:.6f} {what}\n".encode())

    @property
    def trace_hash(self) -> str:
        return self._trace.hexdigest()

    @property
    def worker(self) -> Worker | None:
        return self._workers.get(getcurrent())

    def spawn(
        self, name: str, lives_s: float, work: Callable[[], None], ended: Callable[[bool], None]
    ) -> None:
        """Runs `work` as an invocation; `ended(True)` when it returned, `ended(False)` if not."""
        worker = Worker(name, self.at + lives_s)
        self.trace(f"start {name}")

        def body() -> None:
            try:
                work()
            except Died:
                self.deaths += 1
                done = False
            except Exception as error:  # noqa: BLE001 - a failed invocation: it is delivered again
                self.failures.append((name, error))
                done = False
            else:
                done = True
            worker.dead = True
            del self._workers[getcurrent()]
            self.trace(f"end {name} {done}")
            ended(done)

        self._start(worker, body)

    def side_by_side(self, calls: Sequence[Callable[[], object]]) -> None:
        """Threads of one invocation: they die together, and it waits for all of them."""
        worker, parent = self.worker, getcurrent()
        assert worker is not None
        waiting = len(calls)
        errors: list[BaseException] = []

        def thread(call: Callable[[], object]) -> None:
            nonlocal waiting
            try:
                call()
            except (Died, Exception) as error:  # noqa: BLE001 - the invocation raises it
                errors.append(error)
                worker.dead |= isinstance(error, Died)
            waiting -= 1
            del self._workers[getcurrent()]
            if waiting == 0 or worker.dead:
                # A parent that has ended already is not disturbed by this.
                self.call_in(0.0, parent.switch)

        for call in calls:
            self.call_in(0.0, lambda each=call: self._start(worker, lambda: thread(each)))  # type: ignore[misc]  # the default binds the loop's value
        self._root.switch()
        for error in (Died(worker.name) if worker.dead else None, *errors):
            if error is not None:
                raise error

    def _start(self, worker: Worker, body: Callable[[], None]) -> None:
        if worker.dead:
            return
        thread = greenlet(body, self._root)
        self._workers[thread] = worker
        thread.switch()

    def sleep(self, seconds: float) -> None:
        """Give way; outside a worker, time just passes."""
        worker = self.worker
        if worker is None:
            raise RuntimeError("only workers sleep")
        thread = getcurrent()
        self.call_at(min(self.at + max(seconds, 0.0), worker.deadline), thread.switch)
        self._root.switch()
        if worker.dead or self.at >= worker.deadline:
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
