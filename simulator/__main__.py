"""`python -m simulator --port 4600 --state FILE --seed 0`: a broker and its market, on loopback."""

import argparse
import asyncio
import json
import logging
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, time
from pathlib import Path

import uvicorn

from shared_utils.indian_market_utils.sessions import IST, at_ist
from simulator.admin_api import registration_from
from simulator.clock import MarketClock
from simulator.kite_api import make_app
from simulator.postbacks import Postbacks
from simulator.state import SAVED_EVERY, StateFile
from simulator.world import FIRST_DAY, FIRST_TIME, World, make_world, market_facts, playable

logger = logging.getLogger("simulator")

_HEARTBEAT_S = 0.2


def main(arguments: Sequence[str] | None = None) -> None:
    """Serves until it is told to stop (SIGTERM, SIGINT); then the state is saved."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    options = _parser().parse_args(arguments)
    state = StateFile(options.state)
    world = open_world(options, state)
    logger.info(
        "This is a SIMULATED broker and market: no real money. It speaks Kite Connect v3 on "
        "http://127.0.0.1:%d; its clock says %s in India and runs at the speed of real time.",
        options.port,
        world.now().astimezone(IST).strftime("%Y-%m-%d %H:%M:%S"),
    )
    config = uvicorn.Config(
        make_app(world), host="127.0.0.1", port=options.port, log_level="warning", lifespan="off"
    )
    asyncio.run(_serve(_Server(config), world, state))


def open_world(options: argparse.Namespace, state: StateFile) -> World:
    """The world of the state file, in a session; a new file starts at the first day's time."""
    facts = market_facts()
    left_at = state.saved_now()
    starts_at = at_ist(options.first_day, options.first_time)
    if left_at is not None:
        starts_at = left_at + SAVED_EVERY  # a kill may have cost the last save: never go back
    if options.in_session:
        starts_at = playable(facts, starts_at, options.first_time)
    seed = state.saved_seed()
    world = make_world(
        seed=options.seed if seed is None else seed,
        facts=facts,
        clock=MarketClock(starts_at),
        messages_per_second=options.messages_per_second,
    )
    world.postbacks_on = options.postbacks
    state.load(world)
    world.listeners.append(state.note)
    for fields in _accounts_in(options.accounts):
        world.register(registration_from(fields))
    return world


def _accounts_in(file: Path | None) -> list[dict[str, object]]:
    """A list of apps as `POST /admin/accounts` takes them."""
    if file is None:
        return []
    found: list[dict[str, object]] = json.loads(file.read_text(encoding="utf-8"))
    return found


class _Server(uvicorn.Server):
    """Stops when told to, without passing the signal on: the state is saved after it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(server: uvicorn.Server, world: World, state: StateFile) -> None:
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal_number, server.handle_exit, 0, None)
    postbacks = Postbacks(world)
    world.listeners.append(postbacks.note)
    tasks = [asyncio.create_task(_beat(world, state)), asyncio.create_task(_tell(postbacks))]
    try:
        await server.serve()
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        state.save(world)
        state.close()
        logger.info("The simulator has stopped; its state is saved.")


async def _beat(world: World, state: StateFile) -> None:
    """The market goes on when nobody asks: orders fill, changes are saved and told."""
    while True:
        try:
            world.exchange.advance()
            state.save_if_due(world)
        except Exception:
            logger.exception("The market could not go on; it tries again.")
        await asyncio.sleep(_HEARTBEAT_S)


async def _tell(postbacks: Postbacks) -> None:
    while True:
        await postbacks.deliver()
        await asyncio.sleep(_HEARTBEAT_S)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=4600)
    parser.add_argument("--state", type=Path, default=Path(".local/simulator.sqlite"))
    parser.add_argument("--seed", type=int, default=0, help="of a new state; a saved one keeps its")
    parser.add_argument("--accounts", type=Path, help="JSON list of apps to register")
    parser.add_argument("--first-day", type=date.fromisoformat, default=FIRST_DAY)
    parser.add_argument("--first-time", type=time.fromisoformat, default=FIRST_TIME)
    parser.add_argument("--postbacks", action="store_true", help="tell apps about their orders")
    parser.add_argument("--messages-per-second", type=int, default=10)
    parser.add_argument(
        "--any-hour",
        dest="in_session",
        action="store_false",
        help="resume where the clock stopped, even outside trading hours",
    )
    return parser


if __name__ == "__main__":
    main()
