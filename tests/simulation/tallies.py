"""Many schedules, on every core: what was met, and what broke."""

import logging
import os
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from shared_utils.domain.orders import OrderFlag, OrderState
from tests.simulation.profiles import PROFILES, profile_of
from tests.simulation.verdicts import executions_of, orders_of, violations
from tests.simulation.world import World

CHUNK = 50


@dataclass
class Tally:
    """What happened over many schedules; `broken` are seeds with their violations."""

    schedules: int = 0
    events: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    broken: list[tuple[int, list[str]]] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.schedules += other.schedules
        self.events += other.events
        self.seen += other.seen
        self.broken += other.broken

    @property
    def kinds(self) -> Counter[str]:
        """Violations by their kind."""
        return Counter(text.partition(":")[0] for _, found in self.broken for text in found)


def run_seed(seed: int, only: str | None = None) -> tuple[World, list[str]]:
    """One schedule, in the weather of its seed or of the profile named `only`."""
    world = World(seed, PROFILES[only] if only else profile_of(seed))
    world.run()
    return world, violations(world)


def run_chunk(seeds: Iterable[int], only: str | None = None) -> Tally:
    logging.disable(logging.CRITICAL)
    tally = Tally()
    for seed in seeds:
        world, found = run_seed(seed, only)
        tally.schedules += 1
        tally.events += world.hub.events
        tally.seen += _seen(world)
        if found:
            tally.broken.append((seed, found))
    return tally


def run(schedules: int, seed: int, processes: int | None = None, only: str | None = None) -> Tally:
    """`schedules` of them, from `seed` on."""
    ends = seed + schedules
    chunks = [range(start, min(start + CHUNK, ends)) for start in range(seed, ends, CHUNK)]
    tally = Tally()
    with ProcessPoolExecutor(processes or os.cpu_count() or 1) as pool:
        for part in pool.map(run_chunk, chunks, [only] * len(chunks)):
            tally.add(part)
    return tally


def _seen(world: World) -> Counter[str]:
    """How often the paths that matter were walked: a simulation that meets no fault proves none."""
    seen: Counter[str] = Counter()
    runs = executions_of(world)
    for order in orders_of(world, runs):
        states = {step.state for step in order.history}
        seen["intents"] += 1
        seen["unknown"] += OrderState.UNKNOWN in states
        seen["fill after cancel"] += states >= {OrderState.CANCELLED, OrderState.FILLED}
        seen[f"ended {order.state}"] += 1
        seen["turned up late"] += OrderFlag.LATE in order.flags
        seen["retries"] += order.attempt > 0
        seen[f"purpose {order.purpose}"] += 1
        seen["denied: switched off"] += order.code == "ENTRIES_DISABLED"
    for run in runs:
        for part in run.accounts:
            seen[f"account {part.outcome}"] += 1
    seen["reached a broker"] += len(world.far.orders)
    seen["dead letters"] += len(world.orders_queue.dead) + len(world.executions_queue.dead)
    seen["processes died"] += world.hub.deaths
    return seen
