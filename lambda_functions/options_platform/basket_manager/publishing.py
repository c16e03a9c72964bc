"""A basket for others: what must be right before it is published, and what becomes of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared_utils.domain.basket_versions import MOST_PUBLISHED, VersionHead, face_of, living
from shared_utils.domain.baskets import Basket, CreatorType, SubscriptionConfig, Visibility
from shared_utils.domain.errors import Problem
from shared_utils.domain.strategies import Strategy
from shared_utils.domain.strategy_rules import incomplete_legs
from shared_utils.domain.subscription_rules import terms_problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """`version`, when given, is the basket's that the caller has seen."""

    visibility: Visibility
    subscription_config: SubscriptionConfig
    version: int | None = None


def publication_problems(
    basket: Basket,
    strategies: Sequence[Strategy],
    asked: Publication,
    *,
    allow_performance_fees: bool,
) -> tuple[Problem, ...]:
    """Everything that keeps the basket from being published so."""
    return (
        *_content_problems(basket, strategies),
        *terms_problems(asked.subscription_config, allow_performance_fees=allow_performance_fees),
        *_subscriber_problems(basket, asked.subscription_config),
    )


def _content_problems(basket: Basket, strategies: Sequence[Strategy]) -> Iterator[Problem]:
    if not basket.description:
        yield Problem("description", "is required: subscribers must know what they pay for")
    held = living(strategies)
    if not held:
        yield Problem("strategies", "the basket has none that could be subscribed to")
    if len(held) > MOST_PUBLISHED:
        yield Problem("strategies", f"are {len(held)}; at most {MOST_PUBLISHED} can be published")
    for strategy in held:
        for problem in incomplete_legs(strategy):
            yield Problem(
                f"strategies.{strategy.strategy_id}", f"({strategy.name}) {problem.problem}"
            )


def _subscriber_problems(basket: Basket, terms: SubscriptionConfig) -> Iterator[Problem]:
    """Who subscribed did so at the fees of that day; his place is his."""
    count, before = basket.subscriber_count, basket.subscription_config
    if terms.max_subscribers is not None and terms.max_subscribers < count:
        yield Problem(
            "subscription_config.max_subscribers", f"is below the {count} who have subscribed"
        )
    if count and before is not None and _fees(before) != _fees(terms):
        yield Problem(
            "subscription_config", f"its fees cannot change while it has {count} subscribers"
        )


def _fees(terms: SubscriptionConfig) -> tuple[object, ...]:
    return terms.type, terms.monthly_fee, terms.performance_fee_percentage


def published(basket: Basket, asked: Publication, version: VersionHead, at: datetime) -> Basket:
    """Only admins publish: a basket from before its owner became one is an admin's now."""
    return replace(
        basket,
        visibility=asked.visibility,
        is_marketplace_enabled=True,
        created_by_type=CreatorType.ADMIN,
        subscription_config=asked.subscription_config,
        published=face_of(basket, version),
        updated_at=at,
        version=basket.version + 1,
    )


def withdrawn(basket: Basket, at: datetime) -> Basket:
    """Nobody finds it any more. The terms stay: those who have subscribed go on under them."""
    return replace(
        basket,
        visibility=Visibility.PRIVATE,
        is_marketplace_enabled=False,
        updated_at=at,
        version=basket.version + 1,
    )
