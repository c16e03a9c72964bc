"""Nothing ends that may still hold something, and what ends goes whole or not at all."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from lambda_functions.options_platform.strategy_manager import examples
from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.executions import ExecutionStatus
from shared_utils.domain.orders import OrderState
from shared_utils.domain.positions import position_key
from shared_utils.storage.executions import Executions
from shared_utils.storage.orders import Orders
from shared_utils.storage.positions import Positions
from tests.api_events import OTHER, TRADER
from tests.factories import a_contract, a_fill, an_order
from tests.fake_dynamo.faults import client_error, throttled
from tests.fake_dynamo.tables import table_name
from tests.unit.options_platform.conftest import Platform
from tests.unit.storage.samples import a_position, an_execution

ENTERED = datetime(2026, 11, 20, 4, 15, tzinfo=UTC)


class Engine:
    """Leaves rows behind as the execution engine does."""

    def __init__(self, platform: Platform) -> None:
        client = platform.dynamo
        self.positions = Positions(client, table_name("position-tracker"), 4)
        self.executions = Executions(client, table_name("strategy-executions"), 4)
        self.orders = Orders(client, table_name("order-history"), 4)

    def ran(self, strategy_id: str, status: ExecutionStatus = ExecutionStatus.COMPLETED) -> None:
        self.executions.create(
            an_execution(
                strategy_id=strategy_id, user_id=TRADER.user_id, status=status, created_at=ENTERED
            )
        )

    def holds(self, strategy_id: str, quantity: int, **parts: Any) -> None:
        self.positions.put(
            a_position(
                strategy_id=strategy_id, net_quantity=quantity, **{"user_id": "user-1", **parts}
            )
        )

    def ordered(self, strategy_id: str, *, filled: bool) -> None:
        state, fills = (OrderState.FILLED, (a_fill(),)) if filled else (OrderState.UNKNOWN, ())
        order = an_order(strategy_id=strategy_id, state=state, fills=fills, version=0)
        self.orders.plan([replace(order, version=1)])


@pytest.fixture
def engine(platform: Platform) -> Engine:
    return Engine(platform)


def path_of(strategy: dict[str, Any]) -> str:
    return f"/options/strategies/{strategy['strategy_id']}"


def refusals(platform: Platform, strategy: dict[str, Any]) -> list[tuple[int, str]]:
    """What deleting the strategy, and its basket, is answered; neither may write."""
    before = platform.rows()
    found = []
    for path in (path_of(strategy), f"/options/baskets/{strategy['basket_id']}"):
        reply = platform.call("DELETE", path)
        found.append((reply.status, reply.error["code"]))
    assert platform.rows() == before
    return found


@pytest.mark.parametrize("quantity", [-65, 65])
@pytest.mark.parametrize("broker", [BrokerName.ZERODHA, BrokerName.PAPER])
def test_what_holds_a_position_stays_real_or_on_paper(
    platform: Platform, engine: Engine, broker: BrokerName, quantity: int
):
    strategy = platform.allocated()
    key = position_key(strategy["strategy_id"], a_contract(), "ZERODHA_CLIENT1", broker)
    engine.holds(strategy["strategy_id"], quantity, broker_name=broker, position_key=key)
    assert refusals(platform, strategy) == [(409, "OPEN_POSITIONS")] * 2
    refused = platform.call("DELETE", path_of(strategy))
    assert refused.fields == ["positions.ZERODHA_CLIENT1"]
    assert f"holds {quantity} of NIFTY" in refused.text


def test_the_exit_of_a_paused_strategy_that_holds_something_stays_scheduled(
    platform: Platform, engine: Engine
):
    strategy = platform.allocated()
    platform.call("POST", f"{path_of(strategy)}/activate")
    platform.mark_executed(strategy["strategy_id"])
    paused = platform.call("POST", f"{path_of(strategy)}/pause").body
    assert paused["next_event"] == "EXIT"
    engine.ran(strategy["strategy_id"])
    engine.holds(strategy["strategy_id"], -65)
    assert refusals(platform, strategy) == [(409, "OPEN_POSITIONS")] * 2
    assert platform.call("GET", path_of(strategy)).body == paused


def test_a_strategy_that_is_flat_again_is_archived(platform: Platform, engine: Engine):
    strategy = platform.allocated()
    engine.ran(strategy["strategy_id"])
    engine.holds(strategy["strategy_id"], 0)
    assert platform.call("DELETE", path_of(strategy)).status == 204
    kept = platform.call("GET", path_of(strategy)).body
    assert (kept["status"], kept["next_execution"]) == ("ARCHIVED", None)


@pytest.mark.parametrize("status", [ExecutionStatus.FAILED, ExecutionStatus.CANCELLED])
def test_a_run_by_hand_is_history_even_if_nothing_traded(
    platform: Platform, engine: Engine, status: ExecutionStatus
):
    strategy = platform.allocated()
    engine.ran(strategy["strategy_id"], status)
    assert platform.call("DELETE", path_of(strategy)).status == 204
    assert platform.call("GET", path_of(strategy)).body["status"] == "ARCHIVED"


@pytest.mark.parametrize("status", [ExecutionStatus.PENDING, ExecutionStatus.RUNNING])
def test_a_run_that_is_not_over_may_yet_fill(
    platform: Platform, engine: Engine, status: ExecutionStatus
):
    strategy = platform.allocated()
    engine.ran(strategy["strategy_id"], status)
    assert refusals(platform, strategy) == [(409, "EXECUTION_UNDER_WAY")] * 2


@pytest.mark.parametrize("filled", [False, True])
def test_an_order_without_an_end_or_a_fill_without_its_position_stops_the_end(
    platform: Platform, engine: Engine, *, filled: bool
):
    strategy = platform.allocated()
    engine.ran(strategy["strategy_id"])
    engine.ordered(strategy["strategy_id"], filled=filled)
    assert refusals(platform, strategy) == [(409, "EXECUTION_UNDER_WAY")] * 2


def test_what_a_subscriber_holds_keeps_the_strategy_and_names_nobody(
    platform: Platform, engine: Engine
):
    strategy = platform.allocated()
    engine.holds(strategy["strategy_id"], -65, user_id=OTHER.user_id)
    assert refusals(platform, strategy) == [(409, "OPEN_POSITIONS")] * 2
    refused = platform.call("DELETE", path_of(strategy))
    assert OTHER.user_id not in refused.text
    assert "Subscribers" in refused.text


def failing(error: Callable[[str], Exception], *, in_table: str) -> Callable[[Any], None]:
    def fail(call: Any) -> None:
        if call.request.get("TableName") == table_name(in_table):
            raise error(call.operation)

    return fail


NO_TABLE = ("ResourceNotFoundException", "Requested resource not found")
NOT_ALLOWED = ("AccessDeniedException", "not authorized")


@pytest.mark.parametrize("table", ["position-tracker", "order-history", "strategy-executions"])
@pytest.mark.parametrize("error", [throttled, lambda name: client_error(*NOT_ALLOWED, name)])
def test_what_cannot_be_read_is_not_flat(
    platform: Platform, error: Callable[[str], Exception], table: str
):
    strategy = platform.allocated()
    platform.dynamo.before = failing(error, in_table=table)
    assert refusals(platform, strategy) == [(503, "POSITIONS_UNKNOWN")] * 2


def test_before_the_execution_engine_is_deployed_nothing_has_run(platform: Platform):
    first, second = platform.allocated(), platform.allocated()
    platform.dynamo.before = failing(
        lambda name: client_error(*NO_TABLE, name), in_table="order-history"
    )
    assert platform.call("DELETE", path_of(first)).status == 204
    platform.mark_executed(second["strategy_id"])
    assert refusals(platform, second) == [(503, "POSITIONS_UNKNOWN")] * 2


def test_a_claim_in_the_same_moment_wins(platform: Platform, engine: Engine):
    """The strategy falls due between the look at its runs and the write: its version has moved."""
    strategy = platform.allocated()

    def claim(call: Any) -> None:
        if call.operation == "transact_write_items":
            platform.dynamo.before = None
            engine.ran(strategy["strategy_id"], ExecutionStatus.PENDING)
            platform.mark_executed(strategy["strategy_id"])

    platform.dynamo.before = claim
    refused = platform.call("DELETE", path_of(strategy))
    assert (refused.status, refused.error["code"]) == (409, "EXECUTION_UNDER_WAY")
    assert platform.call("GET", path_of(strategy)).body["status"] == "PAUSED"


# -- baskets


def test_a_basket_goes_with_its_paused_strategies_and_their_allocations(platform: Platform):
    basket_id = platform.allocated()["basket_id"]
    platform.allocated(basket_id=basket_id)
    kept = platform.allocated()
    assert platform.call("DELETE", f"/options/baskets/{basket_id}").status == 204
    assert platform.call("GET", f"/options/baskets/{basket_id}").status == 404
    left = platform.call("GET", "/options/strategies").body["items"]
    assert [each["strategy_id"] for each in left] == [kept["strategy_id"]]
    allocations = platform.call("GET", "/options/brokers/allocations").body["items"]
    assert {each["strategy_id"] for each in allocations} == {kept["strategy_id"]}


def test_a_basket_with_history_is_archived_with_what_ran_and_without_the_rest(
    platform: Platform, engine: Engine
):
    ran = platform.allocated()
    never = platform.allocated(basket_id=ran["basket_id"])
    engine.ran(ran["strategy_id"])
    path = f"/options/baskets/{ran['basket_id']}"
    assert platform.call("DELETE", path).status == 204
    basket = platform.call("GET", path).body
    assert (basket["status"], basket["strategy_count"]) == ("ARCHIVED", 1)
    assert platform.call("GET", path_of(ran)).body["status"] == "ARCHIVED"
    assert platform.call("GET", path_of(never)).status == 404


def test_one_active_strategy_keeps_the_whole_basket_and_every_one_in_the_way_is_named(
    platform: Platform, engine: Engine
):
    active = platform.allocated()
    holding = platform.allocated(basket_id=active["basket_id"])
    platform.strategy(active["basket_id"])
    platform.call("POST", f"{path_of(active)}/activate")
    engine.holds(holding["strategy_id"], -65)
    before = platform.rows()
    refused = platform.call("DELETE", f"/options/baskets/{active['basket_id']}")
    assert (refused.status, refused.error["code"]) == (409, "STRATEGY_ACTIVE")
    assert sorted(refused.fields) == sorted(
        f"strategies.{each['strategy_id']}" for each in (active, holding)
    )
    assert platform.rows() == before


def test_a_basket_is_not_deleted_on_what_a_lagging_index_shows(platform: Platform):
    strategy = platform.allocated()
    platform.dynamo.hold_indexes()
    platform.strategy(strategy["basket_id"])
    before = platform.rows()
    refused = platform.call("DELETE", f"/options/baskets/{strategy['basket_id']}")
    assert (refused.status, refused.error["code"]) == (409, "VERSION_MOVED")
    assert platform.rows() == before
    platform.dynamo.release_indexes()
    assert platform.call("DELETE", f"/options/baskets/{strategy['basket_id']}").status == 204
    assert platform.dynamo.rows(table_name("strategy-broker-allocations")) == []


def test_no_allocation_outlives_its_strategy_while_indexes_lag(platform: Platform):
    strategy = platform.strategy()
    platform.dynamo.hold_indexes()
    platform.call("POST", f"{path_of(strategy)}/brokers", examples.ALLOCATIONS)
    assert platform.call("DELETE", path_of(strategy)).status == 204
    assert platform.dynamo.rows(table_name("strategy-broker-allocations")) == []


def test_more_than_one_transaction_takes_is_refused_whole(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
):
    """On a platform that allows more strategies; 34 with two accounts each are 103 rows."""
    monkeypatch.setenv("MAX_STRATEGIES_PER_BASKET", "50")
    platform.restart()
    basket_id = platform.basket()
    ids = [
        platform.allocated(basket_id=basket_id, legs=[], strategy_type="CUSTOM")["strategy_id"]
        for _ in range(34)
    ]
    path = f"/options/baskets/{basket_id}"
    before = platform.rows()
    refused = platform.call("DELETE", path)
    assert (refused.status, refused.error["code"]) == (409, "TOO_MANY_AT_ONCE")
    assert platform.rows() == before
    assert platform.call("DELETE", f"/options/strategies/{ids[0]}").status == 204
    assert platform.call("DELETE", path).status == 204
    assert platform.dynamo.rows(table_name("strategy-broker-allocations")) == []
