"""A run of a strategy through every function, queue and stream: also with their rights enforced."""

from collections.abc import Iterator
from typing import Any

import pytest

from local.main_job import Listener, open_feed
from tests.integration.http_answers import ask
from tests.platforms import PREFIX, Platform, Trader, eventually

pytestmark = [pytest.mark.emulator, pytest.mark.iam]

TICKS = ("strategy-executor-schedule", "order-manager-schedule")


@pytest.fixture(scope="module")
def trader(platform: Platform) -> Trader:
    trader = platform.trader("asha")
    trader.open_accounts()
    return trader


@pytest.fixture(scope="module")
def strategy_id(trader: Trader) -> str:
    return trader.configured()


@pytest.fixture(scope="module")
def feed(trader: Trader) -> Iterator[Listener]:
    feed = open_feed(trader.api)
    yield feed
    feed.close()


@pytest.fixture(scope="module")
def entry(trader: Trader, strategy_id: str, feed: Listener) -> dict[str, Any]:
    return trader.enter_calmly(strategy_id)


@pytest.fixture(scope="module")
def positions(trader: Trader, entry: dict[str, Any]) -> list[dict[str, Any]]:
    """As they are before anything is closed."""

    def found() -> list[dict[str, Any]]:
        items = trader.api.get("/execution/positions/live")["items"]
        return items if len(items) == len(entry["orders"]) else []

    return eventually(found, "a position for each order")


def test_it_trades_at_both_accounts(entry: dict[str, Any]) -> None:
    assert entry["status"] == "COMPLETED", entry
    assert entry["trigger"] == "MANUAL"
    assert {each["outcome"] for each in entry["accounts"]} == {"FILLED"}
    assert [each["status"] for each in entry["orders"]] == ["FILLED"] * 8


def test_its_trades_become_positions_with_prices(
    trader: Trader, positions: list[dict[str, Any]]
) -> None:
    assert all(each["mark_problem"] is None for each in positions)
    assert trader.api.get("/execution/dashboard")["open_positions"] in {0, len(positions)}


def test_the_socket_tells_of_both(feed: Listener, entry: dict[str, Any]) -> None:
    eventually(lambda: feed.of_type("ORDER_STATUS"), "an ORDER_STATUS")
    eventually(lambda: feed.of_type("POSITION_UPDATE"), "a POSITION_UPDATE")


def test_a_socket_is_for_who_has_a_ticket_and_once(trader: Trader) -> None:
    ticket = trader.api.post("/execution/live/ticket")
    url = f"{ticket['url']}?ticket={ticket['ticket']}&channel=live"
    Listener(url).close()
    for wrong in (url, f"{ticket['url']}?ticket=made-up&channel=live", ticket["url"]):
        with pytest.raises(Exception, match=r"HTTP (401|403)"):
            Listener(wrong)


def test_an_exit_closes_all_of_it_and_is_run_once_for_one_key(
    trader: Trader, strategy_id: str, positions: list[dict[str, Any]]
) -> None:
    path = f"/execution/strategies/{strategy_id}/execute"
    body, key = {"kind": "EXIT"}, "exit-once"
    first = ask(trader.api, "POST", path, body, Idempotency_Key=key)
    again = ask(trader.api, "POST", path, body, Idempotency_Key=key)
    assert (first.status, again.status) == (202, 202)
    assert first.body["execution_id"] == again.body["execution_id"]
    done = trader.settled(first.body["execution_id"])
    assert done["status"] == "COMPLETED"
    assert len(done["orders"]) == len(positions)
    assert ask(trader.api, "POST", path, {"kind": "ENTRY"}, Idempotency_Key=key).status == 422


def test_what_is_over_cannot_be_taken_back(trader: Trader, entry: dict[str, Any]) -> None:
    run = ask(trader.api, "POST", f"/execution/{entry['execution_id']}/cancel")
    assert (run.status, run.code) == (409, "NOT_PENDING")
    order = entry["orders"][0]["order_id"]
    assert ask(trader.api, "POST", f"/execution/orders/{order}/cancel").status == 409


def test_its_orders_and_runs_are_nobody_elses(platform: Platform, entry: dict[str, Any]) -> None:
    stranger = platform.trader("meera").api
    order = entry["orders"][0]["order_id"]
    for method, path in (
        ("GET", f"/execution/{entry['execution_id']}"),
        ("POST", f"/execution/{entry['execution_id']}/cancel"),
        ("GET", f"/execution/orders/{order}"),
        ("POST", f"/execution/orders/{order}/cancel"),
    ):
        assert ask(stranger, method, path).status == 404, path


@pytest.mark.parametrize("function", TICKS)
def test_the_minutes_ticks_may_do_their_work(platform: Platform, function: str) -> None:
    platform.invoke(function)


def test_nothing_ended_in_a_dead_letter_queue(platform: Platform, entry: dict[str, Any]) -> None:
    sqs = platform.deployed.cloud.client("sqs")
    wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    last = [
        url
        for url in sqs.list_queues(QueueNamePrefix=PREFIX)["QueueUrls"]
        if "dead-letters" in url or "failures" in url
    ]
    assert len(last) >= 3
    for url in last:
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
        assert set(found.values()) == {"0"}, url
