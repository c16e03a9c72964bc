"""What the simulated exchange does with orders, without any HTTP."""

from collections.abc import Callable
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared_utils.indian_market_utils.sessions import at_ist
from simulator.orders import Change, SimulatedOrder
from simulator.refusals import InputRefused, NotFound, OrderRefused, TooManyRequests
from tests.unit.simulator.worlds import DAY, TurnedWorld


def words(order: SimulatedOrder) -> list[str]:
    """The order's history without repetitions."""
    told: list[str] = []
    for step in order.steps:
        if not told or told[-1] != step.status:
            told.append(step.status)
    return told


def too_big(turned: TurnedWorld, **changes) -> SimulatedOrder:
    """More than stands at the best price, far from the money."""
    option = turned.option(away=14)
    return turned.place(option, quantity=1755, price=turned.ask(option), **changes)


def test_a_marketable_order_goes_through_every_station_and_fills(turned: TurnedWorld):
    order = turned.place(turned.option())
    assert order.status == "PUT ORDER REQ RECEIVED"
    turned.after(1)
    assert words(order) == [
        "PUT ORDER REQ RECEIVED",
        "VALIDATION PENDING",
        "OPEN PENDING",
        "OPEN",
        "COMPLETE",
    ]
    assert order.filled_quantity == 65
    [trade] = turned.exchange.trades("AB0001")
    assert (trade.quantity, trade.order_id) == (65, order.order_id)


def test_a_fill_is_never_worse_than_the_limit_and_never_better_than_the_book(turned: TurnedWorld):
    option = turned.option()
    for side in ("BUY", "SELL"):
        order = turned.place(option, side)
        turned.after(0.2)
        if side == "BUY":
            assert turned.ask(option) - 1 <= order.average_price <= order.price
        else:
            assert order.price <= order.average_price <= turned.bid(option) + 1


def test_a_big_order_eats_the_displayed_book_and_waits_for_more(turned: TurnedWorld):
    order = too_big(turned)
    turned.after(0.2)
    assert order.filled_quantity > 0
    assert order.status == "OPEN"
    assert order.pending_quantity == 1755 - order.filled_quantity
    turned.after(4000)
    assert order.status == "COMPLETE"
    trades = turned.exchange.trades("AB0001")
    assert sum(trade.quantity for trade in trades) == 1755
    assert len({trade.trade_id for trade in trades}) == len(trades) > 1


def test_two_orders_of_one_second_do_not_take_the_same_quantity_twice():
    alone, together = TurnedWorld(), TurnedWorld()
    one = too_big(alone)
    two = [too_big(together), too_big(together)]
    alone.after(0.2)
    together.after(0.2)
    assert sum(order.filled_quantity for order in two) == one.filled_quantity > 0


def test_a_resting_order_fills_when_the_market_comes_to_it(turned: TurnedWorld):
    option = turned.option(away=2)
    order = turned.place(option, price=turned.bid(option))
    turned.after(0.3)
    assert order.status == "OPEN"
    turned.until(at_ist(DAY, time(15, 39)))
    assert order.status == "COMPLETE"
    assert order.average_price <= order.price


def test_an_unfilled_day_order_ends_with_the_session():
    turned = TurnedWorld(at_ist(DAY, time(15, 35)))
    option = turned.option(away=4)
    order = turned.place(option, price=turned.too_low(option))
    turned.until(at_ist(DAY, time(15, 41)))
    assert order.status == "CANCELLED"
    assert (order.filled_quantity, order.cancelled_quantity) == (0, 65)
    assert turned.exchange.book("AB0001") == [order]
    turned.until(at_ist(DAY + timedelta(days=1), time(9)))
    assert turned.exchange.book("AB0001") == []


def test_an_ioc_order_takes_what_is_there_and_cancels_the_rest(turned: TurnedWorld):
    order = too_big(turned, validity="IOC")
    turned.after(0.2)
    assert order.status == "CANCELLED"
    assert order.filled_quantity + order.cancelled_quantity == 1755
    assert 0 < order.filled_quantity < 1755


def test_a_ttl_order_lives_its_minutes(turned: TurnedWorld):
    option = turned.option(away=4)
    price = turned.too_low(option)
    order = turned.place(option, price=price, validity="TTL", validity_ttl=2)
    turned.after(119)
    assert order.status == "OPEN"
    turned.after(2)
    assert order.status == "CANCELLED"


def stop(turned: TurnedWorld, *, above: Decimal) -> SimulatedOrder:
    option = turned.option()
    trigger = (turned.quote(option).last_price + above).quantize(Decimal("0.1"))
    return turned.place(option, order_type="SL", trigger_price=trigger, price=trigger + 5)


