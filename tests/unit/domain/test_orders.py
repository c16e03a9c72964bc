from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_utils.domain.order_intents import next_attempt
from shared_utils.domain.order_reports import apply_report
from shared_utils.domain.orders import (
    SETTLED,
    TRANSITIONS,
    OrderFlag,
    OrderState,
    TransitionRefused,
    Trigger,
    accept,
    claim,
    deny,
    lose_answer,
    next_state,
    prove_absent,
    refuse,
)
from tests.factories import NOW, a_fill, a_report, an_order

LATER = NOW + timedelta(seconds=10)


def a_claimed_order():
    return claim(an_order(), by="nonce-1", at=NOW, ends_at=LATER)


def an_open_order():
    return accept(a_claimed_order(), broker_order_id="b1", at=NOW)


def an_unknown_order():
    return lose_answer(a_claimed_order(), since=NOW, reason="timeout", at=NOW)


def test_an_order_can_be_claimed_only_once():
    with pytest.raises(TransitionRefused):
        claim(a_claimed_order(), by="nonce-2", at=NOW, ends_at=LATER)


def test_only_a_planned_order_can_be_claimed():
    claimable = [state for state in OrderState if Trigger.CLAIM in TRANSITIONS[state]]
    assert claimable == [OrderState.PLANNED]


def test_no_answer_leads_to_unknown_and_never_to_a_settled_state():
    for state in OrderState:
        target = TRANSITIONS[state].get(Trigger.NO_ANSWER)
        assert target in {None, OrderState.UNKNOWN}


def test_an_unknown_order_is_never_planned_or_sent_again():
    reachable, frontier = set(), {OrderState.UNKNOWN}
    while frontier:
        state = frontier.pop()
        reachable.add(state)
        frontier |= set(TRANSITIONS[state].values()) - reachable
    assert not reachable & {OrderState.PLANNED, OrderState.SUBMITTING}


def test_a_refusal_of_this_order_settles_it():
    order = refuse(a_claimed_order(), code="MARGIN", reason="Not enough margin.", at=NOW)
    assert (order.state, order.code) == (OrderState.REJECTED, "MARGIN")
    assert order.is_settled


def test_a_denied_order_was_never_sent_and_cannot_be():
    denied = deny(an_order(), code="PAST_SEND_BY", reason="Too late.", at=NOW)
    with pytest.raises(TransitionRefused):
        claim(denied, by="n", at=NOW, ends_at=LATER)


def test_the_table_has_a_row_for_every_state():
    assert set(TRANSITIONS) == set(OrderState)


def test_a_refused_transition_names_state_and_trigger():
    with pytest.raises(TransitionRefused, match="FILLED cannot take CLAIM"):
        next_state(OrderState.FILLED, Trigger.CLAIM)


def test_a_fill_after_cancel_still_counts():
    order = an_open_order()
    cancelled = apply_report(order, a_report(order, OrderState.CANCELLED))
    filled = apply_report(cancelled, a_report(order, OrderState.FILLED, fills=(a_fill(),)))
    assert filled.state is OrderState.FILLED
    assert filled.filled_quantity == 65


def test_the_same_fill_reported_twice_counts_once():
    order = an_open_order()
    report = a_report(order, OrderState.OPEN, fills=(a_fill(quantity=30),))
    once = apply_report(order, report)
    assert apply_report(once, report) is once
    assert once.filled_quantity == 30


def test_complete_without_its_trades_is_not_yet_filled():
    order = an_open_order()
    told = apply_report(order, a_report(order, OrderState.FILLED, filled=65))
    assert told.state is OrderState.PARTIALLY_FILLED
    assert told.misses_fills
    assert told.is_watched


def test_an_unknown_order_found_in_the_book_is_adopted():
    order = an_unknown_order()
    found = apply_report(order, a_report(order, OrderState.OPEN, broker_order_id="b9"))
    assert (found.state, found.broker_order_id) == (OrderState.OPEN, "b9")


def test_an_order_that_turns_up_after_it_was_written_off_is_flagged_late():
    gone = prove_absent(an_unknown_order(), at=LATER)
    assert OrderFlag.NEEDS_ATTENTION in gone.flags
    back = apply_report(gone, a_report(gone, OrderState.FILLED, fills=(a_fill(),)))
    assert back.state is OrderState.FILLED
    assert OrderFlag.LATE in back.flags


def test_an_order_with_our_tag_but_another_quantity_is_flagged():
    order = an_unknown_order()
    odd = a_report(an_order(quantity=130), OrderState.OPEN)
    assert OrderFlag.MISMATCH in apply_report(order, odd).flags


def test_rms_may_reject_what_was_accepted():
    order = an_open_order()
    assert apply_report(order, a_report(order, OrderState.REJECTED)).state is OrderState.REJECTED


def test_the_next_attempt_is_another_order_with_another_tag():
    first = an_order(max_attempts=3)
    second = next_attempt(first, quantity=65, price=first.price, at=LATER)
    assert second.order_id != first.order_id
    assert second.tag != first.tag
    assert (second.attempt, second.state) == (1, OrderState.PLANNED)


def test_a_tag_fits_every_broker():
    order = an_order()
    assert len(order.tag) <= 20
    assert order.tag.isalnum()


reports = st.lists(
    st.tuples(
        st.sampled_from(
            [OrderState.OPEN, OrderState.FILLED, OrderState.CANCELLED, OrderState.REJECTED]
        ),
        st.sets(st.sampled_from(["t1", "t2", "t3"])),
    ),
    max_size=8,
)
FILLS = {"t1": 20, "t2": 25, "t3": 20}


@given(reports, st.sampled_from([an_open_order, an_unknown_order, a_claimed_order]))
def test_however_reports_arrive_fills_count_once_and_never_shrink(sequence, start):
    order = start()
    for state, trades in sequence:
        before = order.filled_quantity
        fills = tuple(a_fill(trade, FILLS[trade]) for trade in sorted(trades))
        order = apply_report(order, a_report(order, state, fills=fills))
        assert order.filled_quantity >= before
        ids = [fill.trade_id for fill in order.fills]
        assert len(ids) == len(set(ids))
        if order.state is OrderState.FILLED:
            assert order.filled_quantity == order.quantity


@given(reports)
def test_once_settled_only_fills_change_an_order(sequence):
    order = an_open_order()
    settled_as = None
    for state, trades in sequence:
        fills = tuple(a_fill(trade, FILLS[trade]) for trade in sorted(trades))
        order = apply_report(order, a_report(order, state, fills=fills))
        if settled_as is not None:
            assert order.state in {settled_as, OrderState.FILLED}
        if order.state in SETTLED:
            settled_as = order.state
