"""Baskets, strategies, allocations, accounts, profiles, subscriptions: what is written is found,
by its owner, as it was written; what has moved on is not overwritten.
"""

import pytest

from shared_utils.domain.allocations import AllocationStatus
from shared_utils.domain.errors import Conflict, InvalidInput, VersionMoved
from shared_utils.domain.strategies import StrategyStatus
from shared_utils.domain.user_profiles import UserProfile
from shared_utils.storage.keys import shard_of
from tests.factories import NOW
from tests.unit.storage.conftest import SHARDS, Store
from tests.unit.storage.samples import (
    ACCOUNT,
    ME,
    OTHER,
    a_basket,
    a_strategy,
    an_account,
    an_active_strategy,
    an_allocation,
    changed,
    later,
)


def due_ids(store: Store, until_s: float) -> set[str]:
    shards = range(SHARDS)
    return {
        due.strategy_id for shard in shards for due in store.strategies.due(shard, later(until_s))
    }


def test_a_basket_is_found_by_its_owner_and_by_nobody_else(store):
    store.baskets.create(a_basket())

    assert store.baskets.get(ME, "bsk_1") == a_basket()
    assert store.baskets.get(OTHER, "bsk_1") is None
    assert store.baskets.by_id("bsk_1") == a_basket()
    assert store.baskets.by_id("bsk_2") is None


def test_creating_the_same_thing_twice_is_a_conflict(store):
    store.baskets.create(a_basket())

    with pytest.raises(Conflict) as refused:
        store.baskets.create(a_basket(name="Another"))

    assert refused.value.code == "ALREADY_EXISTS"
    assert store.baskets.get(ME, "bsk_1") == a_basket()


def test_a_save_over_a_version_that_has_moved_changes_nothing(store):
    store.baskets.create(a_basket())
    store.baskets.save(changed(a_basket(), name="First"))

    with pytest.raises(VersionMoved):
        store.baskets.save(changed(a_basket(), name="Second"))

    assert store.baskets.get(ME, "bsk_1").name == "First"


def test_a_save_of_what_was_deleted_does_not_bring_it_back(store):
    store.baskets.create(a_basket())
    store.baskets.rows.delete(a_basket())

    with pytest.raises(VersionMoved):
        store.baskets.save(changed(a_basket()))
    assert store.baskets.get(ME, "bsk_1") is None


def test_a_delete_of_a_version_that_has_moved_deletes_nothing(store):
    store.baskets.create(a_basket())
    store.baskets.save(changed(a_basket()))

    with pytest.raises(VersionMoved):
        store.baskets.rows.delete(a_basket())
    assert store.baskets.get(ME, "bsk_1") is not None


def test_a_list_pages_to_its_end_without_gap_or_repetition(store):
    for number in range(7):
        store.baskets.create(a_basket(f"bsk_{number}"))
    store.baskets.create(a_basket("bsk_x", user_id=OTHER))

    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor is not None:
        page = store.baskets.mine(ME, limit=3, cursor=cursor)
        seen += [basket.basket_id for basket in page.items]
        cursor, pages = page.cursor, pages + 1

    assert seen == [f"bsk_{number}" for number in range(7)]


def test_another_users_cursor_opens_nothing(store):
    for number in range(3):
        store.baskets.create(a_basket(f"bsk_{number}", user_id=OTHER))
    cursor = store.baskets.mine(OTHER, limit=1).cursor

    with pytest.raises(InvalidInput):
        store.baskets.mine(ME, limit=1, cursor=cursor)


def test_a_strategy_is_created_with_its_baskets_counts(store):
    store.baskets.create(a_basket())

    store.strategies.create(an_active_strategy(), a_basket())

    basket = store.baskets.get(ME, "bsk_1")
    assert (basket.strategy_count, basket.active_strategy_count, basket.version) == (1, 1, 2)
    assert store.strategies.get(ME, "stg_1") == an_active_strategy()


def test_a_strategy_is_not_created_when_its_basket_has_moved_on(store):
    store.baskets.create(a_basket())
    store.baskets.save(changed(a_basket()))

    with pytest.raises(VersionMoved):
        store.strategies.create(a_strategy(), a_basket())

    assert store.strategies.get(ME, "stg_1") is None
    assert store.baskets.get(ME, "bsk_1").strategy_count == 0


def test_activation_and_deletion_keep_the_baskets_counts(store):
    store.baskets.create(a_basket())
    store.strategies.create(a_strategy(), a_basket())
    active = changed(a_strategy(), status=StrategyStatus.ACTIVE)

    store.strategies.save_with_status(a_strategy(), active, store.baskets.get(ME, "bsk_1"))
    assert store.baskets.get(ME, "bsk_1").active_strategy_count == 1

    store.allocations.create(an_allocation())
    ends = store.allocations.deletions_of([an_allocation()])
    store.strategies.delete(active, store.baskets.get(ME, "bsk_1"), at=later(1), also=ends)

    basket = store.baskets.get(ME, "bsk_1")
    assert (basket.strategy_count, basket.active_strategy_count) == (0, 0)
    assert store.strategies.get(ME, "stg_1") is None
    assert store.allocations.get(ME, "alc_1") is None