@pytest.mark.parametrize("side", ["BUY", "SELL"])
@pytest.mark.parametrize("protection", [-1, 2])
def test_a_protected_market_order_becomes_a_limit_order(turned: TurnedWorld, side, protection):
    option = turned.option()
    best = turned.ask(option) if side == "BUY" else turned.bid(option)
    order = turned.place(
        option, side, order_type="MARKET", price=Decimal(0), market_protection=Decimal(protection)
    )
    assert order.order_type == "LIMIT"
    concession = order.price - best if side == "BUY" else best - order.price
    assert 0 < concession < best * Decimal("0.04")
    assert order.price % Decimal("0.05") == 0
    turned.after(1)
    assert order.status == "COMPLETE"


def test_a_stop_waits_for_its_trigger_and_then_fills(turned: TurnedWorld):
    order = stop(turned, above=Decimal(4))
    turned.after(0.3)
    assert order.status == "TRIGGER PENDING"
    turned.until(at_ist(DAY, time(15, 39)))
    assert order.triggered
    assert order.status == "COMPLETE"
    assert words(order).index("TRIGGER PENDING") < words(order).index("OPEN")


def test_a_stop_too_far_from_its_limit_is_rejected(turned: TurnedWorld):
    option = turned.option()
    order = turned.place(
        option, order_type="SL", trigger_price=Decimal(500), price=Decimal("600.05")
    )
    turned.after(0.3)
    assert order.status == "REJECTED"
    assert "trigger" in (order.status_message or "")


def test_a_price_outside_the_execution_range_is_accepted_first_and_rejected_after(
    turned: TurnedWorld,
):
    option = turned.option(away=-8)
    order = turned.place(option, price=Decimal("50.00"))
    assert order.status == "PUT ORDER REQ RECEIVED"
    turned.after(0.3)
    assert order.status == "REJECTED"
    assert "17070" in (order.status_message_raw or "")
    assert order.exchange_order_id is None


def test_a_price_outside_the_circuit_limits_is_rejected(turned: TurnedWorld):
    option = turned.option()
    order = turned.place(option, price=turned.quote(option).upper_circuit + 1)
    turned.after(0.3)
    assert "circuit" in (order.status_message or "")


def test_the_risk_desk_rejects_what_the_account_cannot_pay(turned: TurnedWorld):
    turned.exchange.open_account("POOR01", Decimal(50_000))
    order = turned.place(turned.option(away=4), "SELL", user_id="POOR01")
    assert order.status == "PUT ORDER REQ RECEIVED"
    turned.after(0.3)
    assert order.status == "REJECTED"
    assert (order.status_message or "").startswith("Insufficient funds. Required margin is ")
    assert (order.status_message_raw or "").startswith("RMS:Margin Exceeds,Required:")


def test_a_hedge_that_is_held_makes_the_short_affordable(turned: TurnedWorld):
    turned.exchange.open_account("POOR01", Decimal(110_000))
    naked = turned.place(turned.option(away=4), "SELL", user_id="POOR01")
    turned.after(1)
    hedge = turned.place(turned.option(away=8), "BUY", user_id="POOR01")
    turned.after(1)
    hedged = turned.place(turned.option(away=4), "SELL", user_id="POOR01")
    turned.after(1)
    assert [o.status for o in (naked, hedge, hedged)] == ["REJECTED", "COMPLETE", "COMPLETE"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"quantity": 50}, "multiples of lot size (65)"),
        ({"quantity": 0}, "multiples of lot size"),
        ({"quantity": 1820}, "freeze quantity of 1800"),
        ({"price": Decimal("100.03")}, "Tick size"),
        ({"price": Decimal(0)}, "`price`"),
        ({"tag": "x" * 21}, "20 characters"),
        ({"tag": "a-b"}, "letters and digits"),
        ({"order_type": "MARKET"}, "market protection"),
        ({"order_type": "MARKET", "market_protection": Decimal(101)}, "market protection"),
        ({"order_type": "MARKET", "market_protection": Decimal(-2)}, "market protection"),
        ({"order_type": "SL-M", "trigger_price": Decimal(100)}, "discontinued"),
        ({"order_type": "SL"}, "trigger_price"),
        ({"order_type": "SL", "trigger_price": Decimal(9000)}, "above the limit price"),
        ({"product": "CNC"}, "product"),
        ({"validity": "GTC"}, "validity"),
        ({"side": "HOLD"}, "transaction_type"),
        ({"symbol": "NIFTY26AUG1CE"}, "does not exist"),
        ({"symbol": "NIFTY26AUGFUT"}, "Only index options"),
    ],
)
def test_what_is_malformed_is_refused_on_the_spot(turned: TurnedWorld, changes, says):
    with pytest.raises(InputRefused) as refused:
        turned.exchange.place("AB0001", turned.ticket(turned.option(), **changes))
    assert says in refused.value.message
    assert turned.exchange.book("AB0001") == []


@pytest.mark.parametrize("hour", [time(9, 14, 59), time(15, 40), time(20)])
def test_a_closed_market_takes_no_orders(hour: time):
    closed = TurnedWorld(at_ist(DAY, hour))
    with pytest.raises(OrderRefused, match="closed"):
        closed.place(closed.option())


