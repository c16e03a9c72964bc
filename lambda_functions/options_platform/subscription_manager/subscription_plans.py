"""A subscription as a trader asks for it, and what becomes of it and of its basket's counts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from shared_utils.domain.allocation_rules import (
    AllocationSpec,
    account_problems,
    new_allocation,
    percentage_problems,
    repeated_accounts,
)
from shared_utils.domain.basket_versions import BasketVersion, PublishedStrategy, VersionHead
from shared_utils.domain.baskets import SubscriptionConfig
from shared_utils.domain.broker_accounts import BrokerAccount
from shared_utils.domain.errors import Problem
from shared_utils.domain.money import ZERO
from shared_utils.domain.subscriber_allocations import multiplied_lots
from shared_utils.domain.subscription_rules import LIVE, subscription_id_of
from shared_utils.domain.subscriptions import (
    BasketSubscription,
    FinancialDetails,
    PerformanceTracking,
    StrategyOverride,
    SubscriptionStatus,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideSpec:
    """The subscriber's say over one strategy."""

    enabled: bool = True
    custom_allocations: tuple[AllocationSpec, ...] = ()
    risk_multiplier: Decimal = Decimal(1)
    lot_multiplier: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionSpec:
    """`investment_amount` in rupees: what the subscriber means to trade the basket with."""

    investment_amount: Decimal = ZERO
    overrides: Mapping[str, OverrideSpec] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """Who asks, and the broker accounts he has, by client id."""

    user_id: str
    accounts: Mapping[str, BrokerAccount]
    paper_trading: bool


def amount_problems(terms: SubscriptionConfig, amount: Decimal) -> Iterator[Problem]:
    least = terms.min_subscription_amount
    if least is not None and amount < least:
        yield Problem("investment_amount", f"must be at least {least} for this basket")


def override_problems(
    overrides: Mapping[str, OverrideSpec],
    strategies: Mapping[str, PublishedStrategy],
    subscriber: Subscriber,
    at: datetime,
) -> Iterator[Problem]:
    """`strategies` are by id those of the version that he consents to. Paths are those of the
    request.
    """
    for strategy_id, spec in overrides.items():
        path = f"strategy_broker_overrides.{strategy_id}"
        strategy = strategies.get(strategy_id)
        if strategy is None:
            yield Problem(path, "is not a strategy of the version subscribed to")
            continue
        for problem in _allocation_problems(spec, strategy, subscriber, at):
            yield Problem(f"{path}.custom_allocations{problem.field}", problem.problem)
        for each in spec.custom_allocations:
            if not multiplied_lots(each.lots_per_execution, spec.lot_multiplier):
                yield Problem(
                    f"{path}.lot_multiplier",
                    f"leaves no whole lot of the {each.lots_per_execution} on {each.client_id}",
                )


def _allocation_problems(
    spec: OverrideSpec, strategy: PublishedStrategy, subscriber: Subscriber, at: datetime
) -> Iterator[Problem]:
    asked = spec.custom_allocations
    yield from repeated_accounts([each.client_id for each in asked])
    made = [new_allocation(each, strategy, subscriber.user_id, at) for each in asked]
    for index, allocation in enumerate(made):
        lots = multiplied_lots(allocation.lots_per_execution, spec.lot_multiplier)
        found = account_problems(
            replace(allocation, lots_per_execution=lots),
            subscriber.accounts,
            strategy.active_legs,
            paper_trading=subscriber.paper_trading,
        )
        for problem in found:
            yield Problem(f"[{index}].{problem.field}", problem.problem)
    for problem in percentage_problems(made):
        yield Problem("", problem.problem)


def to_overrides(
    overrides: Mapping[str, OverrideSpec],
    strategies: Mapping[str, PublishedStrategy],
    user_id: str,
    at: datetime,
) -> dict[str, StrategyOverride]:
    """For overrides that have no problems."""
    return {
        strategy_id: StrategyOverride(
            enabled=spec.enabled,
            custom_allocations=tuple(
                new_allocation(each, strategies[strategy_id], user_id, at)
                for each in spec.custom_allocations
            ),
            risk_multiplier=spec.risk_multiplier,
            lot_multiplier=spec.lot_multiplier,
        )
        for strategy_id, spec in overrides.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a basket's counts hold of one subscriber."""

    places: int
    invested: Decimal


def places_held(before: BasketSubscription | None) -> Held:
    """One that ran out is counted until it is cancelled or opened again."""
    if before is None or before.subscription_status not in LIVE:
        return Held(places=0, invested=ZERO)
    return Held(places=1, invested=before.performance_tracking.total_invested)


def subscribed(
    version: VersionHead,
    before: BasketSubscription | None,
    *,
    user_id: str,
    amount: Decimal,
    overrides: dict[str, StrategyOverride],
    at: datetime,
) -> BasketSubscription:
    """To this version. One that had ended is opened again: what was paid and earned stays."""
    details = before.financial_details if before else FinancialDetails()
    record = before.performance_tracking if before else PerformanceTracking()
    return BasketSubscription(
        user_id=user_id,
        subscription_id=subscription_id_of(user_id, version.basket_id),
        basket_id=version.basket_id,
        basket_creator_id=version.creator_user_id,
        subscription_status=SubscriptionStatus.ACTIVE,
        subscription_date=at,
        financial_details=details,
        strategy_broker_overrides=overrides,
        performance_tracking=replace(record, total_invested=amount),
        basket_version=version.number,
        created_at=before.created_at if before else at,
        updated_at=at,
        version=before.version + 1 if before else 1,
    )


def switched(
    subscription: BasketSubscription, status: SubscriptionStatus, at: datetime
) -> BasketSubscription:
    return replace(
        subscription,
        subscription_status=status,
        updated_at=at,
        version=subscription.version + 1,
    )


def cancelled(subscription: BasketSubscription, at: datetime) -> BasketSubscription:
    """Kept as a record; nothing more is billed."""
    ended = switched(subscription, SubscriptionStatus.CANCELLED, at)
    details = replace(subscription.financial_details, next_billing_date=None)
    return replace(ended, financial_details=details)


def overridden(
    subscription: BasketSubscription, overrides: dict[str, StrategyOverride], at: datetime
) -> BasketSubscription:
    return replace(
        subscription,
        strategy_broker_overrides=overrides,
        updated_at=at,
        version=subscription.version + 1,
    )


def consented(
    subscription: BasketSubscription, version: BasketVersion, at: datetime
) -> tuple[BasketSubscription, tuple[str, ...]]:
    """On the version from now on; and the strategy ids whose overrides went with them."""
    held = by_id(version)
    overrides = subscription.strategy_broker_overrides
    kept = {name: each for name, each in overrides.items() if name in held}
    after = replace(
        subscription,
        basket_version=version.head.number,
        strategy_broker_overrides=kept,
        updated_at=at,
        version=subscription.version + 1,
    )
    return after, tuple(sorted(set(overrides) - set(kept)))


def by_id(version: BasketVersion) -> dict[str, PublishedStrategy]:
    return {strategy.strategy_id: strategy for strategy in version.strategies}
