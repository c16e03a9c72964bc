"""The platform's own services in a world that fails: one schedule of one strategy, from one seed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from lambda_functions.execution_engine.order_manager.looks import LookRules
from lambda_functions.execution_engine.order_manager.placements import Placements
from lambda_functions.execution_engine.order_manager.service import AccountWork, Pace
from lambda_functions.execution_engine.order_manager.commands import work_message
from lambda_functions.execution_engine.order_manager.sweeps import Sweep
from lambda_functions.execution_engine.performance_calculator.service import FillBookings
from lambda_functions.execution_engine.strategy_executor.claims import DueClaims
from lambda_functions.execution_engine.strategy_executor.judgements import AccountState
from lambda_functions.execution_engine.strategy_executor.service import StrategyRuns
from shared_utils.brokers.ports import Broker, Margins
from shared_utils.domain.allocations import StrategyBrokerAllocation
from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.instruments import Contract, Exchange, Side
from shared_utils.domain.orders import Order
from shared_utils.domain.schedules import EventKind, ScheduledEvent
from shared_utils.domain.strategies import Strategy
from shared_utils.indian_market_utils.charge_facts import charge_rates_on
from shared_utils.indian_market_utils.facts import MarketFacts, facts_from_config
from shared_utils.messaging.messages import Work, execution_due, order_message
from shared_utils.messaging.queues import ExecutionQueue, OrderQueue
from shared_utils.settings import market_config
from shared_utils.storage.allocations import Allocations
from shared_utils.storage.executions import Executions
from shared_utils.storage.orders import Orders, order_of
from shared_utils.storage.positions import Positions
from shared_utils.storage.strategies import Strategies
from tests.fake_dynamo.client import Call, FakeDynamo
from tests.fake_dynamo.faults import answer_lost, throttled
from tests.fake_dynamo.tables import schemas, table_name
from tests.simulation.exchange import FarSide, SimBroker
from tests.simulation.hub import Died, Hub, HubClock
from tests.simulation.market import (
    CLIENTS,
    DUE,
    TODAY,
    QuotesAt,
    SimQuotes,
    a_condor,
    an_account,
    an_allocation,
)
from tests.simulation.profiles import Profile
from tests.simulation.queues import SimQueue

SHARDS = 2
STARTS = DUE - timedelta(seconds=170)
EXIT_AFTER_S = 240.0
SETTLES_IN_S = 750.0
NEEDED_TABLES = ("options-strategies", "strategy-broker-allocations", "strategy-executions",
                 "order-history", "position-tracker")  # fmt: skip


@cache
def the_facts() -> MarketFacts:
    return facts_from_config(market_config())


@cache
def the_quotes() -> SimQuotes:
    return SimQuotes(the_facts())


@cache
def the_schemas() -> dict[str, Any]:
    wanted = {table_name(name) for name in NEEDED_TABLES}
    return {name: schema for name, schema in schemas().items() if name in wanted}


@dataclass(frozen=True)
class Limits:
    """What a mutant may bend (see mutants.py); the production values otherwise."""

    look_rules: LookRules = LookRules(quiet_s=30.0, gap_s=5.0)


class World:
    """Builds everything from a seed, runs it to its end, and leaves it to be judged."""

    def __init__(self, seed: int, profile: Profile, limits: Limits | None = None) -> None:
        self.seed = seed
        self.profile = profile
        self.limits = limits or Limits()
        self.exits = seed % 2 == 0
        self.faults_until = 170 + 150.0 + (EXIT_AFTER_S if self.exits else 0.0)
        self.ends = self.faults_until + SETTLES_IN_S
        self.hub = Hub(STARTS, seed)
        self.clock = HubClock(self.hub)
        self.far = FarSide(self.hub, profile)
        self.store = FakeDynamo(the_schemas())
        self.calm = False
        self._nonces = iter(range(10**9))
        self._build_repositories()
        self._build_queues()
        self._seed_rows()
        self.store.before, self.store.after = self._before, self._after
        self.store.on_change = self._changed
        self._plan_weather()

    # -- the world

    def run(self) -> None:
        for minute in range(int(self.ends // 60)):
            self._tick_at(minute * 60.0)
        self.hub.call_at(self.faults_until, self._calm_down)
        self.hub.run_until(self.ends)

    def _calm_down(self) -> None:
        """From here on everything works: what is still open must now come to an end."""
        self.calm = self.far.calm = True
        self.executions_queue.calm = self.orders_queue.calm = True

    def _plan_weather(self) -> None:
        rng = self.hub.rng
        for client in CLIENTS:
            if rng.random() < self.profile.outage:
                start = rng.uniform(165.0, 200.0)
                self.far.outages[client] = [(start, start + rng.uniform(5.0, 90.0))]

    def _tick_at(self, at: float) -> None:
        rng = self.hub.rng
        for work in (self._tick, self._sweep):
            late = rng.uniform(0.0, 50.0)
            lost = at < self.faults_until and rng.random() < self.profile.tick_lost
            if not lost:
                self.hub.call_at(at + late, self._spawner(work))

    def _spawner(self, work: Callable[[], object]) -> Callable[[], None]:
        def ended(_: bool) -> None:
            """A tick that dies is followed by the next minute's."""

        return lambda: self.hub.spawn("tick", 55.0, lambda: (work(), None)[1], ended)

    def _tick(self) -> None:
        claims = self.claims()
        claims.tick()
        claims.revive()

    def _sweep(self) -> None:
        self.sweep().run()

    # -- faults

    def die(self, probability: float) -> None:
        if not self.calm and self.hub.worker and self.hub.rng.random() < probability:
            raise Died("at I/O")

    def _before(self, call: Call) -> None:
        if self.calm or self.hub.worker is None:
            return
        self.die(self.profile.dies_at_io)
        rng = self.hub.rng
        if rng.random() < self.profile.pauses_at_io:
            self.hub.sleep(rng.uniform(1.0, 18.0))
        if call.writes and rng.random() < self.profile.write_not_applied:
            raise throttled() if rng.random() < 0.5 else answer_lost()

    def _after(self, call: Call) -> None:
        if self.calm or self.hub.worker is None:
            return
        if call.writes and self.hub.rng.random() < self.profile.write_applied_answer_lost:
            raise answer_lost()
        self.die(self.profile.dies_at_io)

    # -- wiring: as the on_*.py do, with this world's parts

    def _build_repositories(self) -> None:
        def name(short: str) -> str:
            return table_name(short)

        self.strategies = Strategies(self.store, name("options-strategies"), SHARDS)
        self.allocations = Allocations(self.store, name("strategy-broker-allocations"))
        self.executions = Executions(
            self.store, name("strategy-executions"), SHARDS, name("options-strategies")
        )
        self.orders = Orders(self.store, name("order-history"), SHARDS)
        self.positions = Positions(self.store, name("position-tracker"), SHARDS)

    def _build_queues(self) -> None:
        self.executions_queue = SimQueue(
            self.hub, self.profile, "executor", self._execute, lives_s=120.0, fifo=False
        )
        self.orders_queue = SimQueue(
            self.hub, self.profile, "order manager", self._work, lives_s=120.0, fifo=True
        )
        self._stream = SimQueue(
            self.hub, self.profile, "positions", self._book, lives_s=60.0, fifo=True
        )

    def send_message(self, **request: Any) -> dict[str, Any]:
        """SQS's own call, for both queues."""
        self.die(self.profile.dies_at_io)
        if request["QueueUrl"] == "executions":
            delay = request.get("DelaySeconds", 0)
            self.executions_queue.send(request["MessageBody"], delay_s=delay)
        else:
            self.orders_queue.send(request["MessageBody"], group=request["MessageGroupId"])
        return {}

    def _seed_rows(self) -> None:
        strategy = a_condor(attempts=self.hub.rng.choice((0, 0, 1, 2)))
        self.strategies._rows.create(strategy)
        for number, lots in ((1, 2), (2, 1)):
            self.allocations.create(an_allocation(number, lots))

    def _changed(self, table: str, _: object, new: Any) -> None:
        if table.endswith("order-history") and new is not None:
            order = order_of(new)
            if order.fills:
                self._stream.send(order, group=order.order_id)

    def claims(self) -> DueClaims:
        return DueClaims(
            strategies=self.strategies,
            executions=self.executions,
            queue=ExecutionQueue(self, "executions"),
            next_event=self._next_event,
            clock=self.clock,
            shard_count=SHARDS,
            ahead_s=150,
            prepare_s=20,
            send_within_s=60,
        )

    def runs(self) -> StrategyRuns:
        return StrategyRuns(
            strategies=self.strategies,
            allocations=self.allocations,
            executions=self.executions,
            orders=self.orders,
            positions=self.positions,
            queue=OrderQueue(self, "orders"),
            quotes_for=lambda _: QuotesAt(the_quotes(), self.hub.now),  # type: ignore[arg-type,return-value]  # the two questions a run asks
            states_of=lambda found: {each.client_id: self._state(each) for each in found},
            account_of=lambda _, client_id: an_account(client_id),
            facts=the_facts(),
            clock=self.clock,
            max_quote_age_s=5.0,
        )

    def work(self) -> AccountWork:
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
            may_enter=lambda *_: True,
            placements=placements,
            clock=self.clock,
            look_rules=self.limits.look_rules,
            pace=Pace(),
        )

    def sweep(self) -> Sweep:
        return Sweep(
            orders=self.orders,
            work=self.work(),
            queue=OrderQueue(self, "orders"),
            clock=self.clock,
            shard_count=SHARDS,
        )

    def _execute(self, body: Any) -> None:
        due = execution_due(body)
        self.runs().run(due.strategy_id, due.execution_timestamp)

    def _work(self, body: Any) -> None:
        message = order_message(body)
        assert isinstance(message, Work)
        work_message(self.work(), OrderQueue(self, "orders"), message, self.clock.now())

    def _book(self, order: Any) -> None:
        rates = charge_rates_on(the_facts().charges, Exchange.NSE, BrokerName.ZERODHA, TODAY)
        FillBookings(positions=self.positions, rates_of=lambda *_: rates).book(order)

    def _broker(self, order: Order) -> Broker:
        return SimBroker(self.far, order.client_id, self.die)  # type: ignore[return-value]  # the calls that orders need

    def _our_books(self, order: Order) -> tuple[int, int]:
        held = self.positions.of_account(order.user_id, order.client_id)
        net = sum(p.net_quantity for p in held if p.contract == order.contract)
        return net, net

    def _reprice(self, contract: Contract, side: Side, _: Decimal) -> Decimal:
        quote = QuotesAt(the_quotes(), self.hub.now).quotes([contract.symbol])[contract.symbol]
        price = quote.ask if side is Side.BUY else quote.bid
        assert price is not None
        return price

    def _next_event(self, _: Strategy, after: datetime) -> ScheduledEvent:
        """Every other schedule also exits, a few minutes after its entry."""
        if self.exits and after == DUE:
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
