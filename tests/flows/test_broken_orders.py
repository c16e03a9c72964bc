"""What goes wrong at a broker, for real: an answer that never comes, a hedge that is refused."""

from typing import Any

import pytest

from tests.flows.order_records import orders_of
from tests.platforms import Platform, Trader

pytestmark = pytest.mark.emulator


def ready(platform: Platform, name: str) -> tuple[Trader, str]:
    """A trader with a condor on his Zerodha account alone."""
    trader = platform.trader(name)
    trader.open_accounts()
    return trader, trader.configured(both_accounts=False)


def tags_at_broker(trader: Trader) -> list[str]:
    return [row["tag"] for row in trader.platform.market.books_of(trader.zerodha).orders()]


def notes(order: dict[str, Any]) -> list[str]:
    return [step["note"] for step in order["history"]]


def test_an_order_whose_answer_is_lost_is_found_by_its_tag_and_not_sent_again(
    platform: Platform,
) -> None:
    trader, strategy_id = ready(platform, "lost")
    fault = platform.market.switch_on("timeout_after_accept", account=trader.zerodha, count=1)
    execution = trader.enter_calmly(strategy_id)

    assert platform.market.times_left(fault) == 0
    assert execution["status"] == "COMPLETED", execution
    orders = orders_of(trader, execution)
    assert {order["status"] for order in orders} == {"FILLED"}
    lost = [order for order in orders if "UNKNOWN" in {s["status"] for s in order["history"]}]
    assert len(lost) == 1
    assert lost[0]["broker_order_id"]
    tags = tags_at_broker(trader)
    assert len(tags) == len(set(tags)) == len(orders) == 4


def test_a_refused_hedge_stops_the_shorts_and_its_sister_is_sold_again(platform: Platform) -> None:
    trader, strategy_id = ready(platform, "refused")
    platform.market.switch_on(
        "reject", account=trader.zerodha, side="BUY", count=1, reason="Not enough margin, it said."
    )
    execution = trader.enter_calmly(strategy_id)

    assert execution["status"] == "FAILED"
    (account,) = execution["accounts"]
    assert account["outcome"] == "UNWOUND"
    assert "was not filled" in account["sentence"]
    orders = orders_of(trader, execution)
    shorts = [order for order in orders if order["purpose"] == "ENTRY"]
    assert [order["status"] for order in shorts] == ["DENIED", "DENIED"]
    assert all(order["broker_order_id"] is None for order in shorts)
    assert sorted(order["status"] for order in orders if order["purpose"] == "HEDGE") == [
        "FILLED",
        "REJECTED",
    ]
    assert [order["status"] for order in orders if order["purpose"] == "UNWIND"] == ["FILLED"]
    book = platform.market.books_of(trader.zerodha)
    assert all(row["quantity"] == 0 for row in book.positions()["net"])
    sold = [row for row in book.orders() if row["transaction_type"] == "SELL"]
    assert len(sold) == 1


def test_the_brokers_own_words_are_told(platform: Platform) -> None:
    trader, strategy_id = ready(platform, "told")
    platform.market.switch_on(
        "refuse", account=trader.zerodha, side="BUY", count=2, reason="The account is blocked."
    )
    execution = trader.enter_calmly(strategy_id)

    assert execution["status"] == "FAILED"
    refused = [order for order in execution["orders"] if order["status"] == "REJECTED"]
    assert len(refused) == 2
    assert all("The account is blocked." in order["reason"] for order in refused)
    assert tags_at_broker(trader) == []
