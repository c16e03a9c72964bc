"""`make run`: from nothing to a strategy that trades, and a platform that stays up."""

import argparse
import sys
import time

from local import processes
from local.deployed import deployed
from local.docs_program import docs_program
from local.emulator.program import emulator_program
from local.main_job import show
from local.ports import docs_port, emulator_port, simulator_port, state_directory
from local.processes import AlreadyRunning
from local.seed import (
    ADMIN,
    FEED,
    SECOND,
    TRADER,
    add_accounts,
    add_strategy,
    connect,
    set_feed,
    sign_in,
)
from local.simulator_program import simulator_program
from local.stop import stop_all

_BEGAN = time.monotonic()


def say(line: str) -> None:
    print(f"[{time.monotonic() - _BEGAN:6.1f} s] {line}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--without-main-job", action="store_true", help="start, deploy and seed; do not trade"
    )
    options = parser.parse_args()
    state = state_directory()
    for port in (emulator_port(), simulator_port(), docs_port()):
        pid = processes.running_pid(port.name, state)
        if pid is not None:
            print(f"The platform is running already ({port.name}: pid {pid}, {port.url}).")
            print("`make stop` stops it; its state stays.")
            return 0
    try:
        _start(shows_main_job=not options.without_main_job)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - whatever it was, nothing is left behind
        reason = str(error) or type(error).__name__
        print(f"\nThe platform did not start: {reason}", file=sys.stderr)
        if not isinstance(error, AlreadyRunning):
            stop_all(state)
            print("Everything that was started is stopped again.", file=sys.stderr)
        return 1
    return 0


def _start(*, shows_main_job: bool) -> None:
    state = state_directory()
    docs, emulator, simulator = docs_port(), emulator_port(), simulator_port()
    say("starting the played market (a simulated broker and exchange) and the local cloud")
    processes.start(simulator_program(port=simulator, state=state), state)
    processes.start(emulator_program(port=emulator, state=state, persist=True), state)
    processes.start(docs_program(port=docs, cloud_url=emulator.url), state)
    say("synthesising and deploying the three stacks")
    platform = deployed(state, say)
    say("seeding users, broker accounts, a basket, the iron condor and its two allocations")
    api = platform.api
    sign_in(api, SECOND, platform.cloud, platform.user_pool_id)
    admin = sign_in(api, ADMIN, platform.cloud, platform.user_pool_id)
    trader = sign_in(api, TRADER, platform.cloud, platform.user_pool_id)
    set_feed(admin, platform.market, platform.callback_url)
    add_accounts(trader, platform.market, platform.callback_url)
    connect(trader, platform.market)
    strategy_id = add_strategy(trader, say)
    if shows_main_job:
        say("the main job: the schedule picks the strategy up and it trades")
        show(platform, trader, strategy_id, say)
        # The market may have been turned to another day since the feed logged in.
        connect(admin, platform.market, FEED)
        index = trader.get("/options/market-data/NIFTY")
        say(f"market data through the administrator's feed: NIFTY at {index['price']}")
    say("done; the platform stays up")
    for name, url in sorted(api.bases.items()):
        print(f"  {name:10} {url}/{name}")
    print(f"  API page   {docs.url}")
    print(f"  market     {simulator.url}")
    print(f"  users      {TRADER.email}, {ADMIN.email}, {SECOND.email} (see local/seed.py)")
    print("`make stop` stops it; its state stays. `make reset` forgets it.")


if __name__ == "__main__":
    raise SystemExit(main())
