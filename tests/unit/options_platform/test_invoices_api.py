"""Invoices, subscribers and revenue over the API: what is charged, who sees it, who records it."""

from datetime import datetime
from typing import Any

import pytest

from tests.api_events import ADMIN, OTHER, TRADER, Caller
from tests.unit.options_platform.conftest import Platform
from tests.unit.options_platform.test_publishing import FREE, PAID, a_published
from tests.unit.options_platform.test_subscriptions import (
    counts,
    path_of,
    subscribe,
    subscribed,
)

RIVAL = Caller("user-8", groups="admin")
MISSING = "inv_01ARZ3NDEKTSV4RRFFQ69G5FAV"
BOTH = {"type": "PERFORMANCE_BASED", "performance_fee_percentage": 10, "monthly_fee": 300}


def invoices(platform: Platform, caller: Caller = TRADER, query: str = "") -> list[Any]:
    reply = platform.call("GET", f"/options/invoices{query}", caller=caller)
    assert reply.status == 200, reply.text
    found: list[Any] = reply.body["items"]
    return found


def detail(platform: Platform, invoice_id: str, caller: Caller = TRADER) -> Any:
    return platform.call("GET", f"/options/invoices/{invoice_id}", caller=caller)


def pay(platform: Platform, invoice_id: str, caller: Caller = ADMIN, **body: Any) -> Any:
    path = f"/options/admin/invoices/{invoice_id}/payments"
    asked = {"amount": 999, "reference": "UPI 1", **body}
    return platform.call("POST", path, asked, caller=caller)


def by_hand(platform: Platform) -> None:
    platform.set(PAYMENT_PROVIDER="by_hand")


def test_subscribing_charges_the_first_month_and_says_so(platform: Platform):
    made = subscribed(platform, a_published(platform, terms=PAID))
    details = made["financial_details"]
    assert (details["is_billed"], details["monthly_fee"]) == (True, 999)
    assert details["subscription_fee_paid"] == details["total_fees_paid"] == 999
    assert made["billing_note"] == (
        "999.00 rupees a month, charged ahead. A pause keeps the place and is billed."
    )
    [invoice] = invoices(platform)
    assert (invoice["total"], invoice["amount_due"], invoice["status"]) == (999, 0, "PAID")
    shown = detail(platform, invoice["invoice_id"]).body
    kinds = [each["kind"] for each in shown["ledger_entries"]]
    assert sorted(kinds) == ["CHARGE", "JOINED", "PAYMENT"]
    assert sum(each["amount"] for each in shown["ledger_entries"]) == 0
    assert platform.call("GET", path_of(made)).body == made


def test_a_free_basket_and_billing_that_is_off_charge_nothing_and_say_so(platform: Platform):
    free = subscribed(platform, a_published(platform, terms=FREE))
    assert free["billing_note"] == "Free of charge."
    platform.set(ENABLE_SUBSCRIPTION_BILLING="false")
    made = subscribed(platform, a_published(platform, terms=PAID))
    assert made["financial_details"]["next_billing_date"] is None
    assert made["billing_note"] == (
        "Nothing is charged: billing was switched off when you subscribed."
    )
    assert invoices(platform) == []


def test_leaving_gives_the_unused_days_back(platform: Platform):
    made = subscribed(platform, a_published(platform, terms=PAID))
    platform.clock.advance(10 * 86_400)
    assert platform.call("DELETE", path_of(made)).status == 204
    closed, _ = invoices(platform)
    assert (closed["total"], closed["status"]) == (-666, "REFUNDED")
    ended = platform.call("GET", path_of(made)).body
    assert ended["financial_details"]["total_fees_paid"] == 333
    assert ended["financial_details"]["next_billing_date"] is None


def test_leaving_bills_a_period_that_the_run_has_not_come_to(platform: Platform):
    made = subscribed(platform, a_published(platform, terms=PAID))
    platform.clock.advance(35 * 86_400)
    assert platform.call("DELETE", path_of(made)).status == 204
    assert [each["total"] for each in invoices(platform)].count(999) == 2
    paid = platform.call("GET", path_of(made)).body["financial_details"]["total_fees_paid"]
    # 30 days, and five of the 31 after them.
    assert paid == pytest.approx(999 + 999 * 5 / 31, abs=0.01)


