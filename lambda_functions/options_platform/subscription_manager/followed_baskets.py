"""A subscription beside what was published of its basket since."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared_utils.domain.baskets import Basket
from shared_utils.domain.subscription_rules import needs_consent
from shared_utils.domain.subscriptions import BasketSubscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """`latest_version` is the basket's latest published one, which waits if `consent_needed`."""

    subscription: BasketSubscription
    latest_version: int
    consent_needed: bool


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
