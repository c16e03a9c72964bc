"""Market data, calculators and the calendar through the deployed APIs, on a played session."""

from decimal import Decimal
from typing import Any

import pytest

from local.seed import set_feed
from tests.integration.http_answers import Answer, ask
from tests.platforms import MORNING, PREFIX, Platform, Trader

pytestmark = [pytest.mark.emulator, pytest.mark.iam]

# The next Tuesday after the played Wednesday, and the month's last.
WEEKLY, MONTHLY = "2026-08-11", "2026-08-25"
CALCULATORS = ("premium", "greeks", "payoff", "breakeven", "margin")


@pytest.fixture(scope="module")
def admin(platform: Platform) -> Any:
    admin = platform.user("vikram", is_admin=True)
    set_feed(admin, platform.market, platform.deployed.callback_url)
    return admin


@pytest.fixture(scope="module")
def trader(platform: Platform, admin: Any) -> Trader:
    """Somebody without any broker account: what he sees comes through the administrator's feed."""
    platform.market.start_over(MORNING, keeps_faults=True)
    set_feed(admin, platform.market, platform.deployed.callback_url)
    return platform.trader("asha")


def get(trader: Trader, path: str) -> Answer:
    return ask(trader.api, "GET", f"/options/{path}")


def read(trader: Trader, path: str) -> Any:
    answer = get(trader, path)
    assert answer.status == 200, answer.text
    return answer.body


def spread(**parts: Any) -> dict[str, Any]:
    leg = {"option_type": "CE", "expiry": WEEKLY, "volatility": 12.5}
    sold = {**leg, "transaction_type": "SELL", "strike": 25200, "premium": 100}
    bought = {**leg, "transaction_type": "BUY", "strike": 25400, "premium": 40.5}
    return {"symbol": "NIFTY", "legs": [sold, bought], **parts}


def calculated(trader: Trader, name: str, **parts: Any) -> Answer:
    body = spread(**parts) if name == "breakeven" else spread(**{"spot": 25050.5, **parts})
    return ask(trader.api, "POST", f"/options/calculator/{name}", body)


# -- prices


def test_a_fresh_platform_shows_its_market_before_any_account_is_connected(
    platform: Platform,
) -> None:
    """Runs first: nobody has set a feed yet."""
    visitor = platform.trader("meera")

    assert read(visitor, "market-data/NIFTY")["price"] > 1000
    assert read(visitor, f"option-chain/NIFTY/{WEEKLY}")["atm_volatility"] > 0
    assert read(visitor, "strikes/SENSEX")["strikes"]
    assert read(visitor, "volatility/BANKNIFTY")["atm_volatility"] > 0