def test_an_unpaid_invoice_keeps_its_subscriber_from_joining_anew(platform: Platform):
    by_hand(platform)
    basket_id = a_published(platform, terms=PAID)
    made = subscribed(platform, basket_id)
    [invoice] = invoices(platform)
    assert (invoice["status"], invoice["problem"]) == (
        "OPEN",
        "The publisher has not recorded the payment yet.",
    )
    for _ in range(9):
        platform.clock.advance(86_400)
        platform.bill()
    ended = platform.call("GET", path_of(made)).body
    assert ended["subscription_status"] == "EXPIRED"
    assert counts(platform, basket_id) == (0, 0)
    again = subscribe(platform, basket_id)
    assert (again.status, again.error["code"]) == (409, "INVOICE_UNPAID")
    owed = [each for each in invoices(platform) if each["amount_due"]]
    assert [(each["status"], each["amount_due"]) for each in owed] == [("UNCOLLECTED", 233.1)]
    paid = pay(platform, owed[0]["invoice_id"], amount=233.1)
    assert (paid.status, paid.body["status"]) == (201, "PAID")
    assert subscribe(platform, basket_id).status == 201


def test_expiry_and_failed_payments_stand_in_the_subscriptions_history(platform: Platform):
    by_hand(platform)
    made = subscribed(platform, a_published(platform, terms=PAID))
    for _ in range(9):
        platform.clock.advance(86_400)
        platform.bill()
    history = platform.call("GET", path_of(made, "/history")).body["items"]
    assert (history[0]["kind"], history[0]["actor"]) == ("EXPIRED", "PLATFORM")


def test_a_payment_is_recorded_once_by_the_publisher_alone(platform: Platform):
    by_hand(platform)
    subscribed(platform, a_published(platform, terms=PAID))
    invoice_id = invoices(platform)[0]["invoice_id"]
    before = platform.rows()
    assert (pay(platform, invoice_id, TRADER).status, pay(platform, invoice_id, RIVAL).status) == (
        403,
        404,
    )
    assert pay(platform, MISSING).status == 404
    assert pay(platform, invoice_id, amount=1).fields == ["amount"]
    assert pay(platform, invoice_id, amount=-1).status == 400
    assert pay(platform, invoice_id, reference=" ").fields == ["reference"]
    assert platform.rows() == before
    assert pay(platform, invoice_id).status == 201
    again = pay(platform, invoice_id, reference="UPI 2")
    assert (again.status, again.error["code"]) == (409, "ALREADY_SETTLED")
    entries = detail(platform, invoice_id).body["ledger_entries"]
    assert [each["reference"] for each in entries if each["kind"] == "PAYMENT"] == ["UPI 1"]


def test_an_invoice_is_its_subscribers_and_its_publishers_alone(platform: Platform):
    subscribed(platform, a_published(platform, terms=PAID))
    invoice_id = invoices(platform)[0]["invoice_id"]
    assert detail(platform, invoice_id).body == detail(platform, invoice_id, ADMIN).body
    missing = detail(platform, MISSING)
    for caller in (OTHER, RIVAL):
        foreign = detail(platform, invoice_id, caller)
        assert foreign.status == missing.status == 404
        assert foreign.text.replace(invoice_id, MISSING) == missing.text
    assert invoices(platform, OTHER) == invoices(platform, ADMIN) == []


def test_my_invoices_come_in_pages_and_of_one_subscription(platform: Platform):
    made = [subscribed(platform, a_published(platform, terms=PAID)) for _ in range(3)]
    first = platform.call("GET", "/options/invoices?limit=2").body
    rest = invoices(platform, query=f"?limit=2&cursor={first['cursor']}")
    assert len({each["invoice_id"] for each in first["items"] + rest}) == 3
    one = invoices(platform, query=f"?subscription_id={made[0]['subscription_id']}")
    assert [each["subscription_id"] for each in one] == [made[0]["subscription_id"]]
    stolen = platform.call(
        "GET", f"/options/invoices?limit=2&cursor={first['cursor']}", caller=OTHER
    )
    assert stolen.fields == ["cursor"]


