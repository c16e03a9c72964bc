"""Positions and P&L over REST: valued by a fresh quote, and unknown without one."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared_utils.domain.executions import ExecutionStatus
from shared_utils.domain.instruments import Side
from shared_utils.domain.orders import OrderFlag, OrderState
from tests.factories import NOW, a_contract, an_order
from tests.unit.execution_api.conftest import (
    STRATEGY,
    Engine,
    execution_of,
    position_of,
    strategy_of,
)

OTHERS = "stg_000000000000000000000OTHER"
LIVE = "/execution/positions/live"
SOLD, BOUGHT = a_contract(26050).symbol, a_contract(26100).symbol


def items(reply: Any) -> Any:
    assert reply.status == 200, reply.text
    return reply.body["items"]


def closed_position(leg: int = 3, **changes: Any) -> Any:
    values = {"net_quantity": 0, "realised_pnl": Decimal("-500.00"), **changes}
    return replace(position_of(leg), **values)


@pytest.fixture
def book(engine: Engine) -> Engine:
    """A sold call, a bought one, and a third that was closed today with a loss of 500."""
    engine.put(strategy_of(), position_of(1), position_of(2, Side.BUY), closed_position())
    return engine


def test_positions_are_shown_as_they_were_written(book: Engine):
    reply = book.get("/execution/positions")
    assert len(items(reply)) == 2
    assert '"average_price":100.00' in reply.text
    assert '"charges":10.10' in reply.text
    sold = items(reply)[0]
    assert (sold["net_quantity"], sold["status"], sold["mark_price"]) == (-65, "OPEN", 100.0)
    assert sold["marked_at"] == "2026-11-25T04:15:00Z"
    assert (sold["unrealised_pnl"], sold["net_pnl"]) == (0.0, -10.1)
    assert not {"user_id", "applied_fills", "position_key"} & set(sold)
    assert book.market.asked == []


def test_closed_positions_are_listed_if_asked_for(book: Engine):
    every = items(book.get("/execution/positions?status=ALL"))
    assert [each["status"] for each in every] == ["OPEN", "OPEN", "CLOSED"]
    refused = book.get("/execution/positions?status=CLOSED")
    assert (refused.status, refused.fields) == (400, ["status"])


def test_positions_page(book: Engine):
    first = book.get("/execution/positions?limit=1&status=ALL").body
    rest = book.get(f"/execution/positions?status=ALL&cursor={first['cursor']}").body
    assert len(first["items"]) == 1
    assert len(rest["items"]) == 2
    assert rest["cursor"] is None
    crossed = book.get(f"/execution/positions?cursor={first['cursor']}")
    assert (crossed.status, crossed.fields) == (400, ["cursor"])


def test_live_positions_are_valued_by_fresh_quotes(book: Engine):
    book.market.show(SOLD, "90.00")
    book.market.show(BOUGHT, "80.50", age_s=4)
    reply = book.get(LIVE)
    sold, bought = items(reply)
    assert (sold["mark_price"], sold["unrealised_pnl"], sold["net_pnl"]) == (90.0, 650.0, 639.9)
    assert (bought["unrealised_pnl"], bought["net_pnl"]) == (-1267.5, -1277.6)
    assert bought["marked_at"] == "2026-11-25T04:14:56Z"
    assert sold["mark_problem"] is None
    assert book.market.asked == [("user-1", [SOLD, BOUGHT])]


@pytest.mark.parametrize(
    ("show", "code"),
    [
        (None, "NOT_QUOTED"),
        ((None, 0), "NEVER_TRADED"),
        (("90.00", 5.5), "QUOTE_STALE"),
        (("90.00", -6), "QUOTE_STALE"),
    ],
)
def test_without_a_fresh_quote_the_value_is_unknown_and_says_why(
    book: Engine, show: Any, code: str
):
    if show is not None:
        book.market.show(SOLD, *show)
    book.market.show(BOUGHT, "80.50")
    sold, bought = items(book.get(LIVE))
    assert sold["mark_problem"]["code"] == code
    assert SOLD in sold["mark_problem"]["sentence"]
    unknown = ("mark_price", "marked_at", "unrealised_pnl", "net_pnl")
    assert [sold[name] for name in unknown] == [None] * 4
    assert sold["realised_pnl"] == 0.0
    assert bought["net_pnl"] is not None


def test_without_anyone_to_ask_every_value_is_unknown(book: Engine):
    book.market.problem = "No connected account shows quotes."
    for each in items(book.get(LIVE)):
        assert each["net_pnl"] is None
        assert each["mark_problem"] == {
            "code": "NO_QUOTE_SOURCE",
            "sentence": "No connected account shows quotes.",
        }


def test_after_the_close_the_sessions_last_price_stands(book: Engine):
    book.market.show(SOLD, "90.00")
    book.market.show(BOUGHT, "80.50", age_s=3600)
    book.clock.advance(10 * 3600)
    sold, bought = items(book.get(LIVE))
    assert sold["net_pnl"] == 639.9
    # From before the session opened: no price of this day.
    assert bought["mark_problem"]["code"] == "QUOTE_STALE"


def test_before_the_open_the_last_sessions_price_stands(book: Engine):
    book.market.show(SOLD, "90.00")
    book.market.show(BOUGHT, "80.50")
    book.clock.advance(22 * 3600)
    assert [each["mark_problem"] for each in items(book.get(LIVE))] == [None, None]


def test_in_a_year_that_is_not_loaded_only_a_fresh_quote_counts(book: Engine):
    book.market.show(SOLD, "90.00")
    book.clock.turn(NOW.replace(year=2032))
    assert items(book.get(LIVE))[0]["mark_problem"]["code"] == "QUOTE_STALE"


def test_a_position_and_a_strategys_positions_share_one_path(book: Engine):
    book.market.show(SOLD, "90.00")
    book.market.show(BOUGHT, "80.50")
    book.put(position_of(1, strategy_id=OTHERS))
    of_strategy = book.get(f"/execution/positions/{STRATEGY}")
    assert of_strategy.body["strategy_id"] == STRATEGY
    assert [each["status"] for each in items(of_strategy)] == ["OPEN", "OPEN", "CLOSED"]
    one = items(of_strategy)[0]
    assert book.get(f"/execution/positions/{one['position_id']}").body == one


def test_an_id_of_another_kind_says_what_is_meant(book: Engine):
    for path in ("bsk_01ARZ3NDEKTSV4RRFFQ69G5FAV", "garbage", "stg_short"):
        reply = book.get(f"/execution/positions/{path}")
        assert reply.status == 404
        assert "look like" in reply.error["message"]


def test_a_strategy_that_holds_nothing_has_an_empty_book(engine: Engine):
    engine.put(strategy_of())
    assert items(engine.get(f"/execution/positions/{STRATEGY}")) == []
    pnl = engine.get(f"/execution/pnl/{STRATEGY}")
    assert '"net":0.00' in pnl.text
    assert engine.market.asked == []


def test_profit_and_loss_is_gross_and_net(book: Engine):
    book.market.show(SOLD, "90.00")
    book.market.show(BOUGHT, "80.50")
    old = closed_position(4, realised_pnl=Decimal(2000), updated_at=NOW - timedelta(days=3))
    book.put(old, position_of(1, strategy_id=OTHERS))
    reply = book.get("/execution/pnl")
    assert reply.status == 200, reply.text
    assert '"at":"2026-11-25T04:15:00Z"' in reply.text
    mine = next(each for each in reply.body["strategies"] if each["strategy_id"] == STRATEGY)
    assert mine["current"] == {
        "realised": -500.0,
        "unrealised": -617.5,
        "gross": -1117.5,
        "charges": 30.3,
        "net": -1147.8,
    }
    assert mine["total"]["net"] == pytest.approx(842.1)
    assert reply.body["current"]["net"] == pytest.approx(-1147.8 + 639.9)
    assert reply.body["problems"] == []
    alone = book.get(f"/execution/pnl/{STRATEGY}").body
    assert {name: alone[name] for name in mine} == mine


def test_an_unknown_part_makes_its_sums_unknown(book: Engine):
    book.market.show(SOLD, "90.00")
    body = book.get(f"/execution/pnl/{STRATEGY}").body
    current = body["current"]
    assert (current["realised"], current["charges"]) == (-500.0, 30.3)
    assert [current[name] for name in ("unrealised", "gross", "net")] == [None] * 3
    assert [each["code"] for each in body["problems"]] == ["NOT_QUOTED"]


def test_unknown_charges_leave_gross_known_and_net_unknown(engine: Engine):
    engine.put(position_of(1, charges_known=False))
    engine.market.show(SOLD, "90.00")
    body = engine.get("/execution/pnl").body
    assert (body["current"]["gross"], body["current"]["charges"]) == (650.0, None)
    assert body["current"]["net"] is None
    assert items(engine.get(LIVE))[0]["charges"] is None


def test_the_dashboard_counts_the_day(book: Engine):
    book.market.show(SOLD, "90.00")
    book.market.show(BOUGHT, "80.50")
    for number, status in enumerate(ExecutionStatus):
        stamp = f"2026-11-25-04-15-0{number}"
        book.put(execution_of(execution_id=f"e{number}", execution_timestamp=stamp, status=status))
    yesterday = NOW - timedelta(days=1)
    book.put(
        execution_of(
            execution_id="old", execution_timestamp="2026-11-24-04-15-00", scheduled_for=yesterday
        ),
        an_order(leg=1, state=OrderState.OPEN),
        an_order(leg=2, state=OrderState.UNKNOWN, flags=(OrderFlag.NEEDS_ATTENTION,)),
        an_order(leg=3, state=OrderState.NOT_PLACED, flags=(OrderFlag.NEEDS_ATTENTION,)),
        an_order(
            leg=4,
            state=OrderState.NOT_PLACED,
            flags=(OrderFlag.NEEDS_ATTENTION,),
            planned_at=yesterday,
        ),
        an_order(leg=5, state=OrderState.FILLED),
    )
    reply = book.get("/execution/dashboard")
    assert reply.status == 200, reply.text
    body = reply.body
    assert body["executions_today"] == dict.fromkeys(
        ("pending", "running", "completed", "failed", "cancelled"), 1
    )
    counts = ("open_positions", "live_orders", "orders_needing_attention")
    assert [body[name] for name in counts] == [2, 2, 2]
    assert body["todays_pnl"]["net"] == -1147.8
    assert body["pnl_problem"] is None


def test_the_dashboard_says_what_it_does_not_know(book: Engine):
    body = book.get("/execution/dashboard").body
    assert body["todays_pnl"]["net"] is None
    assert SOLD in body["pnl_problem"]
    book.put(position_of(5, opened_at=NOW - timedelta(days=1)))
    body = book.get("/execution/dashboard").body
    assert body["todays_pnl"] is None
    assert "1 positions were opened before today" in body["pnl_problem"]


def test_an_empty_dashboard_is_zero_not_unknown(engine: Engine):
    body = engine.get("/execution/dashboard").body
    assert body["todays_pnl"]["net"] == 0.0
    assert body["open_positions"] == 0
