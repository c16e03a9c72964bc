"""What the audit record says of each thing a subscriber does with his subscription."""

from collections.abc import Sequence

from shared_utils.domain.basket_versions import VersionHead
from shared_utils.domain.baskets import SubscriptionConfig
from shared_utils.domain.subscription_events import (
    Cause,
    SubscriptionEvent,
    SubscriptionEventKind,
    event_of,
)
from shared_utils.domain.subscriptions import BasketSubscription, SubscriptionStatus


def of_subscribing(
    after: BasketSubscription, version: VersionHead, terms: SubscriptionConfig, cause: Cause
) -> SubscriptionEvent:
    sentence = (
        f"Subscribed to version {version.number} of {version.name} with "
        f"{after.performance_tracking.total_invested:.2f} rupees, {_fees(terms)}."
    )
    return event_of(after, SubscriptionEventKind.SUBSCRIBED, sentence, cause)


def of_consent(
    before: BasketSubscription,
    after: BasketSubscription,
    dropped: Sequence[str],
    cause: Cause,
) -> SubscriptionEvent:
    """`dropped` are the names of strategies that are gone, with his settings for them."""
    sentence = f"Consented to version {after.basket_version} in place of {before.basket_version}."
    if dropped:
        sentence += f" His settings for {', '.join(dropped)} went with what they were for."
    return event_of(after, SubscriptionEventKind.CONSENTED, sentence, cause)


def of_switch(after: BasketSubscription, cause: Cause) -> SubscriptionEvent:
    if after.subscription_status is SubscriptionStatus.PAUSED:
        sentence = "Paused: nothing is entered in his accounts; his place is kept."
        return event_of(after, SubscriptionEventKind.PAUSED, sentence, cause)
    sentence = f"Resumed: version {after.basket_version} trades in his accounts again."
    return event_of(after, SubscriptionEventKind.RESUMED, sentence, cause)


def of_overrides(after: BasketSubscription, cause: Cause) -> SubscriptionEvent:
    overrides = after.strategy_broker_overrides.values()
    on = sum(each.enabled for each in overrides)
    accounts = {a.client_id for each in overrides if each.enabled for a in each.custom_allocations}
    sentence = (
        f"Settings of {len(overrides)} strategies, {on} of them switched on, "
        f"for {', '.join(sorted(accounts)) or 'no account'}."
    )
    return event_of(after, SubscriptionEventKind.OVERRIDES_CHANGED, sentence, cause)


def of_cancelling(after: BasketSubscription, cause: Cause) -> SubscriptionEvent:
    sentence = f"Cancelled: version {after.basket_version} no longer trades in his accounts."
    return event_of(after, SubscriptionEventKind.CANCELLED, sentence, cause)


def _fees(terms: SubscriptionConfig) -> str:
    parts = []
    if terms.monthly_fee:
        parts.append(f"for {terms.monthly_fee:.2f} rupees a month")
    if terms.performance_fee_percentage:
        parts.append(f"for {terms.performance_fee_percentage:f} percent of profits")
    return " and ".join(parts) or "free of charge"
