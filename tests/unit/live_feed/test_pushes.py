"""Changed rows reach their owner's sockets, nobody else's, and never hold the stream up."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

from botocore.exceptions import EndpointConnectionError
from pydantic import TypeAdapter

from shared_utils.api.live_messages import OrderStatusMessage, PositionUpdateMessage
from shared_utils.domain.instruments import Side
from shared_utils.domain.orders import OrderState
from shared_utils.domain.positions import Position, apply_fill, new_position
from tests.api_events import OTHER
from tests.factories import a_contract, a_fill, an_order
from tests.fake_dynamo.tables import table_name
from tests.unit.live_feed.conftest import Live

NONE_FAILED: dict[str, Any] = {"batchItemFailures": []}
STRATEGY = "stg_0000000000000000000000TEST"


def a_position(leg: int = 1, side: Side = Side.SELL, version: int = 1, **changes) -> Position:
    """Of a filled order, at 100.00, with charges of 10.10."""
    order = an_order(leg=leg, side=side, fills=(a_fill(),))
    booked = apply_fill(new_position(order), side, a_fill(), Decimal("10.10"))
    return replace(booked, version=version, **changes)


def test_an_orders_change_is_pushed_as_the_design_shows_it(live: Live):
    live.connect("c1", channels="orders")
    fills = (a_fill("t1", 30, "100.00"), a_fill("t2", 35, "100.05"))
    order = an_order(state=OrderState.FILLED, fills=fills, version=5)
    live.write(order)
    assert live.deliver() == NONE_FAILED
    (message,) = live.gateway.to("c1")
    assert message == {
        "type": "ORDER_STATUS",
        "version": 5,
        "data": {
            "order_id": order.order_id,
            "status": "FILLED",
            "fill_price": 100.03,
            "fill_quantity": 65,
            "timestamp": "2026-11-25T04:15:00Z",
            "execution_id": order.execution_id,
            "strategy_id": STRATEGY,
            "client_id": "ZERODHA_CLIENT1",
            "symbol": order.contract.symbol,
            "side": "SELL",
            "purpose": "ENTRY",
            "quantity": 65,
            "filled_quantity": 65,
            "code": None,
            "reason": None,
        },
    }


def test_an_order_without_fills_has_no_fill_price(live: Live):
    live.connect("c1", channels="live")
    live.write(an_order())
    live.deliver()
    data = live.gateway.to("c1")[0]["data"]
    assert (data["fill_price"], data["fill_quantity"]) == (None, 0)


def test_a_position_is_pushed_with_its_strategys_whole_book(live: Live):
    live.connect("c1", channels="positions")
    live.write(
        a_position(1, mark_price=Decimal("90.00")),
        a_position(2, Side.BUY, mark_price=Decimal("104.50")),
    )
    assert live.deliver() == NONE_FAILED
    (message,) = live.gateway.to("c1")
    assert (message["type"], message["version"]) == ("POSITION_UPDATE", 2)
    data = message["data"]
    assert data["strategy_id"] == STRATEGY
    assert data["timestamp"] == "2026-11-25T04:15:00Z"
    assert [each["net_quantity"] for each in data["positions"]] == [-65, 65]
    assert [each["net_pnl"] for each in data["positions"]] == [639.9, 282.4]
    assert data["current_pnl"] == 922.3


def test_nothing_earned_is_zero_and_not_minus_zero(live: Live):
    live.connect("c1", channels="positions")
    live.write(a_position())
    live.deliver()
    shown = live.gateway.to("c1")[0]["data"]["positions"][0]
    assert str(shown["unrealised_pnl"]) == "0.0"


def test_an_unknown_mark_or_charge_makes_the_profit_unknown_not_zero(live: Live):
    live.connect("c1", channels="positions")
    live.write(a_position(1), a_position(2, mark_price=None))
    live.write(a_position(3, charges_known=False))
    live.deliver()
    data = live.gateway.to("c1")[0]["data"]
    assert data["current_pnl"] is None
    assert [each["net_pnl"] for each in data["positions"]] == [-10.1, None, None]
    assert [each["charges"] for each in data["positions"]] == [10.1, 10.1, None]


def test_a_position_closed_today_counts_but_is_not_shown(live: Live):
    live.connect("c1", channels="positions")
    closed = replace(a_position(1), net_quantity=0, realised_pnl=Decimal(-500))
    long_ago = replace(
        a_position(2),
        net_quantity=0,
        realised_pnl=Decimal(9999),
        updated_at=closed.updated_at.replace(day=2),
    )
    live.write(closed, long_ago)
    live.deliver()
    data = live.gateway.to("c1")[0]["data"]
    assert data["positions"] == []
    assert data["current_pnl"] == -510.1


def test_a_books_version_only_grows_whichever_position_moved(live: Live):
    live.connect("c1", channels="positions")
    first, second = a_position(1), a_position(2)
    seen = []
    for row in (first, second, replace(second, version=2), replace(first, version=2)):
        live.write(row)
        live.deliver()
        seen.append(live.gateway.to("c1")[-1]["version"])
    assert seen == [1, 2, 3, 4]


def test_nobody_elses_socket_hears_of_it(live: Live):
    live.connect("mine")
    live.connect("hers", OTHER)
    live.write(an_order(), a_position())
    live.write(an_order(leg=2, user_id="user-2"))
    live.deliver()
    assert [each["type"] for each in live.gateway.to("mine")] == ["ORDER_STATUS", "POSITION_UPDATE"]
    assert [each["type"] for each in live.gateway.to("hers")] == ["ORDER_STATUS"]


def test_a_socket_hears_only_what_it_listens_to(live: Live):
    live.connect("risk", channels="risk,market-data")
    live.connect("orders", channels="orders")
    live.connect("positions", channels="positions")
    live.write(an_order(), a_position())
    live.deliver()
    assert live.gateway.to("risk") == []
    assert [each["type"] for each in live.gateway.to("orders")] == ["ORDER_STATUS"]
    assert [each["type"] for each in live.gateway.to("positions")] == ["POSITION_UPDATE"]


def test_a_socket_that_is_gone_is_forgotten_and_the_rest_goes_on(live: Live):
    live.connect("gone")
    live.connect("there")
    live.gateway.closed.add("gone")
    live.write(an_order(), an_order(leg=2))
    assert live.deliver() == NONE_FAILED
    assert len(live.gateway.to("there")) == 2
    (left,) = live.connections.of_user("user-1", now=live.wall.now())
    assert left.connection_id == "there"


def test_no_failure_holds_the_stream_up(live: Live):
    live.connect("c1")
    live.write(an_order(), a_position())
    live.changes.insert(0, {"position_key": {"S": "x"}, "doc": {"S": "{}"}})
    live.changes.insert(0, {"doc": {"S": "not json"}})
    assert live.deliver() == NONE_FAILED
    assert len(live.gateway.to("c1")) == 2

    def down(call) -> None:
        raise EndpointConnectionError(endpoint_url=table_name("position-tracker"))

    live.write(an_order(leg=3), a_position(3))
    live.dynamo.before = down
    assert live.deliver() == NONE_FAILED


def test_who_has_no_socket_costs_one_look(live: Live):
    live.write(*(an_order(leg=leg) for leg in range(1, 5)), *(a_position(leg) for leg in (1, 2)))
    live.dynamo.take_usage()
    live.deliver()
    assert live.dynamo.take_usage().requests == {"query": 1}


def test_the_message_names_the_contract(live: Live):
    live.connect("c1")
    live.write(a_position(2))
    live.deliver()
    shown = live.gateway.to("c1")[0]["data"]["positions"][0]
    assert shown["symbol"] == a_contract(26100).symbol


def test_the_messages_are_those_that_the_document_describes(live: Live):
    live.connect("c1")
    live.write(an_order(state=OrderState.FILLED, fills=(a_fill(),)), a_position(), an_order(leg=2))
    live.deliver()
    described = TypeAdapter(OrderStatusMessage | PositionUpdateMessage)
    for message in live.gateway.to("c1"):
        described.validate_json(json.dumps(message))
