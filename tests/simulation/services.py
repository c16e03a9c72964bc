"""The production services, put together as the on_*.py do, with a simulated world's parts."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from lambda_functions.execution_engine.order_manager.commands import Cancels, work_message
from lambda_functions.execution_engine.order_manager.looks import LookRules
from lambda_functions.execution_engine.order_manager.placements import Placements
from lambda_functions.execution_engine.order_manager.service import AccountWork, Pace
from lambda_functions.execution_engine.order_manager.sweeps import Sweep
from lambda_functions.execution_engine.performance_calculator.service import FillBookings
from lambda_functions.execution_engine.strategy_executor.claims import DueClaims
from lambda_functions.execution_engine.strategy_executor.judgements import AccountState
from lambda_functions.execution_engine.strategy_executor.service import StrategyRuns
from shared_utils.brokers.ports import Broker, Margins, SessionRefused
from shared_utils.domain.allocations import StrategyBrokerAllocation
from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.errors import MarketDataUnavailable
from shared_utils.domain.instruments import Exchange, Side
from shared_utils.domain.orders import Order
from shared_utils.domain.schedules import EventKind, ScheduledEvent
from shared_utils.domain.strategies import Strategy
from shared_utils.indian_market_utils.charge_facts import charge_rates_on
from shared_utils.indian_market_utils.facts import MarketFacts, facts_from_config
from shared_utils.messaging.messages import Cancel, Work, execution_due, order_message
from shared_utils.messaging.queues import ExecutionQueue, OrderQueue
from shared_utils.settings import market_config
from shared_utils.storage.allocations import Allocations
from shared_utils.storage.executions import Executions
from shared_utils.storage.orders import Orders
from shared_utils.storage.positions import Positions
from shared_utils.storage.strategies import Strategies
from tests.fake_dynamo.tables import table_name
from tests.simulation.exchange import SimBroker
from tests.simulation.market import DUE, TODAY, QuotesAt, SimQuotes, an_account

if TYPE_CHECKING:
    from tests.simulation.world import World

SHARDS = 2
EXIT_AFTER_S = 240.0
SEND_WITHIN_S = 60


@cache
def the_facts() -> MarketFacts:
    return facts_from_config(market_config())


@cache
def the_quotes() -> SimQuotes:
    return SimQuotes(the_facts())


class Services:
    """Everything that is deployed, for one world. It also stands in for SQS's client."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.hub, self.clock = world.hub, world.clock
        store = world.store
        self.strategies = Strategies(store, table_name("options-strategies"), SHARDS)
        self.allocations = Allocations(store, table_name("strategy-broker-allocations"))
        self.executions = Executions(
            store, table_name("strategy-executions"), SHARDS, table_name("options-strategies")
        )
        self.orders = Orders(store, table_name("order-history"), SHARDS)
        self.positions = Positions(store, table_name("position-tracker"), SHARDS)
        self.order_queue = OrderQueue(self, "orders")
        self._nonces = iter(range(10**9))

    def send_message(self, **request: Any) -> dict[str, Any]:
        return self.world.send_message(**request)

    # -- the functions

    def tick(self) -> None:
        claims = self._claims()
        claims.tick()
        claims.revive()

    def sweep(self) -> None:
        Sweep(
            orders=self.orders,
            work=self._account_work(),
            queue=self.order_queue,
            clock=self.clock,
            shard_count=SHARDS,
        ).run()

    def execute(self, body: Any) -> None:
        due = execution_due(body)
        self._runs().run(due.strategy_id, due.execution_timestamp)

    def work(self, body: Any) -> None:
        work = self._account_work()
        match order_message(body):
            case Work() as message:
                work_message(work, self.order_queue, message, self.clock.now())
            case Cancel() as message:
                Cancels(
                    orders=self.orders, work=work, queue=self.order_queue, clock=self.clock
                ).cancel(message)

    def book(self, order: Any) -> None:
        rates = charge_rates_on(the_facts().charges, Exchange.NSE, BrokerName.ZERODHA, TODAY)
        FillBookings(positions=self.positions, rates_of=lambda *_: rates).book(order)

    # -- their parts

    def _claims(self) -> DueClaims:
        return DueClaims(
            strategies=self.strategies,
            executions=self.executions,
            queue=ExecutionQueue(self, "executions"),
            next_event=self._next_event,
            clock=self.clock,
            shard_count=SHARDS,
            ahead_s=150,
            prepare_s=20,
            send_within_s=SEND_WITHIN_S,
        )

    def _runs(self) -> StrategyRuns:
        return StrategyRuns(
            strategies=self.strategies,
            allocations=self.allocations,
            executions=self.executions,
            orders=self.orders,
            positions=self.positions,
            queue=self.order_queue,
            quotes_for=lambda _: self._quotes(),  # type: ignore[arg-type,return-value]  # the two questions a run asks
            states_of=lambda found: {each.client_id: self._state(each) for each in found},
            account_of=lambda _, client_id: an_account(client_id),
            facts=the_facts(),
            clock=self.clock,
            max_quote_age_s=5.0,
        )

    def _account_work(self) -> AccountWork:
        placements = Placements(
            orders=self.orders,
            clock=self.clock,
            nonce=lambda: f"nonce-{next(self._nonces)}",
            remaining_s=self.hub.remaining,
        )
        return AccountWork(
            orders=self.orders,
            executions=self.executions,
            broker_for=self._broker,
            our_books=self._our_books,
            reprice=self._reprice,
            may_enter=self._may_enter,
            placements=placements,
            clock=self.clock,
            look_rules=LookRules(),
            pace=Pace(),
            fan_out=self.hub.side_by_side,
        )

    def _broker(self, order: Order) -> Broker:
        if not self.world.far.has_session(order.client_id):
            raise SessionRefused("The session is over; log in at the broker again.")
        return SimBroker(self.world.far, order.client_id, self.world.io)  # type: ignore[return-value]  # the calls that orders need

    def _quotes(self) -> QuotesAt:
        self.world.io()
        if self.world.far.chance(self.world.profile.no_quotes):
            raise MarketDataUnavailable("Nobody shows quotes now.")
        return QuotesAt(the_quotes(), self.hub.now)

    def _may_enter(self, _: str, client_id: str) -> bool:
        self.world.io()
        self.world.pause()
        return self.world.far.may_enter(client_id)

    def _our_books(self, order: Order) -> tuple[int, int]:
        held = self.positions.of_account(order.user_id, order.client_id)
        net = sum(p.net_quantity for p in held if p.contract == order.contract)
        return net, net

    def _reprice(self, order: Order, side: Side, _: Decimal) -> Decimal:
        symbol = order.contract.symbol
        quote = self._quotes().quotes([symbol])[symbol]
        price = quote.ask if side is Side.BUY else quote.bid
        assert price is not None
        return price

    def _next_event(self, _: Strategy, after: datetime) -> ScheduledEvent:
        """Every other schedule also exits, a few minutes after its entry."""
        if self.world.exits and after == DUE:
            return ScheduledEvent(kind=EventKind.EXIT, at=DUE + timedelta(seconds=EXIT_AFTER_S))
        return ScheduledEvent(kind=EventKind.ENTRY, at=after + timedelta(days=7))

    def _state(self, allocation: StrategyBrokerAllocation) -> AccountState:
        return AccountState(
            account=an_account(allocation.client_id),
            has_session=True,
            trades_today=0,
            orders_today=0,
            pnl_today=Decimal(0),
            strategy_pnl_today=Decimal(0),
            margins=Margins(available=Decimal(10_000_000), used=Decimal(0)),
        )
