"""A world that fails around the platform's own services: one strategy's day, from one seed.

-170 s        due      +150 s (+240 s with an exit)          +750 s
|------------|--------------|---------------------------------|
faults, each with its own probability     calm: it must settle
"""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

from shared_utils.messaging.queues import OrderQueue
from shared_utils.storage.orders import order_of
from tests.fake_dynamo.client import Call, FakeDynamo
from tests.fake_dynamo.faults import answer_lost, throttled
from tests.fake_dynamo.tables import schemas, table_name
from tests.simulation.exchange import FarSide
from tests.simulation.hub import Died, Hub, HubClock
from tests.simulation.market import CLIENTS, DUE, a_condor, an_allocation
from tests.simulation.profiles import WEATHERS, Profile
from tests.simulation.queues import SimQueue
from tests.simulation.services import EXIT_AFTER_S, SEND_WITHIN_S, Services

BEFORE_S = 170.0
FAULTS_AFTER_S = 150.0
SETTLES_IN_S = 750.0
STARTS = DUE - timedelta(seconds=BEFORE_S)
NEEDED_TABLES = ("options-strategies", "strategy-broker-allocations", "strategy-executions",
                 "order-history", "position-tracker")  # fmt: skip


@cache
def the_schemas() -> dict[str, Any]:
    wanted = {table_name(name) for name in NEEDED_TABLES}
    return {name: schema for name, schema in schemas().items() if name in wanted}


