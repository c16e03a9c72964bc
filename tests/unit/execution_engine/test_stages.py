from dataclasses import replace
from datetime import timedelta

from lambda_functions.execution_engine.order_manager.looks import LookRules, judge_look
from lambda_functions.execution_engine.order_manager.stages import assess
from shared_utils.domain.executions import AccountOutcome
from shared_utils.domain.instruments import Side
from shared_utils.domain.order_intents import unwind_of
from shared_utils.domain.order_reports import apply_report
from shared_utils.domain.orders import (
    OrderState,
    Purpose,
    accept,
    ask_cancel,
    claim,
    deny,
    lose_answer,
    prove_absent,
    refuse,
)
from shared_utils.domain.strategies import OnLegFailure
from tests.factories import NOW, a_fill, a_report, an_order

SOON = NOW + timedelta(seconds=1)


def a_hedge(**changes):
    return an_order(leg=3, side=Side.BUY, purpose=Purpose.HEDGE, stage=0, **changes)


def a_short(**changes):
    return an_order(leg=1, side=Side.SELL, purpose=Purpose.ENTRY, stage=1, **changes)


def claimed(order):
    return claim(order, by="n", at=NOW, ends_at=NOW + timedelta(seconds=60))


def opened(order):
    return accept(claimed(order), broker_order_id=f"b{order.leg_number}", at=NOW)


def filled(order):
    fills = (a_fill(f"t{order.order_id}", order.quantity),)
    live = opened(order)
    report = a_report(live, OrderState.FILLED, fills=fills, broker_order_id=live.broker_order_id)
    return apply_report(live, report)


def rejected(order):
    return refuse(claimed(order), code="MARGIN", reason="Not enough margin.", at=NOW)


def test_hedges_go_first():
    assert assess([a_short(), a_hedge()], SOON).send == (a_hedge(),)


def test_a_short_waits_while_its_hedge_is_only_acknowledged():
    needs = assess([a_short(), opened(a_hedge())], SOON)
    assert needs.send == ()
    assert needs.look == (opened(a_hedge()),)


def test_a_short_goes_once_its_hedge_is_filled():
    assert assess([a_short(), filled(a_hedge())], SOON).send == (a_short(),)


def test_a_short_waits_while_half_of_its_hedge_is_filled():
    hedge = opened(a_hedge())
    fills = (a_fill("t", 30),)
    half = apply_report(hedge, a_report(hedge, fills=fills, broker_order_id="b3"))
    assert assess([a_short(), half], SOON).send == ()


def test_a_short_waits_while_the_fate_of_its_hedge_is_unknown():
    hedge = lose_answer(claimed(a_hedge()), since=NOW, reason="timeout", at=NOW)
    needs = assess([a_short(), hedge], SOON)
    assert (needs.send, needs.look) == ((), (hedge,))


def test_shorts_are_denied_when_the_hedge_is_rejected():
    needs = assess([a_short(), rejected(a_hedge())], SOON)
    assert [(order.leg_number, code) for order, code, _ in needs.deny] == [(1, "HEDGE_NOT_FILLED")]
    assert "Not enough margin." in needs.deny[0][2]


def test_an_account_whose_every_order_we_refused_is_denied():
    late = deny(a_hedge(), code="PAST_SEND_BY", reason="Too late.", at=NOW)
    short = deny(a_short(), code="HEDGE_NOT_FILLED", reason="No hedge.", at=NOW)
    needs = assess([short, late], SOON)
    assert (needs.outcome, needs.code) == (AccountOutcome.DENIED, "PAST_SEND_BY")


def test_a_rejected_hedge_without_any_fill_fails_the_account():
    short = deny(a_short(), code="HEDGE_NOT_FILLED", reason="No hedge.", at=NOW)
    assert assess([short, rejected(a_hedge())], SOON).outcome is AccountOutcome.FAILED


def test_everything_filled_is_filled():
    assert assess([filled(a_short()), filled(a_hedge())], SOON).outcome is AccountOutcome.FILLED


def test_when_a_short_fails_the_filled_hedge_is_taken_back():
    needs = assess([rejected(a_short()), filled(a_hedge())], SOON)
    assert [(b.line.first.leg_number, b.quantity) for b in needs.unwind] == [(3, 65)]


def test_keep_and_alert_keeps_what_filled():
    keep = OnLegFailure.KEEP_AND_ALERT
    short = rejected(a_short(on_leg_failure=keep))
    needs = assess([short, filled(a_hedge(on_leg_failure=keep))], SOON)
    assert (needs.unwind, needs.outcome) == ((), AccountOutcome.FAILED)


def unwinding(order, **changes):
    back = unwind_of(order, quantity=65, price=order.price, at=NOW, send_by=order.send_by)
    return replace(back, **changes)


def test_unwinding_buys_back_shorts_before_it_sells_longs():
    hedge, short = filled(a_hedge()), filled(a_short())
    failed = rejected(an_order(leg=2, stage=1))
    orders = [hedge, short, failed, unwinding(hedge), unwinding(short)]
    assert [order.leg_number for order in assess(orders, SOON).send] == [1]
    orders = [hedge, short, failed, unwinding(hedge), filled(unwinding(short))]
    assert [order.leg_number for order in assess(orders, SOON).send] == [3]


def test_an_account_that_took_everything_back_is_unwound():
    hedge = filled(a_hedge())
    needs = assess([hedge, rejected(a_short()), filled(unwinding(hedge))], SOON)
    assert (needs.outcome, needs.code) == (AccountOutcome.UNWOUND, "MARGIN")


