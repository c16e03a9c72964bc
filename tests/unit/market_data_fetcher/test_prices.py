"""Prices, chains, strikes and volatility through the real handler: true, dated, and honest."""

from datetime import date, datetime, timedelta

import pytest

from lambda_functions.options_platform.market_data_fetcher import on_api, on_schedule
from shared_utils.broker_desk import desk_from
from shared_utils.domain.errors import Unavailable
from shared_utils.domain.instruments import Underlying
from shared_utils.storage.market_cache import MarketCache
from shared_utils.stored_chains import (
    StoredChains,
    VolatilityOfDay,
)
from tests.api_events import TRADER
from tests.unit.market_data_fetcher.conftest import Fetcher

WEEKLY = "2026-12-01"
CHAIN = f"/options/option-chain/NIFTY/{WEEKLY}"
READS = (
    "/options/market-data/NIFTY",
    CHAIN,
    "/options/strikes/NIFTY?type=CE&range=OTM",
    "/options/volatility/NIFTY",
)


def test_an_index_price_says_how_old_it_is(fetcher: Fetcher):
    fetcher.market.late_s = 8
    reply = fetcher.get("/options/market-data/NIFTY")
    assert reply.status == 200
    assert '"price":26010.00' in reply.text
    assert (reply.body["age_s"], reply.body["is_stale"]) == (8.0, True)
    assert reply.body["as_of"] == "2026-11-23T04:14:52Z"


def test_a_symbol_may_be_written_small(fetcher: Fetcher):
    assert fetcher.get("/options/market-data/nifty").body["symbol"] == "NIFTY"


def test_a_chain_tells_volatility_and_greeks_of_every_option(fetcher: Fetcher):
    chain = fetcher.get(CHAIN).body
    assert chain["as_of"] == "2026-11-23T04:15:00Z"
    assert not chain["is_stale"]
    assert len(chain["strikes"]) == 21
    for row in chain["strikes"]:
        for side in (row["call"], row["put"]):
            assert side["status"] == "OK"
            assert side["implied_volatility"] == pytest.approx(13.0, abs=0.2)
    money = next(row for row in chain["strikes"] if row["strike"] == chain["atm_strike"])
    assert money["call"]["delta"] == pytest.approx(0.5, abs=0.05)
    assert money["put"]["delta"] == pytest.approx(-0.5, abs=0.05)
    assert money["call"]["theta"] < 0 < money["call"]["vega"]
    assert chain["atm_volatility"] == pytest.approx(13.0, abs=0.05)
    assert chain["forward_source"] == "QUOTES"
    assert chain["forward"] == pytest.approx(26010, abs=0.5)
    straddle = money["call"]["mid"] + money["put"]["mid"]
    assert chain["straddle_premium"] == pytest.approx(straddle, abs=0.005)


def test_a_chain_tells_open_interest_and_max_pain(fetcher: Fetcher):
    interest = fetcher.get(CHAIN).body["open_interest"]
    assert interest["put_call_ratio"] == interest["put_call_volume_ratio"] == 2.0
    assert (interest["calls"], interest["puts"]) == (21_000, 42_000)
    # Twice as many puts as calls are held: holders lose most two thirds up the ladder.
    assert interest["max_pain"] == 26150


def test_an_option_without_two_sides_has_no_volatility_and_says_so(fetcher: Fetcher):
    fetcher.market.one_sided = {"NIFTY26D0126000CE"}
    rows = fetcher.get(CHAIN).body["strikes"]
    call = next(row["call"] for row in rows if row["strike"] == 26000)
    assert call["bid"] is None
    assert call["status"] == "NO_TWO_SIDED_QUOTE"
    greeks = ("implied_volatility", "delta", "gamma", "theta", "vega", "rho", "mid")
    assert [call[name] for name in greeks] == [None] * len(greeks)


def test_an_expired_chain_is_not_shown_after_its_close(fetcher: Fetcher):
    assert fetcher.get("/options/option-chain/NIFTY/2026-11-23").status == 200
    fetcher.clock.advance(6 * 3600)
    reply = fetcher.get("/options/option-chain/NIFTY/2026-11-23")
    assert (reply.status, reply.error["code"]) == (422, "EXPIRY_NOT_LISTED")


# -- strikes


