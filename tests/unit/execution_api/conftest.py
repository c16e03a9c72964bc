"""The execution engine's real REST handlers over an in-memory DynamoDB, on a trading morning."""

import copy
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from lambda_functions.execution_engine.order_manager import on_api as orders_api
from lambda_functions.execution_engine.performance_calculator import on_api as positions_api
from lambda_functions.execution_engine.strategy_executor import on_api as executions_api
from shared_utils.domain.errors import MarketDataUnavailable
from shared_utils.domain.executions import Execution
from shared_utils.domain.instruments import Quote, Side
from shared_utils.domain.orders import Order
from shared_utils.domain.positions import Position, apply_fill, new_position
from shared_utils.domain.strategies import Strategy
from shared_utils.storage.executions import Executions
from shared_utils.storage.orders import Orders
from shared_utils.storage.positions import Positions
from shared_utils.storage.strategies import Strategies
from tests.api_events import TRADER, Caller, LambdaContext, Reply, an_event, reply_of
from tests.clocks import TurnedClock
from tests.factories import NOW, a_fill, an_order
from tests.fake_dynamo.client import FakeDynamo
from tests.fake_dynamo.tables import schemas, table_name
from tests.unit.storage.samples import a_run, a_strategy, an_execution

SHARDS = 4
ENTRIES = (orders_api, positions_api, executions_api)
STRATEGY = "stg_0000000000000000000000TEST"
EXECUTION = "exe_0000000000000000000000TEST"
EXECUTIONS_URL = "https://sqs.example.com/executions"
ORDERS_URL = "https://sqs.example.com/orders.fifo"
TABLES = {
    "STRATEGIES_TABLE": "options-strategies",
    "EXECUTIONS_TABLE": "strategy-executions",
    "ORDERS_TABLE": "order-history",
    "POSITIONS_TABLE": "position-tracker",
    "IDEMPOTENCY_TABLE": "execution-idempotency",
}
SETTINGS = {
    "LOG_LEVEL": "INFO",
    "SHARD_COUNT": str(SHARDS),
    "MARKET_CLOCK_URL": "",
    "CORS_ORIGINS": "https://app.example.com",
    "EXECUTIONS_QUEUE_URL": EXECUTIONS_URL,
    "ORDERS_QUEUE_URL": ORDERS_URL,
    "EXECUTION_TIMEOUT_S": "60",
    "MAX_QUOTE_AGE_S": "5",
}
_OF_POSITIONS = re.compile(r"/execution/(positions|pnl|dashboard)")
_OF_ORDERS = re.compile(r"/execution/orders")


class Queues:
    """What was sent to SQS; `down` refuses everything."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.down = False

    def send_message(self, **request: Any) -> None:
        if self.down:
            raise EndpointConnectionError(endpoint_url=request["QueueUrl"])
        self.sent.append({**request, "body": json.loads(request["MessageBody"])})


class Market:
    """A desk whose quotes are these; `problem` is said instead."""

    def __init__(self) -> None:
        self.shown: dict[str, Quote] = {}
        self.problem: str | None = None
        self.asked: list[tuple[str, list[str]]] = []

    def show(self, symbol: str, price: str | None, age_s: float = 0.0) -> None:
        self.shown[symbol] = Quote(
            symbol=symbol,
            last_price=None if price is None else Decimal(price),
            bid=None,
            ask=None,
            bid_quantity=0,
            ask_quantity=0,
            volume=0,
            open_interest=0,
            lower_circuit=None,
            upper_circuit=None,
            at=NOW - timedelta(seconds=age_s),
        )

    def desk(self, *_: Any) -> "Market":
        return self

    def quotes_now(self, user_id: str) -> Any:
        if self.problem is not None:
            raise MarketDataUnavailable(self.problem)
        market = self

        class Source:
            def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
                market.asked.append((user_id, list(symbols)))
                return {name: quote for name, quote in market.shown.items() if name in symbols}

        return Source()


@dataclass
class Engine:
    """Calls as a browser makes them."""

    dynamo: FakeDynamo
    clock: TurnedClock
    queues: Queues = field(default_factory=Queues)
    market: Market = field(default_factory=Market)

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Reply:
        entry: ModuleType = executions_api
        if _OF_POSITIONS.match(path):
            entry = positions_api
        elif _OF_ORDERS.match(path):
            entry = orders_api
        return reply_of(entry.handler(an_event(method, path, body, **options), LambdaContext()))

    def get(self, path: str, caller: Caller | None = TRADER) -> Reply:
        return self.call("GET", path, caller=caller)

    def rows(self) -> dict[str, Any]:
        return {
            short: copy.deepcopy(self.dynamo.rows(table_name(short))) for short in TABLES.values()
        }

    def put(self, *rows: Strategy | Execution | Order | Position) -> None:
        for row in rows:
            match row:
                case Strategy():
                    item = Strategies(self.dynamo, "", SHARDS).write_of(row).item
                    self.dynamo.put_item(TableName=table_name("options-strategies"), Item=item)
                case Execution():
                    self.executions.create(row)
                case Order():
                    self.orders.plan([row])
                case Position():
                    self.positions.put(replace(row, version=1))

    @property
    def executions(self) -> Executions:
        return Executions(self.dynamo, table_name("strategy-executions"), SHARDS)

    @property
    def orders(self) -> Orders:
        return Orders(self.dynamo, table_name("order-history"), SHARDS)

    @property
    def positions(self) -> Positions:
        return Positions(self.dynamo, table_name("position-tracker"), SHARDS)


def strategy_of(user_id: str = "user-1", strategy_id: str = STRATEGY, **changes: Any) -> Strategy:
    return a_strategy(strategy_id, user_id=user_id, **changes)


def execution_of(
    user_id: str = "user-1", execution_id: str = EXECUTION, **changes: Any
) -> Execution:
    values: dict[str, Any] = {
        "strategy_id": STRATEGY,
        "user_id": user_id,
        "accounts": (a_run(user_id=user_id),),
        "scheduled_for": NOW,
    }
    return an_execution(execution_id, **(values | changes))


def position_of(leg: int = 1, side: Side = Side.SELL, **changes: Any) -> Position:
    """65 at 100.00, with charges of 10.10, valued at its fill."""
    own = {
        name: changes[name] for name in ("user_id", "strategy_id", "client_id") if name in changes
    }
    order = an_order(leg=leg, side=side, fills=(a_fill(),), **own)
    booked = apply_fill(new_position(order), side, a_fill(), Decimal("10.10"))
    return replace(booked, **changes)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    dynamo, clock = FakeDynamo(schemas()), TurnedClock(NOW)
    platform = Engine(dynamo, clock)
    for variable, short in TABLES.items():
        monkeypatch.setenv(variable, table_name(short))
    for variable, value in SETTINGS.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr(
        boto3, "client", lambda name, **_: dynamo if name == "dynamodb" else platform.queues
    )
    for entry in (executions_api, positions_api):
        monkeypatch.setattr(entry, "clock_from", lambda _: clock)
    monkeypatch.setattr(positions_api, "desk_from", platform.market.desk)
    for entry in ENTRIES:
        entry.application.cache_clear()
    yield platform
    for entry in ENTRIES:
        entry.application.cache_clear()
