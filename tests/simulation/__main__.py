"""`make simulate SCHEDULES=10000 SEED=0`: seeded schedules on every core, and a verdict."""

import argparse
import sys
import time

from tests.simulation.profiles import PROFILES
from tests.simulation.tallies import Tally, run

NAMED = ("duplicate", "lost", "naked short")


def report(tally: Tally) -> str:
    """The tally as text: what was met, the three counts that must be zero, what broke first."""
    lines = [f"{tally.schedules} schedules, {tally.events} events"]
    lines += [f"{count:11d}  {name}" for name, count in sorted(tally.seen.items())]
    lines += [f"{tally.kinds[name]:11d}  {name}" for name in NAMED]
    lines += [f"seed {seed}: {'; '.join(found[:3])}" for seed, found in tally.broken[:10]]
    broken = f"{len(tally.broken)} schedules broken: {dict(tally.kinds)}"
    lines.append(broken if tally.broken else "held")
    return "\n".join(lines)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--schedules", type=int, default=10_000)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--processes", type=int)
    arguments.add_argument("--profile", choices=sorted(PROFILES))
    wanted = arguments.parse_args()
    started = time.monotonic()
    tally = run(wanted.schedules, wanted.seed, wanted.processes, wanted.profile)
    sys.stdout.write(f"{report(tally)}\n{time.monotonic() - started:.0f} s\n")
    return 1 if tally.broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
