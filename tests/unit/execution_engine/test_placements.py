from datetime import timedelta

import pytest

from lambda_functions.execution_engine.order_manager.placements import Placements
from shared_utils.brokers.ports import Accepted, Rejected, Unknown
from shared_utils.domain.orders import OrderState, Purpose
from shared_utils.storage.orders import Orders
from tests.clocks import TurnedClock
from tests.factories import NOW, an_order
from tests.fake_dynamo.client import FakeDynamo
from tests.fake_dynamo.tables import schemas, table_name

TABLE = table_name("order-history")


class Broker:
    def __init__(self, outcome):
        self.outcome = outcome
        self.asked = []

    def place(self, request):
        self.asked.append(request)
        return self.outcome


@pytest.fixture
def clock():
    return TurnedClock(NOW)


@pytest.fixture
def orders():
    return Orders(FakeDynamo({TABLE: schemas()[TABLE]}), TABLE, 1)


def placements_for(orders, clock, remaining_s):
    return Placements(
        orders=orders, clock=clock, nonce=lambda: "n", remaining_s=lambda: remaining_s
    )


@pytest.fixture
def placements(orders, clock):
    return placements_for(orders, clock, 60.0)


def allowed():
    return True


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Accepted("b1"), OrderState.OPEN),
        (Rejected("MARGIN", "No margin."), OrderState.REJECTED),
        (Unknown("timeout"), OrderState.UNKNOWN),
    ],
)
def test_an_order_is_sent_once_and_its_answer_is_written_down(orders, placements, outcome, state):
    order, broker = an_order(), Broker(outcome)
    orders.plan([order])
    assert placements.send(order, broker, allowed).state is state
    assert placements.send(order, broker, allowed) is None
    assert len(broker.asked) == 1


def test_a_switch_thrown_after_the_claim_keeps_an_entry_in(orders, placements):
    order, broker = an_order(), Broker(Accepted("b1"))
    orders.plan([order])
    held_back = placements.send(order, broker, lambda: False)
    assert (held_back.state, held_back.code) == (OrderState.REJECTED, "ENTRIES_DISABLED")
    assert broker.asked == []


def test_an_entry_whose_time_passed_while_it_was_claimed_stays_in(orders, placements, clock):
    order, broker = an_order(), Broker(Accepted("b1"))
    orders.plan([order])

    def slowly():
        clock.advance(301)
        return True

    assert placements.send(order, broker, slowly).code == "PAST_SEND_BY"
    assert broker.asked == []


def test_what_reduces_risk_goes_out_late_and_whatever_the_switch_says(orders, placements, clock):
    clock.turn(NOW + timedelta(hours=1))
    order = an_order(purpose=Purpose.EXIT)
    broker = Broker(Accepted("b1"))
    orders.plan([order])
    assert placements.send(order, broker, lambda: False).state is OrderState.OPEN


def test_with_too_little_life_left_nothing_is_claimed(orders, clock):
    order, broker = an_order(), Broker(Accepted("b1"))
    orders.plan([order])
    dying = placements_for(orders, clock, 3.0)
    assert dying.send(order, broker, allowed) is None
    assert orders.by_id(order.order_id).state is OrderState.PLANNED
