"""The billing run: each period once, in order, whatever fails; grace, expiry, and money back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from lambda_functions.options_platform.subscription_manager.billing_run import BillingLeft
from shared_utils.domain.errors import Conflict, NotFound, RuleBroken
from shared_utils.domain.invoices import InvoiceStatus
from shared_utils.domain.subscription_events import SubscriptionEventKind, event_of
from shared_utils.domain.subscription_rules import is_live
from shared_utils.domain.subscriptions import SubscriptionStatus
from shared_utils.payments.catalogue import PROVIDERS
from tests.payment_providers import DECLINED, LOST, UNREACHED
from tests.unit.options_platform.billing_worlds import (
    BOTH,
    CAUSE,
    CREATOR,
    POLICY,
    SHARED,
    World,
    promises,
)

FREE_TIME = replace(POLICY, charges=False)


def test_who_joins_pays_the_first_month_ahead():
    world = World()
    details = world.join().financial_details
    assert world.kinds() == ["CHARGE", "JOINED", "PAYMENT"]
    [invoice] = world.all_invoices()
    assert (invoice.total, invoice.status) == (Decimal("999.00"), InvoiceStatus.PAID)
    assert (
        details.next_billing_date == invoice.period_end == datetime(2026, 12, 23, 3, 30, tzinfo=UTC)
    )
    assert details.subscription_fee_paid == details.total_fees_paid == Decimal("999.00")
    promises(world)


def test_each_month_is_posted_once_however_often_the_run_comes():
    world = World()
    world.join()
    for _ in range(24 * 35):
        world.pass_days(0.125)
        world.run()
    # 105 days: the first month, and three more that have begun.
    assert [each.billing_key for each in world.all_invoices()] == [
        "0001-0000", "0001-0001", "0001-0002", "0001-0003",
    ]  # fmt: skip
    assert world.provider.total() == Decimal("3996.00")
    promises(world)


def test_a_run_that_was_down_for_two_months_bills_each_of_them_in_order():
    world = World(at=datetime(2027, 1, 31, 4, 0, tzinfo=UTC))
    world.join()
    world.pass_days(65)
    assert world.run() == {"issued": 2, "collected": 0}
    starts = [each.period_start.date().isoformat() for each in world.all_invoices()]
    assert starts == ["2027-01-31", "2027-02-28", "2027-03-31"]
    assert world.subscription().financial_details.next_billing_date.date().day == 30
    promises(world)


def test_the_day_is_the_calendars_in_india():
    # 02:00 on the 31st in India is still the 30th in UTC.
    world = World(at=datetime(2027, 1, 30, 20, 30, tzinfo=UTC))
    world.join()
    world.pass_days(58)
    world.run()
    ends = [each.period_end.isoformat() for each in world.all_invoices()]
    assert ends == ["2027-02-27T20:30:00+00:00", "2027-03-30T20:30:00+00:00"]


def test_a_pause_keeps_the_place_and_is_billed():
    world = World()
    before = world.join()
    paused = replace(
        before, subscription_status=SubscriptionStatus.PAUSED, version=before.version + 1
    )
    record = event_of(paused, SubscriptionEventKind.PAUSED, "Paused.", CAUSE)
    world.subscriptions.save(paused, record)
    world.pass_days(31)
    world.run()
    assert len(world.all_invoices()) == 2


def test_the_share_of_profits_comes_after_the_period_and_above_the_mark_only():
    world = World()
    world.join(SHARED)
    assert world.kinds() == ["JOINED"]
    fees = []
    for profit in ("5000", "2000", "5000", "6000.50"):
        world.earns(profit)
        world.pass_days(31)
        world.run()
        fees.append(world.subscription().financial_details.total_fees_paid)
    assert fees == [Decimal("500.00")] * 3 + [Decimal("600.05")]
    assert world.kinds().count("NO_CHARGE") == 2
    assert world.subscription().financial_details.subscription_fee_paid == 0
    promises(world)


def test_a_monthly_fee_and_a_share_stand_on_one_invoice():
    world = World()
    world.join(BOTH)
    world.earns("1000")
    world.pass_days(31)
    world.run()
    first, second = world.all_invoices()
    assert (first.total, second.total) == (Decimal("300.00"), Decimal("400.00"))
    assert [line.kind for line in second.lines] == ["MONTHLY_FEE", "PERFORMANCE_FEE"]
    assert second.lines[1].sentence == (
        "10 percent of the net profit of 1000.00 above the high-water mark of 0.00, "
        "23 Nov 2026 to 23 Dec 2026."
    )
    details = world.subscription().financial_details
    assert details.subscription_fee_paid == 600
    assert details.total_fees_paid == 700
    promises(world)


def test_where_shares_of_profits_are_switched_off_those_profits_stay_free():
    world = World(policy=replace(POLICY, performance_fees=False))
    world.join(SHARED)
    world.earns("5000")
    world.pass_days(31)
    world.run()
    world.policy = POLICY
    world.earns("5500")
    world.pass_days(31)
    world.run()
    assert world.provider.total() == Decimal("50.00")


def test_while_billing_is_off_nothing_is_due_and_it_stays_so():
    world = World(policy=FREE_TIME)
    details = world.join().financial_details
    assert (details.is_billed, details.next_billing_date) == (False, None)
    world.policy = POLICY
    world.pass_days(100)
    assert world.run() == {"issued": 0, "collected": 0}
    assert world.kinds() == ["JOINED"]


def test_what_fell_due_while_billing_was_off_is_never_charged_later():
    world = World()
    world.join()
    world.policy = FREE_TIME
    world.pass_days(65)
    world.run()
    world.policy = POLICY
    world.run()
    assert world.kinds().count("NO_CHARGE") == 2
    assert world.provider.total() == Decimal("999.00")
    world.leave()
    # Nothing was paid ahead for the running month, so nothing comes back.
    assert world.provider.total() == Decimal("999.00")
    promises(world)


def test_who_leaves_gets_the_unused_days_back_and_pays_the_share_up_to_now():
    world = World()
    world.join(BOTH)
    world.earns("100")
    world.pass_days(10)
    left = world.leave()
    closed = world.all_invoices()[-1]
    assert [(line.kind, line.amount) for line in closed.lines] == [
        ("UNUSED_DAYS", Decimal("-200.00")),
        ("PERFORMANCE_FEE", Decimal("10.00")),
    ]
    assert closed.status is InvoiceStatus.REFUNDED
    assert world.provider.total() == left.financial_details.total_fees_paid == Decimal("110.00")
    assert left.financial_details.next_billing_date is None
    promises(world)


def test_coming_and_going_within_a_moment_costs_nothing_and_is_all_on_record():
    world = World()
    for _ in range(3):
        world.join()
        world.leave()
    assert world.provider.total() == 0
    assert world.kinds().count("CHARGE") == world.kinds().count("CREDIT") == 3
    promises(world)


def test_a_failed_payment_is_tried_daily_and_then_the_place_is_free():
    world = World()
    world.join()
    world.provider.say(*[DECLINED] * 20)
    world.pass_days(30)
    world.run()
    failing = world.subscription()
    assert failing.expiry_date == world.clock.now() + timedelta(days=7)
    assert is_live(failing, world.clock.now())
    for _ in range(7 * 24):
        world.pass_days(1 / 24)
        world.run()
    ended = world.subscription()
    assert ended.subscription_status is SubscriptionStatus.EXPIRED
    assert world.basket().subscriber_count == world.basket().total_aum == 0
    assert world.kinds().count("PAYMENT_FAILED") == 7
    assert world.kinds()[-2:] == ["CREDIT", "LEFT"]
    # Seven of 31 days are owed; the others were never charged in the end.
    owed = [each for each in world.all_invoices() if not each.is_settled]
    assert [(each.status, each.amount_due) for each in owed] == [
        (InvoiceStatus.UNCOLLECTED, Decimal("225.58"))
    ]
    assert world.provider.total() == Decimal("999.00")
    promises(world)
    world.pass_days(60)
    assert world.run() == {"issued": 0, "collected": 0}


def test_a_payment_within_the_grace_puts_everything_right():
    world = World()
    world.join()
    world.provider.say(DECLINED, DECLINED)
    world.pass_days(30)
    for _ in range(3):
        world.run()
        world.pass_days(1)
    paid = world.subscription()
    assert (paid.subscription_status, paid.expiry_date) == (SubscriptionStatus.ACTIVE, None)
    assert world.provider.total() == Decimal("1998.00")
    promises(world)


def test_a_subscription_that_ran_out_while_the_run_was_down_ends_and_is_not_billed_further():
    world = World()
    world.join()
    world.provider.say(DECLINED)
    world.pass_days(30)
    world.run()
    world.pass_days(70)
    world.run()
    world.run()
    assert world.subscription().subscription_status is SubscriptionStatus.EXPIRED
    assert world.basket().subscriber_count == 0
    assert len(world.all_invoices()) == 3
    owed = sum(each.amount_due for each in world.all_invoices())
    assert owed == Decimal("225.58")
    promises(world)


@pytest.mark.parametrize("word", [LOST, UNREACHED])
def test_an_unknown_outcome_is_looked_up_and_never_charged_blindly(word: str):
    world = World()
    world.join()
    world.provider.say(word)
    world.pass_days(31)
    with pytest.raises(BillingLeft):
        world.run()
    asked = len(world.provider.keys_of())
    world.run()
    assert len(world.provider.keys_of()) == asked
    world.pass_days(0.01)
    world.run()
    assert world.provider.calls[-1][0] == ("look_up" if word == LOST else "charge")
    assert len(set(world.provider.keys_of())) == 2
    assert world.provider.total() == Decimal("1998.00")
    promises(world)


def test_one_broken_subscription_does_not_cost_the_others_their_run():
    world = World()
    for user_id in ("user-1", "user-2", "user-3"):
        world.join(user_id=user_id)
    world.provider.say(UNREACHED)
    world.pass_days(31)
    with pytest.raises(BillingLeft, match="1 subscriptions or invoices"):
        world.run()
    assert world.provider.total() == 5 * Decimal("999.00")


def test_what_he_owes_and_what_is_owed_to_him_is_set_off_before_anybody_pays():
    world = World()
    world.join()
    world.provider.say(DECLINED)
    world.pass_days(31)
    world.run()
    world.pass_days(9)
    world.provider.say(*[DECLINED] * 9)
    world = replaced_grace(world, 30)
    world.leave()
    owed = [each for each in world.all_invoices() if each.amount_due]
    assert [each.amount_due for each in owed] == [Decimal("322.26")]
    assert "REFUND" not in world.kinds()
    promises(world)


def replaced_grace(world: World, days: int) -> World:
    """As if the grace had been so long when the payment failed."""
    [invoice] = [each for each in world.all_invoices() if not each.is_settled]
    until = world.clock.now() + timedelta(days=days)
    world.invoices.save(replace(invoice, grace_until=until, version=invoice.version + 1))
    before = world.subscription()
    after = replace(before, expiry_date=until, version=before.version + 1)
    world.subscriptions.save_figures(before, after)
    return world


# -- by hand


def by_hand() -> World:
    world = World()

    def recorded(request):
        key = f"{request.billing_key}#SETTLEMENT"
        entry = world.ledger.get(request.subscription_id, key)
        return entry.reference if entry else None

    world.provider = PROVIDERS["by_hand"](recorded)
    return world


def test_a_payment_by_hand_is_waited_for_and_recorded_once():
    world = by_hand()
    waiting = world.join()
    [invoice] = world.all_invoices()
    assert (invoice.status, invoice.is_pending) == (InvoiceStatus.OPEN, True)
    assert waiting.expiry_date == world.clock.now() + timedelta(days=7)
    pay = world.billing.record_payment
    with pytest.raises(NotFound):
        pay("another", invoice.invoice_id, Decimal(999), "UPI 1")
    with pytest.raises(RuleBroken, match=r"999\.00"):
        pay(CREATOR, invoice.invoice_id, Decimal(998), "UPI 1")
    paid = pay(CREATOR, invoice.invoice_id, Decimal(999), "UPI 1")
    assert paid.status is InvoiceStatus.PAID
    assert paid.amount_due == 0
    with pytest.raises(Conflict) as again:
        pay(CREATOR, invoice.invoice_id, Decimal(999), "UPI 1")
    assert again.value.code == "ALREADY_SETTLED"
    assert world.subscription().expiry_date is None
    assert world.entries()[-1].reference == "UPI 1"
    promises(world)


def test_what_is_never_recorded_runs_out_and_may_still_be_paid_late():
    world = by_hand()
    world.join()
    for _ in range(9):
        world.pass_days(1)
        world.run()
    ended = world.subscription()
    assert ended.subscription_status is SubscriptionStatus.EXPIRED
    owed = [each for each in world.all_invoices() if not each.is_settled]
    assert [each.status for each in owed] == [InvoiceStatus.UNCOLLECTED]
    assert owed[0].amount_due == Decimal("233.10")
    world.billing.record_payment(CREATOR, owed[0].invoice_id, Decimal("233.10"), "UPI 2")
    assert world.subscription().subscription_status is SubscriptionStatus.EXPIRED
    assert world.subscription().financial_details.total_fees_paid == Decimal("233.10")
    promises(world)


def test_a_refund_by_hand_waits_without_an_end():
    world = by_hand()
    world.join()
    [invoice] = world.all_invoices()
    world.billing.record_payment(CREATOR, invoice.invoice_id, Decimal(999), "UPI 1")
    world.leave()
    for _ in range(20):
        world.pass_days(1)
        world.run()
    closed = world.all_invoices()[-1]
    assert (closed.status, closed.amount_due) == (InvoiceStatus.OPEN, Decimal("-999.00"))
    world.billing.record_payment(CREATOR, closed.invoice_id, Decimal(999), "UPI back")
    assert world.kinds()[-1] == "REFUND"
    assert world.subscription().financial_details.total_fees_paid == 0
    promises(world)


def test_nobody_records_a_payment_while_the_provider_is_being_asked():
    world = World()
    world.provider.say(LOST)
    with pytest.raises(Exception, match="lost"):
        world.join()
    [invoice] = world.all_invoices()
    with pytest.raises(Conflict) as refused:
        world.billing.record_payment(CREATOR, invoice.invoice_id, Decimal(999), "UPI 1")
    assert refused.value.code == "PAYMENT_UNDER_WAY"
