"""The money path's own services over tables in memory, reached through the real DynamoDB client.

    services -> boto3 (signs, serialises, parses) -> [no network] -> tables in memory, counted
The broker fills at once and is not counted: what is left is the platform's own time.
"""

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from time import perf_counter, process_time
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from lambda_functions.execution_engine.order_manager.account_desks import side_by_side
from lambda_functions.execution_engine.order_manager.looks import LookRules
from lambda_functions.execution_engine.order_manager.placements import Placements
from lambda_functions.execution_engine.order_manager.service import AccountWork, Pace, Worked
from lambda_functions.execution_engine.performance_calculator.service import FillBookings
from lambda_functions.execution_engine.strategy_executor.account_states import AccountStates
from lambda_functions.execution_engine.strategy_executor.claims import DueClaims
from lambda_functions.execution_engine.strategy_executor.service import StrategyRuns
from shared_utils.brokers.ports import Accepted, Margins, PlaceOrder
from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.instruments import Exchange
from shared_utils.domain.orders import BrokerReport, Fill, Order, OrderState
from shared_utils.domain.schedules import EventKind, ScheduledEvent
from shared_utils.indian_market_utils.charge_facts import charge_rates_on
from shared_utils.messaging.queues import ExecutionQueue, OrderQueue
from shared_utils.storage.allocations import Allocations
from shared_utils.storage.broker_accounts import BrokerAccounts
from shared_utils.storage.clients import impatient
from shared_utils.storage.executions import Executions
from shared_utils.storage.orders import Orders, order_of
from shared_utils.storage.positions import Positions
from shared_utils.storage.strategies import Strategies
from tests.clocks import TurnedClock
from tests.fake_dynamo.client import FakeDynamo
from tests.fake_dynamo.tables import schemas, table_name
from tests.simulation.market import (
    DUE,
    TODAY,
    USER,
    QuotesAt,
    a_condor,
    an_account,
    an_allocation,
)
from tests.simulation.services import the_facts, the_quotes

THREADS = ThreadPoolExecutor(16)
_OPERATIONS = {
    "GetItem": "get_item",
    "BatchGetItem": "batch_get_item",
    "Query": "query",
    "PutItem": "put_item",
    "UpdateItem": "update_item",
    "DeleteItem": "delete_item",
    "TransactWriteItems": "transact_write_items",
}


class _Raw(io.BytesIO):
    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.read()


class MemoryDynamo:
    """One real client for all stands: making it takes longer than a run."""

    def __init__(self) -> None:
        self.store = FakeDynamo(schemas())
        self.client = boto3.client(
            "dynamodb",
            region_name="ap-south-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",  # noqa: S106 - nothing listens
            config=impatient(16),
        )
        answer: Any = self._answer
        self.client.meta.events.register("before-send.dynamodb", answer)

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        operation = _OPERATIONS[request.headers["X-Amz-Target"].decode().partition(".")[2]]
        status, body = 200, {}
        try:
            body = getattr(self.store, operation)(**json.loads(request.body))
            body.pop("ResponseMetadata")
        except ClientError as error:
            status = 400
            body = {"__type": error.response["Error"]["Code"], "message": "refused"}
        headers: Any = {"Content-Type": "application/x-amz-json-1.0"}
        return AWSResponse(request.url, status, headers, _Raw(json.dumps(body).encode()))


@cache
def memory() -> MemoryDynamo:
    return MemoryDynamo()


@dataclass
class InstantBroker:
    """Fills whatever comes, at its price, at once. `first_at`: when the first order came."""

    reports: list[BrokerReport] = field(default_factory=list)
    first_at: tuple[float, float] | None = None

    def place(self, request: PlaceOrder) -> Accepted:
        self.first_at = self.first_at or (perf_counter(), process_time())
        number = f"b{len(self.reports) + 1}"
        fill = Fill(trade_id=f"t{number}", quantity=request.quantity, price=request.price, at=DUE)
        report = BrokerReport(
            broker_order_id=number,
            tag=request.tag,
            symbol=request.contract.symbol,
            side=request.side,
            quantity=request.quantity,
            state=OrderState.FILLED,
            filled_quantity=request.quantity,
            average_price=request.price,
            fills=(fill,),
            at=DUE,
        )
        self.reports.append(report)
        return Accepted(number)

    def order_book(self) -> tuple[BrokerReport, ...]:
        return tuple(self.reports)

    def margins(self) -> Margins:
        return Margins(available=Decimal(100_000_000), used=Decimal(0))


class StubDesk:
    """Reads the accounts as the desk does, a session once; the brokers are instant."""

    def __init__(self, accounts: BrokerAccounts) -> None:
        self._accounts = accounts
        self.brokers: dict[str, InstantBroker] = {}
        self.sessions = 0
        self._open: set[str] = set()

    def new_invocation(self) -> None:
        self._open.clear()

    def account(self, user_id: str, client_id: str) -> Any:
        return self._accounts.get(user_id, client_id)

    def open(self, user_id: str, client_id: str, _: object = None) -> InstantBroker:
        if client_id not in self._open:
            self._open.add(client_id)
            self.sessions += 1
            self.account(user_id, client_id)
        return self.brokers.setdefault(client_id, InstantBroker())


