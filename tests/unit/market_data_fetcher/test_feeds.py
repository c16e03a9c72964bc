"""The platform's feeds are an administrator's to choose, among accounts of her own."""

from typing import Any

import pytest

from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.storage.market_cache import FeedAccount
from tests.api_events import ADMIN, OTHER, TRADER, Caller, Reply
from tests.unit.market_data_fetcher.conftest import Fetcher

PATH = "/options/market-data/feeds"


def put(fetcher: Fetcher, *client_ids: str, caller: Caller | None = ADMIN) -> Reply:
    feeds = [{"client_id": each} for each in client_ids]
    return fetcher.call("PUT", PATH, {"feeds": feeds}, caller=caller)


def test_an_administrator_sets_and_replaces_the_feeds(fetcher: Fetcher):
    fetcher.add_account("ZR1")
    fetcher.add_account("ZR2")
    assert fetcher.get(PATH, caller=ADMIN).body == {"feeds": []}
    reply = put(fetcher, "ZR2", "ZR1")
    assert reply.status == 200
    assert reply.body["feeds"][0] == {
        "priority": 1,
        "user_id": ADMIN.user_id,
        "client_id": "ZR2",
        "broker_name": "zerodha",
        "shows_quotes": True,
    }
    assert put(fetcher, "ZR1").status == 200
    assert fetcher.cache.feeds() == (FeedAccount(1, ADMIN.user_id, "ZR1"),)
    assert put(fetcher).body == fetcher.get(PATH, caller=ADMIN).body == {"feeds": []}


def test_a_feed_whose_session_is_over_shows_no_quotes(fetcher: Fetcher):
    fetcher.add_account("ZR1")
    put(fetcher, "ZR1")
    fetcher.clock.advance(24 * 3600)
    assert [each["shows_quotes"] for each in fetcher.get(PATH, caller=ADMIN).body["feeds"]] == [
        False
    ]


@pytest.mark.parametrize("caller", [TRADER, OTHER])
def test_a_trader_may_neither_see_nor_set_them(fetcher: Fetcher, caller: Caller):
    fetcher.add_account("ZR1", caller.user_id)
    for reply in (fetcher.get(PATH, caller=caller), put(fetcher, "ZR1", caller=caller)):
        assert (reply.status, reply.error["code"]) == (403, "FORBIDDEN")
    assert fetcher.cache.feeds() == ()


def test_a_stranger_is_not_let_in(fetcher: Fetcher):
    assert fetcher.get(PATH, caller=None).status == 401
    assert put(fetcher, "ZR1", caller=None).status == 401


def test_another_users_account_is_as_unknown_as_a_missing_one(fetcher: Fetcher):
    fetcher.add_account("ZR1", TRADER.user_id)
    theirs, missing = put(fetcher, "ZR1"), put(fetcher, "NONE")
    assert theirs.status == missing.status == 422
    assert theirs.error["details"] == missing.error["details"]
    assert theirs.fields == ["feeds[0].client_id"]
    assert fetcher.cache.feeds() == ()


def test_every_account_that_cannot_show_quotes_is_named(fetcher: Fetcher):
    fetcher.add_account("ZR1")
    fetcher.add_account("PAPER1", broker=BrokerName.PAPER)
    fetcher.add_account("ANGEL1", broker=BrokerName.ANGEL_ONE)
    reply = put(fetcher, "ZR1", "PAPER1", "ANGEL1", "ZR1")
    assert (reply.status, reply.error["code"]) == (422, "FEED_UNUSABLE")
    assert reply.fields == [f"feeds[{index}].client_id" for index in (1, 2, 3)]
    assert fetcher.cache.feeds() == ()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "feeds"),
        ({"feeds": [{}]}, "feeds[0].client_id"),
        ({"feeds": [{"client_id": "../x"}]}, "feeds[0].client_id"),
        ({"feeds": [{"client_id": "A", "user_id": "user-1"}]}, "feeds[0].user_id"),
        ({"feeds": [{"client_id": f"Z{n}"} for n in range(11)]}, "feeds"),
    ],
)
def test_a_bad_list_is_named(fetcher: Fetcher, body: Any, field: str):
    reply = fetcher.call("PUT", PATH, body, caller=ADMIN)
    assert (reply.status, reply.fields) == (400, [field])
