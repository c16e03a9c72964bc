"""Invoices and the ledger: who finds what, what waits to be collected, what is never changed."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared_utils.domain.errors import VersionMoved
from shared_utils.domain.invoices import (
    Invoice,
    InvoiceLine,
    InvoiceStatus,
    LineKind,
    asked,
    settled,
    uncollected,
)
from shared_utils.domain.ledger_entries import EntryKind, LedgerEntry, balance
from shared_utils.domain.subscriptions import FinancialDetails, SubscriptionStatus
from shared_utils.storage.writes import write_together
from tests.factories import NOW
from tests.unit.storage.conftest import SHARDS, Store
from tests.unit.storage.samples import ME, OTHER, a_subscription, an_event, changed, later

MONTH = timedelta(days=30)


def an_invoice(invoice_id: str = "inv_1", **changes: Any) -> Invoice:
    line = InvoiceLine(
        kind=LineKind.MONTHLY_FEE,
        sentence="Monthly fee.",
        amount=Decimal("999.00"),
        period_start=NOW,
        period_end=NOW + MONTH,
    )
    invoice = Invoice(
        user_id=ME,
        invoice_id=invoice_id,
        subscription_id="sub_1",
        billing_key="0001-0000",
        period_start=NOW,
        period_end=NOW + MONTH,
        lines=(line,),
        next_attempt_at=NOW,
        issued_at=NOW,
        updated_at=NOW,
        creator_id="admin-1",
        basket_id="bsk_1",
    )
    return replace(invoice, **changes)


def an_entry(entry_key: str = "0001-0000#CHARGE#MONTHLY_FEE", **changes: Any) -> LedgerEntry:
    entry = LedgerEntry(
        subscription_id="sub_1",
        entry_key=entry_key,
        billing_key=entry_key.partition("#")[0],
        kind=EntryKind.CHARGE,
        amount=Decimal("999.00"),
        user_id=ME,
        period_start=NOW,
        period_end=NOW + MONTH,
        sentence="Monthly fee.",
        posted_at=NOW,
        creator_id="admin-1",
        basket_id="bsk_1",
    )
    return replace(entry, **changes)


def post(store: Store, *entries: LedgerEntry) -> None:
    write_together(store.client, [store.ledger.write_of(each) for each in entries])


def due(store: Store, until: Any) -> set[str]:
    shards = range(SHARDS)
    return {each for shard in shards for _, each in store.invoices.due(shard, until)}


def test_an_invoice_is_its_subscribers_and_its_publishers(store):
    store.invoices.save(an_invoice())
    store.invoices.save(an_invoice("inv_2", issued_at=later(60), subscription_id="sub_2"))
    store.invoices.save(an_invoice("inv_3", user_id=OTHER, issued_at=later(120)))

    mine = [each.invoice_id for each in store.invoices.mine(ME).items]
    of_one = store.invoices.mine(ME, subscription_id="sub_2").items
    issued = store.invoices.issued("admin-1", NOW, later(120))

    assert mine == ["inv_2", "inv_1"]
    assert [each.invoice_id for each in of_one] == ["inv_2"]
    assert [each.invoice_id for each in issued] == ["inv_1", "inv_2"]
    assert store.invoices.by_id("inv_3") == an_invoice("inv_3", user_id=OTHER, issued_at=later(120))
    assert list(store.invoices.issued("admin-2", NOW, later(120))) == []


def test_only_what_is_to_be_collected_waits_in_the_index(store):
    store.invoices.save(an_invoice())
    assert due(store, NOW) == {"inv_1"}

    begun = asked(an_invoice(), NOW)
    store.invoices.save(begun)
    assert due(store, NOW) == set()
    assert due(store, later(600)) == {"inv_1"}

    store.invoices.save(uncollected(begun, later(1)))
    assert due(store, later(600)) == set()
    late = settled(uncollected(begun, later(1)), later(2))
    store.invoices.save(late)
    assert store.invoices.get(ME, "inv_1").status is InvoiceStatus.PAID
    assert due(store, later(600)) == set()


def test_two_that_begin_an_attempt_are_one(store):
    store.invoices.save(an_invoice())
    store.invoices.save(asked(an_invoice(), NOW))

    with pytest.raises(VersionMoved):
        store.invoices.save(asked(an_invoice(), later(1)))


def test_an_entry_is_posted_once_and_never_again(store):
    post(store, an_entry())

    with pytest.raises(VersionMoved):
        post(store, an_entry(amount=Decimal("1.00")))
    with pytest.raises(VersionMoved):
        post(store, an_entry("0001-0001#NO_CHARGE"), an_entry())
    assert store.ledger.of_subscription("sub_1") == (an_entry(),)


def test_entries_come_in_the_order_they_were_posted(store):
    paid = an_entry(
        "0001-0000#SETTLEMENT",
        kind=EntryKind.PAYMENT,
        amount=Decimal("-999.00"),
        posted_at=later(60),
    )
    second = an_entry("0001-0001#CHARGE#MONTHLY_FEE", posted_at=later(30))
    post(store, paid, an_entry(), second)

    assert store.ledger.of_subscription("sub_1") == (an_entry(), second, paid)
    assert store.ledger.of_subscription("sub_1", "0001-0000") == (an_entry(), paid)
    assert balance(store.ledger.of_subscription("sub_1")) == Decimal("999.00")
    assert store.ledger.get("sub_1", "0001-0000#SETTLEMENT") == paid
    assert list(store.ledger.posted("admin-1", NOW, later(60))) == [an_entry(), second]
    assert list(store.ledger.posted("admin-1", later(10), later(61))) == [second, paid]
    assert list(store.ledger.posted("admin-2", NOW, later(61))) == []


def test_subscriptions_whose_period_has_begun_are_found_in_their_status(store):
    details = FinancialDetails(next_billing_date=later(60))
    active = a_subscription(financial_details=details)
    paused = replace(
        a_subscription("sub_2", financial_details=details),
        subscription_status=SubscriptionStatus.PAUSED,
    )
    free = a_subscription("sub_3", financial_details=FinancialDetails())
    for each in (active, paused, free):
        store.subscriptions.save(each, an_event(each))

    def found(status: SubscriptionStatus, until: Any) -> list[tuple[str, str]]:
        shards = range(SHARDS)
        return [
            each for shard in shards for each in store.subscriptions.to_bill(status, shard, until)
        ]

    assert found(SubscriptionStatus.ACTIVE, later(59)) == []
    assert found(SubscriptionStatus.ACTIVE, later(60)) == [(ME, "sub_1")]
    assert found(SubscriptionStatus.PAUSED, later(60)) == [(ME, "sub_2")]

    ended = changed(
        a_subscription(financial_details=FinancialDetails()),
        subscription_status=SubscriptionStatus.CANCELLED,
    )
    store.subscriptions.save(ended, an_event(ended))
    assert found(SubscriptionStatus.CANCELLED, later(60)) == []