class Stand:
    """One condor (four legs) with so many accounts, due now."""

    def __init__(self, accounts: int) -> None:
        dynamo = memory()
        self.store = dynamo.store = FakeDynamo(schemas())
        client = dynamo.client
        self.messages: list[dict[str, Any]] = []
        self.clock = TurnedClock(DUE)
        self.strategies = Strategies(client, table_name("options-strategies"), 1)
        self.allocations = Allocations(client, table_name("strategy-broker-allocations"))
        names = table_name("strategy-executions"), 1, table_name("options-strategies")
        self.executions = Executions(client, *names)
        self.orders = Orders(client, table_name("order-history"), 1)
        self.positions = Positions(client, table_name("position-tracker"), 1)
        self.accounts = BrokerAccounts(client, table_name("broker-accounts"))
        self.desk = StubDesk(self.accounts)
        self.clients = [f"CLIENT{number:03d}" for number in range(accounts)]
        self._seed()
        self.changed: list[Order] = []
        self.store.on_change = self._changed
        self.store.take_usage()

    def _seed(self) -> None:
        self.strategies._rows.create(a_condor())  # noqa: SLF001 - a row without its basket
        for number, client_id in enumerate(self.clients):
            allocation = replace(
                an_allocation(1, 1),
                allocation_id=f"alc_{number:026d}",
                client_id=client_id,
                priority=number + 1,
            )
            self.allocations.create(allocation)
            self.accounts.create(an_account(client_id))

    def _changed(self, table: str, _: object, new: Any) -> None:
        if table.endswith("order-history") and new is not None:
            self.changed.append(order_of(new))

    def send_message(self, **request: Any) -> dict[str, Any]:
        self.messages.append(request)
        return {}

    def claim(self) -> str:
        """The tick; the claimed execution's key."""
        DueClaims(
            strategies=self.strategies,
            executions=self.executions,
            queue=ExecutionQueue(self, "executions"),
            next_event=lambda _, after: ScheduledEvent(kind=EventKind.EXIT, at=after),
            clock=self.clock,
            shard_count=1,
            ahead_s=150,
            prepare_s=20,
            send_within_s=60,
        ).tick()
        return str(json.loads(self.messages[-1]["MessageBody"])["execution_timestamp"])

    def run(self, execution_timestamp: str) -> Any:
        """The executor's part, from its message on."""
        self.desk.new_invocation()
        quotes = QuotesAt(the_quotes(), self.clock.now)
        states = AccountStates(
            desk=self.desk,  # type: ignore[arg-type]  # the two questions that it asks
            executions=self.executions,
            orders=self.orders,
            positions=self.positions,
            clock=self.clock,
            threads=THREADS,
        )
        return StrategyRuns(
            strategies=self.strategies,
            allocations=self.allocations,
            executions=self.executions,
            orders=self.orders,
            positions=self.positions,
            queue=OrderQueue(self, "orders"),
            quotes_for=lambda _: quotes,  # type: ignore[arg-type,return-value]  # the two questions a run asks
            states_of=states.read,
            account_of=self.desk.account,
            facts=the_facts(),
            clock=self.clock,
            max_quote_age_s=5.0,
        ).run(a_condor().strategy_id, execution_timestamp)

    def work(self, execution_id: str, client_id: str) -> Worked:
        """The order manager's part for one account."""
        self.desk.new_invocation()
        nonces = iter(range(10**9))
        return AccountWork(
            orders=self.orders,
            executions=self.executions,
            broker_for=lambda order: self.desk.open(order.user_id, order.client_id),  # type: ignore[arg-type,return-value]  # the calls that orders need
            our_books=lambda _: (0, 0),
            reprice=lambda order, *_: order.price,
            may_enter=self._may_enter,
            placements=Placements(
                orders=self.orders,
                clock=self.clock,
                nonce=lambda: f"n{next(nonces)}",
                remaining_s=lambda: 100.0,
            ),
            clock=self.clock,
            look_rules=LookRules(),
            pace=Pace(),
            fan_out=lambda calls: side_by_side(THREADS, calls),
        ).work(execution_id, USER, client_id, DUE)

    def _may_enter(self, user_id: str, client_id: str) -> bool:
        account = self.desk.account(user_id, client_id)
        return bool(account.enabled and account.entries_enabled)

    def book(self) -> int:
        """What the stream does with the orders' changes; how many there were."""
        rates = charge_rates_on(the_facts().charges, Exchange.NSE, BrokerName.ZERODHA, TODAY)
        bookings = FillBookings(positions=self.positions, rates_of=lambda *_: rates)
        changes, self.changed = self.changed, []
        for order in changes:
            bookings.book(order)
        return len(changes)

    def first_order(self) -> tuple[float, float]:
        """When the first order was at its broker, by perf_counter and process_time."""
        return min(each.first_at for each in self.desk.brokers.values() if each.first_at)
