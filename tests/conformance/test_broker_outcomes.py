"""Every row of the outcome policy against every adapter: `docs/broker_outcomes.md`."""

from decimal import Decimal

import pytest

from shared_utils.brokers.ports import Accepted, Rejected, Unknown
from shared_utils.domain.errors import BrokerUnavailable
from shared_utils.domain.orders import OrderState
from tests.conformance.evidence import (
    FAILED_LOOKS,
    NEVER_SENT,
    REFUSED,
    UNDECIDED,
    UNDECIDED_CHANGES,
    Evidence,
)
from tests.conformance.orders import TAG, a_request
from tests.conformance.rigs import RIGS, Rig, pairs, request_for


@pytest.fixture(params=RIGS)
def rig(request: pytest.FixtureRequest) -> Rig:
    return RIGS[request.param]()


def modify(rig: Rig):
    return rig.broker.modify(
        rig.order_id, quantity=130, price=Decimal("100.45"), trigger_price=None
    )


def cancel(rig: Rig):
    return rig.broker.cancel(rig.order_id)


CHANGES = {"modify": modify, "cancel": cancel}


def test_an_order_id_is_accepted(rig):
    assert rig.broker.place(a_request()) == Accepted(rig.order_id)


@pytest.mark.parametrize(("name", "evidence"), pairs(REFUSED))
def test_a_structured_refusal_of_this_order_is_rejected(name, evidence):
    rig = RIGS[name]()
    rig.answer(evidence)

    outcome = rig.broker.place(request_for(evidence))

    assert isinstance(outcome, Rejected)
    assert outcome.code == REFUSED[evidence]
    assert outcome.reason


@pytest.mark.parametrize(("name", "evidence"), pairs(UNDECIDED))
def test_everything_else_about_a_placement_is_unknown(name, evidence):
    rig = RIGS[name]()
    rig.answer(evidence)

    outcome = rig.broker.place(a_request())

    assert isinstance(outcome, Unknown)
    assert outcome.reason


@pytest.mark.parametrize(("name", "evidence"), pairs([*UNDECIDED, Evidence.SESSION_REFUSED]))
def test_an_order_is_sent_once_whatever_comes_back(name, evidence):
    rig = RIGS[name]()
    rig.answer(evidence)

    rig.broker.place(a_request())

    assert rig.sent <= 1
    assert rig.paused_s == []


@pytest.mark.parametrize(("name", "evidence"), pairs(NEVER_SENT))
def test_what_our_own_rules_refuse_is_never_sent(name, evidence):
    rig = RIGS[name]()
    rig.answer(evidence)

    rig.broker.place(request_for(evidence))

    book = getattr(rig, "book", None)
    assert rig.sent == 0 or (book is not None and book.stored.orders == ())


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_that_was_taken_is_accepted(rig, change):
    rig.broker.place(a_request())

    assert change(rig) == Accepted(rig.order_id)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize(("name", "evidence"), pairs(UNDECIDED_CHANGES))
def test_a_change_that_got_no_clear_answer_is_unknown(name, evidence, change):
    rig = RIGS[name]()
    rig.broker.place(a_request())
    sent_before = rig.sent
    rig.answer(evidence)

    assert isinstance(change(rig), Unknown)
    assert rig.sent <= sent_before + 1
    assert rig.paused_s == []


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize(
    ("name", "evidence"),
    pairs([Evidence.SESSION_REFUSED, Evidence.NOT_PERMITTED, Evidence.EGRESS_MISSING]),
)
def test_a_change_refused_at_the_door_is_rejected(name, evidence, change):
    rig = RIGS[name]()
    rig.broker.place(a_request())
    rig.answer(evidence)

    outcome = change(rig)

    assert isinstance(outcome, Rejected)
    assert outcome.code == REFUSED[evidence]


LOOKS = {
    "order book": lambda rig: rig.broker.order_book(),
    "order history": lambda rig: rig.broker.order_history(rig.order_id),
    "positions": lambda rig: rig.broker.positions(),
    "margins": lambda rig: rig.broker.margins(),
    "basket margin": lambda rig: rig.broker.basket_margin([a_request()]),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize(
    ("name", "evidence"),
    [(name, evidence) for name in RIGS for evidence in FAILED_LOOKS],
)
def test_a_failed_look_raises_and_is_never_an_empty_answer(name, evidence, look):
    rig = RIGS[name]()
    rig.broker.place(a_request())
    rig.fail_looks(evidence)

    with pytest.raises(BrokerUnavailable):
        look(rig)


def test_a_placed_order_is_found_by_its_tag(rig):
    rig.broker.place(a_request())
    show_the_book = getattr(rig, "show_placed_order", None)
    if show_the_book is not None:
        show_the_book()

    (report,) = rig.broker.order_book()

    assert (report.tag, report.broker_order_id) == (TAG, rig.order_id)
    assert (report.quantity, report.state) == (130, OrderState.OPEN)
    assert report.at.tzinfo is not None
