"""A chain that fits one cache item and loses nothing."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from shared_utils.domain.instruments import ChainRow, OptionChain, Underlying
from shared_utils.market_data.chains import CompactChain, compact, expand
from shared_utils.storage.documents import decode, encode
from tests.factories import NOW
from tests.unit.market_data.markets import EXPIRY, a_quote, contracts

ITEM_LIMIT = 400 * 1024


def a_chain(first: int = 25000, last: int = 27000) -> OptionChain:
    rows = tuple(
        ChainRow(
            contract=each,
            quote=a_quote(each.symbol, NOW - timedelta(milliseconds=250 * number), "123.45"),
        )
        for number, each in enumerate(contracts(first, last))
    )
    return OptionChain(
        underlying=Underlying.NIFTY,
        expiry=EXPIRY,
        spot=Decimal("26012.35"),
        spot_at=NOW - timedelta(seconds=1),
        rows=rows,
        at=NOW,
    )


def test_a_chain_comes_back_as_it_was():
    chain = a_chain()

    assert expand(decode(CompactChain, encode(compact(chain)))) == chain


def test_a_side_with_nobody_on_it_stays_nobody():
    chain = a_chain(26000, 26000)
    empty = replace(chain.rows[0].quote, bid=None, bid_quantity=0, last_price=None)
    chain = replace(chain, rows=(replace(chain.rows[0], quote=empty),))

    assert expand(compact(chain)).rows[0].quote == empty


def test_the_widest_chain_stays_far_below_an_items_limit():
    widest = a_chain(20000, 32500)

    assert len(widest.rows) == 502
    assert len(encode(compact(widest)).encode()) < ITEM_LIMIT / 4


def test_a_part_of_a_paisa_is_refused_rather_than_rounded():
    with pytest.raises(ValueError, match="paisa"):
        compact(replace(a_chain(), spot=Decimal("26012.355")))
