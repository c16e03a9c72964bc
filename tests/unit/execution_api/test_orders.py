"""Orders over REST: what was sent, what became of it, and taking one back."""

from typing import Any

import pytest

from shared_utils.domain.orders import SETTLED, Order, OrderState, Step
from tests.api_events import OTHER
from tests.factories import NOW, a_fill, an_order
from tests.unit.execution_api.conftest import ORDERS_URL, STRATEGY, Engine

ORDERS = "/execution/orders"


def hers() -> Order:
    return an_order(execution_id="exe_000000000000000000000OTHER", user_id="user-2")


def ids(reply: Any) -> list[str]:
    assert reply.status == 200, reply.text
    return [each["order_id"] for each in reply.body["items"]]


def test_an_order_is_shown_with_its_trades_and_history(engine: Engine):
    fills = (a_fill("t1", 30, "100.00"), a_fill("t2", 35, "100.05"))
    order = an_order(
        fills=fills,
        state=OrderState.FILLED,
        history=(Step(at=NOW, state=OrderState.FILLED, note="filled"),),
    )
    engine.put(order)
    reply = engine.get(f"{ORDERS}/{order.order_id}")
    assert reply.status == 200, reply.text
    assert '"average_price":100.03' in reply.text
    assert '"price":100.00' in reply.text
    body = reply.body
    assert (body["status"], body["filled_quantity"]) == ("FILLED", 65)
    assert [each["trade_id"] for each in body["fills"]] == ["t1", "t2"]
    assert body["history"] == [{"at": "2026-11-25T04:15:00Z", "status": "FILLED", "note": "filled"}]
    assert body["asked"]["order_type"] == "MARKET"
    assert body["order_type"] == "LIMIT"
    assert not {"user_id", "tag", "claimed_by"} & set(body)


def test_without_a_fill_the_price_is_unknown(engine: Engine):
    order = an_order()
    engine.put(order)
    body = engine.get(f"{ORDERS}/{order.order_id}").body
    assert (body["average_price"], body["filled_quantity"], body["reason"]) == (None, 0, None)


def test_orders_are_listed_by_strategy_contract_and_account(engine: Engine):
    first = an_order(leg=1)
    second = an_order(leg=2, client_id="ANGEL_CLIENT1")
    engine.put(first, second, hers())
    assert set(ids(engine.get(ORDERS))) == {first.order_id, second.order_id}
    assert len(ids(engine.get(f"{ORDERS}?strategy_id={STRATEGY}"))) == 2
    assert ids(engine.get(f"{ORDERS}?symbol={first.contract.symbol}")) == [first.order_id]
    assert ids(engine.get(f"{ORDERS}?client_id=ANGEL_CLIENT1")) == [second.order_id]
    assert ids(engine.get(f"{ORDERS}?client_id=NOBODYS")) == []


def test_orders_page_latest_first(engine: Engine):
    orders = [an_order(leg=1, slice_number=number) for number in range(5)]
    engine.put(*orders)
    first = engine.get(f"{ORDERS}?limit=3")
    second = engine.get(f"{ORDERS}?limit=3&cursor={first.body['cursor']}")
    stamps = {order.order_id: order.order_timestamp for order in orders}
    seen = ids(first) + ids(second)
    assert [stamps[each] for each in seen] == sorted(stamps.values(), reverse=True)
    assert second.body["cursor"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("strategy_id=bsk_0000000000000000000000TEST", "strategy_id"),
        ("strategy_id=x", "strategy_id"),
        ("symbol=nifty!", "symbol"),
        ("client_id=a%20b", "client_id"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("cursor=garbage", "cursor"),
        ("status=OPEN", "status"),
    ],
)
def test_a_query_that_cannot_be_meant_is_refused(engine: Engine, query: str, field: str):
    reply = engine.get(f"{ORDERS}?{query}")
    assert (reply.status, reply.fields) == (400, [field])


def test_two_filters_at_once_are_refused(engine: Engine):
    reply = engine.get(f"{ORDERS}?client_id=A&symbol=B")
    assert (reply.status, reply.fields) == (400, ["symbol", "client_id"])


def test_an_account_whose_name_is_a_number_can_be_asked_for(engine: Engine):
    order = an_order(client_id="123456")
    engine.put(order)
    assert ids(engine.get(f"{ORDERS}?client_id=123456")) == [order.order_id]


def test_live_orders_are_those_not_settled(engine: Engine):
    live = {}
    for number, state in enumerate(OrderState):
        order = an_order(leg=1 + number, state=state)
        engine.put(order)
        live[order.order_id] = state
    engine.put(hers())
    seen = ids(engine.get(f"{ORDERS}/live"))
    assert {live[each] for each in seen} == set(OrderState) - SETTLED
    assert len(ids(engine.get(f"{ORDERS}/live", OTHER))) == 1


def test_live_orders_page(engine: Engine):
    orders = [an_order(leg=1, slice_number=number) for number in range(5)]
    engine.put(*orders)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = engine.get(f"{ORDERS}/live?limit=2" + (f"&cursor={cursor}" if cursor else ""))
        seen += ids(page)
        cursor = page.body["cursor"]
    assert sorted(seen) == sorted(order.order_id for order in orders)


@pytest.mark.parametrize("state", sorted(set(OrderState) - SETTLED))
def test_an_order_that_is_not_settled_is_asked_back(engine: Engine, state: OrderState):
    order = an_order(state=state)
    engine.put(order)
    reply = engine.call("POST", f"{ORDERS}/{order.order_id}/cancel")
    assert (reply.status, reply.body["status"]) == (202, state)
    (message,) = engine.queues.sent
    assert message["QueueUrl"] == ORDERS_URL
    assert message["MessageGroupId"] == "user-1#ZERODHA_CLIENT1"
    assert message["body"] == {
        "kind": "CANCEL",
        "order_id": order.order_id,
        "user_id": "user-1",
        "client_id": "ZERODHA_CLIENT1",
    }


@pytest.mark.parametrize("state", sorted(SETTLED))
def test_a_settled_order_cannot_be_taken_back(engine: Engine, state: OrderState):
    order = an_order(state=state)
    engine.put(order)
    reply = engine.call("POST", f"{ORDERS}/{order.order_id}/cancel")
    assert (reply.status, reply.error["code"]) == (409, "ORDER_SETTLED")
    assert engine.queues.sent == []


def test_a_cancel_that_the_queue_does_not_take_says_so(engine: Engine):
    order = an_order(state=OrderState.OPEN)
    engine.put(order)
    engine.queues.down = True
    reply = engine.call("POST", f"{ORDERS}/{order.order_id}/cancel")
    assert (reply.status, reply.error["code"]) == (503, "UNAVAILABLE")
