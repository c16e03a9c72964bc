"""Paper trades like a market: on both sides of a spread, in displayed sizes, for its margin."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared_utils.brokers.ports import Accepted, PlaceOrder, Rejected, Unknown
from shared_utils.domain.errors import BrokerUnavailable, VersionMoved
from shared_utils.domain.instruments import OptionType, Side, Underlying
from shared_utils.domain.legs import OrderType
from shared_utils.domain.orders import OrderState
from tests.conformance.orders import a_request
from tests.conformance.paper_rig import PaperRig
from tests.factories import EXPIRY, NOW, a_contract

CALL = a_contract()


@pytest.fixture
def rig() -> PaperRig:
    return PaperRig()


def show(rig: PaperRig, bid: str, ask: str, *, size: int = 650, last: str = "") -> None:
    """A new quote, of this moment."""
    rig.clock.advance(1)
    rig.market.show(CALL, bid, ask, at=rig.clock.now(), size=size, last=last)


def report(rig: PaperRig, tag: str | None = None):
    reports = rig.broker.order_book()
    return next(each for each in reports if tag in {None, each.tag})


def sell(**changes: Any) -> PlaceOrder:
    return a_request(**{"side": Side.SELL, "price": Decimal("100.40"), "tag": "QSELL0"} | changes)


def test_a_limit_that_reaches_the_other_side_fills_at_its_price(rig):
    rig.broker.place(a_request(price=Decimal("101.00")))

    found = report(rig)
    assert found.state is OrderState.FILLED
    assert [(fill.quantity, fill.price) for fill in found.fills] == [(130, Decimal("100.60"))]


def test_a_sale_fills_at_the_bid(rig):
    rig.broker.place(sell())

    assert report(rig).average_price == Decimal("100.40")


def test_a_limit_inside_the_spread_waits_for_the_market(rig):
    rig.broker.place(a_request(price=Decimal("100.50")))
    assert report(rig).state is OrderState.OPEN

    show(rig, "100.30", "100.50")
    assert report(rig).state is OrderState.FILLED


def test_no_more_fills_than_is_displayed(rig):
    show(rig, "100.40", "100.60", size=65)
    rig.broker.place(a_request(price=Decimal("101.00")))

    found = report(rig)
    assert (found.state, found.filled_quantity) == (OrderState.OPEN, 65)


def test_looking_twice_at_one_quote_fills_once(rig):
    show(rig, "100.40", "100.60", size=65)
    rig.broker.place(a_request(price=Decimal("101.00")))
    rig.broker.order_book()
    assert report(rig).filled_quantity == 65

    show(rig, "100.40", "100.70", size=65)
    found = report(rig)
    assert [fill.price for fill in found.fills] == [Decimal("100.60"), Decimal("100.70")]
    assert len({fill.trade_id for fill in found.fills}) == 2


def test_two_orders_share_one_display(rig):
    show(rig, "100.40", "100.60", size=130)
    for tag in ("QONE0", "QTWO0"):
        rig.broker.place(a_request(price=Decimal("101.00"), tag=tag))

    assert (report(rig, "QONE0").filled_quantity, report(rig, "QTWO0").filled_quantity) == (130, 0)


def test_an_odd_display_fills_in_whole_lots(rig):
    show(rig, "100.40", "100.60", size=100)
    rig.broker.place(a_request(price=Decimal("101.00")))

    assert report(rig).filled_quantity == 65


def test_a_stop_sleeps_until_its_trigger_is_touched(rig):
    rig.broker.place(
        sell(order_type=OrderType.SL, trigger_price=Decimal("95.00"), price=Decimal("93.00"))
    )
    show(rig, "96.00", "96.20", last="96.10")
    assert report(rig).filled_quantity == 0

    show(rig, "94.80", "95.00", last="95.00")
    assert report(rig).average_price == Decimal("94.80")


def test_a_stop_stays_awake_when_the_price_comes_back(rig):
    rig.broker.place(
        sell(order_type=OrderType.SL, trigger_price=Decimal("95.00"), price=Decimal("93.00"))
    )
    show(rig, "92.00", "92.20", last="92.10")
    assert report(rig).filled_quantity == 0, "the market is below the limit"

    show(rig, "96.00", "96.20", last="96.10")
    assert report(rig).average_price == Decimal("96.00")


def test_an_old_quote_fills_nothing(rig):
    rig.clock.advance(31)
    rig.broker.place(a_request(price=Decimal("101.00")))

    assert report(rig).filled_quantity == 0


def test_without_quotes_the_book_is_still_complete(rig):
    rig.broker.place(a_request())
    rig.market.fails = True

    assert report(rig).state is OrderState.OPEN


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"quantity": 100}, "lot"),
        ({"quantity": 0}, "lot"),
        ({"quantity": 1820}, "freeze"),
        ({"price": Decimal("100.52")}, "multiples"),
        ({"price": Decimal("0.00")}, "multiples"),
        ({"price": Decimal("300.00")}, "between"),
        ({"price": Decimal("10.00")}, "between"),
        ({"order_type": OrderType.SL}, "trigger"),
        ({"trigger_price": Decimal("99.00")}, "trigger"),
        (
            {
                "order_type": OrderType.SL,
                "trigger_price": Decimal("130.00"),
                "price": Decimal("100.00"),
            },
            "away from the trigger",
        ),
        ({"tag": "Q-1"}, "tag"),
        ({"tag": "Q" * 21}, "tag"),
        ({"tag": ""}, "tag"),
        ({"contract": replace(CALL, expiry=datetime(2026, 11, 23, tzinfo=UTC).date())}, "expired"),
    ],
)
def test_what_an_exchange_refuses_is_refused(rig, changes, why):
    outcome = rig.broker.place(a_request(**changes))

    assert isinstance(outcome, Rejected)
    assert outcome.code == "ORDER_INVALID"
    assert why in outcome.reason
    assert rig.broker.order_book() == ()


def test_a_contract_without_a_quote_cannot_be_traded(rig):
    rig.market.shown.clear()

    outcome = rig.broker.place(a_request())

    assert isinstance(outcome, Rejected)
    assert outcome.code == "MARKET_DATA_UNAVAILABLE"


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 11, 25, 3, 44, 59, tzinfo=UTC),
        datetime(2026, 11, 25, 10, 10, tzinfo=UTC),
        datetime(2026, 11, 24, 4, 15, tzinfo=UTC),
    ],
    ids=["before the open", "after the close", "a holiday"],
)
def test_a_closed_market_takes_no_order(rig, at):
    rig.clock.turn(at)

    outcome = rig.broker.place(a_request())

    assert isinstance(outcome, Rejected)
    assert outcome.code == "MARKET_CLOSED"


def test_a_day_that_no_calendar_knows_takes_no_order(rig):
    rig.clock.turn(datetime(2027, 6, 1, 4, 15, tzinfo=UTC))

    assert isinstance(rig.broker.place(a_request()), Rejected)


def test_a_short_needs_its_margin_and_a_hedge_makes_it_cheaper(rig):
    short = sell(price=Decimal("100.60"))
    naked = rig.broker.basket_margin([short]).initial
    wing = a_contract(26500)
    rig.market.show(wing, "20.00", "20.10", at=NOW)
    hedge = a_request(contract=wing, price=Decimal("20.10"), tag="QHEDGE0")
    hedged = rig.broker.basket_margin([hedge, short])

    assert hedged.final < naked
    rig.broker = rig.open(capital=hedged.initial + 1000)
    assert isinstance(rig.broker.place(short), Rejected)
    assert isinstance(rig.broker.place(hedge), Accepted)
    assert isinstance(rig.broker.place(short), Accepted)


def test_closing_a_short_needs_no_margin(rig):
    rig.broker.place(sell())
    state = rig.book.stored
    assert state is not None
    rig.book.stored = replace(state, capital=Decimal(0))

    assert isinstance(rig.broker.place(a_request(price=Decimal("101.00"))), Accepted)
    assert [position.net_quantity for position in rig.broker.positions()] == [0]


def test_a_working_exit_ties_up_nothing(rig):
    rig.broker.place(sell())
    used = rig.broker.margins().used
    rig.broker.place(a_request(price=Decimal("90.00"), tag="QEXIT0"))

    assert rig.broker.margins().used == used


def test_margins_follow_what_is_held_and_realised(rig):
    rig.broker.place(a_request(price=Decimal("101.00")))
    show(rig, "110.00", "110.20")
    rig.broker.place(sell(price=Decimal("110.00")))

    margins = rig.broker.margins()
    assert (margins.available, margins.used) == (Decimal("1001222.00"), Decimal("0.00"))


def test_a_position_is_the_sum_of_its_fills(rig):
    rig.broker.place(sell(quantity=130))
    show(rig, "110.00", "110.20")
    rig.broker.place(a_request(quantity=195, price=Decimal("111.00")))

    (position,) = rig.broker.positions()
    assert (position.net_quantity, position.average_price) == (65, Decimal("110.20"))


def test_the_same_tag_is_the_same_order(rig):
    first = rig.broker.place(a_request())
    second = rig.broker.place(a_request())

    assert first == second
    assert len(rig.broker.order_book()) == 1


def test_a_lost_answer_is_unknown_and_the_book_tells(rig):
    rig.book.lost = BrokerUnavailable("The write may have happened.")
    assert isinstance(rig.broker.place(a_request()), Unknown)
    rig.book.lost = None

    assert report(rig).tag == a_request().tag


def test_a_book_that_moved_is_read_again(rig):
    other = rig.open()
    rig.broker.place(a_request(tag="QONE0"))
    load, moves = rig.book.load, [True, True]

    def load_and_then_somebody_writes(account):
        state = load(account)
        if moves:
            moves.pop()
            rig.book.load = load
            other.place(a_request(tag=f"QOTHER{len(moves)}"))
            rig.book.load = load_and_then_somebody_writes
        return state

    rig.book.load = load_and_then_somebody_writes

    assert isinstance(rig.broker.place(a_request(tag="QTWO0")), Accepted)
    assert len(rig.broker.order_book()) == 4


def test_a_book_that_never_stands_still_is_unknown_and_no_look(rig):
    rig.broker.place(a_request())
    rig.book.fault = VersionMoved("The paper account moved on.")

    assert isinstance(rig.broker.place(a_request(tag="QTWO0")), Unknown)
    show(rig, "100.30", "100.50")
    with pytest.raises(BrokerUnavailable):
        rig.broker.order_book()


def test_a_changed_order_trades_at_its_new_price(rig):
    rig.broker.place(a_request())

    outcome = rig.broker.modify(
        rig.order_id, quantity=65, price=Decimal("100.60"), trigger_price=None
    )

    assert outcome == Accepted(rig.order_id)
    assert (report(rig).state, report(rig).quantity) == (OrderState.FILLED, 65)


@pytest.mark.parametrize(("quantity", "price"), [(100, "100.00"), (65, "100.52"), (65, "300.00")])
def test_a_change_that_an_exchange_refuses_leaves_the_order_as_it_was(rig, quantity, price):
    rig.broker.place(a_request())

    outcome = rig.broker.modify(
        rig.order_id, quantity=quantity, price=Decimal(price), trigger_price=None
    )

    assert isinstance(outcome, Rejected)
    assert report(rig).quantity == 130


def test_a_cancelled_order_keeps_what_filled(rig):
    show(rig, "100.40", "100.60", size=65)
    rig.broker.place(a_request(price=Decimal("101.00")))

    assert rig.broker.cancel(rig.order_id) == Accepted(rig.order_id)
    show(rig, "100.40", "100.60")
    found = report(rig)
    assert (found.state, found.filled_quantity) == (OrderState.CANCELLED, 65)


def test_the_next_day_begins_with_positions_and_no_orders(rig):
    rig.broker.place(sell())
    rig.broker.place(a_request(price=Decimal("90.00")))
    rig.clock.turn(NOW + timedelta(days=1))

    assert rig.broker.order_book() == ()
    assert [position.net_quantity for position in rig.broker.positions()] == [-130]


def test_an_expired_position_is_paid_its_intrinsic_value(rig):
    rig.broker.place(sell())
    rig.clock.turn(datetime(EXPIRY.year, EXPIRY.month, EXPIRY.day, 4, 15, tzinfo=UTC))
    rig.market.spots[Underlying.NIFTY] = Decimal(26050)
    rig.clock.advance(24 * 3600)

    assert rig.broker.positions() == ()
    # 130 sold at 100.40, settled at 50.
    assert rig.broker.margins().available == Decimal(1_000_000) + 130 * Decimal("50.40")


def test_a_put_that_expires_out_of_the_money_is_worth_nothing(rig):
    put = a_contract(26000, OptionType.PE)
    rig.market.show(put, "99.90", "100.00", at=NOW)
    rig.broker.place(a_request(contract=put))
    rig.clock.turn(datetime(2026, 12, 2, 4, 15, tzinfo=UTC))

    assert rig.broker.margins().available == Decimal(1_000_000) - 130 * 100


def test_a_history_of_an_order_nobody_knows_is_no_history(rig):
    with pytest.raises(BrokerUnavailable):
        rig.broker.order_history("PAPERQ")
