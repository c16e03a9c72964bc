"""Kite's wire format, word for word: what goes out, and how what comes back is read."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest

from shared_utils.brokers.ports import BasketMargin, Margins
from shared_utils.brokers.wire import WireAnswer, WireRequest
from shared_utils.domain.errors import BrokerUnavailable
from shared_utils.domain.instruments import Exchange, Side
from shared_utils.domain.legs import OrderType
from shared_utils.domain.orders import OrderState, Product
from tests.conformance.orders import TAG, a_request
from tests.conformance.zerodha_rig import (
    ORDER_ID,
    ZerodhaRig,
    a_trade_row,
    always,
    an_order_row,
    error,
    kite_book,
    success,
)
from tests.factories import a_contract


@pytest.fixture
def rig() -> ZerodhaRig:
    return ZerodhaRig()


def only_request(rig: ZerodhaRig) -> WireRequest:
    (request,) = rig.requests
    return request


def form_of(request: WireRequest) -> dict[str, str]:
    return dict(parse_qsl((request.body or b"").decode(), strict_parsing=True))


def test_a_placement_is_a_form_with_kites_fields(rig):
    rig.broker.place(a_request())

    request = only_request(rig)
    assert (request.method, request.url) == ("POST", "http://kite.test/orders/regular")
    assert request.headers["X-Kite-Version"] == "3"
    assert request.headers["Authorization"] == "token apikey:accesstoken"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert form_of(request) == {
        "exchange": "NFO",
        "tradingsymbol": "NIFTY26D0126000CE",
        "transaction_type": "BUY",
        "quantity": "130",
        "product": "NRML",
        "order_type": "LIMIT",
        "price": "100.50",
        "validity": "DAY",
        "tag": TAG,
    }


def test_a_stop_carries_its_trigger_and_an_intraday_order_is_mis(rig):
    rig.broker.place(
        a_request(
            order_type=OrderType.SL,
            side=Side.SELL,
            trigger_price=Decimal("95.00"),
            price=Decimal("93.00"),
            product=Product.INTRADAY,
        )
    )

    form = form_of(only_request(rig))
    assert (form["order_type"], form["trigger_price"], form["price"]) == ("SL", "95.00", "93.00")
    assert (form["product"], form["transaction_type"]) == ("MIS", "SELL")


def test_a_price_never_goes_out_with_an_exponent(rig):
    rig.broker.place(a_request(price=Decimal("1E+2")))

    assert form_of(only_request(rig))["price"] == "100"


def test_a_sensex_option_goes_to_bfo(rig):
    rig.broker.place(a_request(contract=replace(a_contract(), exchange=Exchange.BSE)))

    assert form_of(only_request(rig))["exchange"] == "BFO"


def test_a_modification_is_a_put_of_the_whole_order(rig):
    rig.broker.modify(ORDER_ID, quantity=65, price=Decimal("99.00"), trigger_price=None)

    request = only_request(rig)
    assert (request.method, request.url) == ("PUT", f"http://kite.test/orders/regular/{ORDER_ID}")
    assert form_of(request) == {
        "order_type": "LIMIT",
        "quantity": "65",
        "price": "99.00",
        "validity": "DAY",
    }


def test_a_cancellation_is_a_delete_without_a_body(rig):
    rig.broker.cancel(ORDER_ID)

    request = only_request(rig)
    assert (request.method, request.body) == ("DELETE", None)
    assert request.url == f"http://kite.test/orders/regular/{ORDER_ID}"


def test_an_order_id_cannot_leave_its_place_in_the_path(rig):
    rig.broker.cancel("../../session/token?x=1")

    assert urlsplit(only_request(rig).url).path.startswith("/orders/regular/..%2F")


def test_secrets_are_in_no_repr(rig):
    rig.broker.place(a_request())

    assert "accesstoken" not in repr(only_request(rig))


def test_the_book_joins_orders_with_their_trades(rig):
    trades = [
        a_trade_row(trade_id="1", quantity=65, average_price=100.4),
        a_trade_row(trade_id="2", quantity=65, average_price=100.5),
        a_trade_row(trade_id="3", order_id="another"),
    ]
    rig.answer_by(kite_book([an_order_row()], trades))

    (report,) = rig.broker.order_book()

    assert (report.state, report.filled_quantity) == (OrderState.FILLED, 130)
    assert [(fill.trade_id, fill.quantity, fill.price) for fill in report.fills] == [
        ("1", 65, Decimal("100.4")),
        ("2", 65, Decimal("100.5")),
    ]
    assert report.average_price == Decimal("100.45")


def test_indias_wall_clock_becomes_utc(rig):
    rig.answer_by(kite_book([an_order_row()], [a_trade_row()]))

    (report,) = rig.broker.order_book()

    assert report.at == datetime(2026, 11, 25, 4, 15, 1, tzinfo=UTC)
    assert report.fills[0].at == datetime(2026, 11, 25, 4, 15, 1, tzinfo=UTC)


def test_a_refusal_by_rms_after_acceptance_says_why(rig):
    row = an_order_row(
        status="REJECTED",
        filled_quantity=0,
        average_price=0,
        status_message="Insufficient funds.",
        exchange_update_timestamp=None,
    )
    rig.answer_by(kite_book([row], []))

    (report,) = rig.broker.order_book()

    assert (report.state, report.reason) == (OrderState.REJECTED, "Insufficient funds.")
    assert report.average_price is None


@pytest.mark.parametrize("call", ["orders", "trades"])
def test_half_a_book_is_no_book(rig, call):
    def answer(request: WireRequest) -> WireAnswer:
        if request.url.endswith(call):
            return error(503, "NetworkException", "Gateway not reachable.")
        return success([])

    rig.answer_by(answer)

    with pytest.raises(BrokerUnavailable):
        rig.broker.order_book()


@pytest.mark.parametrize(
    "spoiled",
    [
        {"order_id": None},
        {"status": None},
        {"quantity": "130"},
        {"quantity": -130},
        {"filled_quantity": 0.5},
        {"transaction_type": "HOLD"},
        {"order_timestamp": "yesterday", "exchange_update_timestamp": None},
    ],
    ids=str,
)
def test_one_row_that_cannot_be_read_spoils_the_look(rig, spoiled):
    rig.answer_by(kite_book([an_order_row(order_id="1"), an_order_row(**spoiled)], []))

    with pytest.raises(BrokerUnavailable):
        rig.broker.order_book()


@pytest.mark.parametrize("spoiled", [{"trade_id": None}, {"quantity": 0}, {"average_price": 0}])
def test_one_trade_that_cannot_be_read_spoils_the_look(rig, spoiled):
    rig.answer_by(kite_book([an_order_row()], [a_trade_row(**spoiled)]))

    with pytest.raises(BrokerUnavailable):
        rig.broker.order_book()


def test_an_orders_history_ends_with_its_trades(rig):
    steps = [
        an_order_row(status="PUT ORDER REQ RECEIVED", filled_quantity=0, average_price=0),
        an_order_row(status="OPEN", filled_quantity=0, average_price=0),
        an_order_row(),
    ]
    rig.answer_by(kite_book(steps, [a_trade_row()]))

    history = rig.broker.order_history(ORDER_ID)

    assert [step.state for step in history] == [
        OrderState.OPEN,
        OrderState.OPEN,
        OrderState.FILLED,
    ]
    assert [len(step.fills) for step in history] == [0, 0, 1]


def a_position_row(**changes: object) -> dict[str, object]:
    row: dict[str, object] = {
        "tradingsymbol": "NIFTY26D0126000CE",
        "exchange": "NFO",
        "product": "NRML",
        "quantity": -65,
        "average_price": 101.25,
        "multiplier": 1,
    }
    return row | changes


def test_positions_are_the_net_of_derivatives_only(rig):
    net = [
        a_position_row(),
        a_position_row(exchange="BFO", product="MIS", quantity=20),
        a_position_row(exchange="NSE", product="CNC"),
    ]
    rig.answer_by(always(success({"net": net, "day": []})))

    first, second = rig.broker.positions()

    assert (first.net_quantity, first.average_price) == (-65, Decimal("101.25"))
    assert first.product is Product.NORMAL
    assert (second.exchange, second.product) == (Exchange.BSE, Product.INTRADAY)


def test_a_position_of_an_unknown_kind_is_not_left_out(rig):
    rig.answer_by(always(success({"net": [a_position_row(product="ODD")], "day": []})))

    with pytest.raises(BrokerUnavailable):
        rig.broker.positions()


def test_margins_are_the_equity_segments(rig):
    margins = {
        "equity": {"enabled": True, "net": 99725.05000000002, "utilised": {"debits": 145706.55}},
        "commodity": {"enabled": False, "net": 1, "utilised": {"debits": 2}},
    }
    rig.answer_by(always(success(margins)))

    assert rig.broker.margins() == Margins(available=Decimal("99725.05"), used=Decimal("145706.55"))


def test_a_basket_margin_is_asked_as_json_and_tried_again(rig):
    answers = [
        error(503, "NetworkException", "Gateway not reachable."),
        success({"initial": {"total": 188854.77}, "final": {"total": 35453.209999999985}}),
    ]
    rig.answer_by(lambda _: answers.pop(0))

    margin = rig.broker.basket_margin([a_request()])

    assert margin == BasketMargin(initial=Decimal("188854.77"), final=Decimal("35453.21"))
    request = rig.requests[-1]
    assert request.url == "http://kite.test/margins/basket?consider_positions=true"
    assert json.loads(request.body or b"") == [
        {
            "exchange": "NFO",
            "tradingsymbol": "NIFTY26D0126000CE",
            "transaction_type": "BUY",
            "variety": "regular",
            "product": "NRML",
            "order_type": "LIMIT",
            "quantity": 130,
            "price": 100.5,
            "trigger_price": 0,
        }
    ]


def test_a_read_is_tried_three_times_with_growing_pauses(rig):
    rig.answer_by(always(error(503, "NetworkException", "Gateway not reachable.")))

    with pytest.raises(BrokerUnavailable):
        rig.broker.margins()

    assert len(rig.requests) == 3
    assert rig.clock.slept == [0.25, 0.5]


def test_a_read_that_is_refused_is_not_tried_again(rig):
    rig.answer_by(always(error(403, "TokenException", "Session expired.")))

    with pytest.raises(BrokerUnavailable) as refused:
        rig.broker.order_book()

    assert refused.value.code == "TOKEN_EXPIRED"
    assert len(rig.requests) == 1
