"""Every operation, asked by somebody else: as if the thing did not exist, and nothing changes."""

from typing import Any

import pytest

from lambda_functions.options_platform.basket_manager import routes as basket_routes
from lambda_functions.options_platform.strategy_manager import routes as strategy_routes
from shared_utils.api.operations import Operation, Operations
from tests.api_events import ADMIN, OTHER, TRADER, Caller
from tests.unit.options_platform.conftest import Platform


def declared() -> list[Operation]:
    operations, nothing = Operations(), Any
    basket_routes.register(operations, nothing, nothing)  # type: ignore[arg-type]  # only declared
    strategy_routes.register(operations, nothing, nothing, nothing, nothing)  # type: ignore[arg-type]  # only declared
    return list(operations.declared)


ALL = {operation.operation_id: operation for operation in declared()}
# Nobody's: every trader reads the same library.
OF_THE_LIBRARY = ["listTemplates", "getTemplate", "createFromTemplate"]
OF_AN_OBJECT = [
    name for name, operation in ALL.items() if "{" in operation.path and name not in OF_THE_LIBRARY
]
LISTS_OF_MINE = ["listBaskets", "listStrategies", "listAllocations"]
MISSING = {
    "basket_id": "bsk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "strategy_id": "stg_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "leg_id": "leg_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "allocation_id": "alc_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "client_id": "NOBODYS",
    "template_id": "tpl_01ARZ3NDEKTSV4RRFFQ69G5FAV",
}


@pytest.fixture
def owned(platform: Platform) -> dict[str, str]:
    """Ids of everything a trader has."""
    strategy = platform.allocated()
    listed = platform.call("GET", "/options/brokers/allocations")
    return {
        "basket_id": strategy["basket_id"],
        "strategy_id": strategy["strategy_id"],
        "leg_id": strategy["legs"][0]["leg_id"],
        "allocation_id": listed.body["items"][0]["allocation_id"],
        "client_id": "ZERODHA_CLIENT1",
        "template_id": MISSING["template_id"],
    }


def ask(platform: Platform, name: str, ids: dict[str, str], caller: Caller | None) -> Any:
    operation = ALL[name]
    path = operation.path.format_map(ids)
    return platform.call(operation.method, path, operation.example, caller=caller)


def test_every_operation_is_either_on_an_object_or_a_list_of_mine():
    assert set(ALL) == {*OF_AN_OBJECT, *LISTS_OF_MINE, *OF_THE_LIBRARY, "createBasket"}


@pytest.mark.parametrize("name", OF_AN_OBJECT)
@pytest.mark.parametrize("caller", [OTHER, ADMIN])
def test_somebody_elses_is_answered_like_missing(
    platform: Platform, owned: dict[str, str], name: str, caller: Caller
):
    if name == "listAccountAllocations" and caller is OTHER:
        owned["client_id"] = "ONLY_HERS"  # both have a ZERODHA_CLIENT1 of their own
    before = platform.rows()
    foreign = ask(platform, name, owned, caller)
    missing = ask(platform, name, MISSING, caller)
    assert foreign.status == missing.status == 404
    same = foreign.text
    for kind, value in owned.items():
        same = same.replace(value, MISSING[kind])
    assert same == missing.text
    assert platform.rows() == before


@pytest.mark.parametrize("name", sorted(ALL))
def test_nobody_gets_in_without_a_token(platform: Platform, owned: dict[str, str], name: str):
    before = platform.rows()
    refused = ask(platform, name, owned, None)
    assert (refused.status, refused.error["code"]) == (401, "UNAUTHENTICATED")
    assert platform.rows() == before


@pytest.mark.parametrize("name", LISTS_OF_MINE)
def test_lists_show_only_what_is_mine(platform: Platform, owned: dict[str, str], name: str):
    assert len(ask(platform, name, owned, TRADER).body["items"]) > 0
    assert ask(platform, name, owned, OTHER).body == {"items": [], "cursor": None}


def test_an_account_of_the_same_name_is_still_anothers(platform: Platform, owned: dict[str, str]):
    mine = platform.call("GET", "/options/brokers/ZERODHA_CLIENT1/allocations")
    hers = platform.call("GET", "/options/brokers/ZERODHA_CLIENT1/allocations", caller=OTHER)
    assert len(mine.body["items"]) == 1
    assert hers.body["items"] == []


def test_a_cursor_is_of_no_use_to_another_user(platform: Platform):
    for _ in range(3):
        platform.basket()
    cursor = platform.call("GET", "/options/baskets?limit=2").body["cursor"]
    refused = platform.call("GET", f"/options/baskets?limit=2&cursor={cursor}", caller=OTHER)
    assert (refused.status, refused.fields) == (400, ["cursor"])


def test_an_id_of_another_kind_says_which_kind_is_meant(platform: Platform, owned: dict[str, str]):
    refused = platform.call("GET", f"/options/strategies/{owned['basket_id']}")
    assert refused.status == 404
    assert "strategy" in refused.error["message"]
    assert "stg_" in refused.error["message"]


def test_a_strategy_cannot_be_made_in_anothers_basket(platform: Platform):
    hers = platform.basket(OTHER)
    before = platform.rows()
    reply = platform.call(
        "POST", f"/options/baskets/{hers}/strategies", ALL["createStrategy"].example
    )
    assert reply.status == 404
    assert platform.rows() == before
