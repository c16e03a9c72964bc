"""A broker does not forget: what was saved is what goes on after a restart."""

import os
import signal
import socket
import subprocess
import sys
from argparse import Namespace
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
import urllib3

from shared_utils.indian_market_utils.sessions import at_ist
from simulator.__main__ import open_world
from simulator.faults import Fault, FaultKind
from simulator.state import StateFile
from simulator.world import FIRST_DAY, World
from tests.unit.simulator.worlds import AT_TEN, DAY, Client, TurnedWorld, app, eventually


def options(**changes: Any) -> Namespace:
    given = {
        "seed": 0,
        "first_day": FIRST_DAY,
        "first_time": time(9, 40),
        "messages_per_second": 10,
        "accounts": None,
        "postbacks": False,
        "in_session": True,
    }
    return Namespace(**given | changes)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "state.sqlite"


def saved(path: Path, turned: TurnedWorld) -> None:
    state = StateFile(path)
    for order in turned.exchange.orders.values():
        state.note(order)
    state.save(turned.world)
    state.close()


def reopened(path: Path, **changes: Any) -> World:
    state = StateFile(path)
    try:
        return open_world(options(**changes), state)
    finally:
        state.close()


def test_a_new_file_starts_the_first_session(path: Path):
    world = reopened(path)
    assert world.now() - at_ist(FIRST_DAY, time(9, 40)) < timedelta(seconds=5)


def test_orders_trades_money_apps_tokens_and_faults_survive(path: Path):
    turned = TurnedWorld()
    turned.world.register(app(1))
    code = turned.world.registry.login("key1", turned.now)
    turned.world.faults.switch_on(
        Fault(fault_id="flt-1", kind=FaultKind.OUTAGE, operations=frozenset(), count=3)
    )
    filled = turned.place(turned.option())
    low = turned.too_low(turned.option(away=3))
    resting = turned.place(turned.option(away=3), price=low)
    turned.after(1)
    saved(path, turned)
    world = reopened(path)
    assert [order.order_id for order in world.exchange.book("AB0001")] == [
        filled.order_id,
        resting.order_id,
    ]
    assert world.exchange.find("AB0001", filled.order_id).steps == filled.steps
    assert world.exchange.trades("AB0001") == turned.exchange.trades("AB0001")
    assert world.exchange.accounts["AB0001"].cash == 2_500_000
    assert world.registry.registrations == {"key1": app(1)}
    assert world.registry.codes.keys() == {code}
    assert world.faults.faults == turned.world.faults.faults


def test_a_resting_order_goes_on_resting_and_fills_later(path: Path):
    turned = TurnedWorld()
    option = turned.option(away=2)
    order = turned.place(option, price=turned.bid(option))
    turned.after(0.3)
    saved(path, turned)
    world = reopened(path)
    world.clock.turn(at_ist(DAY, time(15, 39)))
    world.exchange.advance()
    assert world.exchange.find("AB0001", order.order_id).status == "COMPLETE"


def test_the_clock_stands_still_while_it_is_stopped_and_never_runs_back(path: Path):
    turned = TurnedWorld()
    turned.after(100)
    saved(path, turned)
    ahead = reopened(path).now() - (AT_TEN + timedelta(seconds=100))
    assert timedelta(0) < ahead < timedelta(seconds=7)


def test_a_state_left_in_the_evening_opens_in_the_next_session(path: Path):
    turned = TurnedWorld(at_ist(DAY, time(15)))
    turned.place(turned.option())
    turned.until(at_ist(DAY, time(19)))
    saved(path, turned)
    world = reopened(path)
    assert world.now() >= at_ist(DAY + timedelta(days=1), time(9, 40))
    assert world.exchange.book("AB0001") == []
    assert list(world.exchange.accounts["AB0001"].net_quantities().values()) == [65]


def test_order_ids_go_on_where_they_stopped(path: Path):
    turned = TurnedWorld()
    first = turned.place(turned.option())
    turned.after(1)
    saved(path, turned)
    world = reopened(path)
    again = world.exchange.place("AB0001", turned.ticket(turned.option(away=2)))
    assert again.order_id > first.order_id


def test_the_seed_of_the_file_wins_over_the_command_line(path: Path):
    saved(path, TurnedWorld(seed=5))
    assert reopened(path, seed=9).market.seed == 5


def test_apps_are_read_from_a_file(path: Path, tmp_path: Path):
    file = tmp_path / "apps.json"
    file.write_text('[{"api_key": "a", "api_secret": "b", "user_id": "C"}]')
    assert reopened(path, accounts=file).registry.app("a").user_id == "C"


def test_yesterdays_orders_are_dropped_from_the_file(path: Path):
    turned = TurnedWorld(at_ist(DAY, time(15)))
    turned.place(turned.option())
    turned.after(1)
    saved(path, turned)
    turned.until(at_ist(DAY + timedelta(days=1), time(9, 30)))
    saved(path, turned)
    state = StateFile(path)
    assert state._orders() == []
    state.close()


def test_the_program_serves_stops_on_sigterm_and_remembers(path: Path):
    def start(port: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "simulator", "--port", str(port), "--state", str(path)]
        return subprocess.Popen(command, cwd=Path.cwd(), env=dict(os.environ))  # noqa: S603 - ours

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    client = Client(f"http://127.0.0.1:{port}")
    for expected in (0, 1):
        process = start(port)
        try:
            assert eventually(lambda: answers(client), within_s=20)
            assert client.call("GET", "/")[1]["accounts"] == expected
            body = {"api_key": "a", "api_secret": "b", "user_id": "C"}
            assert client.call("POST", "/admin/accounts", body=body)[0] == 200
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=10) == 0


def answers(client: Client) -> bool:
    try:
        return client.call("GET", "/clock")[0] == 200
    except urllib3.exceptions.HTTPError:
        return False
