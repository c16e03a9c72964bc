"""Kite's own Python client and our adapter make the same calls to one simulated broker over HTTP,
and see the same things: the proof that adapter and simulator speak Kite's format.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

import pytest
from kiteconnect import KiteConnect, exceptions

from shared_utils.brokers.ports import Accepted, BrokerEndpoint, PlaceOrder, Rejected, Unknown
from shared_utils.brokers.zerodha.sessions import login_url
from shared_utils.domain.errors import BrokerUnavailable
from shared_utils.domain.instruments import Exchange, Side
from shared_utils.domain.legs import OrderType
from shared_utils.domain.orders import OrderState, Product
from shared_utils.indian_market_utils.sessions import IST
from simulator.faults import FaultKind, Operation
from tests.conformance.orders import TAG
from tests.conformance.served_accounts import Served, served_account

AnyT = TypeVar("AnyT")


@pytest.fixture
def account() -> Iterator[Served]:
    with served_account() as served:
        yield served


def exactly(number: float) -> Decimal:
    """What the client read into a float, as it was written."""
    return Decimal(str(number))


def only(rows: Sequence[AnyT]) -> AnyT:
    (row,) = rows
    return row


def placed(account: Served, request: PlaceOrder) -> str:
    outcome = account.ours.place(request)
    assert isinstance(outcome, Accepted)
    account.pass_s(2)
    return outcome.broker_order_id


def test_both_send_the_trader_to_the_same_login_page():
    theirs = urlsplit(KiteConnect(api_key="apikey").login_url())
    endpoint = BrokerEndpoint(api="", login=f"{theirs.scheme}://{theirs.netloc}{theirs.path}")

    ours = urlsplit(login_url(endpoint, "apikey", "state"))

    assert (ours.netloc, ours.path) == (theirs.netloc, theirs.path)
    known = parse_qs(ours.query)
    known.pop("redirect_params")
    assert known == parse_qs(theirs.query)


def test_an_order_we_place_is_the_order_their_client_sees(account):
    request = account.waiting_request()
    order_id = placed(account, request)

    row = only(account.theirs.orders())
    assert (row["order_id"], row["tag"]) == (order_id, TAG)
    assert row["tradingsymbol"] == request.contract.symbol
    assert (row["exchange"], row["product"], row["variety"]) == ("NFO", "NRML", "regular")
    assert (row["transaction_type"], row["order_type"]) == ("BUY", "LIMIT")
    assert (row["quantity"], exactly(row["price"])) == (request.quantity, request.price)
    assert row["status"] == "OPEN"


def test_an_order_their_client_places_is_the_order_we_see(account):
    request = account.waiting_request()
    order_id = account.theirs.place_order(
        variety="regular",
        exchange="NFO",
        tradingsymbol=request.contract.symbol,
        transaction_type="BUY",
        quantity=request.quantity,
        product="NRML",
        order_type="LIMIT",
        price=float(request.price),
        validity="DAY",
        tag="THEIRS",
    )
    account.pass_s(2)

    report = only(account.ours.order_book())
    assert (report.broker_order_id, report.tag) == (order_id, "THEIRS")
    assert (report.symbol, report.side) == (request.contract.symbol, Side.BUY)
    assert (report.quantity, report.state) == (request.quantity, OrderState.OPEN)


def test_fills_are_the_same_trades(account):
    order_id = placed(account, account.request())

    report = only(account.ours.order_book())
    trades = account.theirs.order_trades(order_id)

    assert report.state is OrderState.FILLED
    assert [(fill.trade_id, fill.quantity, fill.price) for fill in report.fills] == [
        (row["trade_id"], row["quantity"], exactly(row["average_price"])) for row in trades
    ]
    assert [fill.at for fill in report.fills] == [
        row["fill_timestamp"].replace(tzinfo=IST) for row in trades
    ]
    assert abs(report.fills[0].at - account.turned.now) < timedelta(seconds=5)


def test_an_orders_history_has_the_same_steps(account):
    order_id = placed(account, account.request())

    ours = account.ours.order_history(order_id)
    theirs = account.theirs.order_history(order_id)

    assert [step.filled_quantity for step in ours] == [row["filled_quantity"] for row in theirs]
    assert ours[-1].fills == only(account.ours.order_book()).fills


def test_either_may_change_and_cancel_what_the_other_placed(account):
    request = account.waiting_request()
    order_id = placed(account, request)
    lower = request.price - 1
    account.theirs.modify_order("regular", order_id, price=float(lower), order_type="LIMIT")
    account.pass_s(1)
    assert exactly(only(account.theirs.orders())["price"]) == lower

    assert account.ours.modify(
        order_id, quantity=request.quantity * 2, price=request.price, trigger_price=None
    ) == Accepted(order_id)
    account.pass_s(1)
    row = only(account.theirs.orders())
    assert (row["quantity"], exactly(row["price"])) == (request.quantity * 2, request.price)

    assert account.ours.cancel(order_id) == Accepted(order_id)
    account.pass_s(1)
    assert only(account.theirs.orders())["status"] == "CANCELLED"
    assert only(account.ours.order_book()).state is OrderState.CANCELLED


def test_a_stop_waits_for_its_trigger_in_both_books(account):
    placed(account, account.request(tag="QENTRY0"))
    bid = account.turned.bid(account.turned.option(away=2))
    trigger = (bid * Decimal("0.9")).quantize(Decimal(1))
    placed(
        account,
        account.request(
            side=Side.SELL,
            order_type=OrderType.SL,
            trigger_price=trigger,
            price=trigger - 2,
            tag="QSTOP0",
        ),
    )

    row = next(row for row in account.theirs.orders() if row["tag"] == "QSTOP0")
    assert (row["status"], row["order_type"]) == ("TRIGGER PENDING", "SL")
    assert exactly(row["trigger_price"]) == trigger
    report = next(each for each in account.ours.order_book() if each.tag == "QSTOP0")
    assert report.state is OrderState.OPEN


def test_positions_are_the_same(account):
    placed(account, account.request())
    placed(account, account.request(product=Product.INTRADAY, tag="QMIS0"))

    ours = {
        (each.symbol, {"NORMAL": "NRML", "INTRADAY": "MIS"}[each.product]): (
            each.net_quantity,
            each.average_price,
        )
        for each in account.ours.positions()
    }
    theirs = {
        (row["tradingsymbol"], row["product"]): (row["quantity"], exactly(row["average_price"]))
        for row in account.theirs.positions()["net"]
    }
    assert ours == theirs
    assert len(ours) == 2


def test_margins_are_the_same(account):
    placed(account, account.request())

    ours = account.ours.margins()
    theirs = account.theirs.margins()["equity"]

    assert ours.available == exactly(theirs["net"]).quantize(Decimal("0.01"))
    assert ours.used == exactly(theirs["utilised"]["debits"]).quantize(Decimal("0.01"))


def test_a_baskets_margin_is_the_same(account):
    hedge = account.request(away=6, tag="QHEDGE0")
    short = account.request(side=Side.SELL, away=2, tag="QSHORT0")

    ours = account.ours.basket_margin([hedge, short])
    theirs = account.theirs.basket_order_margins(
        [
            {
                "exchange": "NFO",
                "tradingsymbol": each.contract.symbol,
                "transaction_type": str(each.side),
                "variety": "regular",
                "product": "NRML",
                "order_type": "LIMIT",
                "quantity": each.quantity,
                "price": float(each.price),
                "trigger_price": 0,
            }
            for each in (hedge, short)
        ],
        consider_positions=True,
    )

    assert ours.initial == exactly(theirs["initial"]["total"]).quantize(Decimal("0.01"))
    assert ours.final == exactly(theirs["final"]["total"]).quantize(Decimal("0.01"))
    assert ours.final < account.ours.basket_margin([short]).final


def test_quotes_are_the_same(account):
    symbol = account.request().contract.symbol

    ours = account.ours.quotes([symbol, "NSE:NIFTY 50", "NIFTY99DEC1CE"])
    theirs = account.theirs.quote([f"NFO:{symbol}", "NSE:NIFTY 50"])

    assert set(ours) == {symbol, "NSE:NIFTY 50"}
    assert exactly(theirs["NSE:NIFTY 50"]["last_price"]) == ours["NSE:NIFTY 50"].last_price
    row, quote = theirs[f"NFO:{symbol}"], ours[symbol]
    best_bid, best_ask = row["depth"]["buy"][0], row["depth"]["sell"][0]
    assert (exactly(best_bid["price"]), best_bid["quantity"]) == (quote.bid, quote.bid_quantity)
    assert (exactly(best_ask["price"]), best_ask["quantity"]) == (quote.ask, quote.ask_quantity)
    assert exactly(row["last_price"]) == quote.last_price
    assert (row["volume"], row["oi"]) == (quote.volume, quote.open_interest)
    assert exactly(row["lower_circuit_limit"]) == quote.lower_circuit
    assert exactly(row["upper_circuit_limit"]) == quote.upper_circuit
    assert row["timestamp"].replace(tzinfo=IST) == quote.at


@pytest.mark.parametrize(("exchange", "segment"), [(Exchange.NSE, "NFO"), (Exchange.BSE, "BFO")])
def test_masters_list_the_same_options(account, exchange, segment):
    master = account.ours.instruments(exchange)
    theirs = {
        row["tradingsymbol"]: row
        for row in account.theirs.instruments(segment)
        if row["instrument_type"] in {"CE", "PE"}
    }

    assert {symbol for _, symbol in master.by_symbol} == set(theirs)
    for (_, symbol), instrument in master.by_symbol.items():
        row, contract = theirs[symbol], instrument.contract
        assert (row["name"], row["expiry"]) == (contract.underlying, contract.expiry)
        assert (exactly(row["strike"]), row["lot_size"]) == (contract.strike, contract.lot_size)
        assert exactly(row["tick_size"]) == contract.tick_size


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"quantity": 1}, "ORDER_INVALID"),
        ({"price": Decimal("100.03")}, "ORDER_INVALID"),
        ({"tag": "Q" * 21}, "ORDER_INVALID"),
    ],
)
def test_what_the_broker_refuses_is_refused_to_both(account, changes, code):
    request = account.request(**changes)

    outcome = account.ours.place(request)
    with pytest.raises(exceptions.InputException) as refused:
        account.theirs.place_order(
            variety="regular",
            exchange="NFO",
            tradingsymbol=request.contract.symbol,
            transaction_type="BUY",
            quantity=request.quantity,
            product="NRML",
            order_type="LIMIT",
            price=float(request.price),
            validity="DAY",
            tag=request.tag,
        )

    assert outcome == Rejected(code, str(refused.value))
    assert account.ours.order_book() == ()


@pytest.mark.parametrize(
    ("kind", "changes", "exists"),
    [
        (FaultKind.TIMEOUT_AFTER_ACCEPT, {}, True),
        (FaultKind.LOST_BEFORE_ACCEPT, {}, False),
        (FaultKind.LATE_ACCEPT, {"seconds": 1.0}, True),
        (FaultKind.TOO_MANY_REQUESTS, {}, False),
        (FaultKind.BAD_GATEWAY, {"accepted": True}, True),
        (FaultKind.BAD_GATEWAY, {"accepted": False}, False),
        (FaultKind.EMPTY_ANSWER, {"accepted": True}, True),
        (FaultKind.OUTAGE, {"operations": frozenset({Operation.PLACE})}, False),
    ],
)
def test_an_order_with_a_lost_answer_is_unknown_and_the_book_tells(account, kind, changes, exists):
    account.switch_on(kind, **changes)

    assert isinstance(account.ours.place(account.waiting_request()), Unknown)

    account.pass_s(3)
    assert [report.tag for report in account.ours.order_book()] == ([TAG] if exists else [])


def test_a_rejection_after_acceptance_shows_in_the_book(account):
    account.switch_on(FaultKind.REJECT, reason="RMS says no")

    placed(account, account.request())

    report = only(account.ours.order_book())
    assert report.state is OrderState.REJECTED
    assert "RMS says no" in (report.reason or "")


def test_a_part_that_filled_is_seen_as_a_part(account):
    account.switch_on(FaultKind.PARTIAL_FILL)
    request = account.request()
    placed(account, account.request(quantity=request.quantity * 4))

    report = only(account.ours.order_book())
    assert report.state is OrderState.OPEN
    assert 0 < report.filled_quantity < report.quantity
    assert sum(fill.quantity for fill in report.fills) == report.filled_quantity


def test_a_session_that_ended_refuses_orders_and_shows_nothing(account):
    account.switch_on(FaultKind.TOKEN_EXPIRED)

    outcome = account.ours.place(account.request())

    assert isinstance(outcome, Rejected)
    assert outcome.code == "TOKEN_EXPIRED"
    with pytest.raises(BrokerUnavailable) as refused:
        account.ours.order_book()
    assert refused.value.code == "TOKEN_EXPIRED"


def test_a_book_that_fails_is_no_look(account):
    account.switch_on(FaultKind.ORDER_BOOK_FAILS)

    with pytest.raises(BrokerUnavailable):
        account.ours.order_book()
