"""The calculators through the real handler: exact where exactness exists, else labelled."""

import copy
from typing import Any

import pytest

from shared_utils.domain.instruments import OptionType
from shared_utils.risk_calculations.pricing import black_scholes
from tests.unit.market_data_fetcher.conftest import Fetcher

EXPIRY = "2026-12-01"
ROUTES = ("premium", "greeks", "payoff", "breakeven", "margin")


def a_leg(kind: str = "CE", side: str = "SELL", strike: float = 26200, **parts: Any) -> Any:
    leg = {"option_type": kind, "transaction_type": side, "strike": strike, "expiry": EXPIRY}
    return {**leg, "premium": 100, "volatility": 12.5, **parts}


def a_spread(**parts: Any) -> dict[str, Any]:
    legs = [a_leg(), a_leg(side="BUY", strike=26400, premium=40.5)]
    return {"symbol": "NIFTY", "legs": legs, **parts}


def a_body(route: str, **parts: Any) -> dict[str, Any]:
    spot = {} if route == "breakeven" else {"spot": 26010.5}
    return {**a_spread(), **spot, **parts}


def post(fetcher: Fetcher, route: str, body: Any, **options: Any) -> Any:
    return fetcher.call("POST", f"/options/calculator/{route}", body, **options)


def test_a_premium_is_the_models_and_lots_are_the_contracts(fetcher: Fetcher):
    reply = post(fetcher, "premium", a_body("premium", risk_free_rate=7))
    assert reply.status == 200
    first, second = reply.body["legs"]
    assert (first["symbol"], first["lot_size"], first["quantity"]) == ("NIFTY26D0126200CE", 65, 65)
    years = (8 * 86400 + (10 * 3600 + 10 * 60) - (4 * 3600 + 15 * 60)) / 86400 / 365
    value = black_scholes(
        OptionType.CE, spot=26010.5, strike=26200, years=years, volatility=0.125, rate=0.07
    )
    assert value.price is not None
    assert first["premium"] == pytest.approx(value.price, abs=0.005)
    assert first["amount"] == pytest.approx(first["premium"] * 65, abs=0.005)
    assert second["amount"] < 0
    assert reply.body["net_premium"] == pytest.approx(first["amount"] + second["amount"], abs=0.005)


def test_a_wrong_entry_is_named_alone_and_a_missing_one_by_its_list(fetcher: Fetcher):
    leg = {"option_type": "CE", "transaction_type": "SELL", "strike": -1, "expiry": "2026-12-01"}
    for legs, said in (
        ([leg], {"legs[0].strike": "must be more than 0"}),
        ([leg, leg], {f"legs[{each}].strike": "must be more than 0" for each in (0, 1)}),
        ([], {"legs": "must have 1 or more entries"}),
    ):
        body = {"symbol": "NIFTY", "spot": 26010, "legs": legs}
        reply = fetcher.call("POST", "/options/calculator/premium", body)
        found = {each["field"]: each["problem"] for each in reply.error["details"]}
        assert (reply.status, found) == (400, said)


def test_an_option_that_has_expired_by_the_day_is_worth_its_intrinsic_value(fetcher: Fetcher):
    body = a_body("premium", days_ahead=30)
    body["legs"][0]["strike"] = 25000
    legs = post(fetcher, "premium", body).body["legs"]
    assert [(each["premium"], each["status"]) for each in legs] == [
        (1010.5, "EXPIRED"),
        (0.0, "EXPIRED"),
    ]


def test_greeks_of_several_expiries_add_up_with_their_signs(fetcher: Fetcher):
    body = a_body("greeks")
    body["legs"][1]["expiry"] = "2026-12-29"
    found = post(fetcher, "greeks", body).body
    short, long = (each["greeks"] for each in found["legs"])
    for name in ("delta", "gamma", "theta", "vega", "rho"):
        expected = 65 * (long[name] - short[name])
        assert found["position"][name] == pytest.approx(expected, abs=1e-6)
    assert found["position"]["vega"] > 0 < found["position"]["theta"]
    assert found["incomplete_legs"] == []