def test_an_order_that_arrives_after_the_close_is_rejected_there():
    last_instant = TurnedWorld(at_ist(DAY, time(15, 39, 59)) + timedelta(milliseconds=950))
    order = last_instant.place(last_instant.option())
    last_instant.after(1)
    assert order.status == "REJECTED"


def test_a_modification_changes_price_and_quantity_and_is_written_into_the_history(
    turned: TurnedWorld,
):
    option = turned.option(away=4)
    order = turned.place(option, price=turned.too_low(option))
    turned.after(0.3)
    turned.exchange.modify(
        "AB0001", order.order_id, Change(quantity=130, price=turned.quote(option).asks[-1].price)
    )
    assert order.status == "MODIFY VALIDATION PENDING"
    turned.after(1)
    assert words(order)[-3:] == ["MODIFIED", "OPEN", "COMPLETE"]
    assert order.filled_quantity == 130


def test_a_modification_out_of_range_leaves_the_order_as_it_was(turned: TurnedWorld):
    option = turned.option(away=4)
    price = turned.too_low(option)
    order = turned.place(option, price=price)
    turned.after(0.3)
    turned.exchange.modify("AB0001", order.order_id, Change(price=Decimal(4000)))
    turned.after(0.3)
    assert words(order)[-3:] == ["MODIFY PENDING", "NOT MODIFIED", "OPEN"]
    assert order.price == price


def test_the_twenty_sixth_modification_is_refused(turned: TurnedWorld):
    option = turned.option(away=4)
    order = turned.place(option, price=turned.too_low(option))
    for _ in range(25):
        turned.after(1.5)
        turned.exchange.modify("AB0001", order.order_id, Change(quantity=65))
    turned.after(1.5)
    with pytest.raises(TooManyRequests, match="modifications exceeded"):
        turned.exchange.modify("AB0001", order.order_id, Change(quantity=65))


def test_a_cancel_races_with_fills_and_both_are_kept(turned: TurnedWorld):
    order = too_big(turned)
    turned.after(0.2)
    before = order.filled_quantity
    turned.exchange.cancel("AB0001", order.order_id)
    assert order.status == "CANCEL PENDING"
    turned.after(0.2)
    assert order.status == "CANCELLED"
    assert order.filled_quantity == before > 0
    assert order.filled_quantity + order.cancelled_quantity == 1755


def test_what_has_ended_can_be_neither_cancelled_nor_modified(turned: TurnedWorld):
    order = turned.place(turned.option())
    turned.after(1)
    with pytest.raises(OrderRefused, match="complete"):
        turned.exchange.cancel("AB0001", order.order_id)
    with pytest.raises(OrderRefused, match="complete"):
        turned.exchange.modify("AB0001", order.order_id, Change(quantity=65))


def test_an_order_on_its_way_can_be_neither_cancelled_nor_modified(turned: TurnedWorld):
    order = turned.place(turned.option())
    with pytest.raises(OrderRefused, match="being processed"):
        turned.exchange.cancel("AB0001", order.order_id)


def test_the_eleventh_message_of_a_second_is_one_too_many(turned: TurnedWorld):
    option = turned.option(away=4)
    for _ in range(10):
        turned.place(option)
    with pytest.raises(TooManyRequests):
        turned.place(option)
    turned.place(option, user_id="AB0002")
    turned.after(1)
    turned.place(option)
    assert len(turned.exchange.book("AB0001")) == 11


def test_nobody_sees_or_touches_another_ones_order(turned: TurnedWorld):
    option = turned.option(away=4)
    order = turned.place(option, price=turned.too_low(option))
    turned.after(0.3)
    assert turned.exchange.book("AB0002") == []
    attempts: list[Callable[[], object]] = [
        lambda: turned.exchange.find("AB0002", order.order_id),
        lambda: turned.exchange.cancel("AB0002", order.order_id),
        lambda: turned.exchange.modify("AB0002", order.order_id, Change(quantity=130)),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound):
            attempt()


def test_the_outcome_does_not_depend_on_how_often_anybody_looks():
    def play(looks: int) -> list[tuple[Any, ...]]:
        turned = TurnedWorld(seed=5)
        option = turned.option(away=3)
        order = turned.place(option, quantity=1755, price=turned.bid(option))
        for _ in range(looks):
            turned.after(3600 / looks)
        return [(s.at, s.status, s.filled_quantity, s.average_price) for s in order.steps]

    assert play(1) == play(7) == play(3600)


def test_a_late_order_appears_in_the_book_late(turned: TurnedWorld):
    order = turned.place(turned.option(), held_for=timedelta(seconds=12))
    turned.after(11.9)
    assert turned.exchange.book("AB0001") == []
    turned.after(1)
    assert turned.exchange.book("AB0001") == [order]
    assert order.status == "COMPLETE"


def test_every_order_is_told_to_the_listener_when_it_moves(turned: TurnedWorld):
    told: list[str] = []
    turned.world.listeners.append(lambda order: told.append(order.status))
    turned.place(turned.option())
    turned.after(1)
    assert told[-1] == "COMPLETE"
    assert "PUT ORDER REQ RECEIVED" in told
