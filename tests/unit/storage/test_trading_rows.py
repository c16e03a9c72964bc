"""Executions, orders, positions, paper books, market data, sockets: rows that money moves in."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared_utils.domain.errors import Conflict, Unavailable, VersionMoved
from shared_utils.domain.executions import AccountOutcome, Execution, ExecutionStatus
from shared_utils.domain.orders import OrderState, claim
from shared_utils.domain.paper_accounts import PaperState
from shared_utils.domain.strategies import Strategy
from shared_utils.storage.connections import Connection
from shared_utils.storage.market_cache import FeedAccount
from shared_utils.storage.pages import Page
from shared_utils.storage.paper_books import PaperBooks
from tests.factories import NOW, a_fill
from tests.unit.storage.conftest import SHARDS, Store
from tests.unit.storage.samples import (
    ACCOUNT,
    ME,
    OTHER,
    a_position,
    a_run,
    an_active_strategy,
    an_execution,
    an_order_of,
    changed,
    later,
)


def claimed(strategy: Strategy) -> Any:
    return changed(strategy, next_execution=later(3600))


def record(store: Store, client_id: str, outcome: AccountOutcome, **words: str) -> Execution:
    return store.executions.record_account(
        strategy_id="stg_1",
        execution_id="exe_1",
        user_id=ME,
        client_id=client_id,
        outcome=outcome,
        at=later(9),
        **words,
    )


# -- executions


def test_a_claim_writes_the_execution_and_moves_the_strategy_on(store):
    store.strategies.save(an_active_strategy())

    assert store.executions.create_claimed(an_execution(), claimed(an_active_strategy())) is True

    stored = store.executions.get("stg_1", an_execution().execution_timestamp)
    assert stored == store.executions.by_id("exe_1") == an_execution()
    assert store.strategies.get(ME, "stg_1").next_execution == later(3600)


def test_a_second_claim_of_the_same_execution_changes_nothing(store):
    store.strategies.save(an_active_strategy())
    store.executions.create_claimed(an_execution(), claimed(an_active_strategy()))

    again = an_execution(created_at=later(5))
    assert store.executions.create_claimed(again, claimed(an_active_strategy())) is False

    assert store.executions.by_id("exe_1").created_at == NOW
    assert store.strategies.get(ME, "stg_1").version == 2


def test_a_claim_from_a_strategy_that_has_moved_on_claims_nothing(store):
    store.strategies.save(an_active_strategy())
    store.strategies.save(changed(an_active_strategy(), name="Renamed"))

    with pytest.raises(VersionMoved):
        store.executions.create_claimed(an_execution(), claimed(an_active_strategy()))

    assert store.executions.by_id("exe_1") is None


def test_executions_are_found_by_status_and_age_in_their_shards(store):
    for number in range(6):
        store.executions.create(an_execution(f"exe_{number}", created_at=later(number)))
    running = changed(an_execution("exe_0"), status=ExecutionStatus.RUNNING)
    store.executions.save(running)

    found = [
        each.execution_id
        for shard in range(SHARDS)
        for each in store.executions.in_status(
            ExecutionStatus.PENDING, shard, created_before=later(4)
        )
    ]
    in_progress = [
        each
        for shard in range(SHARDS)
        for each in store.executions.in_status(
            ExecutionStatus.RUNNING, shard, created_before=later(99)
        )
    ]

    assert sorted(found) == ["exe_1", "exe_2", "exe_3", "exe_4"]
    assert in_progress == [running]


def test_an_accounts_outcome_is_recorded_and_the_status_follows_from_all(store):
    store.executions.create(an_execution(accounts=(a_run(), a_run("ANGEL_1"))))

    first = record(store, ACCOUNT, AccountOutcome.FILLED)
    second = record(store, "ANGEL_1", AccountOutcome.DENIED, code="NO_MARGIN", sentence="No.")

    assert first.status is ExecutionStatus.RUNNING
    assert second.status is ExecutionStatus.FAILED
    assert second.accounts[1].code == "NO_MARGIN"
    assert store.executions.by_id("exe_1") == second


def test_an_outcome_that_is_recorded_already_is_not_written_again(store):
    store.executions.create(an_execution(accounts=(a_run(),)))

    once = record(store, ACCOUNT, AccountOutcome.FILLED)
    twice = record(store, ACCOUNT, AccountOutcome.FILLED)

    assert twice.version == once.version == 2


def test_an_outcome_of_an_execution_that_is_not_there_waits(store):
    with pytest.raises(Unavailable):
        record(store, ACCOUNT, AccountOutcome.FILLED)


def test_executions_are_listed_latest_first_for_their_owner(store):
    for number in range(3):
        stamp = f"2026-11-25-04-15-0{number}"
        store.executions.create(an_execution(f"exe_{number}", execution_timestamp=stamp))
    store.executions.create(an_execution("exe_9", user_id=OTHER))

    def ids(page: Page[Execution]) -> list[str]:
        return [each.execution_id for each in page.items]

    assert ids(store.executions.for_user(ME, limit=2)) == ["exe_2", "exe_1"]
    assert ids(store.executions.for_strategy(ME, "stg_1")) == ["exe_2", "exe_1", "exe_0"]
    assert ids(store.executions.for_basket(OTHER, "bsk_1")) == ["exe_9"]
    assert ids(store.executions.for_strategy("user-3", "stg_1")) == []


# -- orders


def test_intents_are_planned_once_however_often_it_is_asked(store):
    orders = [an_order_of(number) for number in range(4)]

    assert store.orders.plan(orders) == 4
    assert store.orders.plan(orders) == 0

    assert set(store.orders.of_execution(orders[0].execution_id)) == set(orders)


def test_planning_again_leaves_what_has_moved_on_as_it_is(store):
    first, second = an_order_of(0), an_order_of(1)
    store.orders.plan([first])
    sent = claim(first, by="nonce", at=NOW, ends_at=later(30))
    store.orders.save(sent)

    assert store.orders.plan([first, second]) == 1
    assert store.orders.by_id(first.order_id) == sent


def test_more_orders_than_a_transaction_holds_are_all_planned(store):
    orders = [an_order_of(number) for number in range(130)]
    orders += [
        replace(
            each,
            user_id=OTHER,
            order_id=f"{each.order_id}x",
            order_timestamp=f"{each.order_timestamp}x",
        )
        for each in orders[:3]
    ]

    assert store.orders.plan(orders) == 133
    assert len(store.orders.of_execution(orders[0].execution_id)) == 133


def test_only_one_of_two_claims_of_an_order_is_written(store):
    order = an_order_of(0)
    store.orders.plan([order])
    store.orders.save(claim(order, by="first", at=NOW, ends_at=later(30)))

    with pytest.raises(VersionMoved):
        store.orders.save(claim(order, by="second", at=NOW, ends_at=later(30)))

    assert store.orders.by_id(order.order_id).claimed_by == "first"


def test_what_is_unsettled_is_found_by_shard_and_account_until_it_is_settled(store):
    mine, other = an_order_of(0), an_order_of(1, client_id="ZERODHA_CLIENT10")
    store.orders.plan([mine, other])

    assert store.orders.unsettled_of_account(ME, ACCOUNT) == (mine,)
    found = [each for shard in range(SHARDS) for each in store.orders.unsettled(shard)]
    assert set(found) == {mine, other}

    filled = changed(mine, state=OrderState.FILLED, fills=(a_fill(),), reported_filled=65)
    store.orders.save(filled)
    assert store.orders.unsettled_of_account(ME, ACCOUNT) == ()


def test_a_filled_order_whose_fills_are_missing_is_still_looked_for(store):
    order = an_order_of(0)
    store.orders.plan([order])
    store.orders.save(changed(order, state=OrderState.FILLED, reported_filled=65))

    assert len(store.orders.unsettled_of_account(ME, ACCOUNT)) == 1


def test_orders_are_listed_latest_first_for_their_user_alone(store):
    mine = [
        an_order_of(number, order_timestamp=f"2026-11-25T04:15:0{number}.000000Z#{number}")
        for number in range(3)
    ]
    foreign = an_order_of(3, user_id=OTHER)
    store.orders.plan([*mine, foreign])
    latest_first = tuple(reversed(mine))

    first = store.orders.for_user(ME, limit=2)
    assert first.items == latest_first[:2]
    assert store.orders.for_user(ME, limit=2, cursor=first.cursor).items == latest_first[2:]
    assert store.orders.for_strategy(ME, mine[0].strategy_id).items == latest_first
    assert store.orders.for_account(ME, ACCOUNT).items == latest_first
    assert store.orders.for_symbol(ME, mine[1].contract.symbol).items == (mine[1],)
    assert store.orders.for_account(OTHER, ACCOUNT).items == (foreign,)


# -- positions


def test_a_position_is_put_version_by_version(store):
    position = a_position()
    store.positions.put(position)
    store.positions.put(changed(position, net_quantity=0))

    with pytest.raises(VersionMoved):
        store.positions.put(position)
    with pytest.raises(VersionMoved):
        store.positions.put(changed(position, net_quantity=-130))

    assert store.positions.get(ME, position.position_key).net_quantity == 0


def test_positions_are_found_by_user_strategy_account_id_and_shard(store):
    short, closed = a_position(26000), a_position(26100, net_quantity=0)
    angel = a_position(26000, strategy_id="stg_2", client_id="ANGEL_1")
    foreign = a_position(26200, user_id=OTHER)
    for position in (short, closed, angel, foreign):
        store.positions.put(position)

    assert store.positions.of_user(ME) == (short, closed, angel)
    assert store.positions.of_user(ME, open_only=True) == (short, angel)
    assert store.positions.of_strategy(ME, "stg_1") == (short, closed)
    assert store.positions.of_account(ME, "ANGEL_1") == (angel,)
    assert store.positions.by_id(ME, foreign.position_id) is None
    assert store.positions.by_id(OTHER, foreign.position_id) == foreign
    found = [each.position_id for shard in range(SHARDS) for each in store.positions.open_in(shard)]
    assert sorted(found) == sorted(each.position_id for each in (short, angel, foreign))
    page = store.positions.page_of_user(ME, limit=1, open_only=True)
    assert page.items == (short,)


# -- paper books, market data, sockets


def test_a_paper_account_is_saved_over_the_version_that_was_read(store):
    books = PaperBooks(store.client, store.table("paper-broker"))
    state = PaperState(account="u#P", capital=Decimal(500000), trading_day=NOW.date())
    assert books.load("u#P") is None

    books.save("u#P", state, 0)
    books.save("u#P", state, 1)
    for stale in (0, 1, 5):
        with pytest.raises(VersionMoved):
            books.save("u#P", state, stale)

    assert books.load("u#P") == replace(state, version=2)


def test_market_data_is_not_shown_after_it_expired_though_it_is_still_there(store):
    cache, ends = store.market_cache, later(300)
    for stamp in ("SPOT#1", "SPOT#2"):
        cache.put("NIFTY", stamp, {"p": stamp}, data_type="SPOT", at=NOW, expires_at=ends)

    def latest(wall_now: datetime) -> Any:
        return cache.latest(dict[str, str], "NIFTY", "SPOT#", wall_now=wall_now)

    assert latest(NOW) == {"p": "SPOT#2"}
    assert cache.get(dict[str, str], "NIFTY", "SPOT#1", wall_now=NOW) == {"p": "SPOT#1"}
    assert latest(ends) is None
    assert cache.get(dict[str, str], "NIFTY", "SPOT#1", wall_now=ends) is None


def test_the_newest_of_a_kind_is_found_up_to_a_moment_until_it_expires(store):
    cache, ends = store.market_cache, later(300)
    for minute in ("04:15", "04:16", "04:17"):
        for expiry in ("12-01", "12-29"):
            stamp = f"{minute}#{expiry}"
            cache.put("NIFTY#DAY", stamp, stamp, data_type=None, at=NOW, expires_at=ends)

    def newest(up_to: str, ending: str, wall_now: datetime = NOW) -> Any:
        return cache.newest(str, "NIFTY#DAY", up_to=up_to, ending=ending, wall_now=wall_now)

    assert newest("04:16~", "#12-01") == "04:16#12-01"
    assert newest("05:00~", "#12-29") == "04:17#12-29"
    assert newest("04:14~", "#12-01") is None
    assert newest("05:00~", "#12-08") is None
    assert newest("05:00~", "#12-01", ends) is None


def test_feed_accounts_are_set_as_a_whole_and_asked_by_priority(store):
    first, second = FeedAccount(10, ME, "A"), FeedAccount(2, OTHER, "B#1")
    store.market_cache.set_feeds([first, second])
    assert store.market_cache.feeds() == (second, first)

    store.market_cache.set_feeds([first])
    assert store.market_cache.feeds() == (first,)


def test_a_ticket_opens_one_socket_once(store):
    ends = NOW + timedelta(seconds=30)
    store.connections.issue_ticket("secret", ME, now=NOW, expires_at=ends)
    store.connections.issue_ticket("late", ME, now=NOW, expires_at=ends)

    assert store.connections.redeem_ticket("guess", now=NOW) is None
    assert store.connections.redeem_ticket("late", now=ends) is None
    assert store.connections.redeem_ticket("secret", now=NOW) == ME
    assert store.connections.redeem_ticket("secret", now=NOW) is None


def test_a_users_sockets_are_found_until_they_expire_or_close(store):
    socket = Connection(connection_id="c1", user_id=ME, connected_at=NOW, expires_at=later(7200))
    store.connections.add(socket)
    store.connections.issue_ticket("secret", ME, now=NOW, expires_at=later(7200))
    listening = changed(socket, channels=("orders",))
    store.connections.save(listening)

    assert store.connections.of_user(ME, now=NOW) == (listening,)
    assert store.connections.of_user(ME, now=later(7200)) == ()

    store.connections.remove("c1")
    store.connections.remove("c1")
    assert store.connections.get("c1", now=NOW) is None


def test_an_execution_exists_once(store):
    store.executions.create(an_execution())

    with pytest.raises(Conflict):
        store.executions.create(an_execution())
