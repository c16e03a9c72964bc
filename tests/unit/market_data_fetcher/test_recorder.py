"""Each minute of a session: near chains into the cache, and onto the day's recording."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shared_utils.domain.instruments import Underlying
from shared_utils.market_data.chains import CompactChain, expand
from shared_utils.stored_chains import (
    RECORDED_WIDTH,
    StoredChains,
)
from tests.fake_dynamo.tables import table_name
from tests.unit.market_data_fetcher.conftest import Fetcher

NEAR = 3 + 2 + 2 + 2 + 3
RECORDING = "NIFTY#RECORDING#2026-11-23"


def items(fetcher: Fetcher, partition: str) -> list[Any]:
    reply = fetcher.dynamo.query(
        TableName=table_name("market-data-cache"),
        KeyConditionExpression="#p = :p",
        ExpressionAttributeNames={"#p": "underlying_symbol"},
        ExpressionAttributeValues={":p": {"S": partition}},
    )
    return list(reply["Items"])


def stamps(fetcher: Fetcher, partition: str) -> list[str]:
    return [item["data_timestamp"]["S"] for item in items(fetcher, partition)]


def test_a_tick_looks_at_the_near_chains_of_every_index(fetcher: Fetcher):
    assert fetcher.tick() == {"recorded": NEAR, "missed": 0}
    assert fetcher.desk.asked_for == [None]
    assert stamps(fetcher, "NIFTY") == [
        "CHAIN#2026-11-23",
        "CHAIN#2026-12-01",
        "CHAIN#2026-12-29",
        "SPOT",
    ]
    reply = fetcher.get("/options/option-chain/SENSEX/2026-11-26")
    assert reply.status == 200
    assert len(fetcher.market.calls) == NEAR


def test_each_minute_is_kept_and_a_second_tick_of_it_writes_over_it(fetcher: Fetcher):
    for seconds in (0, 20, 60):
        fetcher.clock.turn(datetime(2026, 11, 23, 4, 15, seconds % 60, tzinfo=UTC))
        if seconds == 60:
            fetcher.clock.turn(datetime(2026, 11, 23, 4, 16, tzinfo=UTC))
        fetcher.tick()
    assert stamps(fetcher, RECORDING) == [
        f"2026-11-23T04:{minute}Z#{expiry}"
        for minute in (15, 16)
        for expiry in ("2026-11-23", "2026-12-01", "2026-12-29")
    ]


def test_a_recording_outlives_the_year_and_can_be_read_back(fetcher: Fetcher):
    fetcher.market.strikes_each_side = 60
    fetcher.tick()
    first = items(fetcher, RECORDING)[0]
    kept_for = int(first["ttl"]["N"]) - fetcher.wall.now().timestamp()
    assert kept_for == timedelta(days=400).total_seconds()
    (chain,) = [
        fetcher.cache.get(CompactChain, RECORDING, stamp, wall_now=fetcher.wall.now())
        for stamp in stamps(fetcher, RECORDING)[:1]
    ]
    assert chain is not None
    strikes = {row.contract.strike for row in expand(chain).rows}
    assert len(strikes) == RECORDED_WIDTH
    assert min(strikes) < 26010 < max(strikes)


def test_no_item_comes_near_what_dynamodb_allows(fetcher: Fetcher):
    fetcher.market.strikes_each_side = 120
    fetcher.tick()
    rows = fetcher.dynamo.rows(table_name("market-data-cache"))
    largest = max(len(str(row)) for row in rows)
    assert largest < 100_000


def test_what_somebody_asked_for_just_now_is_recorded_not_asked_again(fetcher: Fetcher):
    fetcher.get("/options/option-chain/NIFTY/2026-12-01")
    fetcher.clock.advance(10)
    assert fetcher.tick()["recorded"] == NEAR
    assert fetcher.market.calls.count("NIFTY 2026-12-01") == 1
    assert "2026-11-23T04:15Z#2026-12-01" in stamps(fetcher, RECORDING)


def test_a_dark_index_does_not_stop_the_others(fetcher: Fetcher):
    fetcher.market.dark = {Underlying.NIFTY, Underlying.FINNIFTY}
    assert fetcher.tick() == {"recorded": NEAR - 5, "missed": 5}
    assert stamps(fetcher, RECORDING) == []
    assert stamps(fetcher, "SENSEX#RECORDING#2026-11-23") != []


def test_without_any_feed_a_tick_ends_quietly(fetcher: Fetcher):
    fetcher.desk.connected = False
    assert fetcher.tick() == {"recorded": 0, "missed": NEAR}


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 11, 23, 3, 44, tzinfo=UTC),
        datetime(2026, 11, 23, 10, 10, tzinfo=UTC),
        datetime(2026, 11, 24, 5, tzinfo=UTC),
        datetime(2031, 1, 6, 5, tzinfo=UTC),
    ],
)
def test_out_of_session_nothing_is_asked(fetcher: Fetcher, at: datetime):
    fetcher.clock.turn(at)
    assert fetcher.tick() == {"recorded": 0, "missed": 0}
    assert fetcher.desk.asked_for == []


def test_the_days_volatility_is_recorded_once_a_day(fetcher: Fetcher):
    fetcher.tick()
    fetcher.clock.advance(60)
    fetcher.tick()
    stored = StoredChains(cache=fetcher.cache, wall_now=fetcher.wall.now, ttl_s=300)
    (seen,) = stored.volatilities(Underlying.NIFTY)
    assert (seen.day, seen.at) == (date(2026, 11, 23), fetcher.clock.now())
    assert seen.volatility == pytest.approx(0.13, abs=0.001)
