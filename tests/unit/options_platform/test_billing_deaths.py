"""The run dies at every single call, or is overtaken there by another: each period still once."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pytest

from lambda_functions.options_platform.subscription_manager.billing_run import BillingLeft
from shared_utils.domain.errors import Unavailable
from tests.fake_dynamo.faults import Crash, answer_lost
from tests.payment_providers import DECLINED
from tests.unit.options_platform.billing_worlds import BOTH, World, promises

# What happens before the run that is disturbed; each world is made anew.
Scene = Callable[[], World]


def two_months_due() -> World:
    world = World()
    world.join(BOTH)
    world.earns("1234.50")
    world.pass_days(65)
    return world


def grace_is_over() -> World:
    world = World()
    world.join(BOTH)
    world.pass_days(30)
    world.provider.say(DECLINED)
    world.run()
    world.provider.say(DECLINED)
    world.pass_days(7)
    return world


def left_with_money_owed_both_ways() -> World:
    world = World()
    world.provider.say(DECLINED)
    world.join(BOTH)
    world.earns("50")
    world.pass_days(3)
    world.leave(collect=False)
    return world


def left_with_money_to_come_back() -> World:
    world = World()
    world.join()
    world.pass_days(3)
    world.leave(collect=False)
    return world


SCENES = [
    two_months_due,
    grace_is_over,
    left_with_money_owed_both_ways,
    left_with_money_to_come_back,
]


@dataclass
class Disturbance:
    """Acts once, at the call of this number (database and provider counted together)."""

    at: int
    act: Callable[[], None]
    calls: int = 0

    def __call__(self, *_: object) -> None:
        self.calls += 1
        if self.calls == self.at:
            self.act()


def outcome(world: World) -> object:
    """What all this comes to, without times and attempts."""
    promises(world)
    subscription = world.subscription()
    entries = [
        (each.entry_key, each.amount) for each in world.entries() if each.kind != "PAYMENT_FAILED"
    ]
    invoices = [
        (each.billing_key, each.status, each.total, each.set_off, each.paid)
        for each in world.all_invoices()
    ]
    details = subscription.financial_details
    return (
        sorted(entries),
        invoices,
        subscription.subscription_status,
        details.next_billing_date,
        details.high_water_mark,
        details.total_fees_paid,
        world.basket().subscriber_count,
        world.provider.total(),
    )


def finished(world: World) -> World:
    """Runs until nothing is left; an attempt that was under way is looked up when it is due."""
    for _ in range(4):
        try:
            world.run()
        except BillingLeft:
            continue
        world.pass_days(0.01)
    return world


def disturbed(scene: Scene, at: int, when: str, act: Callable[[World], None]) -> tuple[World, bool]:
    world = scene()
    disturbance = Disturbance(at, lambda: act(world))
    if when == "before":
        world.dynamo.before = disturbance
    else:
        world.dynamo.after = disturbance
    world.provider.on_call = disturbance
    try:
        world.run()
    except (Crash, BillingLeft):
        pass
    finally:
        world.dynamo.before = world.dynamo.after = None
        world.provider.on_call = lambda: None
    return finished(world), disturbance.calls < at


def _die(_: World) -> None:
    raise Crash


def _lose_the_answer() -> None:
    raise answer_lost()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("scene", SCENES)
def test_a_run_that_dies_at_any_call_leaves_nothing_twice_and_nothing_out(scene: Scene, when: str):
    expected = outcome(finished(scene()))
    for at in range(1, 200):
        world, over = disturbed(scene, at, when, _die)
        assert outcome(world) == expected, at
        if over:
            break
    assert over
    assert at > 10


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("scene", SCENES)
def test_an_answer_of_the_database_that_is_lost_changes_nothing(scene: Scene, when: str):
    expected = outcome(finished(scene()))
    for at in range(1, 200):
        world = scene()
        disturbance = Disturbance(at, _lose_the_answer)
        setattr(world.dynamo, when, disturbance)
        with contextlib.suppress(Unavailable):
            world.run()
        world.dynamo.before = world.dynamo.after = None
        assert outcome(finished(world)) == expected, at
        if disturbance.calls < at:
            break


@pytest.mark.parametrize("scene", SCENES)
def test_another_run_that_comes_between_any_two_calls_changes_nothing(scene: Scene):
    expected = outcome(finished(scene()))
    for at in range(1, 200):
        world, over = disturbed(scene, at, "before", _another_run)
        assert outcome(world) == expected, at
        if over:
            break
    assert over


def _another_run(world: World) -> None:
    world.run()


def test_the_scenes_are_not_empty():
    totals = [outcome(finished(scene()))[-1] for scene in SCENES]  # type: ignore[index]  # a tuple
    assert totals == [
        Decimal("1023.45"), Decimal("300.00"), Decimal("35.00"), Decimal("99.90"),
    ]  # fmt: skip
