"""`config/environments.json` as frozen settings. What the file says too much or too little of, or
says in the wrong type, is refused with the path of the key.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, Self, get_args, get_origin, get_type_hints

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS_FILE = ROOT / "config" / "environments.json"

# Two digits in a key name the shard.
_MOST_SHARDS = 100
_MOST_GRACE_DAYS = 365


class SettingsRefused(Exception):
    """A key of the settings is unknown, missing or of the wrong type; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    name: str
    short_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Aws:
    default_region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionsPlatform:
    """The design document's settings of stack 2; the TTL is in seconds."""

    market_data_ttl: int
    enable_subscription_billing: bool
    max_strategies_per_basket: int
    max_legs_per_strategy: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionEngine:
    """The design document's settings of stack 3; timeouts are in seconds."""

    execution_timeout: int
    enable_websocket: bool
    risk_validation_timeout: int
    max_concurrent_executions: int
    enable_paper_trading: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportNames:
    """What stack 1 exports, and under which names; `${AuthStackName}` is the stack's parameter."""

    UserPoolId: str
    UserPoolClientId: str
    UserProfilesTableName: str
    BrokerAccountsTableName: str
    TokenKeyArn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthBroker:
    """`import` consumes an existing stack 1 by its exports; `create` deploys ours."""

    mode: Literal["import", "create"]
    mfa: Literal["OFF", "OPTIONAL", "REQUIRED"]
    export_names: ExportNames


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyPath:
    claim_ahead_s: int
    prepare_ahead_s: int
    quiet_period_s: int
    max_quote_age_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedules:
    """When the minute ticks come; which minutes are market time is the functions' decision."""

    expression: str
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing:
    """`schedule` is when the billing run comes; `ledger` counts every charge as settled, `by_hand`
    waits for the publisher to record it. Whether anything is charged at all is
    `options_platform.enable_subscription_billing`.
    """

    schedule: str
    payment_provider: Literal["ledger", "by_hand"]
    grace_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    throttle_rate_per_s: int
    throttle_burst: int
    waf_enabled: bool
    waf_requests_per_5_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """`copy_to_region` empty: no copy in a second region."""

    enabled: bool
    retention_days: int
    point_in_time_recovery: bool
    copy_to_region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerEndpoint:
    api: str
    login: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerEndpoints:
    zerodha: BrokerEndpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentSettings:
    """One environment. `public_endpoint` empty: the APIs are reached at API Gateway's own hosts;
    otherwise under `{public_endpoint}/_aws/execute-api/{pinned id}/{stage}`.
    `market_clock_url` empty: the real clock; `simulated_market_url` empty: quotes come from brokers
    alone. `oauth_callback_url` empty: derived from the API.
    """

    removal_policy: Literal["DESTROY", "RETAIN"]
    enable_monitoring: bool
    enable_alarms: bool
    cors_origins: tuple[str, ...]
    options_platform: OptionsPlatform
    execution_engine: ExecutionEngine
    auth_broker: AuthBroker
    money_path: MoneyPath
    schedules: Schedules
    billing: Billing
    api: Api
    backup: Backup
    broker_endpoints: BrokerEndpoints
    oauth_callback_url: str
    market_clock_url: str
    simulated_market_url: str
    public_endpoint: str
    allow_performance_fees: bool
    shard_count: int
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"]
    log_retention_days: int
    alert_emails: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.cors_origins or "*" in self.cors_origins:
            raise SettingsRefused("'cors_origins' must name the web app's origins, one by one.")
        if self.simulated_market_url and not self.market_clock_url:
            raise SettingsRefused(
                "'simulated_market_url' needs a 'market_clock_url': nobody trades on simulated "
                "quotes by the real clock."
            )
        if not 1 <= self.shard_count <= _MOST_SHARDS:
            raise SettingsRefused(f"'shard_count' must be from 1 to {_MOST_SHARDS}.")
        if not 0 <= self.billing.grace_days <= _MOST_GRACE_DAYS:
            raise SettingsRefused(f"'billing.grace_days' must be from 0 to {_MOST_GRACE_DAYS}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the three stacks of one environment are told."""

    environment: str
    company: Company
    project: str
    aws: Aws
    chosen: EnvironmentSettings

    @classmethod
    def read(
        cls,
        environment: str,
        overrides: Mapping[str, str] | None = None,
        file: Path = ENVIRONMENTS_FILE,
    ) -> Self:
        """The settings of `environment`. `overrides` are dotted keys of that environment
        (`auth_broker.mode`) with JSON, or plain text, as values.

        Raises SettingsRefused.
        """
        return cls.of(json.loads(file.read_text(encoding="utf-8")), environment, overrides or {})

    @classmethod
    def of(
        cls, document: Mapping[str, Any], environment: str, overrides: Mapping[str, str]
    ) -> Self:
        environments = document.get("environments", {})
        if environment not in environments:
            known = ", ".join(sorted(environments)) or "none"
            raise SettingsRefused(f"There is no environment '{environment}'; known: {known}.")
        unknown = set(document) - {"company", "project", "aws", "environments"}
        if unknown:
            raise SettingsRefused(f"Unknown key '{min(unknown)}'.")
        chosen = environments[environment]
        for key, text in overrides.items():
            _override(chosen, key, text)
        return cls(
            environment=environment,
            company=_typed(Company, _present(document, "company"), "company"),
            project=_typed(str, _present(document, "project"), "project"),
            aws=_typed(Aws, _present(document, "aws"), "aws"),
            chosen=_typed(EnvironmentSettings, chosen, f"environments.{environment}"),
        )

    @property
    def prefix(self) -> str:
        """`ql-algo-trading-dev`: what every name starts with."""
        return f"{self.company.short_name}-{self.project}-{self.environment}"

    @property
    def auth_stack_name(self) -> str:
        return f"{self.prefix}-auth-broker-stack"

    @property
    def platform_stack_name(self) -> str:
        return f"{self.prefix}-options-platform-stack"

    @property
    def engine_stack_name(self) -> str:
        return f"{self.prefix}-execution-engine-stack"

    @property
    def keeps_data(self) -> bool:
        """Tables and keys outlive their stack and refuse to be deleted."""
        return self.chosen.removal_policy == "RETAIN"

    @property
    def speaks_tls(self) -> bool:
        """Whether everything is reached over TLS, so that whatever is not may be refused."""
        return not self.chosen.public_endpoint.startswith("http://")

    @property
    def builds_layers(self) -> bool:
        """Where the functions bring their third-party packages with them (not on our own host)."""
        return not self.chosen.public_endpoint


def _present(document: Mapping[str, Any], key: str) -> Any:
    if key not in document:
        raise SettingsRefused(f"Missing key '{key}'.")
    return document[key]


def _override(chosen: dict[str, Any], key: str, text: str) -> None:
    *parents, last = key.split(".")
    place = chosen
    for parent in parents:
        place = place.get(parent, {})
    if not isinstance(place, dict) or last not in place:
        raise SettingsRefused(f"Unknown key '{key}' in an override.")
    if isinstance(place[last], str):
        place[last] = text
        return
    try:
        place[last] = json.loads(text)
    except json.JSONDecodeError as problem:
        raise SettingsRefused(f"The override of '{key}' is not JSON: {text}") from problem


def _typed(wanted: Any, value: Any, path: str) -> Any:
    if is_dataclass(wanted):
        return _block(wanted, value, path)
    if get_origin(wanted) is Literal:
        if value not in get_args(wanted):
            choices = ", ".join(get_args(wanted))
            raise SettingsRefused(f"'{path}' must be one of {choices}, not {value!r}.")
        return value
    if get_origin(wanted) is tuple:
        if not isinstance(value, list):
            raise SettingsRefused(f"'{path}' must be a list, not {value!r}.")
        member = get_args(wanted)[0]
        return tuple(_typed(member, item, f"{path}[{n}]") for n, item in enumerate(value))
    if type(value) is not wanted:
        raise SettingsRefused(f"'{path}' must be of type {wanted.__name__}, not {value!r}.")
    return value


def _block(wanted: Any, value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        raise SettingsRefused(f"'{path}' must be an object, not {value!r}.")
    hints = get_type_hints(wanted)
    names = {field.name for field in fields(wanted)}
    for key in value:
        if key not in names:
            raise SettingsRefused(f"Unknown key '{path}.{key}'.")
    for name in sorted(names):
        if name not in value:
            raise SettingsRefused(f"Missing key '{path}.{name}'.")
    return wanted(**{name: _typed(hints[name], value[name], f"{path}.{name}") for name in names})