# -- the publisher's views


def subscribers(platform: Platform, query: str = "", caller: Caller = ADMIN) -> Any:
    return platform.call("GET", f"/options/admin/subscribers{query}", caller=caller)


def test_a_publisher_sees_his_subscribers_and_never_their_accounts(platform: Platform):
    paid, free = a_published(platform, terms=PAID), a_published(platform, terms=FREE)
    made = subscribed(platform, paid, investment_amount=5000)
    left = subscribed(platform, free, OTHER)
    platform.call("DELETE", path_of(left), caller=OTHER)
    rows = {each["subscription_id"]: each for each in subscribers(platform).body["items"]}
    assert set(rows) == {made["subscription_id"], left["subscription_id"]}
    mine = rows[made["subscription_id"]]
    assert (mine["investment_amount"], mine["total_fees_paid"]) == (5000, 999)
    assert not [name for name in mine if "broker" in name or "override" in name]
    only = subscribers(platform, f"?basket_id={free}").body["items"]
    assert [each["subscription_id"] for each in only] == [left["subscription_id"]]
    active = subscribers(platform, "?status=ACTIVE").body["items"]
    assert [each["subscription_id"] for each in active] == [made["subscription_id"]]
    assert subscribers(platform, "?status=GONE").fields == ["status"]
    assert subscribers(platform, caller=RIVAL).body["items"] == []


@pytest.mark.parametrize("path", ["/options/admin/subscribers", "/options/admin/revenue"])
def test_only_admins_have_a_publishers_views(platform: Platform, path: str):
    refused = platform.call("GET", path, caller=TRADER)
    assert (refused.status, refused.error["code"]) == (403, "ADMIN_ONLY")
    assert platform.call("GET", path, caller=None).status == 401


def revenue(platform: Platform, query: str = "", caller: Caller = ADMIN) -> Any:
    return platform.call("GET", f"/options/admin/revenue{query}", caller=caller)


def test_revenue_is_counted_by_month_and_basket(platform: Platform):
    paid = a_published(platform, terms=PAID)
    platform.clock.turn(datetime.fromisoformat("2026-11-30T18:00:00+00:00"))
    subscribed(platform, paid)
    made = subscribed(platform, paid, OTHER)
    platform.clock.advance(3600)
    platform.call("DELETE", path_of(made), caller=OTHER)
    report = revenue(platform, "?from=2026-11&to=2026-12").body
    november, december = report["items"]
    # Half past eleven at night in India, and half past twelve: another month.
    assert (november["month"], november["charged"], november["collected"]) == (
        "2026-11",
        1998,
        1998,
    )
    assert (november["subscribers_gained"], november["subscribers_lost"]) == (2, 0)
    assert december["month"] == "2026-12"
    assert december["credited"] == -december["collected"] == 965.7
    assert (december["subscribers_gained"], december["subscribers_lost"]) == (0, 1)
    assert report["total"]["collected"] == 1032.3
    assert report["total"]["open_amount"] == 0
    this_month = revenue(platform).body
    assert (this_month["first_month"], len(this_month["items"])) == ("2026-12", 1)
    assert revenue(platform, "?from=2026-11&to=2026-12", RIVAL).body["items"] == []


def test_what_is_still_owed_counts_as_open(platform: Platform):
    by_hand(platform)
    subscribed(platform, a_published(platform, terms=BOTH))
    total = revenue(platform).body["total"]
    assert (total["charged"], total["collected"], total["open_amount"]) == (300, 0, 300)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?from=2026-13", "from"),
        ("?from=november", "from"),
        ("?from=2026-11&to=2026-10", "to"),
        ("?from=2024-01&to=2026-01", "to"),
        ("?since=2026-11", "since"),
    ],
)
def test_months_that_cannot_be_are_refused(platform: Platform, query: str, field: str):
    refused = revenue(platform, query)
    assert (refused.status, refused.fields) == (400, [field])
