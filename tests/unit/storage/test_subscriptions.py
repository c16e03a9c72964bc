"""Subscriptions with their audit records, and the versions they are pinned to."""

from dataclasses import replace
from decimal import Decimal

import pytest

from shared_utils.domain.basket_versions import next_version
from shared_utils.domain.baskets import FeeType, SubscriptionConfig
from shared_utils.domain.errors import VersionMoved
from shared_utils.domain.subscription_events import SubscriptionEventKind
from shared_utils.domain.subscriptions import (
    BasketSubscription,
    FinancialDetails,
    SubscriptionStatus,
)
from tests.factories import NOW
from tests.fake_dynamo.capacity import size_of
from tests.unit.storage.conftest import Store
from tests.unit.storage.samples import (
    ME,
    OTHER,
    a_basket,
    a_face,
    a_leg,
    a_strategy,
    a_subscription,
    an_event,
    changed,
    later,
)

TERMS = SubscriptionConfig(type=FeeType.FREE)


def saved(store: Store, subscription: BasketSubscription) -> BasketSubscription:
    store.subscriptions.save(subscription, an_event(subscription))
    return subscription


def test_subscriptions_are_found_by_subscriber_basket_and_creator(store: Store):
    saved(store, a_subscription())
    saved(store, a_subscription("sub_2", user_id=OTHER, subscription_date=later(5)))

    assert [each.subscription_id for each in store.subscriptions.mine(ME).items] == ["sub_1"]
    assert len(store.subscriptions.of_basket("bsk_1")) == 2
    latest = store.subscriptions.of_creator("admin-1").items
    assert [each.subscription_id for each in latest] == ["sub_2", "sub_1"]
    found = store.subscriptions.by_id("sub_2")
    assert found is not None
    assert found.user_id == OTHER

    again = saved(store, changed(a_subscription(), basket_version=2))
    assert store.subscriptions.get(ME, "sub_1") == again


def test_a_change_and_its_audit_record_are_there_together_or_not_at_all(store: Store):
    first = saved(store, a_subscription())
    paused = changed(first, subscription_status=SubscriptionStatus.PAUSED)
    store.subscriptions.save(paused, an_event(paused, SubscriptionEventKind.PAUSED))
    for stale in (paused, a_subscription()):
        with pytest.raises(VersionMoved):
            saved(store, stale)
    records = store.subscription_events.of_subscription("sub_1").items
    assert [(each.number, each.kind) for each in records] == [
        (2, SubscriptionEventKind.PAUSED),
        (1, SubscriptionEventKind.SUBSCRIBED),
    ]
    assert store.subscriptions.get(ME, "sub_1") == paused


def test_a_change_is_not_saved_with_the_record_of_another(store: Store):
    first = a_subscription()
    with pytest.raises(ValueError, match="audit record"):
        store.subscriptions.save(first, an_event(changed(first)))
    with pytest.raises(ValueError, match="audit record"):
        store.subscriptions.save(first, an_event(a_subscription("sub_2")))


def test_only_figures_change_without_an_audit_record(store: Store):
    first = saved(store, a_subscription())
    paid = FinancialDetails(total_fees_paid=Decimal("999.00"))
    after = changed(first, financial_details=paid, updated_at=later(1))
    store.subscriptions.save_figures(first, after)
    assert store.subscriptions.get(ME, "sub_1") == after
    for wrong in (
        changed(after, subscription_status=SubscriptionStatus.EXPIRED),
        changed(after, basket_version=2),
        replace(after, version=5),
    ):
        with pytest.raises(ValueError, match="audit record"):
            store.subscriptions.save_figures(after, wrong)


def test_records_come_in_pages_the_latest_first(store: Store):
    subscription = saved(store, a_subscription())
    for _ in range(11):
        subscription = saved(store, changed(subscription))
    first = store.subscription_events.of_subscription("sub_1", limit=5)
    rest = store.subscription_events.of_subscription("sub_1", limit=100, cursor=first.cursor)
    numbers = [each.number for each in (*first.items, *rest.items)]
    assert numbers == list(range(12, 0, -1))


def test_what_may_trade_is_read_now_and_sorted_by_version(faulty: Store):
    for number in range(5):
        one = a_subscription(
            f"sub_{number}", user_id=f"user-{number}", basket_version=number % 2 + 1
        )
        saved(faulty, one)
    run_out = changed(a_subscription("sub_4", user_id="user-4", basket_version=1), expiry_date=NOW)
    saved(faulty, run_out)
    faulty.client.hold_indexes()
    paused = changed(a_subscription("sub_2", user_id="user-2"), subscription_status="PAUSED")
    saved(faulty, replace(paused, subscription_status=SubscriptionStatus.PAUSED))
    found = faulty.subscriptions.trading("bsk_1", NOW)
    assert {version: [each.user_id for each in held] for version, held in found.items()} == {
        1: ["user-0"],
        2: ["user-1", "user-3"],
    }


def test_a_version_is_read_as_it_was_written_and_never_written_over(store: Store):
    strategies = [a_strategy(f"stg_{n}", strategy_number=n) for n in (3, 1, 2)]
    basket = a_basket(published=None)
    store.baskets.create(basket)
    first = next_version(basket, strategies, TERMS, NOW)
    after = changed(basket, published=a_face())
    store.basket_versions.create(first, store.baskets.write_of(after))
    second = next_version(after, strategies[:1], TERMS, later(5))
    store.basket_versions.create(second, store.baskets.write_of(changed(after)))

    assert [each.strategy_number for each in first.strategies] == [1, 2, 3]
    assert store.basket_versions.get("bsk_1", 1) == first
    assert store.basket_versions.get("bsk_1", 2) == second
    assert store.basket_versions.get("bsk_1", 3) is None
    assert store.basket_versions.strategy("bsk_1", 1, "stg_2") == first.strategy("stg_2")
    assert store.basket_versions.strategy("bsk_1", 2, "stg_2") is None
    heads = store.basket_versions.of_basket("bsk_1").items
    assert [each.number for each in heads] == [2, 1]

    again = next_version(basket, strategies[:1], TERMS, later(9))
    with pytest.raises(VersionMoved):
        store.basket_versions.create(again, store.baskets.write_of(changed(changed(after))))
    assert store.basket_versions.get("bsk_1", 1) == first
    stored = store.baskets.get(ME, "bsk_1")
    assert stored is not None
    assert stored.version == 3


def test_the_largest_version_fits_its_rows_and_its_transaction(faulty: Store):
    """Fifty strategies of ten legs, all words: an item holds 400 kB, a transaction 4 MB."""
    letter = "\N{DEVANAGARI LETTER A}"  # three bytes
    purpose, words = letter * 200, letter * 2000
    legs = tuple(replace(a_leg(number), leg_purpose=purpose) for number in range(1, 11))
    strategies = [
        a_strategy(f"stg_{n}", strategy_number=n, legs=legs, description=words, name=words[:100])
        for n in range(1, 51)
    ]
    basket = a_basket(description=words)
    faulty.baskets.create(basket)
    version = next_version(basket, strategies, TERMS, NOW)
    faulty.basket_versions.create(version, faulty.baskets.write_of(changed(basket)))
    sizes = [size_of(item) for item in faulty.client.rows(faulty.table("basket-versions"))]
    assert len(sizes) == 51
    assert max(sizes) < 40_000
    assert sum(sizes) < 2_000_000
    assert faulty.basket_versions.get("bsk_1", 1) == version
