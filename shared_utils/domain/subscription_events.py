"""The audit record of a subscription: what was changed, by whom, at whose request, in one sentence.

A record is made in the same transaction as the change it tells of, and never changed.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared_utils.domain.subscriptions import BasketSubscription

# The actor of what nobody asked for: a billing run, an expiry.
PLATFORM = "PLATFORM"


class SubscriptionEventKind(StrEnum):
    SUBSCRIBED = "SUBSCRIBED"
    CONSENTED = "CONSENTED"
    PAUSED = "PAUSED"
    RESUMED = "RESUMED"
    OVERRIDES_CHANGED = "OVERRIDES_CHANGED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    PAYMENT_FAILED = "PAYMENT_FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """`actor` is a user id or PLATFORM; `request_id` names the request or the run."""

    actor: str
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionEvent:
    """`number` is the subscription's version after the change: a change has one event."""

    subscription_id: str
    number: int
    kind: SubscriptionEventKind
    user_id: str
    basket_id: str
    basket_version: int
    actor: str
    at: datetime
    sentence: str
    request_id: str


def event_of(
    after: BasketSubscription, kind: SubscriptionEventKind, sentence: str, cause: Cause
) -> SubscriptionEvent:
    """Of the change that made `after`, at the time it was made."""
    return SubscriptionEvent(
        subscription_id=after.subscription_id,
        number=after.version,
        kind=kind,
        user_id=after.user_id,
        basket_id=after.basket_id,
        basket_version=after.basket_version,
        actor=cause.actor,
        at=after.updated_at,
        sentence=sentence,
        request_id=cause.request_id,
    )