def test_a_fill_that_crossed_its_cancel_is_taken_back_too():
    hedge = filled(a_hedge(quantity=130))
    back = filled(unwinding(hedge))
    needs = assess([hedge, rejected(a_short()), back], SOON)
    assert [(b.quantity, b.round) for b in needs.unwind] == [(65, 1)]


def test_an_order_past_its_time_is_denied_not_sent():
    late = NOW + timedelta(minutes=6)
    needs = assess([a_hedge()], late)
    assert needs.send == ()
    assert needs.deny[0][1] == "PAST_SEND_BY"


def test_an_exit_is_sent_however_late_it_is():
    exit_order = an_order(side=Side.BUY, purpose=Purpose.EXIT, stage=0)
    assert assess([exit_order], NOW + timedelta(hours=2)).send == (exit_order,)


def test_a_claim_whose_process_died_is_reaped_after_its_deadline():
    hedge = claimed(a_hedge())
    assert assess([hedge], NOW + timedelta(seconds=61)).reap == ()
    assert assess([hedge], NOW + timedelta(seconds=63)).reap == (hedge,)


def test_an_order_that_rests_too_long_is_cancelled_once():
    hedge = opened(a_hedge())
    slow = NOW + timedelta(seconds=31)
    assert assess([hedge], slow).cancel == (hedge,)
    asked = ask_cancel(hedge, at=slow)
    assert assess([asked], slow + timedelta(seconds=1)).cancel == ()


def test_an_entry_that_was_never_placed_is_not_tried_again():
    unknown = lose_answer(claimed(a_hedge(max_attempts=5)), since=NOW, reason="timeout", at=NOW)
    needs = assess([prove_absent(unknown, at=SOON)], SOON)
    assert (needs.retry, needs.outcome) == ((), AccountOutcome.FAILED)


def test_an_exit_that_was_never_placed_may_be_tried_again():
    order = an_order(side=Side.BUY, purpose=Purpose.EXIT, max_attempts=5)
    unknown = lose_answer(claimed(order), since=NOW, reason="timeout", at=NOW)
    assert len(assess([prove_absent(unknown, at=SOON)], SOON).retry) == 1


def test_a_rejected_entry_is_tried_again_only_as_often_as_the_leg_says():
    assert len(assess([rejected(a_hedge(max_attempts=2))], SOON).retry) == 1
    assert assess([rejected(a_hedge(max_attempts=1))], SOON).retry == ()


def test_nothing_is_retried_while_reported_fills_are_missing():
    hedge = opened(a_hedge(max_attempts=3))
    gone = apply_report(
        hedge, a_report(hedge, OrderState.CANCELLED, filled=65, broker_order_id="b3")
    )
    needs = assess([gone], SOON)
    assert (needs.retry, needs.outcome, needs.look) == ((), None, (gone,))


def cancelled(order):
    asked = ask_cancel(opened(order), at=NOW)
    report = a_report(asked, OrderState.CANCELLED, broker_order_id=str(asked.broker_order_id))
    return apply_report(asked, report), report


def test_a_cancel_is_believed_when_a_look_sees_it_settled_not_when_time_has_passed():
    hedge, report = cancelled(a_hedge(max_attempts=3))
    much_later = NOW + timedelta(seconds=60)
    needs = assess([hedge], much_later)
    assert (needs.look, needs.retry, needs.outcome) == ((hedge,), (), None)
    (settled,) = judge_look([hedge], [report], much_later, LookRules())
    assert len(assess([settled], much_later).retry) == 1


def test_a_look_too_soon_after_a_cancel_does_not_settle_it():
    hedge, report = cancelled(a_hedge())
    assert judge_look([hedge], [report], NOW + timedelta(seconds=4), LookRules()) == ()
    assert judge_look([hedge], [], NOW + timedelta(seconds=60), LookRules()) == ()


def test_a_short_that_cannot_be_bought_back_keeps_its_hedge_and_leaves_nothing_planned():
    hedge, short = filled(a_hedge()), filled(a_short())
    failed = rejected(an_order(leg=2, stage=1))
    stuck = rejected(unwinding(short, max_attempts=1))
    back = unwinding(hedge)
    needs = assess([hedge, short, failed, back, stuck], SOON)
    assert [(order.leg_number, code) for order, code, _ in needs.deny] == [(3, "UNWIND_FAILED")]
    kept = deny(back, code="UNWIND_FAILED", reason="Kept.", at=SOON)
    needs = assess([hedge, short, failed, kept, stuck], SOON)
    assert (needs.outcome, needs.code) == (AccountOutcome.FAILED, "UNWIND_FAILED")


def test_another_short_is_still_bought_back_when_one_cannot_be():
    hedge, short, other = filled(a_hedge()), filled(a_short()), filled(an_order(leg=2, stage=1))
    failed = rejected(an_order(leg=4, stage=1))
    stuck, waits = rejected(unwinding(short, max_attempts=1)), unwinding(other)
    needs = assess([hedge, short, other, failed, unwinding(hedge), stuck, waits], SOON)
    assert (needs.send, needs.deny, needs.outcome) == ((waits,), (), None)


def test_a_staggered_account_waits_for_its_turn():
    hedge = a_hedge(not_before=NOW + timedelta(seconds=2))
    assert assess([hedge], SOON).send == ()
    assert assess([hedge], NOW + timedelta(seconds=2)).send == (hedge,)