def test_strategies_of_a_basket_are_its_owners_alone_oldest_first(store):
    store.strategies.save(a_strategy("stg_2", created_at=later(2)))
    store.strategies.save(a_strategy("stg_1", created_at=later(1)))
    store.strategies.save(a_strategy("stg_3", user_id=OTHER))

    page = store.strategies.in_basket(ME, "bsk_1")

    assert [each.strategy_id for each in page.items] == ["stg_1", "stg_2"]
    assert store.strategies.in_basket("user-3", "bsk_1").items == ()


def test_a_filtered_page_goes_on_until_it_is_full(store):
    for number in range(6):
        owner = OTHER if number % 2 else ME
        store.strategies.save(a_strategy(f"stg_{number}", user_id=owner, created_at=later(number)))

    first = store.strategies.in_basket(ME, "bsk_1", limit=2)
    second = store.strategies.in_basket(ME, "bsk_1", limit=2, cursor=first.cursor)

    assert [each.strategy_id for each in first.items] == ["stg_0", "stg_2"]
    assert [each.strategy_id for each in second.items] == ["stg_4"]


def test_what_is_due_is_active_or_paused_and_scheduled_until_then(store):
    store.strategies.save(an_active_strategy("stg_1", next_execution=later(60)))
    store.strategies.save(an_active_strategy("stg_2", next_execution=later(61)))
    store.strategies.save(an_active_strategy("stg_3", next_execution=None))
    store.strategies.save(an_active_strategy("stg_4", status=StrategyStatus.PAUSED))
    store.strategies.save(an_active_strategy("stg_5", status=StrategyStatus.ARCHIVED))

    assert due_ids(store, 60) == {"stg_1", "stg_4"}
    assert due_ids(store, 61) == {"stg_1", "stg_2", "stg_4"}
    assert due_ids(store, 0) == set()


def test_each_due_strategy_is_in_its_own_shard_with_its_time(store):
    for number in range(12):
        store.strategies.save(an_active_strategy(f"stg_{number}"))

    for shard in range(SHARDS):
        for due in store.strategies.due(shard, later(60)):
            assert shard_of(due.strategy_id, SHARDS) == shard
            assert (due.user_id, due.next_execution) == (ME, later(60))


def test_a_paused_strategy_leaves_the_index_of_what_is_due(store):
    active = an_active_strategy()
    store.strategies.save(active)
    store.strategies.save(changed(active, status=StrategyStatus.PAUSED, next_execution=None))

    assert due_ids(store, 3600) == set()


def test_allocations_of_a_strategy_come_by_priority_owners_and_subscribers(store):
    store.allocations.create(an_allocation("alc_1", priority=10))
    store.allocations.create(an_allocation("alc_2", priority=2, user_id=OTHER))
    store.allocations.create(an_allocation("alc_3", priority=1))
    store.allocations.create(an_allocation("alc_4", priority=1, strategy_id="stg_2"))

    ids = [each.allocation_id for each in store.allocations.of_strategy("stg_1")]
    mine = [each.allocation_id for each in store.allocations.of_strategy_for(ME, "stg_1")]

    assert ids == ["alc_3", "alc_2", "alc_1"]
    assert mine == ["alc_3", "alc_1"]


def test_allocations_are_created_together_or_not_at_all(store):
    store.allocations.create(an_allocation("alc_2"))

    with pytest.raises(Conflict):
        store.allocations.create_all([an_allocation("alc_1"), an_allocation("alc_2")])
    assert store.allocations.get(ME, "alc_1") is None

    store.allocations.create_all([an_allocation("alc_3"), an_allocation("alc_4")])
    assert len(store.allocations.mine(ME).items) == 3


def test_allocations_are_listed_by_account_and_basket_for_their_owner(store):
    store.allocations.create(an_allocation("alc_1"))
    store.allocations.create(an_allocation("alc_2", client_id="ANGEL_1", basket_id="bsk_2"))
    store.allocations.create(an_allocation("alc_3", user_id=OTHER))

    by_account = store.allocations.of_account(ME, ACCOUNT).items
    in_basket = store.allocations.in_basket(ME, "bsk_2").items

    assert [each.allocation_id for each in by_account] == ["alc_1"]
    assert [each.allocation_id for each in in_basket] == ["alc_2"]
    assert store.allocations.by_id("alc_3").user_id == OTHER


def test_an_allocation_is_changed_and_deleted(store):
    store.allocations.create(an_allocation())
    suspended = changed(an_allocation(), status=AllocationStatus.SUSPENDED)
    store.allocations.save(suspended)
    assert store.allocations.get(ME, "alc_1") == suspended

    store.allocations.delete(suspended)
    assert store.allocations.get(ME, "alc_1") is None


def test_broker_accounts_are_their_users(store):
    store.accounts.create(an_account())
    store.accounts.create(an_account("ANGEL_1"))
    store.accounts.create(an_account(user_id=OTHER))

    assert [each.client_id for each in store.accounts.of_user(ME)] == ["ANGEL_1", ACCOUNT]
    assert store.accounts.get(ME, ACCOUNT) == an_account()

    store.accounts.save(changed(an_account(), enabled=False))
    store.accounts.delete(store.accounts.get(ME, ACCOUNT))
    assert store.accounts.get(ME, ACCOUNT) is None


def test_a_profile_is_kept_by_its_user(store):
    profile = UserProfile(user_id=ME, email="a@b.in", name="A", created_at=NOW, updated_at=NOW)
    store.profiles.create(profile)
    store.profiles.save(changed(profile, phone="+910000000000"))

    assert store.profiles.get(ME).phone == "+910000000000"
    assert store.profiles.get(OTHER) is None
