"""The market without a broker: contracts and quotes in the recorded day's format."""

import pytest

from shared_utils.domain.instruments import EXCHANGE_OF, Exchange, Underlying
from tests.unit.simulator.worlds import Client


def test_the_heading_lists_the_options_of_an_exchange_and_nothing_else(root, live_world):
    status, heading = Client(root).call("GET", "/market/heading?exchange=BSE")

    listed = live_world.market.master(live_world.exchange.day).instruments
    options = {row.symbol for row in listed if row.is_option and row.exchange == "BFO"}
    assert (status, heading["format"], heading["day"]) == (200, "recorded-day/1", "2026-08-05")
    assert {contract["symbol"] for contract in heading["contracts"]} == options
    assert {contract["lot_size"] for contract in heading["contracts"]} == {20}


def test_the_heading_lists_both_exchanges_unless_one_is_asked_for(root):
    _, heading = Client(root).call("GET", "/market/heading")

    assert {each["exchange"] for each in heading["contracts"]} == set(Exchange)


def test_a_moment_shows_what_is_listed_and_leaves_the_rest_out(root, live_world):
    master = live_world.market.master(live_world.exchange.day)
    future = next(row.symbol for row in master.instruments if row.kind == "FUT")
    asked = {"symbols": [*Underlying, "RELIANCE", future, "NSE:NIFTY 50"]}

    status, moment = Client(root).call("POST", "/market/moment", body=asked)

    assert status == 200
    assert set(moment["quotes"]) == set(EXCHANGE_OF)
    assert moment["at"].startswith("2026-08-05T04:30:")
    assert moment["quotes"]["NIFTY"].keys() == {"last"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/market/heading?exchange=MCX", None),
        ("POST", "/market/moment", {}),
        ("POST", "/market/moment", {"symbols": "NIFTY"}),
        ("POST", "/market/moment", {"symbols": [None]}),
        ("POST", "/market/moment", ["NIFTY"]),
        ("POST", "/market/moment", {"symbols": ["NIFTY"] * 2001}),
    ],
)
def test_what_cannot_be_meant_is_refused(root, method, path, body):
    status, answer = Client(root).call(method, path, body=body)

    assert (status, answer["error_type"]) == (400, "InputException")
