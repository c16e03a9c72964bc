"""The main job, for real: scheduled, resolved, sent hedges first, filled, seen, closed again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import pytest

from local.main_job import open_feed
from tests.flows.order_records import (
    bought_before_sold,
    hedges_filled_before_shorts,
    net_by_symbol,
    orders_of,
    total,
)
from tests.platforms import Platform, eventually

pytestmark = pytest.mark.emulator

TICK = "strategy-executor-schedule"
ENTRY = datetime.fromisoformat("2026-08-05T09:45:00+05:30")


class MainJob:
    """One morning's condor at two accounts, for all tests of this module."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.trader, self.second = platform.trader("asha"), platform.trader("meera")
        self.trader.open_accounts()
        self.feed, self.other_feed = open_feed(self.trader.api), open_feed(self.second.api)
        self.strategy_id = self.trader.configured()
        self.trader.api.post(f"/options/strategies/{self.strategy_id}/activate")

    @cached_property
    def entry(self) -> dict[str, Any]:
        """Claimed by the tick and settled."""
        self.platform.market.turn_to(ENTRY - timedelta(seconds=8))
        self.platform.invoke(TICK)
        history = f"/execution/strategies/{self.strategy_id}/history"
        claimed = eventually(lambda: self.trader.api.get(history)["items"], "the entry is claimed")
        return self.trader.settled(claimed[0]["execution_id"])

    @cached_property
    def orders(self) -> list[dict[str, Any]]:
        return orders_of(self.trader, self.entry)

    @cached_property
    def exit(self) -> dict[str, Any]:
        return self.trader.run(self.strategy_id, "EXIT")

    def positions(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.trader.api.get("/execution/positions/live")["items"]
        return found

    def close(self) -> None:
        self.feed.close()
        self.other_feed.close()


@dataclass(frozen=True)
class Seen:
    """What there was to see before anything was closed."""

    positions: list[dict[str, Any]]
    at_broker: list[dict[str, Any]]
    profit: dict[str, Any]

    def held(self, client_id: str) -> dict[str, int]:
        return {
            each["contract"]["symbol"]: each["net_quantity"]
            for each in self.positions
            if each["client_id"] == client_id
        }


@pytest.fixture(scope="module")
def job(platform: Platform) -> Iterator[MainJob]:
    job = MainJob(platform)
    assert job.entry["status"] == "COMPLETED", job.entry
    eventually(lambda: len(job.positions()) == 8, "eight positions")
    yield job
    job.close()


@pytest.fixture(scope="module")
def seen(job: MainJob) -> Seen:
    return Seen(
        positions=job.positions(),
        at_broker=job.platform.market.books_of(job.trader.zerodha).positions()["net"],
        profit=job.trader.api.get(f"/execution/pnl/{job.strategy_id}"),
    )


@pytest.fixture(scope="module")
def closed(job: MainJob, seen: Seen) -> MainJob:
    """The same, after its exit by hand."""
    assert job.exit["status"] == "COMPLETED", job.exit
    eventually(lambda: not job.positions(), "no open position")
    return job


def test_the_schedule_starts_it_and_not_before_its_second(job: MainJob) -> None:
    assert job.entry["trigger"] == "SCHEDULE"
    assert datetime.fromisoformat(job.entry["scheduled_for"]) == ENTRY
    assert datetime.fromisoformat(job.entry["released_at"]) >= ENTRY


def test_a_second_tick_claims_nothing_again(job: MainJob) -> None:
    job.platform.invoke(TICK)
    history = job.trader.api.get(f"/execution/strategies/{job.strategy_id}/history")["items"]
    scheduled = [each["execution_id"] for each in history if each["trigger"] == "SCHEDULE"]
    assert scheduled == [job.entry["execution_id"]]


def test_the_legs_are_real_contracts_of_the_weekly_expiry(job: MainJob) -> None:
    listed = {
        row["tradingsymbol"]: row
        for row in job.platform.market.books_of(job.trader.zerodha).instruments("NFO")
    }
    for leg in job.entry["legs"]:
        contract = leg["contract"]
        row = listed[contract["symbol"]]
        assert (row["lot_size"], row["strike"]) == (65, float(contract["strike"]))
        assert str(row["expiry"]) == contract["expiry"] == "2026-08-11"


def test_two_lots_and_one_lot_are_filled(job: MainJob) -> None:
    assert {order["status"] for order in job.orders} == {"FILLED"}
    for client_id, quantity in ((job.trader.zerodha, 130), (job.trader.paper, 65)):
        mine = [order for order in job.orders if order["client_id"] == client_id]
        assert [order["filled_quantity"] for order in mine] == [quantity] * 4
        assert sorted(order["side"] for order in mine) == ["BUY", "BUY", "SELL", "SELL"]


def test_no_short_is_claimed_before_every_hedge_of_its_account_is_filled(job: MainJob) -> None:
    for client_id in (job.trader.zerodha, job.trader.paper):
        mine = [order for order in job.orders if order["client_id"] == client_id]
        assert hedges_filled_before_shorts(mine)


def test_positions_are_what_the_brokers_own_book_says(job: MainJob, seen: Seen) -> None:
    broker = {row["tradingsymbol"]: row for row in seen.at_broker}
    assert seen.held(job.trader.zerodha) == {
        symbol: row["quantity"] for symbol, row in broker.items()
    }
    for each in seen.positions:
        if each["client_id"] == job.trader.zerodha:
            # Kite's average is a float; ours is rounded to the paisa on the wire.
            theirs = broker[each["contract"]["symbol"]]["average_price"]
            assert float(each["average_price"]) == pytest.approx(theirs, abs=0.005)


def test_the_paper_account_holds_half_of_it(job: MainJob, seen: Seen) -> None:
    zerodha = seen.held(job.trader.zerodha)
    assert seen.held(job.trader.paper) == {symbol: units // 2 for symbol, units in zerodha.items()}
    assert sorted(zerodha.values()) == [-130, -130, 130, 130]


def test_profit_and_loss_adds_up(seen: Seen) -> None:
    assert seen.profit["problems"] == []
    for profit in (seen.profit["current"], seen.profit["total"]):
        assert profit["realised"] == 0
        assert profit["gross"] == profit["realised"] + profit["unrealised"]
        assert profit["net"] == profit["gross"] - profit["charges"]
    charges = [each["charges"] for each in seen.positions]
    assert all(each > 0 for each in charges)
    assert seen.profit["current"]["charges"] == pytest.approx(sum(charges), abs=Decimal("0.05"))


def test_the_owners_socket_hears_each_fill_and_the_whole_position(job: MainJob, seen: Seen) -> None:
    def filled() -> bool:
        told = job.feed.of_type("ORDER_STATUS")
        return {order["order_id"] for order in job.orders} <= {
            each["data"]["order_id"] for each in told if each["data"]["status"] == "FILLED"
        }

    eventually(filled, "an ORDER_STATUS of FILLED for each order")
    wanted = {
        (each["client_id"], each["contract"]["symbol"]): each["net_quantity"]
        for each in seen.positions
    }

    def complete() -> bool:
        told = job.feed.of_type("POSITION_UPDATE")
        return any(
            wanted
            == {
                (each["client_id"], each["symbol"]): each["net_quantity"]
                for each in message["data"]["positions"]
            }
            for message in told
            if message["data"]["strategy_id"] == job.strategy_id
        )

    eventually(complete, "a POSITION_UPDATE with all eight positions")


def test_nobody_else_sees_any_of_it(job: MainJob) -> None:
    stranger = job.second.api
    assert job.other_feed.messages == []
    assert stranger.get("/execution/orders")["items"] == []
    assert stranger.get("/execution/positions")["items"] == []


def test_an_exit_by_hand_buys_the_shorts_back_and_then_sells_the_longs(closed: MainJob) -> None:
    orders = orders_of(closed.trader, closed.exit)
    assert {order["purpose"] for order in orders} == {"EXIT"}
    for client_id in (closed.trader.zerodha, closed.trader.paper):
        mine = [order for order in orders if order["client_id"] == client_id]
        assert bought_before_sold(mine)


def test_after_it_nobody_holds_anything(closed: MainJob) -> None:
    broker = closed.platform.market.books_of(closed.trader.zerodha).positions()["net"]
    assert {row["quantity"] for row in broker} == {0}
    exits = orders_of(closed.trader, closed.exit)
    assert set(net_by_symbol([*closed.orders, *exits]).values()) == {0}


def test_the_realised_profit_is_what_the_fills_say_to_the_paisa(closed: MainJob) -> None:
    trades = [*closed.orders, *orders_of(closed.trader, closed.exit)]
    earned = total(trades, "SELL") - total(trades, "BUY")
    report = closed.trader.api.get(f"/execution/pnl/{closed.strategy_id}")["current"]
    assert report["realised"] == earned
    assert report["unrealised"] == 0
    assert report["net"] == earned - report["charges"]


def test_a_second_exit_finds_nothing_to_close(closed: MainJob) -> None:
    again = closed.trader.run(closed.strategy_id, "EXIT")
    assert again["orders"] == []
    assert [reason["code"] for reason in again["reasons"]] == ["NOTHING_HELD"]
