"""The parts that both entries of the order manager work with, built once per process."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from lambda_functions.execution_engine.order_manager.looks import LookRules
from lambda_functions.execution_engine.order_manager.market_prices import MarketPrices
from lambda_functions.execution_engine.order_manager.placements import Placements
from lambda_functions.execution_engine.order_manager.service import AccountWork, Pace
from shared_utils.broker_desk import BrokerDesk, desk_from
from shared_utils.clock import Clock, clock_from
from shared_utils.domain.orders import Order
from shared_utils.domain.positions import key_of
from shared_utils.indian_market_utils.facts import MarketFacts, facts_from_config
from shared_utils.messaging.queues import OrderQueue
from shared_utils.settings import Settings, market_config
from shared_utils.storage.clients import impatient
from shared_utils.storage.executions import Executions
from shared_utils.storage.orders import Orders
from shared_utils.storage.positions import Positions

# Orders of one stage go out side by side; more threads than a stage has slices help nobody.
THREADS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderParts:
    settings: Settings
    clock: Clock
    desk: BrokerDesk
    orders: Orders
    executions: Executions
    positions: Positions
    queue: OrderQueue
    threads: ThreadPoolExecutor
    nonce: Callable[[], str]
    facts: Callable[[], MarketFacts]

    def work(self, remaining_s: Callable[[], float]) -> AccountWork:
        """For one invocation, which lives for `remaining_s()` more seconds."""
        self.desk.new_invocation()
        return AccountWork(
            orders=self.orders,
            executions=self.executions,
            broker_for=self._broker_for,
            our_books=self._our_books,
            reprice=MarketPrices(
                quotes_for=self.desk.quotes,
                facts=self.facts,
                clock=self.clock,
                max_quote_age_s=self.settings.max_quote_age_s,
            ).marketable,
            may_enter=self._may_enter,
            placements=Placements(
                orders=self.orders,
                clock=self.clock,
                nonce=self.nonce,
                remaining_s=remaining_s,
            ),
            clock=self.clock,
            look_rules=LookRules(quiet_s=self.settings.quiet_period_s),
            pace=Pace(),
            fan_out=self._side_by_side,
        )

    def _broker_for(self, order: Order) -> Any:
        return self.desk.open(order.user_id, order.client_id, order.broker_name)

    def _our_books(self, order: Order) -> tuple[int, int]:
        """The strategy's own net of the contract on the account, and all strategies' together."""
        mine = self.positions.get(order.user_id, key_of(order))
        held = self.positions.of_account(order.user_id, order.client_id)
        together = sum(
            each.net_quantity
            for each in held
            if each.contract.symbol == order.contract.symbol
            and each.broker_name is order.broker_name
        )
        return (mine.net_quantity if mine else 0), together

    def _may_enter(self, user_id: str, client_id: str) -> bool:
        account = self.desk.account(user_id, client_id)
        return account is not None and account.enabled and account.entries_enabled

    def _side_by_side(self, calls: Sequence[Callable[[], object]]) -> None:
        side_by_side(self.threads, calls)


def side_by_side(threads: Executor, calls: Sequence[Callable[[], object]]) -> None:
    """Raises what a call raised, but only when all have ended.

    A thread that outlived its invocation would be frozen with it, and might send its order when the
    process is thawed: long after everybody took it for dead.
    """
    if len(calls) == 1:
        calls[0]()
        return
    running = [threads.submit(call) for call in calls]
    wait(running)
    for each in running:
        each.result()


def parts_from(
    settings: Settings, client_factory: Callable[..., Any], nonce: Callable[[], str]
) -> OrderParts:
    """`client_factory` is boto3.client."""
    clock = clock_from(settings)
    client = client_factory("dynamodb", config=impatient(THREADS))
    facts: list[MarketFacts] = []

    def read_facts() -> MarketFacts:
        if not facts:
            facts.append(facts_from_config(market_config()))
        return facts[0]

    return OrderParts(
        settings=settings,
        clock=clock,
        desk=desk_from(settings, client_factory, clock, client),
        orders=Orders(client, settings.orders_table, settings.shard_count),
        executions=Executions(client, settings.executions_table, settings.shard_count),
        positions=Positions(client, settings.positions_table, settings.shard_count),
        queue=OrderQueue(client_factory("sqs"), settings.orders_queue_url),
        threads=ThreadPoolExecutor(THREADS),
        nonce=nonce,
        facts=read_facts,
    )
