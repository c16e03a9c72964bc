"""The broker's own Python client works against the simulator, call by call: proof of its format."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from kiteconnect import KiteConnect
from kiteconnect import exceptions as kite_errors

from shared_utils.domain.instruments import Underlying
from simulator.world import World
from tests.unit.simulator.worlds import Client, app, eventually

Kite = Any


@pytest.fixture
def kite(root: str) -> Iterator[Kite]:
    client = KiteConnect("key1", root=root)
    session = client.generate_session(Client(root).request_token(app(1)), "secret1")
    assert session["user_id"] == "AB0001"
    assert isinstance(session["login_time"], datetime)
    yield client
    client.reqsession.close()


@pytest.fixture
def symbol(live_world: World) -> str:
    master = live_world.market.master(live_world.exchange.day)
    chain = master.chain(Underlying.NIFTY, master.expiries(Underlying.NIFTY)[0])
    return [i for i in chain if i.kind == "CE"][70].symbol


def buy(kite: Kite, symbol: str, price: float, **changes: Any) -> str:
    return str(
        kite.place_order(
            **{
                "variety": "regular",
                "exchange": "NFO",
                "tradingsymbol": symbol,
                "transaction_type": "BUY",
                "quantity": 65,
                "product": "NRML",
                "order_type": "LIMIT",
                "price": price,
                "validity": "DAY",
                "tag": "official1",
                **changes,
            }
        )
    )


def asking(kite: Kite, symbol: str) -> float:
    return float(kite.quote(f"NFO:{symbol}")[f"NFO:{symbol}"]["depth"]["sell"][-1]["price"])


def ended(kite: Kite, order_id: str, status: str) -> Any:
    return eventually(
        lambda: [o for o in kite.orders() if o["order_id"] == order_id and o["status"] == status]
    )


def test_profile_and_margins(kite):
    assert kite.profile()["user_id"] == "AB0001"
    assert kite.margins()["equity"]["net"] == 2_500_000
    assert kite.margins("equity")["available"]["live_balance"] == 2_500_000


def test_instruments(kite, symbol):
    [option] = [row for row in kite.instruments("NFO") if row["tradingsymbol"] == symbol]
    assert (option["name"], option["lot_size"], option["tick_size"]) == ("NIFTY", 65, 0.05)
    assert option["expiry"] == date(2026, 8, 11)
    assert len(kite.instruments()) > len(kite.instruments("BFO")) > 1000


def test_quotes(kite, symbol):
    key = f"NFO:{symbol}"
    quote = kite.quote(key, "NSE:NIFTY 50")
    assert isinstance(quote[key]["timestamp"], datetime)
    assert quote[key]["lower_circuit_limit"] < quote[key]["last_price"]
    assert kite.ohlc([key])[key]["ohlc"].keys() == {"open", "high", "low", "close"}
    assert kite.ltp("BSE:SENSEX")["BSE:SENSEX"]["last_price"] > 50_000


def test_an_order_its_history_its_trades_and_its_position(kite, symbol):
    order_id = buy(kite, symbol, asking(kite, symbol))
    [order] = ended(kite, order_id, "COMPLETE")
    assert order["tag"] == "official1"
    assert isinstance(order["order_timestamp"], datetime)
    assert kite.order_history(order_id)[-1]["status"] == "COMPLETE"
    assert sum(trade["quantity"] for trade in kite.order_trades(order_id)) == 65
    assert len(kite.trades()) == len(kite.order_trades(order_id))
    [position] = kite.positions()["net"]
    assert (position["tradingsymbol"], position["quantity"]) == (symbol, 65)
    assert position["average_price"] == pytest.approx(order["average_price"])


def test_modify_and_cancel(kite, symbol):
    price = round(asking(kite, symbol) * 0.8)
    order_id = buy(kite, symbol, price)
    assert ended(kite, order_id, "OPEN")
    assert kite.modify_order("regular", order_id, quantity=130, price=price + 1) == order_id
    assert ended(kite, order_id, "OPEN")[0]["quantity"] == 130
    assert kite.cancel_order("regular", order_id) == order_id
    assert ended(kite, order_id, "CANCELLED")[0]["cancelled_quantity"] == 130


def test_a_stop_order(kite, symbol):
    trigger = round(asking(kite, symbol) * 1.3)
    order_id = buy(kite, symbol, trigger + 5, order_type="SL", trigger_price=trigger)
    assert ended(kite, order_id, "TRIGGER PENDING")[0]["trigger_price"] == trigger


def test_margin_and_charges_calculations(kite, symbol):
    order = {
        "exchange": "NFO",
        "tradingsymbol": symbol,
        "transaction_type": "SELL",
        "variety": "regular",
        "product": "NRML",
        "order_type": "LIMIT",
        "quantity": 65,
        "price": 100,
    }
    [single] = kite.order_margins([order])
    basket = kite.basket_order_margins([order], consider_positions=True)
    assert single["total"] == pytest.approx(basket["final"]["total"], rel=0.01)
    assert single["total"] > 100_000
    [note] = kite.get_virtual_contract_note([order | {"order_id": "1", "average_price": 100}])
    assert note["charges"]["total"] == 36.33


def test_refusals_are_the_clients_own_exceptions(kite, symbol):
    with pytest.raises(kite_errors.InputException, match="lot size"):
        buy(kite, symbol, 100, quantity=50)
    with pytest.raises(kite_errors.GeneralException):
        kite.order_history("42")
    kite.set_access_token("forged")
    with pytest.raises(kite_errors.TokenException):
        kite.orders()


def test_logging_out(kite):
    assert kite.invalidate_access_token() is True
    with pytest.raises(kite_errors.TokenException):
        kite.profile()