def test_a_premium_implies_its_volatility(fetcher: Fetcher):
    told = a_body("premium")
    priced = post(fetcher, "premium", told).body["legs"]
    asked = copy.deepcopy(told)
    for leg, shown in zip(asked["legs"], priced, strict=True):
        leg["premium"] = shown["premium"]
        del leg["volatility"]
    for leg in post(fetcher, "greeks", asked).body["legs"]:
        assert leg["implied_volatility"] == pytest.approx(12.5, abs=0.01)
        assert leg["volatility_status"] == "OK"


def test_a_premium_below_intrinsic_has_no_greeks_and_its_sum_none(fetcher: Fetcher):
    body = a_body("greeks")
    body["legs"][0] |= {"strike": 25000, "premium": 5}
    del body["legs"][0]["volatility"]
    found = post(fetcher, "greeks", body).body
    assert found["legs"][0]["volatility_status"] == "BELOW_INTRINSIC"
    assert set(found["legs"][0]["greeks"].values()) == {None}
    assert set(found["position"].values()) == {None}
    assert found["incomplete_legs"] == [1]


def test_a_payoff_is_exact_at_its_corners(fetcher: Fetcher):
    found = post(fetcher, "payoff", a_body("payoff", volatility=12.5)).body
    summary = found["summary"]
    assert summary["breakevens"] == [26259.5]
    assert summary["max_profit"] == summary["net_premium"] == 3867.5
    assert summary["max_loss"] == 9132.5
    drawn = {point["index"]: point["at_expiry"] for point in found["points"]}
    assert (drawn[26200.0], drawn[26259.5], drawn[26400.0]) == (3867.5, 0.0, -9132.5)
    assert all(point["at_date"] is not None for point in found["points"])
    assert 60 < found["probability_of_profit"] < 90
    assert "lognormal" in found["probability_assumption"]


def test_without_a_spot_a_payoff_is_drawn_at_expiry_only(fetcher: Fetcher):
    found = post(fetcher, "payoff", a_spread(lowest=26000, highest=26500, points=3)).body
    assert found["probability_of_profit"] is None
    assert {point["at_date"] for point in found["points"]} == {None}
    assert [point["index"] for point in found["points"]] == [
        26000.0, 26200.0, 26250.0, 26259.5, 26400.0, 26500.0,
    ]  # fmt: skip


def test_a_naked_call_loses_without_end(fetcher: Fetcher):
    found = post(fetcher, "breakeven", {"symbol": "NIFTY", "legs": [a_leg(lots=2)]}).body
    assert found["max_loss"] == "UNLIMITED"
    assert found["max_profit"] == 13000.0
    assert found["breakevens"] == [26300.0]


def test_a_calendar_spread_has_a_curve_but_no_payoff_at_expiry(fetcher: Fetcher):
    body = a_body("payoff", days_ahead=5)
    body["legs"][1]["expiry"] = "2026-12-29"
    found = post(fetcher, "payoff", body).body
    assert found["summary"] is None
    assert {point["at_expiry"] for point in found["points"]} == {None}
    assert None not in {point["at_date"] for point in found["points"]}
    del body["spot"]
    reply = post(fetcher, "payoff", body)
    assert (reply.status, reply.error["code"], reply.fields) == (422, "MIXED_EXPIRIES", ["legs"])


