"""What a subscriber's accounts trade: never more than he and they allow, and never a lost lot."""

from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared_utils.domain.allocations import AllocationStatus, StrategyBrokerAllocation
from shared_utils.domain.basket_versions import PublishedStrategy, published_strategy
from shared_utils.domain.broker_accounts import AccountLimits
from shared_utils.domain.strategies import LockAndTrail, RiskConfig
from shared_utils.domain.subscriber_allocations import (
    SubscriberPlan,
    scaled_limits,
    subscriber_plan,
)
from shared_utils.domain.subscriptions import StrategyOverride
from tests.unit.storage.samples import a_leg, a_strategy, a_subscription, an_account, an_allocation

LOTS = st.integers(1, 500)
MULTIPLIERS = st.decimals("0.0001", 10, places=4)
MOST = st.none() | st.integers(1, 600)
RUPEES = st.none() | st.decimals("0.01", 10_000_000, places=2)


def a_published(*multiples: int) -> PublishedStrategy:
    legs = [replace(a_leg(n), lots_multiple=each) for n, each in enumerate(multiples or (1,), 1)]
    return published_strategy(a_strategy(legs=tuple(legs)))


def on(client_id: str, lots: int, **parts: Any) -> StrategyBrokerAllocation:
    return replace(
        an_allocation(f"alc_{client_id}", client_id=client_id), lots_per_execution=lots, **parts
    )


def plan(
    strategy: PublishedStrategy, override: StrategyOverride | None, **most: int | None
) -> SubscriberPlan:
    """`most` are the subscriber's accounts, and the lots that each allows per order."""
    overrides = {} if override is None else {strategy.strategy_id: override}
    accounts = {
        client_id: an_account(client_id, limits=AccountLimits(max_lots_per_order=each))
        for client_id, each in most.items()
    }
    return subscriber_plan(a_subscription(strategy_broker_overrides=overrides), strategy, accounts)


@given(
    lots=st.lists(LOTS, min_size=1, max_size=3),
    multiplier=MULTIPLIERS,
    most=MOST,
    multiples=st.lists(st.integers(1, 5), min_size=1, max_size=4),
)
def test_lots_are_never_more_than_asked_or_allowed_and_never_lost_without_a_word(
    lots: list[int], multiplier: Decimal, most: int | None, multiples: list[int]
):
    asked = {f"A{number}": each for number, each in enumerate(lots)}
    override = StrategyOverride(
        custom_allocations=tuple(on(name, each) for name, each in asked.items()),
        lot_multiplier=multiplier,
    )
    found = plan(a_published(*multiples), override, **dict.fromkeys(asked, most))
    traded = {each.client_id: each.lots_per_execution for each in found.allocations}
    said = {note.client_id for note in found.notes}
    for name, each in asked.items():
        wanted = each * multiplier
        got = traded.get(name, 0)
        assert 0 <= got <= wanted
        assert most is None or got * max(multiples) <= most
        assert (name in said) == (got != wanted)
        if most is None:
            assert wanted - got < 1
    assert all(got > 0 for got in traded.values())
    assert (found.reason is None) == bool(traded)


@given(multiplier=MULTIPLIERS, amounts=st.lists(RUPEES, min_size=6, max_size=6))
def test_limits_in_rupees_are_scaled_and_stay_limits(
    multiplier: Decimal, amounts: list[Decimal | None]
):
    names = ("max_loss_per_trade", "daily_loss_limit", "strategy_stop_loss", "strategy_target")
    locks = LockAndTrail(lock_at=Decimal(500), lock_profit=Decimal(200), trail_by=amounts[4])
    limits = RiskConfig(
        **dict(zip(names, amounts, strict=False)),  # type: ignore[arg-type]  # rupees, all of them
        max_loss_percentage=Decimal(2),
        position_size_value=amounts[5],
        lock_and_trail=locks,
    )
    scaled = scaled_limits(limits, multiplier)
    for before, after in [(getattr(limits, n), getattr(scaled, n)) for n in names] + [
        (getattr(locks, each.name), getattr(scaled.lock_and_trail, each.name))
        for each in fields(locks)
    ]:
        assert (after is None) == (before is None)
        if before is not None:
            assert after > 0
            assert abs(after - before * multiplier) <= Decimal("0.01")
    kept = {each.name for each in fields(limits)} - {*names, "lock_and_trail"}
    assert all(getattr(scaled, name) == getattr(limits, name) for name in kept)


def test_who_trades_nothing_is_told_why():
    off = StrategyOverride(enabled=False, custom_allocations=(on("A", 1),))
    idle = StrategyOverride(custom_allocations=(on("A", 1, status=AllocationStatus.SUSPENDED),))
    reasons = [plan(a_published(), each, A=None).reason for each in (None, off, idle)]
    assert reasons == [
        "The subscriber has named no broker account for this strategy.",
        "The subscriber has switched this strategy off.",
        "None of the subscriber's accounts is active for this strategy.",
    ]


def test_fewer_lots_than_asked_for_are_said():
    half = StrategyOverride(custom_allocations=(on("A", 3), on("B", 1), on("GONE", 1)),
                            lot_multiplier=Decimal("0.5"))  # fmt: skip
    found = plan(a_published(), half, A=None, B=None)
    assert [each.lots_per_execution for each in found.allocations] == [1]
    assert [note.sentence for note in found.notes] == [
        "3 lots times 0.5 are 1 whole lots on A.",
        "1 lots times 0.5 are 0 whole lots on B.",
        "GONE is no longer there.",
    ]
    capped = plan(a_published(2, 1), StrategyOverride(custom_allocations=(on("A", 9),)), A=7)
    assert [each.lots_per_execution for each in capped.allocations] == [3]
    assert [note.sentence for note in capped.notes] == ["A allows 3 of 9 lots."]


def test_a_leg_that_is_switched_off_limits_nobody():
    strategy = a_published(50, 1)
    idle = replace(strategy, legs=(replace(strategy.legs[0], is_active=False), strategy.legs[1]))
    found = plan(idle, StrategyOverride(custom_allocations=(on("A", 9),)), A=9)
    assert [each.lots_per_execution for each in found.allocations] == [9]
