"""`make simulate SCHEDULES=10000 SEED=0`: seeded schedules on every core, and a verdict."""

import argparse
import logging
import os
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from shared_utils.domain.orders import OrderFlag, OrderState
from tests.simulation.profiles import PROFILES, STORMY, USUAL, Profile
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


def run_seed(seed: int, profile: Profile) -> tuple[World, list[str]]:
    world = World(seed, profile)
    world.run()
    return world, violations(world)


def run_chunk(seeds: range, only: str | None = None) -> Tally:
    """Every fourth schedule is a stormy one."""
    logging.disable(logging.CRITICAL)
    tally = Tally()
    for seed in seeds:
        profile = PROFILES[only] if only else (STORMY if seed % 4 == 3 else USUAL)
        world, found = run_seed(seed, profile)
        tally.schedules += 1
        tally.events += world.hub.events
        tally.seen += _seen(world)
        if found:
            tally.broken.append((seed, found))
    return tally


def _seen(world: World) -> Counter[str]:
    """How often the paths that matter were walked: a simulation that meets no fault proves none."""
    seen: Counter[str] = Counter()
    orders = orders_of(world, executions_of(world))
    for order in orders:
        seen["intents"] += 1
        seen["unknown"] += any(step.state is OrderState.UNKNOWN for step in order.history)
        seen[f"ended {order.state}"] += 1
        seen["placed late"] += OrderFlag.LATE in order.flags
        seen["further attempts"] += order.attempt > 0
        seen[f"purpose {order.purpose}"] += 1
    for run in executions_of(world):
        for part in run.accounts:
            seen[f"account {part.outcome}"] += 1
    seen["sent"] += len(world.far.orders)
    return seen


def run(schedules: int, seed: int, processes: int, only: str | None = None) -> Tally:
    tally = Tally()
    chunks = [
        range(start, min(start + CHUNK, seed + schedules))
        for start in range(seed, seed + schedules, CHUNK)
    ]
    with ProcessPoolExecutor(processes) as pool:
        for part in pool.map(run_chunk, chunks, [only] * len(chunks)):
            tally.add(part)
    return tally


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--schedules", type=int, default=10_000)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    arguments.add_argument("--profile", choices=sorted(PROFILES))
    wanted = arguments.parse_args()
    started = time.monotonic()
    tally = run(wanted.schedules, wanted.seed, wanted.processes, wanted.profile)
    took = time.monotonic() - started
    kinds = Counter(text.partition(":")[0] for _, found in tally.broken for text in found)
    print(f"{tally.schedules} schedules, {tally.events} events, {took:.0f} s")
    for name, count in sorted(tally.seen.items()):
        print(f"  {count:9d}  {name}")
    for name in ("duplicate", "lost", "naked short"):
        print(f"{kinds[name]:11d}  {name}")
    for seed, found in tally.broken[:10]:
        print(f"seed {seed}: {'; '.join(found[:3])}")
    print("held" if not tally.broken else f"{len(tally.broken)} schedules broken: {dict(kinds)}")
    return 1 if tally.broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
