"""`make mutants`: the protocol broken on purpose, one promise at a time; each must be noticed.

A mutant that survives is a hole in the simulation.
"""

import argparse
import logging
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from tests.simulation.broken_promises import EQUIVALENT, MUTANTS, mutated
from tests.simulation.tallies import run_seed
from tests.simulation.verdicts import FAILED

# What dies in the usual weather of one schedule in ten thousand is hunted where it is at home.
HUNTED_IN = {"quiet_from_claim": "late"}


@dataclass(frozen=True)
class Fate:
    """`schedules` it took; `noticed` is the first violation, None for a survivor."""

    name: str
    schedules: int
    noticed: str | None


def hunt(name: str, most: int) -> Fate:
    """Runs schedules from seed 0 until one breaks; an error of the mutant itself does not count."""
    logging.disable(logging.CRITICAL)
    with mutated(name):
        for seed in range(most):
            _, found = run_seed(seed, HUNTED_IN.get(name))
            broken = [text for text in found if not text.startswith(FAILED)]
            if broken:
                return Fate(name, seed + 1, broken[0])
    return Fate(name, most, None)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("names", nargs="*", default=list(MUTANTS))
    arguments.add_argument("--most", type=int, default=2_000)
    arguments.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    wanted = arguments.parse_args()
    started, survivors = time.monotonic(), 0
    most = [200 if name in EQUIVALENT else wanted.most for name in wanted.names]
    with ProcessPoolExecutor(wanted.processes) as pool:
        for fate in pool.map(hunt, wanted.names, most):
            survivors += fate.noticed is None and fate.name not in EQUIVALENT
            sys.stdout.write(f"{fate.name:<36} {_said(fate)}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{survivors} survivors, {time.monotonic() - started:.0f} s\n")
    return 1 if survivors else 0


def _said(fate: Fate) -> str:
    if fate.noticed is not None:
        return f"killed after {fate.schedules:5d} schedules   {fate.noticed[:80]}"
    if fate.name in EQUIVALENT:
        return f"equivalent ({fate.schedules} schedules): {EQUIVALENT[fate.name]}"
    return f"SURVIVED {fate.schedules} schedules"


if __name__ == "__main__":
    raise SystemExit(main())
