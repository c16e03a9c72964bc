"""A subscription beside what was published of its basket since."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared_utils.domain.basket_versions import BasketVersion
from shared_utils.domain.baskets import Basket
from shared_utils.domain.subscription_rules import needs_consent
from shared_utils.domain.subscriptions import BasketSubscription
from shared_utils.domain.version_differences import differences


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """`latest_version` is the basket's latest published one, which waits if `consent_needed`."""

    subscription: BasketSubscription
    latest_version: int
    consent_needed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingChanges:
    """From the version he consented to, to the latest; `dropped_overrides` are the strategy ids
    whose overrides would go with their strategies.
    """

    from_version: int
    to_version: int
    consent_needed: bool
    changes: tuple[str, ...] = ()
    dropped_overrides: tuple[str, ...] = ()


def waiting_changes(found: Followed, before: BasketVersion, after: BasketVersion) -> WaitingChanges:
    held = {strategy.strategy_id for strategy in after.strategies}
    overrides = found.subscription.strategy_broker_overrides
    return WaitingChanges(
        from_version=before.head.number,
        to_version=after.head.number,
        consent_needed=found.consent_needed,
        changes=differences(before, after),
        dropped_overrides=tuple(sorted(set(overrides) - held)),
    )


def followed(
    subscriptions: Sequence[BasketSubscription], baskets: Iterable[Basket], now: datetime
) -> tuple[Followed, ...]:
    """Each subscription, in order; `baskets` are theirs, in any order."""
    latest = {each.basket_id: each.published_version for each in baskets}
    found = []
    for each in subscriptions:
        number = latest.get(each.basket_id) or each.basket_version
        waits = needs_consent(each, number, now)
        found.append(Followed(subscription=each, latest_version=number, consent_needed=waits))
    return tuple(found)
