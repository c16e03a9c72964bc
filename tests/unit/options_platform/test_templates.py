"""The library of structures: whole, drawn truly, and made into strategies that could trade."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from lambda_functions.options_platform.strategy_manager.template_payoffs import thumbnail_of
from lambda_functions.options_platform.strategy_manager.templates import Parameter, library_from
from shared_utils.domain.strategy_rules import incomplete_legs
from shared_utils.risk_calculations.payoffs import Unlimited
from shared_utils.settings import strategy_templates
from shared_utils.storage.strategies import Strategies
from tests.api_events import OTHER, TRADER
from tests.fake_dynamo.tables import table_name
from tests.unit.options_platform.conftest import Platform

LIBRARY = library_from(strategy_templates())
TEMPLATES = {template.key: template for template in LIBRARY.templates}
MIXED = {"CALL_CALENDAR", "PUT_CALENDAR", "DOUBLE_CALENDAR"}
UNLIMITED_LOSS = {"SHORT_STRADDLE", "SHORT_STRANGLE", "CALL_RATIO_SPREAD", "BATMAN"}
UNLIMITED_PROFIT = {"LONG_STRADDLE", "LONG_STRANGLE", "CALL_RATIO_BACKSPREAD"}
MISSING = "tpl_01ARZ3NDEKTSV4RRFFQ69G5FAV"


def id_of(key: str) -> str:
    return TEMPLATES[key].template_id


def made(platform: Platform, key: str, basket_id: str | None = None, **parts: Any) -> Any:
    body = {"basket_id": basket_id or platform.basket(), "name": "Mine", "symbol": "NIFTY"}
    return platform.call("POST", f"/options/templates/{id_of(key)}/create", {**body, **parts})


def test_the_library_has_each_structure_once():
    assert len(TEMPLATES) == len(LIBRARY.templates) >= 20
    assert len({each.template_id for each in LIBRARY.templates}) == len(LIBRARY.templates)


def test_an_id_is_the_same_in_every_release():
    assert id_of("IRON_CONDOR") == "tpl_37P50219P693RMVXT34SSD2D81"


@pytest.mark.parametrize("key", sorted(TEMPLATES))
def test_every_template_becomes_a_whole_strategy(platform: Platform, key: str):
    reply = made(platform, key)
    assert reply.status == 201, reply.text
    assert (reply.body["status"], reply.body["name"]) == ("PAUSED", "Mine")
    stored = Strategies(platform.dynamo, table_name("options-strategies"), 4)
    strategy = stored.get(TRADER.user_id, reply.body["strategy_id"])
    assert strategy is not None
    assert incomplete_legs(strategy) == ()
    assert [leg.underlying_config.lot_size for leg in strategy.legs] == [65] * len(strategy.legs)


@pytest.mark.parametrize("symbol", ["BANKNIFTY", "FINNIFTY", "MIDCPNIFTY", "SENSEX"])
def test_every_template_fits_every_index_with_the_expiries_it_has(platform: Platform, symbol: str):
    stored = Strategies(platform.dynamo, table_name("options-strategies"), 4)
    for key in sorted(TEMPLATES):
        reply = made(platform, key, symbol=symbol)
        assert reply.status == 201, (key, reply.text)
        strategy = stored.get(TRADER.user_id, reply.body["strategy_id"])
        assert strategy is not None
        assert incomplete_legs(strategy) == (), key
        kinds = {leg.option_config.expiry_type for leg in strategy.legs}
        assert kinds == {"WEEKLY" if symbol == "SENSEX" else "MONTHLY"}, key


@pytest.mark.parametrize("symbol", ["BANKNIFTY", "FINNIFTY", "MIDCPNIFTY"])
def test_a_weekly_template_on_an_index_without_weeklies_names_what_there_is(
    platform: Platform, symbol: str
):
    refused = made(platform, "IRON_CONDOR", symbol=symbol, expiry_type="WEEKLY")
    assert refused.status == 422
    assert set(refused.fields) == {f"legs[{n}].option_config.expiry_type" for n in range(4)}
    assert "no weekly options" in refused.text
    assert "monthly of 2026-11-" in refused.text


@pytest.mark.parametrize("key", sorted(set(TEMPLATES) - MIXED))
def test_a_payoffs_corners_and_bounds_are_those_of_its_legs(key: str):
    drawn = thumbnail_of(TEMPLATES[key], LIBRARY.illustration)
    assert (drawn.max_loss is Unlimited.UNLIMITED) == (key in UNLIMITED_LOSS)
    assert (drawn.max_profit is Unlimited.UNLIMITED) == (key in UNLIMITED_PROFIT)
    profits = [point.profit for point in drawn.points]
    assert min(profits) < 0 < max(profits)
    assert drawn.breakevens
    if isinstance(drawn.max_profit, Decimal) and not key.startswith("PUT_RATIO_BACK"):
        assert max(profits) <= drawn.max_profit


def test_an_iron_condor_is_drawn_as_a_plateau_between_two_floors():
    drawn = thumbnail_of(TEMPLATES["IRON_CONDOR"], LIBRARY.illustration)
    at = {point.index_price: point.profit for point in drawn.points}
    assert at[Decimal(25000)] == at[Decimal(24600)] == at[Decimal(25400)] == drawn.net_premium
    assert at[Decimal(25800)] == at[Decimal(24200)] == drawn.net_premium - 400
    assert drawn.max_loss == 400 - drawn.net_premium


@pytest.mark.parametrize("key", sorted(MIXED))
def test_a_calendar_peaks_at_its_strikes_and_has_no_exact_bounds(key: str):
    template = TEMPLATES[key]
    drawn = thumbnail_of(template, LIBRARY.illustration)
    assert (drawn.max_profit, drawn.max_loss, drawn.breakevens) == (None, None, None)
    assert drawn.net_premium < 0
    best = max(drawn.points, key=lambda point: point.profit)
    away = template.parameters.get(Parameter.DISTANCE, 0) * 100
    assert abs(best.index_price - 25000) == away
    assert drawn.points[0].profit < 0 > drawn.points[-1].profit


def test_the_list_comes_in_pages_and_can_be_narrowed(platform: Platform):
    first = platform.call("GET", "/options/templates?limit=20").body
    rest = platform.call("GET", f"/options/templates?limit=20&cursor={first['cursor']}").body
    assert [each["template_id"] for each in first["items"] + rest["items"]] == [
        each.template_id for each in LIBRARY.templates
    ]
    assert rest["cursor"] is None
    hedged = platform.call("GET", "/options/templates?category=HEDGED&outlook=NEUTRAL").body
    assert {each["category"] for each in hedged["items"]} == {"HEDGED"}
    refused = platform.call("GET", f"/options/templates?category=HEDGED&cursor={first['cursor']}")
    assert (refused.status, refused.fields) == (400, ["cursor"])
    refused = platform.call("GET", "/options/templates?category=MAGIC")
    assert (refused.status, refused.fields) == (400, ["category"])


def test_a_templates_detail_is_its_entry_in_the_list(platform: Platform):
    listed = platform.call("GET", "/options/templates").body["items"]
    detail = platform.call("GET", f"/options/templates/{id_of('JADE_LIZARD')}").body
    assert detail in listed
    assert [leg["strikes_from_atm"] for leg in detail["legs"]] == [4, 4, 6]


def test_parameters_move_the_legs(platform: Platform):
    reply = made(
        platform, "IRON_CONDOR", distance=6, width=2, lots_multiple=3, stop_loss_percentage=40
    )
    legs = reply.body["legs"]
    assert [leg["premium_selection"]["strike_count"] for leg in legs] == [6, 8, 6, 8]
    assert {leg["lots_multiple"] for leg in legs} == {3}
    stops = {leg["transaction_config"]["transaction_type"]: leg["stop_loss_config"] for leg in legs}
    assert (stops["SELL"]["enabled"], stops["SELL"]["value"]) == (True, 40)
    assert stops["BUY"]["enabled"] is False


def test_an_index_without_weeklies_gets_monthlies(platform: Platform):
    legs = made(platform, "SHORT_STRANGLE", symbol="BANKNIFTY").body["legs"]
    assert {leg["option_config"]["expiry_type"] for leg in legs} == {"MONTHLY"}
    assert {leg["underlying_config"]["lot_size"] for leg in legs} == {30}


def test_a_calendars_far_leg_is_one_expiry_later(platform: Platform):
    legs = made(platform, "CALL_CALENDAR", expiry_offset=1).body["legs"]
    assert [leg["option_config"]["expiry_offset"] for leg in legs] == [1, 2]


@pytest.mark.parametrize(
    ("key", "parts", "status", "fields"),
    [
        ("SHORT_STRADDLE", {"distance": 3}, 422, ["distance"]),
        ("SHORT_STRADDLE", {"distance": 3, "width": 2}, 422, ["distance", "width"]),
        ("LONG_STRADDLE", {"stop_loss_percentage": 30}, 422, ["stop_loss_percentage"]),
        ("IRON_CONDOR", {"distance": 0}, 400, ["distance"]),
        ("IRON_CONDOR", {"colour": "red"}, 400, ["colour"]),
        ("IRON_CONDOR", {"symbol": "GOLD"}, 400, ["symbol"]),
        ("CALL_CALENDAR", {"expiry_offset": 19}, 422, None),
        ("IRON_CONDOR", {"symbol": "BANKNIFTY", "expiry_type": "WEEKLY"}, 422, None),
    ],
)
def test_what_a_template_cannot_be_is_refused_and_nothing_is_written(
    platform: Platform, key: str, parts: dict[str, Any], status: int, fields: list[str] | None
):
    basket_id = platform.basket()
    before = platform.rows()
    refused = made(platform, key, basket_id, **parts)
    assert refused.status == status, refused.text
    assert fields is None or refused.fields == fields
    assert platform.rows() == before


def test_a_template_is_not_made_into_anothers_basket(platform: Platform):
    hers = platform.basket(OTHER)
    before = platform.rows()
    assert made(platform, "IRON_CONDOR", hers).status == 404
    body = {"basket_id": hers, "name": "Mine", "symbol": "NIFTY"}
    assert platform.call("POST", f"/options/templates/{MISSING}/create", body).status == 404
    assert platform.call("GET", f"/options/templates/{MISSING}").status == 404
    assert platform.rows() == before


def test_a_basket_that_is_full_takes_no_template(platform: Platform):
    basket_id = platform.basket()
    for _ in range(3):
        assert made(platform, "IRON_CONDOR", basket_id).status == 201
    refused = made(platform, "IRON_CONDOR", basket_id)
    assert (refused.status, refused.error["code"]) == (422, "LIMIT_REACHED")


def clone(platform: Platform, strategy_id: str, **body: Any) -> Any:
    return platform.call("POST", f"/options/strategies/{strategy_id}/clone", body)


def test_a_clone_has_the_legs_and_settings_and_none_of_the_record(platform: Platform):
    source = platform.allocated()
    path = f"/options/strategies/{source['strategy_id']}"
    assert platform.call("POST", f"{path}/activate").status == 200
    platform.mark_executed(source["strategy_id"])
    basket_id = platform.basket()
    copy = clone(platform, source["strategy_id"], basket_id=basket_id).body
    assert (copy["name"], copy["status"]) == (f"Copy of {source['name']}", "PAUSED")
    assert (copy["basket_id"], copy["last_executed"]) == (basket_id, None)
    for name in ("execution_schedule", "risk_config", "strategy_type", "auto_execute"):
        assert copy[name] == source[name]
    ids = {leg.pop("leg_id") for each in (source, copy) for leg in each["legs"]}
    assert len(ids) == 2 * len(copy["legs"])
    assert copy["legs"] == source["legs"]
    brokers = platform.call("GET", f"/options/strategies/{copy['strategy_id']}/brokers").body
    assert brokers["items"] == []
    basket = platform.call("GET", f"/options/baskets/{basket_id}").body
    assert (basket["strategy_count"], basket["active_strategy_count"]) == (1, 0)


def test_a_clone_leaves_the_dates_behind_that_are_over(platform: Platform):
    days = {"type": "CUSTOM", "custom_dates": ["2026-11-23", "2026-11-25"]}
    schedule = {
        "entry_time": "09:45",
        "exit_time": "15:15",
        "entry_days": days,
        "exit_days": days,
    }
    source = platform.strategy(execution_schedule=schedule)
    platform.clock.turn(datetime(2026, 11, 24, 4, 0, tzinfo=UTC))
    ids = {"basket_id": source["basket_id"]}
    copy = clone(platform, source["strategy_id"], **ids).body
    assert copy["execution_schedule"]["entry_days"]["custom_dates"] == ["2026-11-25"]
    platform.clock.turn(datetime(2026, 11, 26, 4, 0, tzinfo=UTC))
    before = platform.rows()
    refused = clone(platform, source["strategy_id"], **ids)
    assert refused.status == 422
    assert "2026-11-23 is over" in refused.text
    assert platform.rows() == before


def test_a_clone_may_stay_in_its_basket_under_a_new_name(platform: Platform):
    source = platform.strategy()
    copy = clone(platform, source["strategy_id"], basket_id=source["basket_id"], name="B").body
    assert (copy["name"], copy["strategy_number"]) == ("B", 2)


def test_a_clone_takes_the_lot_of_its_own_day(platform: Platform):
    source = platform.strategy()
    strategies = Strategies(platform.dynamo, table_name("options-strategies"), 4)
    stored = strategies.get(TRADER.user_id, source["strategy_id"])
    assert stored is not None
    old = tuple(
        replace(leg, underlying_config=replace(leg.underlying_config, lot_size=75))
        for leg in stored.legs
    )
    strategies.save(replace(stored, legs=old, version=stored.version + 1))
    copy = clone(platform, source["strategy_id"], basket_id=source["basket_id"]).body
    assert {leg["underlying_config"]["lot_size"] for leg in copy["legs"]} == {65}


def test_a_clone_that_the_market_no_longer_lists_is_refused(platform: Platform):
    source = platform.strategy()
    platform.clock.turn(datetime(2027, 6, 1, 4, 0, tzinfo=UTC))
    before = platform.rows()
    refused = clone(platform, source["strategy_id"], basket_id=source["basket_id"])
    assert refused.status in {422, 503}
    assert platform.rows() == before


def test_nothing_is_cloned_from_or_into_what_is_anothers(platform: Platform):
    mine, hers = platform.strategy(), platform.strategy(caller=OTHER)
    before = platform.rows()
    for strategy_id, basket_id in (
        (mine["strategy_id"], hers["basket_id"]),
        (hers["strategy_id"], mine["basket_id"]),
        (mine["strategy_id"], "stg_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
    ):
        assert clone(platform, strategy_id, basket_id=basket_id).status == 404
    assert clone(platform, mine["strategy_id"]).fields == ["basket_id"]
    assert platform.rows() == before
