"""Reading through a busy database, forged cursors, and writers that meet."""

import base64
import json
from typing import Any

import pytest

from shared_utils.domain.errors import InvalidInput, Unavailable
from shared_utils.domain.executions import AccountOutcome, ExecutionStatus
from shared_utils.storage.clients import impatient
from shared_utils.storage.connections import Connections
from shared_utils.storage.market_cache import MarketCache
from shared_utils.storage.orders import Orders
from tests.factories import NOW
from tests.fake_dynamo import faults
from tests.unit.storage.conftest import SHARDS
from tests.unit.storage.samples import (
    ACCOUNT,
    ME,
    OTHER,
    a_basket,
    a_run,
    an_execution,
    an_order_of,
    changed,
    later,
)


class Busy:
    """A client whose BatchGetItem answers only so many keys at a time."""

    def __init__(self, client, answered: int) -> None:
        self._client = client
        self._answered = answered
        self.rounds = 0

    def __getattr__(self, name):
        return getattr(self._client, name)

    def batch_get_item(self, **request):
        self.rounds += 1
        ((table, asked),) = request["RequestItems"].items()
        now, left = asked["Keys"][: self._answered], asked["Keys"][self._answered :]
        answer: dict[str, Any] = {"Responses": {}}
        if now:
            answer = self._client.batch_get_item(RequestItems={table: asked | {"Keys": now}})
        answer["UnprocessedKeys"] = {table: asked | {"Keys": left}} if left else {}
        return answer


@pytest.fixture
def many(faulty):
    orders = [
        an_order_of(number, order_timestamp=f"2026-11-25T04:15:00.{number:06d}Z#{number}")
        for number in range(120)
    ]
    faulty.orders.plan(orders)
    return faulty, orders


def test_keys_that_were_not_processed_are_asked_again_and_the_order_is_kept(many):
    store, orders = many
    busy = Busy(store.client, answered=40)

    found = Orders(busy, store.table("order-history"), SHARDS).unsettled_of_account(ME, ACCOUNT)

    assert list(found) == sorted(orders, key=lambda order: order.order_id)
    assert busy.rounds == 4


def test_a_database_that_never_processes_the_keys_is_unavailable(many):
    store, _ = many
    busy = Busy(store.client, answered=0)

    with pytest.raises(Unavailable):
        Orders(busy, store.table("order-history"), SHARDS).for_user(ME)
    assert busy.rounds == 8


def forged(cursor: str, **key: str) -> str:
    content = json.loads(base64.urlsafe_b64decode(cursor))
    content["k"] |= {name: {"S": value} for name, value in key.items()}
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


def test_a_forged_cursor_is_refused_by_its_own_list(faulty):
    for number in range(3):
        faulty.baskets.create(a_basket(f"bsk_{number}"))
        faulty.baskets.create(a_basket(f"bsk_{number}", user_id=OTHER))
    cursor = faulty.baskets.mine(ME, limit=1).cursor

    with pytest.raises(InvalidInput):
        faulty.baskets.mine(ME, limit=1, cursor=forged(cursor, user_id=OTHER))


def test_a_page_gives_up_filling_itself_and_says_where_to_go_on(faulty):
    for number in range(40):
        owner = ME if number == 39 else OTHER
        execution = an_execution(
            f"exe_{number:02d}", user_id=owner, execution_timestamp=f"t{99 - number}"
        )
        faulty.executions.create(execution)

    first = faulty.executions.for_strategy(ME, "stg_1", limit=1)
    assert first.items == ()

    cursor, found = first.cursor, []
    while cursor is not None:
        page = faulty.executions.for_strategy(ME, "stg_1", limit=1, cursor=cursor)
        found += page.items
        cursor = page.cursor
    assert [each.execution_id for each in found] == ["exe_39"]


def record(store, client_id: str) -> None:
    store.executions.record_account(
        strategy_id="stg_1",
        execution_id="exe_1",
        user_id=ME,
        client_id=client_id,
        outcome=AccountOutcome.FILLED,
        at=later(1),
    )


def test_accounts_that_report_at_once_are_all_recorded(faulty, dynamo):
    accounts = tuple(a_run(f"C{number}") for number in range(6))
    faulty.executions.create(an_execution(accounts=accounts))
    waiting = [f"C{number}" for number in range(1, 6)]

    def another_comes_first(call) -> None:
        if call.writes and waiting:
            record(faulty, waiting.pop())

    dynamo.before = another_comes_first
    record(faulty, "C0")

    stored = faulty.executions.by_id("exe_1")
    assert {run.outcome for run in stored.accounts} == {AccountOutcome.FILLED}
    assert (stored.status, stored.version) == (ExecutionStatus.COMPLETED, 7)


def test_an_execution_that_never_holds_still_is_reported_later(faulty, dynamo):
    faulty.executions.create(an_execution(accounts=(a_run(), a_run("C1"))))

    def somebody_saves(call) -> None:
        if call.writes:
            dynamo.before = None
            faulty.executions.save(changed(faulty.executions.by_id("exe_1")))
            dynamo.before = somebody_saves

    dynamo.before = somebody_saves
    with pytest.raises(Unavailable):
        record(faulty, ACCOUNT)


def test_a_cancelled_execution_stays_cancelled_when_its_accounts_report(faulty):
    cancelled = an_execution(accounts=(a_run(),), status=ExecutionStatus.CANCELLED)
    faulty.executions.create(cancelled)

    record(faulty, ACCOUNT)

    assert faulty.executions.by_id("exe_1").status is ExecutionStatus.CANCELLED


def test_a_quote_or_a_socket_that_could_not_be_written_is_unavailable(faulty, dynamo):
    def mute(_call) -> None:
        raise faults.throttled()

    dynamo.before = mute
    cache: MarketCache = faulty.market_cache
    sockets: Connections = faulty.connections

    with pytest.raises(Unavailable):
        cache.put("NIFTY", "SPOT#1", {}, data_type="SPOT", at=NOW, expires_at=later(9))
    with pytest.raises(Unavailable):
        sockets.remove("c1")


def test_a_ticket_that_two_sockets_present_opens_one(faulty, dynamo):
    faulty.connections.issue_ticket("secret", ME, now=NOW, expires_at=later(30))
    others = []

    def another_comes_first(call) -> None:
        if call.writes:
            dynamo.before = None
            others.append(faulty.connections.redeem_ticket("secret", now=NOW))

    dynamo.before = another_comes_first

    assert faulty.connections.redeem_ticket("secret", now=NOW) is None
    assert others == [ME]


def test_the_money_paths_client_gives_up_soon():
    config: Any = impatient(connections=50)

    assert (config.connect_timeout, config.read_timeout) == (1, 2)
    assert config.retries["total_max_attempts"] == 2
    assert config.max_pool_connections == 50