def test_a_hundred_legs_are_calculated_and_one_more_is_refused(fetcher: Fetcher):
    for route in ROUTES:
        body = a_body(route, legs=[a_leg()] * 100)
        assert post(fetcher, route, body).status == 200, route
        for count in (101, 1000):
            reply = post(fetcher, route, {**body, "legs": [a_leg()] * count})
            assert (reply.status, reply.fields) == (400, ["legs"])


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"strike": -1}, "strike"),
        ({"strike": "NaN"}, "strike"),
        ({"strike": True}, "strike"),
        ({"premium": -0.05}, "premium"),
        ({"premium": "1"}, "premium"),
        ({"volatility": 0}, "volatility"),
        ({"volatility": -5}, "volatility"),
        ({"volatility": 1e300}, "volatility"),
        ({"lots": 0}, "lots"),
        ({"lots": 1.5}, "lots"),
        ({"option_type": "FUT"}, "option_type"),
        ({"transaction_type": "HOLD"}, "transaction_type"),
        ({"expiry": "soon"}, "expiry"),
        ({"delta": 0.5}, "delta"),
    ],
)
def test_a_bad_leg_is_named(fetcher: Fetcher, route: str, change: dict[str, Any], field: str):
    body = a_body(route)
    body["legs"][1] |= change
    reply = post(fetcher, route, body)
    assert (reply.status, reply.fields) == (400, [f"legs[1].{field}"])


@pytest.mark.parametrize("route", ["premium", "greeks", "payoff"])
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"spot": 0}, "spot"),
        ({"spot": -26000}, "spot"),
        ({"days_ahead": -1}, "days_ahead"),
        ({"risk_free_rate": -1}, "risk_free_rate"),
        ({"symbol": "RELIANCE"}, "symbol"),
        ({"legs": []}, "legs"),
    ],
)
def test_a_bad_assumption_is_named(
    fetcher: Fetcher, route: str, change: dict[str, Any], field: str
):
    reply = post(fetcher, route, a_body(route, **change))
    assert (reply.status, reply.fields) == (400, [field])


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("route", ROUTES)
def test_no_number_is_no_json_and_its_fields_are_named(fetcher: Fetcher, route: str, number: str):
    raw = '{"spot": %s, "legs": [{"strike": %s}, {"strike": 1}]}' % (number, number)  # noqa: UP031 - braces of JSON
    reply = post(fetcher, route, None, raw=raw)
    assert (reply.status, reply.error["code"]) == (400, "INVALID_JSON")
    assert reply.fields == ["spot", "legs[0].strike"]
    assert reply.error["message"].startswith(f"spot must be a number; {number} is none")


@pytest.mark.parametrize("route", ROUTES)
def test_an_expiry_or_strike_that_does_not_exist_names_the_nearest(fetcher: Fetcher, route: str):
    body = a_body(route)
    body["legs"][1]["expiry"] = "2026-12-02"
    reply = post(fetcher, route, body)
    assert (reply.status, reply.fields) == (422, ["legs[1].expiry"])
    assert "2026-12-01 and 2026-12-08" in reply.error["message"]
    body = a_body(route)
    body["legs"][0]["strike"] = 26210
    reply = post(fetcher, route, body)
    assert (reply.status, reply.fields) == (422, ["legs[0].strike"])
    assert "26200 and 26250" in reply.error["message"]


@pytest.mark.parametrize(
    ("route", "missing"),
    [
        ("premium", ["volatility"]),
        ("greeks", ["volatility", "premium"]),
        ("payoff", ["premium"]),
        ("breakeven", ["premium"]),
    ],
)
def test_a_leg_that_says_too_little_is_named(fetcher: Fetcher, route: str, missing: list[str]):
    body = a_body(route)
    for name in missing:
        del body["legs"][1][name]
    reply = post(fetcher, route, body)
    assert (reply.status, reply.error["code"]) == (422, "NOT_ENOUGH_SAID")
    assert reply.fields == [f"legs[1].{missing[0]}"]


def test_a_range_that_ends_before_it_begins_is_refused(fetcher: Fetcher):
    reply = post(fetcher, "payoff", a_body("payoff", lowest=26500, highest=26000))
    assert (reply.status, reply.fields) == (422, ["highest"])


def test_calculators_need_no_feed_and_no_stranger(fetcher: Fetcher):
    fetcher.desk.connected = False
    for route in ROUTES:
        assert post(fetcher, route, a_body(route)).status == 200
        assert post(fetcher, route, a_body(route), caller=None).status == 401
    assert fetcher.desk.asked_for == []
