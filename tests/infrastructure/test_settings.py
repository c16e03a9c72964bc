"""config/environments.json: the design's values, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from cdk_stack.settings import ENVIRONMENTS_FILE, Settings, SettingsRefused


@pytest.fixture
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ENVIRONMENTS_FILE.read_text())
    return found


DESIGNED = {
    "dev": {
        "removal_policy": "DESTROY",
        "enable_monitoring": True,
        "cors_origins": ["http://localhost:3000"],
        "options_platform": {
            "market_data_ttl": 300,
            "enable_subscription_billing": False,
            "max_strategies_per_basket": 10,
            "max_legs_per_strategy": 6,
        },
        "execution_engine": {
            "execution_timeout": 30,
            "enable_websocket": True,
            "risk_validation_timeout": 5,
            "max_concurrent_executions": 50,
            "enable_paper_trading": True,
        },
    },
    "staging": {
        "removal_policy": "RETAIN",
        "enable_monitoring": True,
        "cors_origins": ["https://staging.quantleap.in"],
        "options_platform": {
            "market_data_ttl": 180,
            "enable_subscription_billing": True,
            "max_strategies_per_basket": 20,
            "max_legs_per_strategy": 8,
        },
        "execution_engine": {
            "execution_timeout": 20,
            "enable_websocket": True,
            "risk_validation_timeout": 3,
            "max_concurrent_executions": 200,
            "enable_paper_trading": False,
        },
    },
    "production": {
        "removal_policy": "RETAIN",
        "enable_monitoring": True,
        "enable_alarms": True,
        "cors_origins": ["https://app.quantleap.in"],
        "options_platform": {
            "market_data_ttl": 60,
            "enable_subscription_billing": True,
            "max_strategies_per_basket": 50,
            "max_legs_per_strategy": 10,
        },
        "execution_engine": {
            "execution_timeout": 15,
            "enable_websocket": True,
            "risk_validation_timeout": 2,
            "max_concurrent_executions": 1000,
            "enable_paper_trading": False,
        },
    },
}


@pytest.mark.parametrize("environment", sorted(DESIGNED))
def test_an_environment_has_the_designs_settings(
    document: dict[str, Any], environment: str
) -> None:
    chosen = document["environments"][environment]
    assert {key: chosen[key] for key in DESIGNED[environment]} == DESIGNED[environment]


def test_the_company_and_the_project_name_every_resource() -> None:
    assert Settings.read("dev").prefix == "ql-algo-trading-dev"


def test_the_stacks_have_the_names_of_the_deployment_commands() -> None:
    settings = Settings.read("dev")
    assert settings.auth_stack_name == "ql-algo-trading-dev-auth-broker-stack"
    assert settings.platform_stack_name == "ql-algo-trading-dev-options-platform-stack"
    assert settings.engine_stack_name == "ql-algo-trading-dev-execution-engine-stack"


def test_performance_fees_are_off_until_their_owner_has_advice() -> None:
    allowed = {
        name: Settings.read(name).chosen.allow_performance_fees
        for name in ("dev", "staging", "production")
    }
    assert allowed == {"dev": True, "staging": False, "production": False}


def test_a_simulated_market_is_shown_only_where_the_clock_is_played_too() -> None:
    shown = {
        name: Settings.read(name).chosen.simulated_market_url
        for name in ("dev", "staging", "production")
    }
    assert set(shown.values()) == {""}
    with pytest.raises(SettingsRefused, match="'simulated_market_url' needs a 'market_clock_url'"):
        Settings.read("dev", {"simulated_market_url": "http://127.0.0.1:4600/market"})


def test_an_unknown_key_is_refused_by_its_name(document: dict[str, Any]) -> None:
    document["environments"]["dev"]["execution_engine"]["execution_timout"] = 30
    with pytest.raises(
        SettingsRefused,
        match=r"Unknown key 'environments\.dev\.execution_engine\.execution_timout'",
    ):
        Settings.of(document, "dev", {})


def test_an_unknown_key_beside_the_environments_is_refused(document: dict[str, Any]) -> None:
    document["envronments"] = {}
    with pytest.raises(SettingsRefused, match="Unknown key 'envronments'"):
        Settings.of(document, "dev", {})


def test_a_missing_key_is_refused_by_its_name(document: dict[str, Any]) -> None:
    del document["environments"]["dev"]["money_path"]["quiet_period_s"]
    with pytest.raises(
        SettingsRefused, match=r"Missing key 'environments\.dev\.money_path\.quiet_period_s'"
    ):
        Settings.of(document, "dev", {})


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("shard_count", "4", "'environments.dev.shard_count' must be of type int, not '4'"),
        ("shard_count", True, "'environments.dev.shard_count' must be of type int, not True"),
        ("enable_alarms", 1, "'environments.dev.enable_alarms' must be of type bool, not 1"),
        ("cors_origins", "*", "'environments.dev.cors_origins' must be a list"),
        ("cors_origins", [1], r"'environments.dev.cors_origins\[0\]' must be of type str"),
        ("api", [], "'environments.dev.api' must be an object"),
        ("removal_policy", "KEEP", "must be one of DESTROY, RETAIN, not 'KEEP'"),
    ],
)
def test_a_wrong_type_is_refused_by_its_name(
    document: dict[str, Any], key: str, value: object, complaint: str
) -> None:
    document["environments"]["dev"][key] = value
    with pytest.raises(SettingsRefused, match=complaint):
        Settings.of(document, "dev", {})


def test_an_unknown_environment_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsRefused, match=r"no environment 'prod'; known: dev, local"):
        Settings.read("prod")


def test_a_setting_can_be_overridden_by_its_dotted_key() -> None:
    settings = Settings.read("dev", {"auth_broker.mode": "create", "shard_count": "7"})
    assert settings.chosen.auth_broker.mode == "create"
    assert settings.chosen.shard_count == 7


@pytest.mark.parametrize("key", ["shards", "api.shards", "log_level.x"])
def test_an_override_of_an_unknown_key_is_refused(key: str) -> None:
    with pytest.raises(SettingsRefused, match=f"Unknown key '{key}' in an override"):
        Settings.read("dev", {key: "1"})


def test_an_override_that_is_not_json_is_refused() -> None:
    with pytest.raises(SettingsRefused, match="The override of 'shard_count' is not JSON: many"):
        Settings.read("dev", {"shard_count": "many"})


def test_a_file_of_another_place_can_be_read(tmp_path: Path, document: dict[str, Any]) -> None:
    elsewhere = tmp_path / "environments.json"
    elsewhere.write_text(json.dumps(document))
    assert Settings.read("dev", file=elsewhere) == Settings.read("dev")


@pytest.mark.parametrize("origins", [[], ["*"]])
def test_any_origin_is_not_an_origin(document: dict[str, Any], origins: list[str]) -> None:
    document["environments"]["dev"]["cors_origins"] = origins
    with pytest.raises(SettingsRefused, match="'cors_origins' must name the web app's origins"):
        Settings.of(document, "dev", {})


@pytest.mark.parametrize("count", [0, 101])
def test_a_shard_must_fit_in_two_digits(document: dict[str, Any], count: int) -> None:
    document["environments"]["dev"]["shard_count"] = count
    with pytest.raises(SettingsRefused, match="'shard_count' must be from 1 to 100"):
        Settings.of(document, "dev", {})