def test_strikes_out_of_the_money_are_above_for_calls_and_below_for_puts(fetcher: Fetcher):
    calls = fetcher.get("/options/strikes/NIFTY?type=CE&range=OTM").body
    assert calls["expiry"] == "2026-11-23"
    assert calls["atm_strike"] == 26000
    assert [each["strike"] for each in calls["strikes"]] == list(range(26050, 26550, 50))
    puts = fetcher.get(f"/options/strikes/NIFTY?type=PE&range=OTM&expiry={WEEKLY}").body
    assert puts["expiry"] == WEEKLY
    assert {each["strike"] < 26000 for each in puts["strikes"]} == {True}
    at = fetcher.get("/options/strikes/NIFTY?range=ATM").body["strikes"]
    assert [each["option_type"] for each in at] == ["CE", "PE"]
    assert len(fetcher.get("/options/strikes/NIFTY").body["strikes"]) == 42


# -- volatility


def test_volatility_has_a_term_structure_and_a_skew(fetcher: Fetcher):
    found = fetcher.get("/options/volatility/NIFTY").body
    days = [term["expiry"] for term in found["term_structure"]]
    assert days == ["2026-11-23", "2026-12-01", "2026-12-29"]
    for term in found["term_structure"]:
        assert term["atm_volatility"] == pytest.approx(13.0, abs=0.2)
    assert found["thirty_day_volatility"] == pytest.approx(13.0, abs=0.1)
    assert found["skew"]["put_strike"] < 26010 < found["skew"]["call_strike"]
    assert found["skew"]["points"] == pytest.approx(0.0, abs=0.5)


def test_a_rank_is_null_with_a_reason_until_enough_days_are_recorded(fetcher: Fetcher):
    history = fetcher.get("/options/volatility/NIFTY").body["history"]
    assert (history["iv_rank"], history["iv_percentile"]) == (None, None)
    assert history["reason"] == "0 days are recorded; a rank needs 60."


def test_a_rank_is_told_from_recorded_days_of_a_year_only(fetcher: Fetcher):
    stored = StoredChains(cache=fetcher.cache, wall_now=fetcher.wall.now, ttl_s=300)
    today = date(2026, 11, 23)
    for back in range(1, 101):
        level = 0.10 if back % 4 else 0.14
        at = fetcher.clock.now() - timedelta(days=back)
        seen = VolatilityOfDay(day=today - timedelta(days=back), volatility=level, at=at)
        stored.record_volatility(Underlying.NIFTY, seen)
    old = VolatilityOfDay(day=date(2025, 1, 1), volatility=9.0, at=fetcher.clock.now())
    stored.record_volatility(Underlying.NIFTY, old)
    history = fetcher.get("/options/volatility/NIFTY").body["history"]
    assert history["days_recorded"] == 100
    assert history["iv_rank"] == pytest.approx(75.0, abs=3)
    assert history["iv_percentile"] == 75.0
    assert (history["lowest"], history["highest"], history["reason"]) == (10.0, 14.0, None)


def test_an_expiry_that_the_broker_does_not_list_is_a_gap_with_a_reason(fetcher: Fetcher):
    fetcher.market.unlisted = {date(2026, 12, 1)}
    terms = fetcher.get("/options/volatility/NIFTY").body["term_structure"]
    assert terms[1]["atm_volatility"] is None
    assert "lists no NIFTY expiry on 2026-12-01" in terms[1]["reason"]
    assert terms[0]["atm_volatility"] is not None


# -- the cache


def test_a_fresh_look_is_shared_and_an_old_one_is_not(fetcher: Fetcher):
    fetcher.get(CHAIN)
    fetcher.clock.advance(4)
    again = fetcher.get(CHAIN)
    assert fetcher.market.calls == [f"NIFTY {WEEKLY}"]
    assert again.body["age_s"] == 4.0
    fetcher.clock.advance(2)
    assert fetcher.get(CHAIN).body["age_s"] == 0.0
    assert fetcher.market.calls == [f"NIFTY {WEEKLY}"] * 2


def test_an_expired_item_that_is_still_there_is_not_read(fetcher: Fetcher):
    fetcher.get("/options/market-data/NIFTY")
    fetcher.wall.advance(301)
    fetcher.get("/options/market-data/NIFTY")
    assert fetcher.market.calls == ["NIFTY", "NIFTY"]


def test_quotes_are_read_for_the_caller(fetcher: Fetcher):
    fetcher.get("/options/market-data/NIFTY", caller=TRADER)
    assert fetcher.desk.asked_for == [TRADER.user_id]


def test_an_answer_stands_though_it_could_not_be_stored(
    fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: object, **__: object) -> None:
        raise Unavailable("The table is busy.")

    monkeypatch.setattr(MarketCache, "put", full)
    assert fetcher.get(CHAIN).status == 200


@pytest.mark.parametrize("path", READS)
def test_without_a_feed_nothing_is_told(fetcher: Fetcher, path: str):
    fetcher.desk.connected = False
    reply = fetcher.get(path)
    assert (reply.status, reply.error["code"]) == (503, "NO_MARKET_DATA_FEED")
    assert reply.error["message"].count(".") == 1


