"""Every operation, asked by somebody else: as if the thing did not exist, and nothing changes."""

from typing import Any

import pytest

from cdk_stack.routes_of_execution_engine import ROUTES
from lambda_functions.execution_engine.live_feed import routes as live_routes
from lambda_functions.execution_engine.order_manager import routes as order_routes
from lambda_functions.execution_engine.performance_calculator import routes as position_routes
from lambda_functions.execution_engine.strategy_executor import routes as execution_routes
from shared_utils.api.operations import Operation, Operations
from shared_utils.domain.orders import OrderState
from tests.api_events import ADMIN, OTHER, TRADER, Caller
from tests.factories import an_order
from tests.unit.execution_api.conftest import (
    EXECUTION,
    STRATEGY,
    Engine,
    execution_of,
    position_of,
    strategy_of,
)

MISSING = {
    "strategy_id": "stg_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "execution_id": "exe_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "order_id": "ord_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "id": "pos_01ARZ3NDEKTSV4RRFFQ69G5FAV",
}


def declared() -> list[Operation]:
    operations, nothing = Operations(), Any
    execution_routes.register(operations, nothing, nothing)  # type: ignore[arg-type]  # only declared
    order_routes.register(operations, nothing, nothing)  # type: ignore[arg-type]  # only declared
    position_routes.register(operations, nothing, nothing)  # type: ignore[arg-type]  # only declared
    return list(operations.declared)


ALL = {operation.operation_id: operation for operation in declared()}
OF_AN_OBJECT = sorted(name for name, operation in ALL.items() if "{" in operation.path)
LISTS = ["listOrders", "listLiveOrders", "listPositions", "listLivePositions"]
SUMS = ["getPnl", "getDashboard"]


@pytest.fixture
def owned(engine: Engine) -> dict[str, str]:
    """Ids of everything a trader has."""
    order, position = an_order(state=OrderState.OPEN), position_of()
    engine.put(strategy_of(), execution_of(), order, position)
    return {
        "strategy_id": STRATEGY,
        "execution_id": EXECUTION,
        "order_id": order.order_id,
        "id": position.position_id,
    }


def ask(engine: Engine, name: str, ids: dict[str, str], caller: Caller | None) -> Any:
    operation = ALL[name]
    path = operation.path.format_map(ids)
    return engine.call(operation.method, path, operation.example, caller=caller)


def test_what_is_declared_is_what_is_deployed():
    live: Any = Operations()
    live_routes.register(live, Any, "")  # type: ignore[arg-type]  # only declared
    served = {(each.method, each.path) for each in (*declared(), *live.declared)}
    assert served == {(route.method, route.path) for route in ROUTES}


def test_every_operation_is_tried_here():
    assert set(ALL) == {*OF_AN_OBJECT, *LISTS, *SUMS}


@pytest.mark.parametrize("name", OF_AN_OBJECT)
@pytest.mark.parametrize("caller", [OTHER, ADMIN])
def test_somebody_elses_is_answered_like_missing(
    engine: Engine, owned: dict[str, str], name: str, caller: Caller
):
    before = engine.rows()
    foreign, missing = ask(engine, name, owned, caller), ask(engine, name, MISSING, caller)
    assert foreign.status == missing.status == 404
    same = foreign.text
    for kind, value in owned.items():
        same = same.replace(value, MISSING[kind])
    assert same == missing.text
    assert engine.rows() == before
    assert engine.queues.sent == []


@pytest.mark.parametrize("caller", [OTHER, ADMIN])
def test_a_strategys_positions_are_its_owners(
    engine: Engine, owned: dict[str, str], caller: Caller
):
    foreign = engine.get(f"/execution/positions/{STRATEGY}", caller)
    missing = engine.get(f"/execution/positions/{MISSING['strategy_id']}", caller)
    assert foreign.status == missing.status == 404
    assert foreign.text.replace(STRATEGY, MISSING["strategy_id"]) == missing.text


@pytest.mark.parametrize("name", OF_AN_OBJECT)
def test_its_owner_is_answered(engine: Engine, owned: dict[str, str], name: str):
    assert ask(engine, name, owned, TRADER).status in {200, 202}


@pytest.mark.parametrize("name", OF_AN_OBJECT)
def test_an_id_of_another_kind_says_which_kind_is_meant(
    engine: Engine, owned: dict[str, str], name: str
):
    wrong = dict.fromkeys(MISSING, "bsk_01ARZ3NDEKTSV4RRFFQ69G5FAV")
    refused = ask(engine, name, wrong, TRADER)
    assert refused.status == 404
    assert "is not the id of" in refused.error["message"]


@pytest.mark.parametrize("name", sorted(ALL))
def test_nobody_gets_in_without_a_token(engine: Engine, owned: dict[str, str], name: str):
    before = engine.rows()
    refused = ask(engine, name, owned, None)
    assert (refused.status, refused.error["code"]) == (401, "UNAUTHENTICATED")
    assert engine.rows() == before


@pytest.mark.parametrize("name", LISTS)
def test_lists_show_only_what_is_mine(engine: Engine, owned: dict[str, str], name: str):
    assert len(ask(engine, name, owned, TRADER).body["items"]) == 1
    assert ask(engine, name, owned, OTHER).body == {"items": [], "cursor": None}


@pytest.mark.parametrize(
    "query", [f"strategy_id={STRATEGY}", "symbol=NIFTY26D0126050CE", "client_id=ZERODHA_CLIENT1"]
)
def test_a_filter_opens_nobody_elses_orders(engine: Engine, owned: dict[str, str], query: str):
    assert len(engine.get(f"/execution/orders?{query}").body["items"]) == 1
    assert engine.get(f"/execution/orders?{query}", OTHER).body["items"] == []


def test_sums_are_of_what_is_mine(engine: Engine, owned: dict[str, str]):
    assert len(ask(engine, "getPnl", owned, TRADER).body["strategies"]) == 1
    assert ask(engine, "getPnl", owned, OTHER).body["strategies"] == []
    mine = ask(engine, "getDashboard", owned, TRADER).body
    assert (mine["open_positions"], mine["live_orders"]) == (1, 1)
    hers = ask(engine, "getDashboard", owned, OTHER).body
    assert (hers["open_positions"], hers["live_orders"]) == (0, 0)
    assert set(hers["executions_today"].values()) == {0}


def test_a_cursor_is_of_no_use_to_another_user(engine: Engine):
    engine.put(*(an_order(slice_number=number) for number in range(3)))
    cursor = engine.get("/execution/orders?limit=2").body["cursor"]
    refused = engine.get(f"/execution/orders?limit=2&cursor={cursor}", OTHER)
    assert (refused.status, refused.fields) == (400, ["cursor"])
