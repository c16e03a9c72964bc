"""Never more than ten order messages in any second, and always room for an exit."""

from dataclasses import replace

import pytest

from shared_utils.brokers.ports import Accepted, Rejected
from shared_utils.brokers.rate_limits import MessageRate, OrderRates, RateLimitedBroker
from tests.clocks import TurnedClock
from tests.conformance.evidence import Evidence
from tests.conformance.orders import a_request
from tests.conformance.zerodha_rig import ORDER_ID, ZerodhaRig


def turns(rates: OrderRates, clock: TurnedClock, count: int, *, exits: bool) -> list[float]:
    taken = []
    for _ in range(count):
        assert rates.take_turn("user-1#AB1234", reduces_risk=exits)
        taken.append(clock.monotonic())
    return taken


def most_in_a_second(times: list[float]) -> int:
    return max(sum(1 for other in times if 0 <= other - first < 1.0) for first in times)


@pytest.mark.parametrize(("exits", "most"), [(True, 9), (False, 7)])
def test_no_window_of_a_second_holds_more_than_its_share(exits, most):
    clock = TurnedClock()
    times = turns(OrderRates(clock), clock, 40, exits=exits)

    assert most_in_a_second(times) == most


@pytest.mark.parametrize("gap_s", [0.03, 0.07, 0.11, 0.19])
def test_messages_that_come_spread_out_keep_the_limit_too(gap_s):
    clock = TurnedClock()
    rates = OrderRates(clock)
    times = []
    for _ in range(60):
        clock.advance(gap_s)
        times += turns(rates, clock, 1, exits=True)

    assert most_in_a_second(times) <= 9


def test_an_exit_finds_room_when_entries_have_used_theirs():
    clock = TurnedClock()
    rates = OrderRates(clock)
    turns(rates, clock, 7, exits=False)

    turns(rates, clock, 2, exits=True)

    assert clock.slept == []


def test_entries_wait_behind_exits():
    clock = TurnedClock()
    rates = OrderRates(clock)
    turns(rates, clock, 9, exits=True)

    times = turns(rates, clock, 1, exits=False)

    assert times[0] >= 1.0


def test_accounts_do_not_wait_for_each_other():
    clock = TurnedClock()
    rates = OrderRates(clock)
    turns(rates, clock, 7, exits=False)

    assert rates.take_turn("user-2#CD5678", reduces_risk=False)
    assert clock.slept == []


def test_place_modify_and_cancel_count_together():
    rig = ZerodhaRig()
    rates = OrderRates(rig.clock)
    broker = RateLimitedBroker(rig.broker, "user-1#AB1234", rates)
    for number in range(4):
        broker.place(a_request(tag=f"Q{number}"))
        broker.modify(ORDER_ID, quantity=65, price=a_request().price, trigger_price=None)
    assert rig.clock.slept == []

    broker.cancel(ORDER_ID)
    assert rig.clock.slept == []
    broker.cancel(ORDER_ID)
    assert rig.clock.slept == [pytest.approx(1.05)]


def test_a_message_without_a_turn_is_rejected_and_was_not_sent():
    rig = ZerodhaRig()
    rates = OrderRates(rig.clock, MessageRate(patience_s=0.5))
    broker = RateLimitedBroker(rig.broker, "user-1#AB1234", rates)
    for number in range(7):
        assert broker.place(a_request(tag=f"Q{number}")) == Accepted(ORDER_ID)

    outcome = broker.place(a_request(tag="Q7"))

    assert isinstance(outcome, Rejected)
    assert outcome.code == "RATE_LIMITED"
    assert rig.sent == 7
    assert broker.place(replace(a_request(tag="Q8"), reduces_risk=True)) == Accepted(ORDER_ID)


def test_reads_are_not_counted():
    rig = ZerodhaRig()
    rig.show_placed_order()
    broker = RateLimitedBroker(rig.broker, "user-1#AB1234", OrderRates(rig.clock))

    for _ in range(20):
        broker.order_book()

    assert rig.clock.slept == []


def test_a_limited_broker_is_the_broker_it_limits():
    rig = ZerodhaRig()
    rig.answer(Evidence.ORDER_ID)
    broker = RateLimitedBroker(rig.broker, "user-1#AB1234", OrderRates(rig.clock))

    assert broker.name is rig.broker.name
