"""A setting that is missing or cannot be meant is named; nothing falls back in silence."""

import pytest

from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.settings import (
    BrokerEndpoint,
    Settings,
    SettingUnusable,
    market_config,
    settings_from_environment,
)

NAMES = {
    "environment": "ENVIRONMENT",
    "baskets_table": "BASKETS_TABLE",
    "strategies_table": "STRATEGIES_TABLE",
    "allocations_table": "ALLOCATIONS_TABLE",
    "subscriptions_table": "SUBSCRIPTIONS_TABLE",
    "basket_versions_table": "BASKET_VERSIONS_TABLE",
    "subscription_events_table": "SUBSCRIPTION_EVENTS_TABLE",
    "market_data_table": "MARKET_DATA_TABLE",
    "executions_table": "EXECUTIONS_TABLE",
    "orders_table": "ORDERS_TABLE",
    "positions_table": "POSITIONS_TABLE",
    "broker_accounts_table": "BROKER_ACCOUNTS_TABLE",
    "user_profiles_table": "USER_PROFILES_TABLE",
    "idempotency_table": "IDEMPOTENCY_TABLE",
    "connections_table": "CONNECTIONS_TABLE",
    "paper_broker_table": "PAPER_BROKER_TABLE",
    "executions_queue_url": "EXECUTIONS_QUEUE_URL",
    "orders_queue_url": "ORDERS_QUEUE_URL",
    "websocket_endpoint": "WEBSOCKET_ENDPOINT",
    "token_key_id": "TOKEN_KEY_ID",
    "user_pool_id": "USER_POOL_ID",
    "user_pool_client_id": "USER_POOL_CLIENT_ID",
    "market_clock_url": "MARKET_CLOCK_URL",
    "simulated_market_url": "SIMULATED_MARKET_URL",
    "broker_endpoints": "BROKER_ENDPOINTS",
    "oauth_callback_url": "OAUTH_CALLBACK_URL",
    "shard_count": "SHARD_COUNT",
    "execution_timeout_s": "EXECUTION_TIMEOUT_S",
    "market_data_ttl_s": "MARKET_DATA_TTL_S",
    "max_strategies_per_basket": "MAX_STRATEGIES_PER_BASKET",
    "max_legs_per_strategy": "MAX_LEGS_PER_STRATEGY",
    "quiet_period_s": "QUIET_PERIOD_S",
    "claim_ahead_s": "CLAIM_AHEAD_S",
    "prepare_ahead_s": "PREPARE_AHEAD_S",
    "max_quote_age_s": "MAX_QUOTE_AGE_S",
    "enable_paper_trading": "ENABLE_PAPER_TRADING",
    "allow_performance_fees": "ALLOW_PERFORMANCE_FEES",
    "log_level": "LOG_LEVEL",
}


@pytest.mark.parametrize(("attribute", "variable"), NAMES.items())
def test_a_missing_variable_is_named_when_it_is_asked_for(attribute, variable):
    with pytest.raises(SettingUnusable, match=variable):
        getattr(Settings({}), attribute)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("environment", "Dev!"),
        ("shard_count", "0"),
        ("shard_count", "101"),
        ("shard_count", "eight"),
        ("shard_count", "8.0"),
        ("shard_count", "-8"),
        ("shard_count", "٨"),
        ("quiet_period_s", "0"),
        ("claim_ahead_s", "1e2"),
        ("enable_paper_trading", "yes"),
        ("allow_performance_fees", "True"),
        ("executions_queue_url", "queue"),
        ("market_clock_url", "file:///etc/passwd"),
        ("simulated_market_url", "127.0.0.1:4600"),
        ("oauth_callback_url", "https://"),
        ("log_level", "LOUD"),
        ("broker_endpoints", "zerodha"),
        ("broker_endpoints", "[]"),
        ("broker_endpoints", '{"zerodha": null}'),
        ("broker_endpoints", '{"robinhood": {"api": "https://a.b", "login": "https://a.b"}}'),
        ("broker_endpoints", '{"zerodha": {"api": "https://a.b"}}'),
        ("broker_endpoints", '{"zerodha": {"api": "https://a.b", "login": "x", "more": "y"}}'),
        ("broker_endpoints", '{"zerodha": {"api": 7, "login": "https://a.b"}}'),
    ],
)
def test_a_garbled_value_is_refused_and_its_variable_named(attribute, value):
    with pytest.raises(SettingUnusable, match=NAMES[attribute]):
        getattr(Settings({NAMES[attribute]: value}), attribute)


def test_values_come_out_typed():
    settings = Settings(
        {
            "SHARD_COUNT": "16",
            "ENABLE_PAPER_TRADING": "true",
            "ALLOW_PERFORMANCE_FEES": "false",
            "CORS_ORIGINS": "http://localhost:3000, https://app.quantleap.in",
            "BROKER_ENDPOINTS": '{"zerodha": {"api": "https://api.k/", "login": "https://k/c"}}',
            "WEBSOCKET_ENDPOINT": "http://127.0.0.1:4566/_aws/execute-api/abc/live",
        }
    )

    assert settings.shard_count == 16
    assert settings.enable_paper_trading is True
    assert settings.allow_performance_fees is False
    assert settings.cors_origins == ("http://localhost:3000", "https://app.quantleap.in")
    assert settings.broker_endpoints == {
        BrokerName.ZERODHA: BrokerEndpoint("https://api.k", "https://k/c")
    }
    assert settings.websocket_endpoint.endswith("/live")


def test_no_origin_is_allowed_unless_named():
    assert Settings({}).cors_origins == ()


def test_settings_do_not_show_their_values():
    assert "canary" not in repr(Settings({"TOKEN_KEY_ID": "canary"}))


def test_the_environment_is_copied_when_it_is_read(monkeypatch):
    monkeypatch.setenv("SHARD_COUNT", "4")
    settings = settings_from_environment()
    monkeypatch.setenv("SHARD_COUNT", "5")

    assert settings.shard_count == 4


def test_the_market_config_is_read_once():
    assert market_config()["timezone"] == "Asia/Kolkata"
    assert market_config() is market_config()