class World:
    """Builds everything from a seed, runs it to its end, and leaves it to be judged.

    `dies_at`: the process that makes the world's n-th I/O call dies there, once.
    """

    def __init__(self, seed: int, profile: Profile, *, dies_at: int | None = None) -> None:
        self.seed = seed
        self.profile = profile
        self.dies_at = dies_at
        self.io_calls = self.io_calls_with_faults = 0
        self.exits = seed // WEATHERS % 2 == 0
        self.faults_until = BEFORE_S + FAULTS_AFTER_S + (EXIT_AFTER_S if self.exits else 0.0)
        self.ends = self.faults_until + SETTLES_IN_S
        self.calm = False
        self.hub = Hub(STARTS, seed)
        self.clock = HubClock(self.hub)
        self.far = FarSide(self.hub, profile)
        self.far.entries_until = BEFORE_S + SEND_WITHIN_S
        self.store = FakeDynamo(the_schemas())
        self.services = Services(self)
        self._build_queues()
        self._seed_rows()
        self.store.before, self.store.after = self._before, self._after
        self.store.on_change = self._changed
        self._plan_weather()

    def run(self) -> None:
        for minute in range(int(self.ends // 60)):
            self._tick_at(minute * 60.0)
        self.hub.call_at(self.faults_until, self._calm_down)
        self.hub.run_until(self.ends)

    def _calm_down(self) -> None:
        """From here on everything works: what is still open must now come to an end."""
        self.calm = self.far.calm = True
        self.io_calls_with_faults = self.io_calls
        self.executions_queue.calm = self.orders_queue.calm = self._stream.calm = True
        self.store.release_indexes()

    # -- what happens by itself

    def _tick_at(self, at: float) -> None:
        rng = self.hub.rng
        for work in (self.services.tick, self.services.sweep):
            late = rng.uniform(0.0, 50.0)
            lost = at < self.faults_until and rng.random() < self.profile.tick_lost
            if not lost:
                self.hub.call_at(at + late, self._spawner(work))

    def _spawner(self, work: Callable[[], None]) -> Callable[[], None]:
        def ended(_: bool) -> None:
            """A tick that dies is followed by the next minute's."""

        return lambda: self.hub.spawn("tick", 55.0, work, ended)

    def _plan_weather(self) -> None:
        rng, profile = self.hub.rng, self.profile
        for client in CLIENTS:
            start = rng.uniform(165.0, 200.0)
            if rng.random() < profile.outage:
                self.far.outages[client] = [(start, start + rng.uniform(5.0, 90.0))]
            if rng.random() < profile.session_lost:
                start = rng.uniform(165.0, self.faults_until)
                self.far.logged_out[client] = (start, start + rng.uniform(5.0, 120.0))
            if rng.random() < profile.switched_off:
                self.far.switched_off[client] = rng.uniform(168.0, 190.0)
            if rng.random() < profile.trader_cancels:
                self.hub.call_at(rng.uniform(170.0, 190.0), self._canceller(client))
        for _ in range(12):
            if rng.random() < profile.index_lags:
                start = rng.uniform(150.0, self.faults_until - 5.0)
                self.hub.call_at(start, self.store.hold_indexes)
                self.hub.call_at(start + rng.uniform(0.1, 4.0), self.store.release_indexes)

    def _canceller(self, client: str) -> Callable[[], None]:
        """A trader takes one of the account's orders back, whichever it is and wherever it is."""

        def cancel() -> None:
            rows = self.store.rows(table_name("order-history"))
            mine = [row for row in rows if row["client_id"]["S"] == client]
            if mine:
                row = self.hub.rng.choice(mine)
                OrderQueue(self, "orders").cancel(
                    order_id=row["order_id"]["S"],
                    user_id=row["user_id"]["S"],
                    client_id=client,
                    request="trader",
                )

        return cancel

    def _changed(self, table: str, _: object, new: Any) -> None:
        if table.endswith("order-history") and new is not None:
            order = order_of(new)
            if order.fills:
                self._stream.send(order, group=order.order_id)

    # -- faults

    def io(self) -> None:
        """One call that leaves the process: it may be the last thing the process does."""
        if self.hub.worker is None:
            return
        self.io_calls += 1
        if self.io_calls == self.dies_at:
            raise Died("at the chosen call")
        if not self.calm and self.hub.rng.random() < self.profile.dies_at_io:
            raise Died("at I/O")

    def pause(self) -> None:
        """The process stands still in the middle of a call."""
        rng = self.hub.rng
        if not self.calm and self.hub.worker and rng.random() < self.profile.pauses_at_io:
            self.hub.sleep(rng.uniform(1.0, 18.0))

    def _before(self, call: Call) -> None:
        if self.hub.worker is None:
            return
        self.hub.trace(call.operation)
        self.io()
        if self.calm:
            return
        self.pause()
        rng = self.hub.rng
        if call.writes and rng.random() < self.profile.write_not_applied:
            raise throttled() if rng.random() < 0.5 else answer_lost()

    def _after(self, call: Call) -> None:
        if self.hub.worker is None:
            return
        lost = not self.calm and call.writes
        if lost and self.hub.rng.random() < self.profile.write_applied_answer_lost:
            raise answer_lost()
        self.io()

    # -- queues and rows

    def _build_queues(self) -> None:
        services, hub, profile = self.services, self.hub, self.profile
        self.executions_queue = SimQueue(
            hub, profile, "executor", services.execute, lives_s=120.0, fifo=False
        )
        self.orders_queue = SimQueue(
            hub, profile, "order manager", services.work, lives_s=120.0, fifo=True
        )
        self._stream = SimQueue(hub, profile, "positions", services.book, lives_s=60.0, fifo=True)

    def send_message(self, **request: Any) -> dict[str, Any]:
        """SQS's own call, for both queues."""
        self.io()
        if request["QueueUrl"] == "executions":
            delay = request.get("DelaySeconds", 0)
            self.executions_queue.send(request["MessageBody"], delay_s=delay)
        else:
            self.orders_queue.send(
                request["MessageBody"],
                group=request["MessageGroupId"],
                once=request["MessageDeduplicationId"],
            )
        return {}

    def _seed_rows(self) -> None:
        strategy = a_condor(attempts=self.hub.rng.choice((0, 0, 1, 2)))
        self.services.strategies._rows.create(strategy)
        for number, lots in ((1, 2), (2, 1)):
            self.services.allocations.create(an_allocation(number, lots))
