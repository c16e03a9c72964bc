"""The three packages' real handlers: an in-memory DynamoDB, and stand-ins of Cognito, KMS, Kite."""

import copy
import hashlib
import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from lambda_functions.auth import on_api as auth_api
from lambda_functions.broker_accounts import on_api as accounts_api
from lambda_functions.broker_oauth import on_api as oauth_api
from shared_utils.brokers.catalogue import BrokerParts
from shared_utils.brokers.wire import Send, WireAnswer, WireRequest
from shared_utils.domain.broker_accounts import BrokerAccount, Egress
from shared_utils.logger import PARENTS
from shared_utils.sealing import Sealer
from shared_utils.storage.broker_accounts import BrokerAccounts
from tests.api_events import ADMIN, OTHER, TRADER, Caller, LambdaContext, Reply, an_event, reply_of
from tests.clocks import TurnedClock
from tests.fake_dynamo.client import FakeDynamo
from tests.fake_dynamo.tables import schemas, table_name
from tests.unit.auth_broker.cognito import Cognito
from tests.unit.test_sealing import Kms

SETTINGS = {
    "ENVIRONMENT": "test",
    "LOG_LEVEL": "DEBUG",
    "MARKET_CLOCK_URL": "",
    "CORS_ORIGINS": "https://app.example.com",
    "ENABLE_PAPER_TRADING": "true",
    "TOKEN_KEY_ID": "alias/tokens",
    "USER_POOL_ID": "pool",
    "USER_POOL_CLIENT_ID": "client",
    "OAUTH_CALLBACK_URL": "https://api.example.com/brokers/oauth/zerodha/callback",
    "BROKER_ENDPOINTS": json.dumps(
        {"zerodha": {"api": "https://kite.test", "login": "https://kite.test/connect/login"}}
    ),
    "BROKER_ACCOUNTS_TABLE": table_name("broker-accounts"),
    "USER_PROFILES_TABLE": table_name("user-profiles"),
}
ENTRIES = {"/auth/": auth_api, "/brokers/accounts": accounts_api, "/brokers/oauth": oauth_api}
SECRET = "canary-api-secret"
API_KEY = "canary-api-key"
ACCESS_TOKEN = "canary-access-token"
REQUEST_TOKEN = "canary-request-token"

ZERODHA = {
    "client_id": "ZR1",
    "broker_name": "zerodha",
    "display_name": "Main",
    "capital": 1000000,
    "api_key": API_KEY,
    "api_secret": SECRET,
}
PAPER = {
    "client_id": "PAPER1",
    "broker_name": "paper",
    "display_name": "Paper",
    "capital": 500000.5,
}


@dataclass
class Kite:
    """Exchanges any request token; `answer` is said instead, `user_id` is who logged in."""

    user_id: str = "ZR1"
    answer: WireAnswer | None = None
    fault: Exception | None = None
    requests: list[WireRequest] = field(default_factory=list)
    egresses: list[Egress] = field(default_factory=list)

    def send(self, request: WireRequest) -> WireAnswer:
        self.requests.append(request)
        if self.fault is not None:
            raise self.fault
        if self.answer is not None:
            return self.answer
        form = {name: each[0] for name, each in parse_qs((request.body or b"").decode()).items()}
        proof = f"{form['api_key']}{form['request_token']}{SECRET}"
        assert form["checksum"] == hashlib.sha256(proof.encode()).hexdigest()
        data = {"user_id": self.user_id, "access_token": ACCESS_TOKEN}
        return WireAnswer(status=200, body=json.dumps({"status": "success", "data": data}).encode())


@dataclass
class Platform:
    """Calls as a browser makes them; `rows()` is everything that is stored."""

    dynamo: FakeDynamo = field(default_factory=lambda: FakeDynamo(schemas()))
    clock: TurnedClock = field(default_factory=TurnedClock)
    kms: Kms = field(default_factory=Kms)
    kite: Kite = field(default_factory=Kite)
    cognito: Cognito = field(default_factory=Cognito)
    log: io.StringIO = field(default_factory=io.StringIO)
    answers: list[Reply] = field(default_factory=list)

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Reply:
        entry = next(entry for prefix, entry in ENTRIES.items() if path.startswith(prefix))
        answer = entry.handler(an_event(method, path, body, **options), LambdaContext())
        self.answers.append(reply_of(answer))
        return self.answers[-1]

    def rows(self) -> dict[str, Any]:
        names = (table_name("broker-accounts"), table_name("user-profiles"))
        return {name: copy.deepcopy(self.dynamo.rows(name)) for name in names}

    @property
    def accounts(self) -> BrokerAccounts:
        return BrokerAccounts(self.dynamo, table_name("broker-accounts"))

    def stored(self, client_id: str = "ZR1", user_id: str = "user-1") -> BrokerAccount:
        account = self.accounts.get(user_id, client_id)
        assert account is not None
        return account

    def opened(self, sealed: str | None, client_id: str = "ZR1") -> str:
        assert sealed is not None
        return Sealer(self.kms, "alias/tokens").open("user-1", client_id, sealed)

    def account(self, caller: Caller = TRADER, **parts: Any) -> Any:
        reply = self.call("POST", "/brokers/accounts", {**ZERODHA, **parts}, caller=caller)
        assert reply.status == 201, reply.text
        return reply.body

    def login(self, client_id: str = "ZR1", caller: Caller = TRADER) -> str:
        """The state of a login that is under way."""
        path = f"/brokers/oauth/zerodha/login?client_id={client_id}"
        reply = self.call("GET", path, caller=caller)
        assert reply.status == 200, reply.text
        redirected = parse_qs(urlsplit(reply.body["login_url"]).query)["redirect_params"][0]
        return str(parse_qs(redirected)["state"][0])

    def back(self, state: str, token: str = REQUEST_TOKEN, **options: Any) -> Reply:
        """The broker's redirect."""
        query = f"action=login&type=login&status=success&request_token={token}&state={state}"
        path = f"/brokers/oauth/zerodha/callback?{query}"
        return self.call("GET", path, caller=None, **options)

    def connect(self) -> None:
        reply = self.back(self.login())
        assert reply.status == 200, reply.text


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    made = Platform()
    clients = {"dynamodb": made.dynamo, "kms": made.kms, "cognito-idp": made.cognito}
    for variable, value in SETTINGS.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr(boto3, "client", lambda name, **_: clients[name])

    class Wired(BrokerParts):
        def send_for(self, egress: Egress) -> Send:
            made.kite.egresses.append(egress)
            return made.kite.send

    monkeypatch.setattr(oauth_api, "BrokerParts", Wired)
    for entry in ENTRIES.values():
        monkeypatch.setattr(entry, "clock_from", lambda _: made.clock)
        entry.application.cache_clear()
    with _listening(made):
        yield made
    for entry in ENTRIES.values():
        entry.application.cache_clear()


class _listening:  # noqa: N801 - used as a statement
    """Everything that our code logs, before any masking."""

    def __init__(self, platform: Platform) -> None:
        self.handler = logging.StreamHandler(platform.log)
        self.handler.setFormatter(_Everything())

    def __enter__(self) -> None:
        for entry in ENTRIES.values():
            entry.application()
        for name in PARENTS:
            logging.getLogger(name).addHandler(self.handler)

    def __exit__(self, *_: object) -> None:
        for name in PARENTS:
            logging.getLogger(name).removeHandler(self.handler)


class _Everything(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return f"{super().format(record)} {record.__dict__}"


__all__ = ["ADMIN", "OTHER", "PAPER", "TRADER", "ZERODHA", "Platform"]
