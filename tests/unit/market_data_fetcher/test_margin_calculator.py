"""The margin calculator: our estimate with its parts, and the figure of an own account's broker."""

from decimal import Decimal
from typing import Any

import pytest

from shared_utils.brokers.ports import BasketMargin, Margins
from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.errors import BrokerUnavailable
from shared_utils.domain.instruments import Side
from tests.api_events import OTHER, TRADER
from tests.unit.market_data_fetcher.conftest import Fetcher
from tests.unit.market_data_fetcher.markets import AskedBroker
from tests.unit.market_data_fetcher.test_calculators import a_leg

PARTS = ("span", "exposure", "expiry_day_extra", "premium_paid")


def a_body(*legs: Any, **parts: Any) -> dict[str, Any]:
    return {"symbol": "NIFTY", "spot": 26010.5, "legs": list(legs), **parts}


def spread(*, hedge_first: bool = True, **parts: Any) -> dict[str, Any]:
    short, hedge = a_leg(), a_leg(side="BUY", strike=26400, premium=40.5)
    return a_body(*((hedge, short) if hedge_first else (short, hedge)), **parts)


def post(fetcher: Fetcher, body: Any, **options: Any) -> Any:
    return fetcher.call("POST", "/options/calculator/margin", body, **options)


def estimate(fetcher: Fetcher, body: Any) -> Any:
    reply = post(fetcher, body)
    assert reply.status == 200, reply.text
    return reply.body["estimate"]


@pytest.fixture
def asked(fetcher: Fetcher) -> AskedBroker:
    """The trader's own account, and its broker."""
    fetcher.add_account("ZERODHA_CLIENT1", TRADER.user_id)
    broker = AskedBroker(
        basket=BasketMargin(initial=Decimal(61_000), final=Decimal("52_000.50")),
        funds=Margins(available=Decimal(400_000), used=Decimal(0)),
    )
    fetcher.desk.brokers[TRADER.user_id, "ZERODHA_CLIENT1"] = broker
    return broker


def test_the_parts_of_an_estimate_add_up_and_it_says_what_it_is(fetcher: Fetcher):
    found = post(fetcher, spread()).body
    assert found["estimate"]["source"] == "ESTIMATE"
    total = sum(found["estimate"][part] for part in PARTS)
    assert total == pytest.approx(found["estimate"]["final"], abs=0.02)
    assert found["estimate"]["premium_paid"] == 40.5 * 65
    assert (found["broker"], found["broker_problem"]) == (None, None)


def test_a_naked_short_needs_about_the_scan_range_and_the_exposure(fetcher: Fetcher):
    """9.3 % and 2 % of the notional of 65 units near 26,010."""
    found = estimate(fetcher, a_body(a_leg(strike=26000, premium=160)))
    assert 0.105 < found["final"] / (26010.5 * 65) < 0.125


def test_the_order_of_the_legs_is_the_order_of_the_peak(fetcher: Fetcher):
    first, last = (estimate(fetcher, spread(hedge_first=each)) for each in (True, False))
    assert first["final"] == last["final"]
    assert last["peak"] > 2 * first["peak"]
    assert first["hedge_benefit"] > 100_000


def test_what_expires_today_pays_two_percent_more(fetcher: Fetcher):
    found = estimate(fetcher, a_body(a_leg(expiry="2026-11-23", premium=1)))
    assert found["expiry_day_extra"] == pytest.approx(26010.5 * 65 * 0.02)
    assert estimate(fetcher, a_body(a_leg()))["expiry_day_extra"] == 0


def test_an_own_accounts_broker_is_asked_for_the_legs_as_given(
    fetcher: Fetcher, asked: AskedBroker
):
    found = post(fetcher, spread(hedge_first=False, client_id="ZERODHA_CLIENT1")).body
    assert found["broker"] == {
        "source": "BROKER",
        "broker_name": "zerodha",
        "initial": 61_000.0,
        "final": 52_000.5,
        "available": 400_000.0,
        "used": 0.0,
    }
    assert found["estimate"]["source"] == "ESTIMATE"
    (basket,) = asked.baskets
    assert [(each.side, each.quantity, each.price) for each in basket] == [
        (Side.SELL, 65, Decimal(100)),
        (Side.BUY, 65, Decimal("40.5")),
    ]


def test_a_broker_that_does_not_answer_leaves_the_estimate(fetcher: Fetcher, asked: AskedBroker):
    asked.problem = BrokerUnavailable("Kite is down.")
    found = post(fetcher, spread(client_id="ZERODHA_CLIENT1")).body
    assert (found["broker"], found["broker_problem"]) == (None, "Kite is down.")
    assert found["estimate"]["final"] > 0


def test_a_session_that_is_over_is_said(fetcher: Fetcher):
    fetcher.add_account("SECOND1", TRADER.user_id)
    found = post(fetcher, spread(client_id="SECOND1")).body
    assert "log in again" in found["broker_problem"]


def test_a_paper_account_has_no_broker_to_ask(fetcher: Fetcher):
    fetcher.add_account("PAPER1", TRADER.user_id, BrokerName.PAPER)
    assert "on paper" in post(fetcher, spread(client_id="PAPER1")).body["broker_problem"]


def test_anothers_account_is_not_there(fetcher: Fetcher, asked: AskedBroker):
    body = spread(client_id="ZERODHA_CLIENT1")
    assert post(fetcher, body, caller=OTHER).status == 404
    assert asked.baskets == []
    assert post(fetcher, body).status == 200


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"spot": -1}, "spot"),
        ({"spot": None}, "spot"),
        ({"risk_free_rate": 101}, "risk_free_rate"),
        ({"client_id": "no such / id"}, "client_id"),
        ({"legs": []}, "legs"),
        ({"legs": [a_leg()] * 1000}, "legs"),
        ({"legs": [a_leg(strike=float("nan"))]}, "legs[0].strike"),
        ({"legs": [a_leg(premium=-1)]}, "legs[0].premium"),
        ({"symbol": "DAX"}, "symbol"),
    ],
)
def test_bad_input_is_named(fetcher: Fetcher, wrong: dict[str, Any], field: str):
    refused = post(fetcher, {**spread(), **wrong})
    assert refused.status == 400, refused.text
    assert any(each.startswith(field) for each in refused.fields)


@pytest.mark.parametrize(
    ("leg", "field"),
    [
        (a_leg(premium=None), "legs[0].premium"),
        (a_leg(expiry="2026-12-02"), "legs[0].expiry"),
        (a_leg(strike=26201), "legs[0].strike"),
    ],
)
def test_a_leg_that_cannot_be_is_named(fetcher: Fetcher, leg: Any, field: str):
    refused = post(fetcher, a_body(leg))
    assert (refused.status, refused.fields) == (422, [field])
