"""What a subscription and its terms must satisfy."""

from collections.abc import Iterator
from datetime import datetime

from shared_utils.domain.baskets import FeeType, SubscriptionConfig
from shared_utils.domain.errors import Problem
from shared_utils.domain.ids import Kind, derived_id
from shared_utils.domain.subscriptions import BasketSubscription, SubscriptionStatus

LIVE = frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED})


def subscription_id_of(user_id: str, basket_id: str) -> str:
    """A user subscribes to a basket once, however many requests race; coming back reopens it."""
    return derived_id(Kind.SUBSCRIPTION, user_id, basket_id)


def is_live(subscription: BasketSubscription | None, now: datetime) -> bool:
    """Whether it holds one of the basket's places; its own expiry counts at once (decisions 18)."""
    if subscription is None or subscription.subscription_status not in LIVE:
        return False
    return subscription.expiry_date is None or now < subscription.expiry_date


def may_trade(subscription: BasketSubscription, now: datetime) -> bool:
    """Live, and not paused by its subscriber."""
    active = subscription.subscription_status is SubscriptionStatus.ACTIVE
    return active and is_live(subscription, now)


def needs_consent(subscription: BasketSubscription, latest: int, now: datetime) -> bool:
    """Whether a version waits for him; until he consents, the one he consented to trades."""
    return subscription.basket_version < latest and is_live(subscription, now)


def terms_problems(terms: SubscriptionConfig, *, allow_performance_fees: bool) -> Iterator[Problem]:
    """Each kind of fee states what it charges, and nothing that it does not."""
    monthly, share = terms.monthly_fee, terms.performance_fee_percentage
    if terms.type is FeeType.PAID and not monthly:
        yield Problem("subscription_config.monthly_fee", "is required for PAID")
    if terms.type is FeeType.FREE and monthly is not None:
        yield Problem("subscription_config.monthly_fee", "has no meaning with FREE")
    if terms.type is FeeType.PERFORMANCE_BASED and not share:
        yield Problem(
            "subscription_config.performance_fee_percentage", "is required for PERFORMANCE_BASED"
        )
    if terms.type is not FeeType.PERFORMANCE_BASED and share is not None:
        yield Problem(
            "subscription_config.performance_fee_percentage", f"has no meaning with {terms.type}"
        )
    if terms.type is FeeType.PERFORMANCE_BASED and not allow_performance_fees:
        yield Problem(
            "subscription_config.type", "PERFORMANCE_BASED is switched off on this platform"
        )
