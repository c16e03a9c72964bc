"""Kite's quotes and instrument master, word for word."""

from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from shared_utils.brokers.wire import WireAnswer
from shared_utils.domain.errors import BrokerUnavailable
from shared_utils.domain.instruments import Exchange
from tests.conformance.zerodha_rig import ZerodhaRig, always, success
from tests.factories import NOW, a_contract


@pytest.fixture
def rig() -> ZerodhaRig:
    return ZerodhaRig()


def a_quote_row(**changes: object) -> dict[str, object]:
    row: dict[str, object] = {
        "instrument_token": 12345602,
        "timestamp": "2026-11-25 09:44:59",
        "last_trade_time": "2026-11-25 09:44:58",
        "last_price": 100.5,
        "volume": 7360198,
        "oi": 1000,
        "lower_circuit_limit": 0.05,
        "upper_circuit_limit": 450.25,
        "depth": {
            "buy": [{"price": 100.45, "quantity": 650, "orders": 3}],
            "sell": [{"price": 100.55, "quantity": 130, "orders": 1}],
        },
    }
    return row | changes


def test_quotes_come_back_under_the_symbols_that_were_asked(rig):
    rows = {
        "NFO:NIFTY26D0126000CE": a_quote_row(),
        "BFO:SENSEX26D0385000CE": a_quote_row(),
        "NSE:NIFTY 50": {"timestamp": "2026-11-25 09:45:00", "last_price": 26010.35},
    }
    rig.answer_by(always(success(rows)))

    asked = ["NIFTY26D0126000CE", "SENSEX26D0385000CE", "NSE:NIFTY 50", "NIFTY26D0126050CE"]
    found = rig.broker.quotes(asked)

    assert set(found) == set(asked[:3])
    option = found["NIFTY26D0126000CE"]
    assert (option.bid, option.ask) == (Decimal("100.45"), Decimal("100.55"))
    assert (option.bid_quantity, option.ask_quantity) == (650, 130)
    assert (option.lower_circuit, option.upper_circuit) == (Decimal("0.05"), Decimal("450.25"))
    assert option.at == datetime(2026, 11, 25, 4, 14, 59, tzinfo=UTC)
    index = found["NSE:NIFTY 50"]
    assert (index.symbol, index.last_price, index.bid) == ("NIFTY 50", Decimal("26010.35"), None)
    assert parse_qs(urlsplit(rig.requests[0].url).query)["i"] == [
        "NFO:NIFTY26D0126000CE",
        "BFO:SENSEX26D0385000CE",
        "NSE:NIFTY 50",
        "NFO:NIFTY26D0126050CE",
    ]


def test_a_side_with_nobody_on_it_is_none_and_not_zero(rig):
    empty = [{"price": 0, "quantity": 0, "orders": 0}]
    row = a_quote_row(last_price=0, depth={"buy": empty, "sell": empty})
    rig.answer_by(always(success({"NFO:NIFTY26D0126000CE": row})))

    quote = rig.broker.quotes(["NIFTY26D0126000CE"])["NIFTY26D0126000CE"]

    assert (quote.last_price, quote.bid, quote.ask) == (None, None, None)


def test_a_quote_without_its_time_is_no_quote(rig):
    rig.answer_by(always(success({"NFO:NIFTY26D0126000CE": a_quote_row(timestamp=None)})))

    assert rig.broker.quotes(["NIFTY26D0126000CE"]) == {}


def test_quotes_go_out_in_batches_of_five_hundred(rig):
    rig.answer_by(always(success({})))

    rig.broker.quotes([f"NIFTY26D01{strike}CE" for strike in range(20000, 20600)])

    assert [request.url.count("i=") for request in rig.requests] == [500, 100]


MASTER = """\
instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,\
instrument_type,segment,exchange
12345602,48225,NIFTY26D0126000CE,NIFTY,0,2026-12-01,26000,0.05,65,CE,NFO-OPT,NFO
12345858,48226,NIFTY26D0126000PE,NIFTY,0,2026-12-01,26000,0.05,65,PE,NFO-OPT,NFO
12346114,48227,NIFTY26NOV26000PE,NIFTY,0,2026-11-23,26000,0.05,65,PE,NFO-OPT,NFO
12346370,48228,NIFTY26DECFUT,NIFTY,0,2026-12-29,0,0.05,65,FUT,NFO-FUT,NFO
12346626,48229,RELIANCE26DEC1500CE,RELIANCE,0,2026-12-29,1500,0.05,500,CE,NFO-OPT,NFO
"""


def test_the_master_holds_the_index_options_that_have_not_expired(rig):
    rig.answer_by(always(WireAnswer(status=200, body=MASTER.encode(), content_type="text/csv")))

    master = rig.broker.instruments(Exchange.NSE)

    assert rig.requests[0].url == "http://kite.test/instruments/NFO"
    assert master.trading_day == NOW.date()
    assert set(master.by_symbol) == {
        (Exchange.NSE, "NIFTY26D0126000CE"),
        (Exchange.NSE, "NIFTY26D0126000PE"),
    }
    contract = master.contract_of_symbol(Exchange.NSE, "NIFTY26D0126000CE")
    assert contract == a_contract(26000)
    assert contract.expiry == date(2026, 12, 1)


@pytest.mark.parametrize(
    "table",
    ["", "a,b\n1,2\n", MASTER.replace("2026-12-01", "soon"), MASTER.replace(",65,", ",many,")],
)
def test_a_master_that_cannot_be_read_is_no_master(rig, table):
    rig.answer_by(always(WireAnswer(status=200, body=table.encode(), content_type="text/csv")))

    with pytest.raises(BrokerUnavailable, match="instrument"):
        rig.broker.instruments(Exchange.NSE)
