"""A cursor goes on where its own list stopped, and nowhere else."""

import base64
import json

import pytest

from shared_utils.domain.errors import InvalidInput
from shared_utils.storage.pages import checked_limit, from_cursor, query_digest, to_cursor

KEY = {"user_id": {"S": "usr_1"}, "strategy_id": {"S": "stg_1"}}
NAMES = frozenset(KEY)
MINE = query_digest("strategies", None, "usr_1")
HERS = query_digest("strategies", None, "usr_2")


def garbled(**changes: object) -> str:
    content = {"q": MINE, "k": KEY} | changes
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


def test_a_cursor_gives_back_the_key_it_was_made_of():
    assert from_cursor(MINE, to_cursor(MINE, KEY), NAMES) == KEY


def test_a_cursor_of_another_query_is_refused():
    with pytest.raises(InvalidInput) as refused:
        from_cursor(HERS, to_cursor(MINE, KEY), NAMES)

    assert refused.value.details[0].field == "cursor"


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "%%%",
        "bm90IGpzb24=",
        "x" * 5000,
        garbled(k={"user_id": {"S": "usr_1"}}),
        garbled(k=KEY | {"more": {"S": "x"}}),
        garbled(k={"user_id": {"M": "usr_1"}, "strategy_id": {"S": "s"}}),
        garbled(k={"user_id": {"S": ""}, "strategy_id": {"S": "s"}}),
        garbled(k={"user_id": {"S": "usr_1", "N": "1"}, "strategy_id": {"S": "s"}}),
        garbled(extra=1),
    ],
)
def test_a_garbled_cursor_is_refused(cursor):
    with pytest.raises(InvalidInput):
        from_cursor(MINE, cursor, NAMES)


@pytest.mark.parametrize("limit", [0, -1, 101])
def test_a_page_has_a_sane_size(limit):
    with pytest.raises(InvalidInput):
        checked_limit(limit)


def test_a_page_of_a_hundred_is_allowed():
    assert checked_limit(100) == 100
