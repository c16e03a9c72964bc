"""Each fault, over HTTP as a client meets it: what it sees, and whether its order exists."""

import time
from typing import Any

import pytest
import urllib3

from shared_utils.domain.instruments import Underlying
from simulator.faults import FaultKind
from simulator.instruments import Instrument
from simulator.world import World
from tests.unit.simulator.worlds import Client, app, eventually

CLIENT_PATIENCE_S = 0.6


@pytest.fixture
def option(live_world: World) -> Instrument:
    market = live_world.market
    master = market.master(live_world.exchange.day)
    chain = master.chain(Underlying.NIFTY, master.expiries(Underlying.NIFTY)[0])
    return chain[len(chain) // 2]


@pytest.fixture
def form(live_world: World, option: Instrument) -> dict[str, Any]:
    quote = live_world.market.quote(option, live_world.now())
    return {
        "exchange": option.exchange,
        "tradingsymbol": option.symbol,
        "transaction_type": "BUY",
        "quantity": option.lot * 4,
        "product": "NRML",
        "order_type": "LIMIT",
        "price": quote.asks[-1].price + 5,
        "tag": "fault1",
    }


def switch_on(client: Client, kind: str, **fields: Any) -> str:
    status, fault = client.call("POST", "/admin/faults", body={"kind": kind, **fields})
    assert status == 200, fault
    return str(fault["fault_id"])


def place(client: Client, form: dict[str, Any], timeout: float = 5.0) -> tuple[int, dict[str, Any]]:
    return client.call("POST", "/orders/regular", form=form, timeout=timeout)


def book(client: Client) -> list[dict[str, Any]]:
    status, answer = client.call("GET", "/orders")
    assert status == 200, answer
    found: list[dict[str, Any]] = answer["data"]
    return found


def test_without_faults_an_order_fills(client, form):
    status, answer = place(client, form)
    assert status == 200
    order_id = answer["data"]["order_id"]
    done = eventually(lambda: [o for o in book(client) if o["status"] == "COMPLETE"])
    assert [order["order_id"] for order in done] == [order_id]


def test_timeout_after_accept_the_order_exists_and_the_answer_never_comes(client, form):
    switch_on(client, "timeout_after_accept", count=1)
    with pytest.raises(urllib3.exceptions.HTTPError):
        place(client, form, timeout=CLIENT_PATIENCE_S)
    [order] = book(client)
    assert order["tag"] == "fault1"
    assert place(client, form)[0] == 200


def test_timeout_after_accept_may_break_the_connection_itself(client, form):
    switch_on(client, "timeout_after_accept", count=1, seconds=0.2)
    started = time.monotonic()
    with pytest.raises(urllib3.exceptions.ProtocolError):
        place(client, form, timeout=4)
    assert time.monotonic() - started < 2
    assert len(book(client)) == 1


def test_lost_before_accept_there_is_no_order_and_no_answer(client, form):
    switch_on(client, "lost_before_accept", count=1, seconds=0.2)
    with pytest.raises(urllib3.exceptions.HTTPError):
        place(client, form)
    assert book(client) == []


def test_late_accept_the_order_appears_seconds_after_the_client_gave_up(client, form):
    switch_on(client, "late_accept", count=1, seconds=1.5)
    with pytest.raises(urllib3.exceptions.HTTPError):
        place(client, form, timeout=CLIENT_PATIENCE_S)
    assert book(client) == []
    [order] = eventually(lambda: book(client))
    assert order["tag"] == "fault1"


def test_reject_lets_the_risk_desk_refuse_after_a_success_answer(client, form):
    switch_on(client, "reject", count=1, reason="Margin exceeds")
    status, _ = place(client, form)
    assert status == 200
    [order] = eventually(lambda: [o for o in book(client) if o["status"] == "REJECTED"])
    assert order["status_message"] == "Margin exceeds"
    assert order["filled_quantity"] == 0


def test_reject_can_be_for_one_side_only(client, form):
    switch_on(client, "reject", count=1, side="SELL")
    place(client, form)
    assert eventually(lambda: [o for o in book(client) if o["status"] == "COMPLETE"])


def test_refuse_answers_at_once_and_makes_no_order(client, form):
    switch_on(client, "refuse", count=1, reason="Not today")
    status, answer = place(client, form)
    assert (status, answer["error_type"], answer["message"]) == (400, "InputException", "Not today")
    assert book(client) == []


def test_partial_fill_stops_at_its_share_and_the_rest_stays_open(client, form, option):
    switch_on(client, "partial_fill", count=1, fraction=0.5)
    place(client, form)
    [order] = eventually(lambda: [o for o in book(client) if o["filled_quantity"]])
    assert (order["status"], order["filled_quantity"]) == ("OPEN", option.lot * 2)
    status, _ = client.call("DELETE", f"/orders/regular/{order['order_id']}")
    assert status == 200
    [order] = eventually(lambda: [o for o in book(client) if o["status"] == "CANCELLED"])
    assert (order["filled_quantity"], order["cancelled_quantity"]) == (130, 130)


def test_too_many_requests(client, form):
    switch_on(client, "too_many_requests", count=1)
    status, answer = place(client, form)
    assert (status, answer["error_type"]) == (429, "NetworkException")
    assert book(client) == []


@pytest.mark.parametrize(("accepted", "orders"), [(True, 1), (False, 0)])
def test_bad_gateway_is_a_page_of_html_whether_or_not_the_order_exists(
    client, form, accepted, orders
):
    switch_on(client, "bad_gateway", count=1, accepted=accepted)
    answer = client.raw("POST", "/orders/regular", form=form)
    assert answer.status == 502
    assert answer.headers["content-type"].startswith("text/html")
    assert len(book(client)) == orders


@pytest.mark.parametrize(("accepted", "orders"), [(True, 1), (False, 0)])
def test_empty_answer_is_a_success_that_says_nothing(client, form, accepted, orders):
    switch_on(client, "empty_answer", count=1, accepted=accepted)
    answer = client.raw("POST", "/orders/regular", form=form)
    assert (answer.status, answer.data) == (200, b"")
    assert len(book(client)) == orders


def test_order_book_fails_while_orders_go_on(client, form):
    fault_id = switch_on(client, "order_book_fails")
    assert place(client, form)[0] == 200
    for path in ("/orders", "/trades"):
        status, answer = client.call("GET", path)
        assert (status, answer["error_type"]) == (503, "NetworkException")
    client.call("DELETE", f"/admin/faults/{fault_id}")
    assert len(book(client)) == 1


def test_order_book_stale_shows_the_book_of_some_seconds_ago(client, form):
    switch_on(client, "order_book_stale", seconds=1.0)
    place(client, form)
    time.sleep(0.4)
    assert book(client) == []
    assert client.call("GET", "/trades")[1]["data"] == []
    assert eventually(lambda: [o for o in book(client) if o["status"] == "COMPLETE"])


def test_token_expired_refuses_every_call_until_it_is_removed(client, form):
    switch_on(client, "token_expired", account="AB0001")
    assert place(client, form)[0] == 403
    status, answer = client.call("GET", "/user/profile")
    assert (status, answer["error_type"]) == (403, "TokenException")
    assert client.call("DELETE", "/admin/faults")[1] == {"removed": 1}
    assert client.call("GET", "/user/profile")[0] == 200


def test_an_outage_ends_by_itself(client, form):
    switch_on(client, "outage", for_s=0.5)
    assert place(client, form)[0] == 503
    assert client.call("GET", "/user/margins")[0] == 503
    assert eventually(lambda: client.call("GET", "/user/margins")[0] == 200)
    assert book(client) == []


def test_latency_answers_later_but_answers(client, form):
    switch_on(client, "latency", count=1, seconds=0.5)
    started = time.monotonic()
    assert place(client, form)[0] == 200
    assert time.monotonic() - started >= 0.5


def test_a_fault_of_one_account_leaves_the_others_alone(root, client, form):
    other = Client(root)
    other.sign_in(app(2))
    switch_on(client, "outage", account="AB0001")
    assert place(client, form)[0] == 503
    assert place(other, form)[0] == 200


def test_a_counted_fault_strikes_so_often_and_no_more(client, form):
    switch_on(client, "too_many_requests", count=2)
    assert [place(client, form)[0] for _ in range(3)] == [429, 429, 200]


def test_a_fault_may_be_for_cancels_only(client, form):
    switch_on(client, "empty_answer", count=1, operations=["cancel"], accepted=False)
    form["price"] = "0.05"
    form["order_type"] = "LIMIT"
    order_id = place(client, form)[1]["data"]["order_id"]
    assert client.raw("DELETE", f"/orders/regular/{order_id}").data == b""


def test_what_is_on_can_be_read(client):
    switch_on(client, "latency", seconds=0.0, account="key1", count=3)
    _, [fault] = client.call("GET", "/admin/faults")
    assert (fault["kind"], fault["count"], fault["account"]) == ("latency", 3, "key1")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "earthquake"},
        {"kind": "latency", "seconds": "long"},
        {"kind": "latency", "operations": ["fly"]},
        {"kind": "latency", "colour": "red"},
        {"kind": "outage", "starts_at": "2026-08-05T10:00:00"},
    ],
)
def test_a_malformed_fault_is_refused(client, body):
    status, answer = client.call("POST", "/admin/faults", body=body)
    assert (status, answer["error_type"]) == (400, "InputException")
    assert client.call("GET", "/admin/faults")[1] == []


def test_every_kind_of_fault_has_a_test_here():
    tests = " ".join(name for name in globals() if name.startswith("test_"))
    assert [kind for kind in FaultKind if kind not in tests] == []
