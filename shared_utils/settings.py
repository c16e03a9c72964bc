"""What a function is told by its environment: read here, once, and nowhere else.

A function gets only the variables it needs. Each is required when it is asked for, and not before.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from shared_utils.domain.broker_accounts import BrokerName

_ENVIRONMENT = re.compile(r"[a-z][a-z0-9-]{0,15}")
_URL = re.compile(r"(https?|wss?)://[^\s/]+(/\S*)?")
_LOG_LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"})
_ENDPOINT_KEYS = frozenset({"api", "login"})
_MOST_SHARDS = 100
_CONFIG = Path(__file__).resolve().parent.parent / "config"
_MARKET_CONFIG = _CONFIG / "indian_market_config.json"
_STRATEGY_TEMPLATES = _CONFIG / "strategy_templates.json"


class SettingUnusable(Exception):
    """A variable is missing or says something that cannot be meant. The message names it."""


@dataclass(frozen=True, slots=True)
class BrokerEndpoint:
    """Where a broker's HTTP API is, and where its users log in."""

    api: str
    login: str


@dataclass(frozen=True, slots=True)
class Settings:
    """A typed view of environment variables; raises SettingUnusable for the one at fault."""

    values: Mapping[str, str] = field(repr=False)

    def text(self, name: str) -> str:
        value = self.values.get(name, "").strip()
        if not value:
            raise SettingUnusable(f"The environment variable {name} is missing.")
        return value

    def whole_number(self, name: str, *, at_least: int = 0, at_most: int = 10**9) -> int:
        text = self.text(name)
        if not text.isascii() or not text.isdecimal() or not at_least <= int(text) <= at_most:
            raise SettingUnusable(
                f"{name} must be a whole number from {at_least} to {at_most}, not {text!r}."
            )
        return int(text)

    def switch(self, name: str) -> bool:
        text = self.text(name)
        if text not in {"true", "false"}:
            raise SettingUnusable(f"{name} must be true or false, not {text!r}.")
        return text == "true"

    def url(self, name: str) -> str:
        text = self.text(name)
        if not _URL.fullmatch(text):
            raise SettingUnusable(f"{name} must be a URL, not {text!r}.")
        return text.rstrip("/")

    def _url_or_empty(self, name: str) -> str:
        if name not in self.values:
            raise SettingUnusable(f"The environment variable {name} is missing.")
        return self.url(name) if self.values[name].strip() else ""

    @property
    def environment(self) -> str:
        text = self.text("ENVIRONMENT")
        if not _ENVIRONMENT.fullmatch(text):
            raise SettingUnusable(f"ENVIRONMENT must be a short lower-case name, not {text!r}.")
        return text

    @property
    def log_level(self) -> str:
        text = self.text("LOG_LEVEL")
        if text not in _LOG_LEVELS:
            raise SettingUnusable(f"LOG_LEVEL must be a logging level, not {text!r}.")
        return text

    # -- tables

    @property
    def baskets_table(self) -> str:
        return self.text("BASKETS_TABLE")

    @property
    def strategies_table(self) -> str:
        return self.text("STRATEGIES_TABLE")

    @property
    def allocations_table(self) -> str:
        return self.text("ALLOCATIONS_TABLE")

    @property
    def subscriptions_table(self) -> str:
        return self.text("SUBSCRIPTIONS_TABLE")

    @property
    def basket_versions_table(self) -> str:
        return self.text("BASKET_VERSIONS_TABLE")

    @property
    def subscription_events_table(self) -> str:
        return self.text("SUBSCRIPTION_EVENTS_TABLE")

    @property
    def invoices_table(self) -> str:
        return self.text("INVOICES_TABLE")

    @property
    def billing_ledger_table(self) -> str:
        return self.text("BILLING_LEDGER_TABLE")

    @property
    def market_data_table(self) -> str:
        return self.text("MARKET_DATA_TABLE")

    @property
    def executions_table(self) -> str:
        return self.text("EXECUTIONS_TABLE")

    @property
    def orders_table(self) -> str:
        return self.text("ORDERS_TABLE")

    @property
    def positions_table(self) -> str:
        return self.text("POSITIONS_TABLE")

    @property
    def broker_accounts_table(self) -> str:
        return self.text("BROKER_ACCOUNTS_TABLE")

    @property
    def user_profiles_table(self) -> str:
        return self.text("USER_PROFILES_TABLE")

    @property
    def idempotency_table(self) -> str:
        return self.text("IDEMPOTENCY_TABLE")

    @property
    def connections_table(self) -> str:
        return self.text("CONNECTIONS_TABLE")

    @property
    def paper_broker_table(self) -> str:
        return self.text("PAPER_BROKER_TABLE")

    @property
    def shard_count(self) -> int:
        return self.whole_number("SHARD_COUNT", at_least=1, at_most=_MOST_SHARDS)

    # -- services

    @property
    def executions_queue_url(self) -> str:
        return self.url("EXECUTIONS_QUEUE_URL")

    @property
    def orders_queue_url(self) -> str:
        return self.url("ORDERS_QUEUE_URL")

    @property
    def websocket_endpoint(self) -> str:
        """The management API's URL, with the stage."""
        return self.url("WEBSOCKET_ENDPOINT")

    @property
    def token_key_id(self) -> str:
        return self.text("TOKEN_KEY_ID")

    @property
    def user_pool_id(self) -> str:
        return self.text("USER_POOL_ID")

    @property
    def user_pool_client_id(self) -> str:
        return self.text("USER_POOL_CLIENT_ID")

    @property
    def market_clock_url(self) -> str:
        """Empty: the real clock. The variable itself must be there: nobody trades on a guess."""
        return self._url_or_empty("MARKET_CLOCK_URL")

    @property
    def simulated_market_url(self) -> str:
        """Empty: quotes come from brokers alone. The variable itself must be there."""
        return self._url_or_empty("SIMULATED_MARKET_URL")

    @property
    def broker_endpoints(self) -> Mapping[BrokerName, BrokerEndpoint]:
        text = self.text("BROKER_ENDPOINTS")
        try:
            return {BrokerName(name): _endpoint(each) for name, each in json.loads(text).items()}
        except (ValueError, TypeError, AttributeError) as error:
            raise SettingUnusable(
                'BROKER_ENDPOINTS must be JSON such as {"zerodha": {"api": URL, "login": URL}}.'
            ) from error

    @property
    def oauth_callback_url(self) -> str:
        return self.url("OAUTH_CALLBACK_URL")

    @property
    def cors_origins(self) -> tuple[str, ...]:
        """Empty allows no other origin."""
        return tuple(
            origin.strip()
            for origin in self.values.get("CORS_ORIGINS", "").split(",")
            if origin.strip()
        )

    # -- limits and times

    @property
    def execution_timeout_s(self) -> int:
        return self.whole_number("EXECUTION_TIMEOUT_S", at_least=1)

    @property
    def market_data_ttl_s(self) -> int:
        return self.whole_number("MARKET_DATA_TTL_S", at_least=1)

    @property
    def max_strategies_per_basket(self) -> int:
        return self.whole_number("MAX_STRATEGIES_PER_BASKET", at_least=1)

    @property
    def max_legs_per_strategy(self) -> int:
        return self.whole_number("MAX_LEGS_PER_STRATEGY", at_least=1)

    @property
    def quiet_period_s(self) -> int:
        return self.whole_number("QUIET_PERIOD_S", at_least=1)

    @property
    def claim_ahead_s(self) -> int:
        return self.whole_number("CLAIM_AHEAD_S", at_least=1)

    @property
    def prepare_ahead_s(self) -> int:
        return self.whole_number("PREPARE_AHEAD_S", at_least=1)

    @property
    def max_quote_age_s(self) -> int:
        return self.whole_number("MAX_QUOTE_AGE_S", at_least=1)

    @property
    def enable_paper_trading(self) -> bool:
        return self.switch("ENABLE_PAPER_TRADING")

    @property
    def allow_performance_fees(self) -> bool:
        return self.switch("ALLOW_PERFORMANCE_FEES")

    # -- billing

    @property
    def enable_subscription_billing(self) -> bool:
        return self.switch("ENABLE_SUBSCRIPTION_BILLING")

    @property
    def payment_provider(self) -> str:
        """A name of the catalogue of payment providers."""
        return self.text("PAYMENT_PROVIDER")

    @property
    def billing_grace_days(self) -> int:
        return self.whole_number("BILLING_GRACE_DAYS", at_most=365)


def _endpoint(value: Mapping[str, str]) -> BrokerEndpoint:
    if set(value) != _ENDPOINT_KEYS:
        raise ValueError("an endpoint has api and login, and nothing else")
    for url in value.values():
        if not _URL.fullmatch(url):
            raise ValueError("an endpoint's values are URLs")
    return BrokerEndpoint(api=value["api"].rstrip("/"), login=value["login"].rstrip("/"))


def settings_from_environment() -> Settings:
    """A copy of the process's environment: what changes later is not seen."""
    return Settings(dict(os.environ))


@lru_cache(maxsize=1)
def market_config() -> dict[str, Any]:
    """`config/indian_market_config.json` of the function's asset, as JSON (its money is strings).

    Raises SettingUnusable when the asset lacks it.
    """
    return _json_of(_MARKET_CONFIG)


@lru_cache(maxsize=1)
def strategy_templates() -> dict[str, Any]:
    """`config/strategy_templates.json` of the function's asset, as JSON.

    Raises SettingUnusable when the asset lacks it.
    """
    return _json_of(_STRATEGY_TEMPLATES)


def _json_of(file: Path) -> dict[str, Any]:
    try:
        config: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingUnusable(f"config/{file.name} cannot be read.") from error
    return config