@pytest.mark.parametrize("path", READS)
def test_a_dark_index_is_unavailable(fetcher: Fetcher, path: str):
    fetcher.market.dark = {Underlying.NIFTY}
    reply = fetcher.get(path)
    assert (reply.status, reply.error["code"]) == (503, "MARKET_DATA_UNAVAILABLE")


@pytest.mark.parametrize("path", READS)
def test_prices_are_for_the_signed_in(fetcher: Fetcher, path: str):
    assert fetcher.get(path, caller=None).status == 401


# -- bad input


@pytest.mark.parametrize(
    "path",
    [
        "/options/market-data/RELIANCE",
        "/options/option-chain/RELIANCE/2026-12-01",
        "/options/strikes/RELIANCE",
        "/options/volatility/RELIANCE",
        "/options/expiry-calendar/RELIANCE",
    ],
)
def test_an_unknown_symbol_names_those_that_exist(fetcher: Fetcher, path: str):
    reply = fetcher.get(path)
    assert (reply.status, reply.error["code"], reply.fields) == (404, "SYMBOL_UNKNOWN", ["symbol"])
    assert "NIFTY, BANKNIFTY, FINNIFTY, MIDCPNIFTY, SENSEX" in reply.error["message"]


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("2026-12-02", "2026-12-01 and 2026-12-08"),
        ("2020-01-01", "2026-11-23 and 2026-12-01"),
        ("2031-01-01", "2026-12"),
    ],
)
def test_an_unknown_expiry_names_the_nearest(fetcher: Fetcher, asked: str, near: str):
    paths = (f"/options/option-chain/NIFTY/{asked}", f"/options/strikes/NIFTY?expiry={asked}")
    for path in paths:
        reply = fetcher.get(path)
        assert (reply.status, reply.error["code"]) == (422, "EXPIRY_NOT_LISTED")
        assert reply.fields == ["expiry"]
        assert near in reply.error["message"]


@pytest.mark.parametrize("asked", ["tomorrow", "2026-13-01", "20261201", "2026-12-01T00"])
def test_an_expiry_that_is_no_date_is_bad_input(fetcher: Fetcher, asked: str):
    reply = fetcher.get(f"/options/option-chain/NIFTY/{asked}")
    assert (reply.status, reply.fields) == (400, ["expiry"])


@pytest.mark.parametrize(
    ("query", "field"),
    [("type=XX", "type"), ("range=FAR", "range"), ("expiry=soon", "expiry"), ("n=1", "n")],
)
def test_a_bad_filter_is_named(fetcher: Fetcher, query: str, field: str):
    reply = fetcher.get(f"/options/strikes/NIFTY?{query}")
    assert (reply.status, reply.fields) == (400, [field])


def test_a_clock_turned_back_makes_no_look_fresh(fetcher: Fetcher):
    fetcher.get(CHAIN)
    fetcher.clock.turn(datetime.fromisoformat("2026-11-23T04:14:00+00:00"))
    fetcher.get(CHAIN)
    assert len(fetcher.market.calls) == 2


def test_the_real_desk_knows_no_feed_until_one_is_set(
    fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TOKEN_KEY_ID", "alias/tokens")
    endpoints = '{"zerodha": {"api": "https://kite.test", "login": "https://kite.test/login"}}'
    monkeypatch.setenv("BROKER_ENDPOINTS", endpoints)
    monkeypatch.setenv("SIMULATED_MARKET_URL", "")
    for entry in (on_api, on_schedule):
        monkeypatch.setattr(entry, "desk_from", desk_from)
    reply = fetcher.get("/options/market-data/NIFTY")
    assert (reply.status, reply.error["code"]) == (503, "NO_MARKET_DATA_FEED")
    assert fetcher.tick()["recorded"] == 0


def test_where_the_calendar_ends_no_expiry_is_made_up(fetcher: Fetcher):
    fetcher.clock.turn(datetime.fromisoformat("2026-12-31T05:00:00+00:00"))
    assert fetcher.get("/options/expiry-calendar/NIFTY").body["expiries"] == []
    reply = fetcher.get("/options/option-chain/NIFTY/2027-01-05")
    assert (reply.status, reply.error["code"]) == (422, "EXPIRY_NOT_LISTED")
    assert "none from today on is known yet" in reply.error["message"]
    for path in ("/options/strikes/NIFTY", "/options/volatility/NIFTY"):
        assert fetcher.get(path).status == 503
    assert fetcher.get("/options/expiry-calendar/SENSEX").status == 200
    assert fetcher.tick()["missed"] == 0
