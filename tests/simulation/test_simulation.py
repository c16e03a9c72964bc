"""The order path among failing brokers, tables, queues and processes: see `make simulate`."""

import logging
import os
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.simulation.__main__ import report
from tests.simulation.mutants import hunt
from tests.simulation.profiles import QUIET, profile_of
from tests.simulation.tallies import run
from tests.simulation.verdicts import violations
from tests.simulation.world import World

SCHEDULES = int(os.environ.get("SIMULATION_SCHEDULES", "10000"))

# In a thousand schedules at least: who meets no fault proves nothing.
MET_PER_THOUSAND = {
    "unknown": 1_000,
    "processes died": 2_000,
    "retries": 500,
    "fill after cancel": 10,
    "turned up late": 20,
    "denied: switched off": 100,
    "dead letters": 10,
    "account UNWOUND": 400,
    "account DENIED": 20,
    "purpose EXIT": 2_000,
}


@pytest.mark.slow
def test_many_seeded_schedules_hold_and_met_what_they_are_for(capsys):
    tally = run(SCHEDULES, seed=0)
    with capsys.disabled():
        print(f"\n{report(tally)}")  # noqa: T201 - the tally is the proof
    assert tally.broken == []
    assert tally.schedules == SCHEDULES
    missed = {
        name: tally.seen[name]
        for name, least in MET_PER_THOUSAND.items()
        if tally.seen[name] < least * SCHEDULES // 1_000
    }
    assert missed == {}


@pytest.mark.parametrize(
    "mutant", ["release_on_timeout", "gate_on_acknowledgement", "unconditional_claim"]
)
def test_a_broken_promise_is_noticed(mutant):
    assert hunt(mutant, 2_000).noticed is not None


@pytest.mark.parametrize("seed", range(0, 80, 10))
def test_the_same_seed_gives_the_same_day(seed):
    def trace() -> str:
        world = World(seed, profile_of(seed))
        world.run()
        return world.hub.trace_hash

    assert trace() == trace()


def test_different_seeds_give_different_days():
    def trace(seed: int) -> str:
        world = World(seed, QUIET)
        world.run()
        return world.hub.trace_hash

    assert len({trace(seed) for seed in range(4)}) == 4


def dies(seed: int, number: int) -> list[str]:
    """What a death at the `number`-th call breaks."""
    logging.disable(logging.CRITICAL)
    world = World(seed, QUIET, dies_at=number)
    world.run()
    return violations(world) + ([] if world.hub.deaths == 1 else ["nobody died"])


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 8])
def test_a_process_may_die_at_any_single_call(seed):
    """Entry and exit (0), entry alone (8): the k-th call of a quiet day is the caller's last."""
    quiet = World(seed, QUIET)
    quiet.run()
    assert violations(quiet) == []
    calls = quiet.io_calls_with_faults
    assert calls > 100
    with ProcessPoolExecutor() as pool:
        numbers = range(1, calls + 1)
        found = dict(
            zip(numbers, pool.map(dies, [seed] * calls, numbers, chunksize=20), strict=True)
        )
    assert {number: broken for number, broken in found.items() if broken} == {}
