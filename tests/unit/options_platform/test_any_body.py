"""Whatever JSON is sent: an answer that the document names, and nothing written without a 2xx."""

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambda_functions.options_platform.strategy_manager import examples
from lambda_functions.options_platform.strategy_manager.template_schemas import EXAMPLE_ORDER
from tests.api_events import ADMIN, TRADER, Caller
from tests.unit.options_platform.conftest import Platform, a_condor
from tests.unit.options_platform.test_publishing import a_basket, a_published
from tests.unit.options_platform.test_templates import id_of

NUMBERS = st.one_of(
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0, -1, 1, 0.005, 1e-30, 1e300, 65, 65.0]),
)
WORDS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["SELL", "WEEKLY", "QUARTERLY", "BANKNIFTY", "SENSEX", "BSE", "09:15", "24:00"]
    ),
    st.sampled_from(["2026-11-30", "2026-02-30", "MONDAY", "\x00", "é", "x" * 3000]),
)
LEAVES = st.one_of(st.none(), st.booleans(), NUMBERS, WORDS)
NAMES = st.text(max_size=8)
ANY_JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where a body can be spoilt."""
    found = [path] if path else []
    if isinstance(value, dict):
        for name, inner in value.items():
            found += places(inner, (*path, name))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            found += places(inner, (*path, index))
    return found


@st.composite
def spoilt(draw: st.DrawFn, body: Any) -> Any:
    """The body with one to three places replaced, removed or joined by something foreign."""
    body = copy.deepcopy(body)
    for _ in range(draw(st.integers(1, 3))):
        *parents, last = draw(st.sampled_from(places(body)))
        here = body
        for name in parents:
            here = here[name]
        action = draw(st.sampled_from(["replace", "replace", "remove", "add"]))
        if action == "remove":
            del here[last]
        elif action == "add" and isinstance(here, dict):
            here[draw(st.text(max_size=8))] = draw(ANY_JSON)
        else:
            here[last] = draw(ANY_JSON)
        if not places(body):
            break
    return body


QUIET = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def is_documented(
    platform: Platform, path: str, body: Any, created: int = 201, caller: Caller = TRADER
) -> None:
    before = platform.rows()
    reply = platform.call("POST", path, body, caller=caller)
    assert reply.status in {created, 400, 404, 409, 422}, reply.text
    if reply.status != created:
        assert set(reply.error) == {"code", "message", "details", "request_id"}
        assert platform.rows() == before


@QUIET
@given(body=spoilt(a_condor()))
def test_a_spoilt_strategy(platform: Platform, body: Any):
    is_documented(platform, f"/options/baskets/{platform.basket()}/strategies", body)


@QUIET
@given(body=spoilt(examples.ALLOCATIONS))
def test_spoilt_allocations(platform: Platform, body: Any):
    is_documented(
        platform, f"/options/strategies/{platform.strategy()['strategy_id']}/brokers", body
    )


@QUIET
@given(body=ANY_JSON)
def test_any_json_as_a_basket(platform: Platform, body: Any):
    is_documented(platform, "/options/baskets", body)


@QUIET
@given(body=spoilt({**EXAMPLE_ORDER, "stop_loss_percentage": 30.5, "lots_multiple": 2}))
def test_a_spoilt_order_of_a_template(platform: Platform, body: Any):
    if isinstance(body, dict) and body.get("basket_id") == EXAMPLE_ORDER["basket_id"]:
        body["basket_id"] = platform.basket()
    is_documented(platform, f"/options/templates/{id_of('IRON_CONDOR')}/create", body)


@QUIET
@given(body=spoilt({"visibility": "PUBLIC", "subscription_config": {"type": "PAID"}}))
def test_a_spoilt_publication(platform: Platform, body: Any):
    path = f"/options/baskets/{a_basket(platform)}/publish"
    is_documented(platform, path, body, created=200, caller=ADMIN)


@QUIET
@given(
    body=spoilt(
        {
            "investment_amount": 1000,
            "strategy_broker_overrides": {
                "stg_1": {"custom_allocations": [{"client_id": "A", "lots_per_execution": 1}]}
            },
        }
    )
)
def test_a_spoilt_subscription(platform: Platform, body: Any):
    is_documented(platform, f"/options/baskets/{a_published(platform)}/subscribe", body)


LISTS = [
    "/options/baskets",
    "/options/strategies",
    "/options/templates",
    "/options/marketplace",
    "/options/subscriptions",
]


@pytest.mark.parametrize("path", LISTS)
@QUIET
@given(query=st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=3))
def test_any_query(platform: Platform, path: str, query: dict[str, str]):
    reply = platform.call("GET", path, query=query)
    assert reply.status in {200, 400}