@pytest.mark.parametrize("symbol", ["NIFTY", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY", "SENSEX"])
def test_each_index_has_a_price_and_its_age(trader: Trader, symbol: str) -> None:
    found = read(trader, f"market-data/{symbol}")
    assert found["symbol"] == symbol
    assert found["price"] > 1000
    assert found["as_of"].startswith("2026-08-05T")


def test_a_chain_is_whole(trader: Trader) -> None:
    chain = read(trader, f"option-chain/NIFTY/{WEEKLY}")
    strikes = [row["strike"] for row in chain["strikes"]]
    assert strikes == sorted(strikes)
    assert abs(chain["atm_strike"] - chain["spot"]) < 100
    assert chain["lot_size"] == 65
    assert chain["atm_volatility"] > 0
    interest = chain["open_interest"]
    assert interest["calls"] > 0
    assert interest["put_call_ratio"] > 0
    assert interest["max_pain"] in strikes
    (row,) = [row for row in chain["strikes"] if row["strike"] == chain["atm_strike"]]
    assert chain["straddle_premium"] > 0
    assert 0 < row["call"]["delta"] < 1
    assert -1 < row["put"]["delta"] < 0
    for side in (row["call"], row["put"]):
        assert side["status"] == "OK"
        assert side["implied_volatility"] > 0
        assert min(side["gamma"], side["vega"], -side["theta"]) > 0


def test_strikes_are_narrowed_as_asked(trader: Trader) -> None:
    found = read(trader, "strikes/NIFTY?type=CE&range=OTM")
    assert found["strikes"]
    for each in found["strikes"]:
        assert (each["option_type"], each["moneyness"]) == ("CE", "OTM")
        assert each["strike"] > found["atm_strike"]


def test_volatility_has_its_terms_its_skew_and_the_reason_where_history_is_short(
    trader: Trader,
) -> None:
    found = read(trader, "volatility/NIFTY")
    assert found["atm_volatility"] > 0
    assert [each["expiry"] for each in found["term_structure"]][:1] == [WEEKLY]
    assert found["skew"]["put_strike"] < found["skew"]["call_strike"]
    history = found["history"]
    assert history["iv_rank"] is not None or history["reason"]


def test_the_recorder_keeps_the_minute_and_the_volatility_of_the_day(
    trader: Trader, platform: Platform
) -> None:
    platform.invoke("market-data-fetcher-schedule")
    rows = platform.deployed.cloud.client("dynamodb").scan(
        TableName=f"{PREFIX}-market-data-cache",
        ProjectionExpression="underlying_symbol, data_timestamp",
    )["Items"]
    stamps = {(row["underlying_symbol"]["S"], row["data_timestamp"]["S"]) for row in rows}
    assert len(rows) >= 5
    assert ("NIFTY#VOLATILITY", "2026-08-05") in stamps


# -- calculators


@pytest.mark.parametrize("name", CALCULATORS)
def test_a_calculator_answers(trader: Trader, name: str) -> None:
    answer = calculated(trader, name)
    assert answer.status == 200, answer.text
    assert answer.body["symbol"] == "NIFTY"


def test_a_credit_spread_breaks_even_at_its_strike_and_its_credit(trader: Trader) -> None:
    found = calculated(trader, "breakeven").body
    assert found["breakevens"] == [Decimal("25259.5")]
    assert found["max_profit"] == Decimal("3867.50")
    assert found["max_loss"] == Decimal("9132.50")


# -- calendar


def test_the_market_is_open_and_its_day_is_known(trader: Trader) -> None:
    status = read(trader, "market/status")
    assert (status["status"], status["is_open"]) == ("OPEN", True)
    assert status["session"]["closes_at"] == "2026-08-05T10:10:00Z"
    holidays = read(trader, "market/holidays?year=2026")
    assert "2026-11-24" in {each["day"] for each in holidays["holidays"]}


def test_expiries_are_those_of_the_exchange(trader: Trader) -> None:
    found = {
        symbol: [each["expiry"] for each in read(trader, f"expiry-calendar/{symbol}")["expiries"]]
        for symbol in ("NIFTY", "BANKNIFTY", "SENSEX")
    }
    assert found["NIFTY"][:3] == [WEEKLY, "2026-08-18", MONTHLY]
    assert found["BANKNIFTY"][0] == MONTHLY
    assert found["SENSEX"][0] == "2026-08-06"


# -- what cannot be answered


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("market-data/NIFTTY", "NIFTY"),
        ("option-chain/NIFTY/2026-08-12", WEEKLY),
        ("option-chain/BANKNIFTY/2026-08-11", MONTHLY),
        ("expiry-calendar/DOW", "NIFTY"),
    ],
)
def test_what_does_not_exist_is_answered_with_the_nearest_that_does(
    trader: Trader, path: str, said: str
) -> None:
    answer = get(trader, path)
    assert answer.status in {404, 422}, answer.text
    assert answer.code
    assert said in answer.text


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"spot": -1}, "spot"),
        ({"days_ahead": -1}, "days_ahead"),
        ({"legs": spread()["legs"] * 500}, "legs"),
        ({"symbol": "DOW"}, "symbol"),
    ],
)
@pytest.mark.parametrize("name", ["premium", "greeks", "payoff"])
def test_bad_input_is_named(trader: Trader, name: str, parts: dict[str, Any], field: str) -> None:
    answer = calculated(trader, name, **parts)
    assert answer.status in {400, 413}, answer.text
    assert answer.status == 413 or field in answer.problems


def test_not_a_number_is_no_number(trader: Trader) -> None:
    body = b'{"symbol": "NIFTY", "spot": NaN, "legs": []}'
    answer = ask(trader.api, "POST", "/options/calculator/premium", body)
    assert (answer.status, answer.code) == (400, "INVALID_JSON")
    assert set(answer.problems) == {"spot"}


@pytest.mark.parametrize(
    "path",
    [
        "market-data/NIFTY",
        f"option-chain/NIFTY/{WEEKLY}",
        "strikes/NIFTY",
        "volatility/NIFTY",
        "market/status",
        "market/holidays",
        "expiry-calendar/NIFTY",
    ],
)
def test_nobody_is_told_anything_without_signing_in(platform: Platform, path: str) -> None:
    assert ask(platform.api, "GET", f"/options/{path}").status == 401
