"""The orders' stream becomes positions: once, in whatever pieces and however often it comes."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import boto3
import pytest

from lambda_functions.execution_engine.performance_calculator import on_stream
from shared_utils.domain.instruments import Side
from shared_utils.domain.orders import Order, OrderState
from shared_utils.domain.positions import Position
from shared_utils.storage.orders import Orders
from shared_utils.storage.positions import Positions
from tests.factories import NOW, a_fill, an_order
from tests.fake_dynamo.client import Call, FakeDynamo
from tests.fake_dynamo.faults import client_error
from tests.fake_dynamo.tables import schemas, table_name

NONE_FAILED: dict[str, Any] = {"batchItemFailures": []}


@dataclass
class Stream:
    dynamo: FakeDynamo
    records: list[dict[str, Any]] = field(default_factory=list)

    def write(self, *orders: Order) -> None:
        store = Orders(self.dynamo, table_name("order-history"), 4)
        for order in orders:
            if order.version == 1:
                store.plan([order])
            else:
                store.save(order)

    def deliver(self, records: list[dict[str, Any]] | None = None) -> Any:
        return on_stream.handler({"Records": self.records if records is None else records}, None)

    def positions(self) -> tuple[Position, ...]:
        return Positions(self.dynamo, table_name("position-tracker"), 4).of_user("user-1")


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stream]:
    dynamo = FakeDynamo(schemas())
    monkeypatch.setattr(boto3, "client", lambda *_, **__: dynamo)
    monkeypatch.setenv("LOG_LEVEL", "INFO")
    monkeypatch.setenv("SHARD_COUNT", "4")
    monkeypatch.setenv("POSITIONS_TABLE", table_name("position-tracker"))
    on_stream.booking.cache_clear()
    platform = Stream(dynamo)

    def keep(table: str, before: Any, after: Any) -> None:
        if table == table_name("order-history"):
            images = {"OldImage": before, "NewImage": after}
            change = {name: image for name, image in images.items() if image is not None}
            number = str(len(platform.records))
            platform.records.append({"dynamodb": {"SequenceNumber": number, **change}})

    dynamo.on_change = keep
    yield platform
    on_stream.booking.cache_clear()


def filled(order: Order, *fills: Any) -> Order:
    state = OrderState.FILLED if len(fills) == 1 else OrderState.PARTIALLY_FILLED
    return replace(order, fills=fills, state=state, version=order.version + 1)


def test_an_order_without_fills_makes_no_position(stream: Stream):
    stream.write(an_order())
    stream.dynamo.take_usage()
    assert stream.deliver() == NONE_FAILED
    assert not stream.dynamo.take_usage().requests
    assert stream.positions() == ()


def test_a_fill_becomes_a_position_with_the_charges_of_its_day(stream: Stream):
    order = an_order()
    stream.write(order, filled(order, a_fill()))
    assert stream.deliver() == NONE_FAILED
    (position,) = stream.positions()
    assert (position.net_quantity, position.average_price) == (-65, Decimal("100.00"))
    assert position.charges_known
    # Brokerage 20, STT 0.15 % of 6500 rounded to 10, exchange, SEBI and GST: to the paisa.
    assert Decimal(30) < position.charges < Decimal(45)
    assert position.updated_at == NOW


def test_the_same_deliveries_again_change_nothing(stream: Stream):
    order = an_order()
    part = filled(order, a_fill("t1", 30), a_fill("t0", 5))
    whole = replace(part, fills=(*part.fills, a_fill("t2", 30)), version=part.version + 1)
    stream.write(order, part, whole)
    stream.deliver()
    once = stream.positions()
    assert once[0].net_quantity == -65
    stream.deliver()
    stream.deliver(list(reversed(stream.records)))
    assert stream.positions() == once


def test_fills_that_are_delivered_in_pieces_or_at_once_cost_the_same(stream: Stream):
    order = an_order()
    part = filled(order, a_fill("t1", 30), a_fill("t0", 5))
    whole = replace(part, fills=(*part.fills, a_fill("t2", 30)), version=part.version + 1)
    stream.write(order, part, whole)
    stream.deliver(stream.records[2:])
    (at_once,) = stream.positions()
    other = replace(order, strategy_id="stg_000000000000000000000OTHER", order_id="ord_X")
    stream.records.clear()
    for each in (part, whole):
        row = replace(each, strategy_id=other.strategy_id, version=1, execution_id="e")
        row = replace(row, order_id="ord_X", order_timestamp=f"{each.version}#ord_X")
        stream.write(row)
        stream.deliver()
    in_pieces = next(each for each in stream.positions() if each.strategy_id == other.strategy_id)
    assert in_pieces.charges == at_once.charges
    assert in_pieces.net_quantity == at_once.net_quantity


def test_two_orders_of_one_contract_are_one_position(stream: Stream):
    sold, bought = an_order(), an_order(side=Side.BUY, attempt=1)
    stream.write(sold, bought)
    stream.write(filled(sold, a_fill()), filled(bought, a_fill("t9", 65, "90.00")))
    stream.deliver()
    (position,) = stream.positions()
    assert position.net_quantity == 0
    assert position.realised_pnl == Decimal(650)


def test_an_unknown_rate_leaves_the_net_profit_unknown(stream: Stream):
    order = an_order()
    long_ago = replace(a_fill(), at=NOW.replace(year=2001))
    stream.write(order, filled(order, long_ago))
    assert stream.deliver() == NONE_FAILED
    (position,) = stream.positions()
    assert not position.charges_known
    assert position.net_pnl is None


def test_a_record_that_nobody_can_read_fails_alone(stream: Stream):
    first, second = an_order(leg=1), an_order(leg=2)
    stream.write(first, second)
    stream.write(filled(first, a_fill()), filled(second, a_fill()))
    stream.records[2]["dynamodb"]["NewImage"] = {"doc": {"S": "not json"}}
    assert stream.deliver() == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    (booked,) = stream.positions()
    assert booked.contract == second.contract


def test_the_first_of_several_failures_is_where_it_starts_again(stream: Stream):
    order = an_order()
    stream.write(order, filled(order, a_fill()))

    def down(call: Call) -> None:
        raise client_error("InternalServerError", "down", call.operation)

    stream.dynamo.before = down
    stream.records = [stream.records[1], {**stream.records[1]}]
    stream.records[1] = {"dynamodb": {**stream.records[1]["dynamodb"], "SequenceNumber": "7"}}
    assert stream.deliver() == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    stream.dynamo.before = None
    assert stream.deliver() == NONE_FAILED
    assert stream.positions()[0].net_quantity == -65


def test_two_writers_at_once_both_count(stream: Stream):
    """Another process books the contract's other order between our read and our write."""
    sold, bought = an_order(), an_order(side=Side.BUY, attempt=1)
    stream.write(sold, bought)
    stream.write(filled(sold, a_fill()), filled(bought, a_fill("t9", 65, "90.00")))
    records = stream.records

    def meanwhile(call: Call) -> None:
        if call.operation == "put_item":
            stream.dynamo.before = None
            stream.deliver(records[3:])

    stream.dynamo.before = meanwhile
    assert stream.deliver(records[2:3]) == NONE_FAILED
    (position,) = stream.positions()
    assert (position.net_quantity, position.version) == (0, 2)
    assert position.realised_pnl == Decimal(650)


def test_a_deleted_order_takes_nothing_back(stream: Stream):
    order = an_order()
    stream.write(order, filled(order, a_fill()))
    stream.deliver()
    removal = {"dynamodb": {"SequenceNumber": "9", "OldImage": {}}, "eventName": "REMOVE"}
    assert stream.deliver([removal]) == NONE_FAILED
    assert len(stream.positions()) == 1
