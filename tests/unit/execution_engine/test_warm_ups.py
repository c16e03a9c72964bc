from datetime import timedelta

from lambda_functions.execution_engine.order_manager.commands import LONGEST_WARM_UP, warm_up
from shared_utils.domain.errors import BrokerUnavailable
from shared_utils.messaging.messages import Warm, order_message
from shared_utils.messaging.queues import OrderQueue
from tests.clocks import TurnedClock
from tests.simulation.market import CLIENTS, DUE, USER
from tests.simulation.profiles import QUIET
from tests.simulation.world import World


class Desk:
    """Opens nothing; remembers what it was asked."""

    def __init__(self):
        self.opened = []

    def open(self, user_id, client_id):
        self.opened.append((user_id, client_id))
        raise BrokerUnavailable("The broker does not answer.")


class Sqs:
    def send_message(self, **request):
        self.request = request


def warmed_up(desk, clock, until):
    warm_up(desk, clock, Warm(user_id="user-1", client_id="ZERODHA_CLIENT1", until=until))


def test_a_worker_is_awake_until_the_release_whatever_its_broker_says():
    desk, clock = Desk(), TurnedClock(DUE - timedelta(seconds=20))
    warmed_up(desk, clock, DUE)
    assert desk.opened == [("user-1", "ZERODHA_CLIENT1")]
    assert clock.now() >= DUE


def test_a_worker_never_stays_awake_for_long():
    clock = TurnedClock(DUE)
    warmed_up(Desk(), clock, DUE + timedelta(hours=1))
    assert clock.now() <= DUE + LONGEST_WARM_UP + timedelta(seconds=1)


def test_warming_up_holds_no_order_of_the_account_up():
    sqs = Sqs()
    queue = OrderQueue(sqs, "orders")
    queue.warm(execution_id="exe_1", user_id="user-1", client_id="C1", until=DUE)
    warming = sqs.request["MessageGroupId"]
    assert order_message(sqs.request["MessageBody"]) == Warm(
        user_id="user-1", client_id="C1", until=DUE
    )
    queue.work(execution_id="exe_1", user_id="user-1", client_id="C1")
    assert sqs.request["MessageGroupId"] != warming


def test_a_run_wakes_a_worker_for_each_of_its_accounts(monkeypatch):
    """In the simulation's world, where nothing fails."""
    world = World(1, QUIET)
    groups, send = set(), world.services.send_message

    def noting(**request):
        groups.add(request.get("MessageGroupId", ""))
        return send(**request)

    monkeypatch.setattr(world.services, "send_message", noting)
    world.run()
    assert {f"warm#{USER}#{client}" for client in CLIENTS} <= groups
