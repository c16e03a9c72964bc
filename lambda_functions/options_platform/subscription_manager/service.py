"""What a trader does with his subscriptions.

Joining and leaving change the basket's counts and its version in the same transaction: a last place
is taken once, and counts are what is there, in whatever order requests come.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from lambda_functions.options_platform.subscription_manager.subscription_plans import (
    OverrideSpec,
    Subscriber,
    SubscriptionSpec,
    amount_problems,
    by_id,
    cancelled,
    overridden,
    override_problems,
    places_held,
    subscribed,
    switched,
    to_overrides,
)
from shared_utils.api.errors import refuse
from shared_utils.clock import Clock
from shared_utils.domain.baskets import Basket, SubscriptionConfig
from shared_utils.domain.errors import Conflict, NotFound, RuleBroken, VersionMoved
from shared_utils.domain.marketplace import is_full, is_published
from shared_utils.domain.strategies import Strategy, StrategyStatus
from shared_utils.domain.subscription_rules import LIVE, is_live, subscription_id_of
from shared_utils.domain.subscriptions import (
    BasketSubscription,
    StrategyOverride,
    SubscriptionStatus,
)
from shared_utils.storage.baskets import Baskets, with_subscribers
from shared_utils.storage.broker_accounts import BrokerAccounts
from shared_utils.storage.strategies import Strategies
from shared_utils.storage.subscriptions import Subscriptions

T = TypeVar("T")

# Everybody who joins or leaves moves the basket's version: a popular one moves often.
_ATTEMPTS = 10
# The most strategies any environment allows in a basket (config/environments.json).
_MOST_STRATEGIES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionService:
    subscriptions: Subscriptions
    baskets: Baskets
    strategies: Strategies
    accounts: BrokerAccounts
    clock: Clock
    paper_trading: bool

    def subscribe(self, user_id: str, basket_id: str, spec: SubscriptionSpec) -> BasketSubscription:
        """At the basket's terms of now.

        Raises NotFound for what is not published, RuleBroken with every problem, Conflict
        ALREADY_SUBSCRIBED or BASKET_FULL.
        """

        def attempt() -> BasketSubscription:
            basket, terms = self._published(user_id, basket_id)
            before = self.subscriptions.get(user_id, subscription_id_of(user_id, basket_id))
            now = self.clock.now()
            if is_live(before, now):
                raise Conflict("You subscribe to this basket already.", code="ALREADY_SUBSCRIBED")
            refuse(tuple(amount_problems(terms, spec.investment_amount)))
            overrides = self._overrides(user_id, basket, spec.overrides, now)
            held = places_held(before)
            if is_full(basket) and not held.places:
                raise Conflict("All places of this basket are taken.", code="BASKET_FULL")
            after = subscribed(
                basket,
                terms,
                before,
                user_id=user_id,
                amount=spec.investment_amount,
                overrides=overrides,
                at=now,
            )
            counted = with_subscribers(
                basket,
                subscribers=1 - held.places,
                invested=spec.investment_amount - held.invested,
                at=now,
            )
            self.subscriptions.save_with(after, self.baskets.write_of(counted))
            return after

        return _persist(attempt)

    def cancel(self, user_id: str, subscription_id: str) -> None:
        """The place is free again. Cancelling what has ended changes nothing."""

        def attempt() -> None:
            subscription = self.mine(user_id, subscription_id)
            if subscription.subscription_status not in LIVE:
                return
            now = self.clock.now()
            basket = self._of(subscription)
            counted = with_subscribers(
                basket,
                subscribers=-1,
                invested=-subscription.performance_tracking.total_invested,
                at=now,
            )
            self.subscriptions.save_with(
                cancelled(subscription, now), self.baskets.write_of(counted)
            )

        _persist(attempt)

    def pause(self, user_id: str, subscription_id: str) -> BasketSubscription:
        """Nothing of it trades for this subscriber; his place stays his."""
        return self._switch(user_id, subscription_id, SubscriptionStatus.PAUSED)

    def resume(self, user_id: str, subscription_id: str) -> BasketSubscription:
        return self._switch(user_id, subscription_id, SubscriptionStatus.ACTIVE)

    def override(
        self,
        user_id: str,
        subscription_id: str,
        overrides: Mapping[str, OverrideSpec],
        version: int | None,
    ) -> BasketSubscription:
        """In place of all that were there. Raises RuleBroken with every problem, Conflict for a
        subscription that has ended or is not as the caller saw it.
        """

        def attempt() -> BasketSubscription:
            subscription, now = self._live(user_id, subscription_id), self.clock.now()
            if version not in {None, subscription.version}:
                raise Conflict(
                    "The subscription was changed meanwhile; read it again.",
                    code=VersionMoved.code,
                )
            basket = self._of(subscription)
            made = self._overrides(user_id, basket, overrides, now)
            after = overridden(subscription, made, now)
            self.subscriptions.save(after)
            return after

        return _persist(attempt)

    def mine(self, user_id: str, subscription_id: str) -> BasketSubscription:
        """Raises NotFound for what is missing or another's."""
        subscription = self.subscriptions.get(user_id, subscription_id)
        if subscription is None:
            raise NotFound(f"There is no subscription {subscription_id}.")
        return subscription

    # -- below

    def _switch(
        self, user_id: str, subscription_id: str, status: SubscriptionStatus
    ) -> BasketSubscription:
        def attempt() -> BasketSubscription:
            subscription = self._live(user_id, subscription_id)
            if subscription.subscription_status is status:
                return subscription
            after = switched(subscription, status, self.clock.now())
            self.subscriptions.save(after)
            return after

        return _persist(attempt)

    def _live(self, user_id: str, subscription_id: str) -> BasketSubscription:
        subscription = self.mine(user_id, subscription_id)
        if not is_live(subscription, self.clock.now()):
            raise Conflict(
                "The subscription has ended; subscribe again.", code="SUBSCRIPTION_ENDED"
            )
        return subscription

    def _published(self, user_id: str, basket_id: str) -> tuple[Basket, SubscriptionConfig]:
        found = self.baskets.by_id(basket_id)
        # The index may lag: places are counted on the row itself.
        basket = self.baskets.get(found.user_id, basket_id) if found else None
        mine = basket is not None and basket.user_id == user_id
        if basket is None or not (mine or is_published(basket)):
            raise NotFound(f"There is no basket {basket_id}.")
        if mine or basket.subscription_config is None:
            raise RuleBroken("Your own basket needs no subscription.", code="OWN_BASKET")
        return basket, basket.subscription_config

    def _of(self, subscription: BasketSubscription) -> Basket:
        """A basket with subscribers is never deleted."""
        basket = self.baskets.get(subscription.basket_creator_id, subscription.basket_id)
        if basket is None:
            raise NotFound(f"There is no basket {subscription.basket_id}.")
        return basket

    def _overrides(
        self, user_id: str, basket: Basket, asked: Mapping[str, OverrideSpec], now: datetime
    ) -> dict[str, StrategyOverride]:
        if not asked:
            return {}
        strategies = self._strategies(basket)
        accounts = {each.client_id: each for each in self.accounts.of_user(user_id)}
        subscriber = Subscriber(
            user_id=user_id, accounts=accounts, paper_trading=self.paper_trading
        )
        refuse(tuple(override_problems(asked, strategies, subscriber, now)))
        return to_overrides(asked, strategies, user_id, now)

    def _strategies(self, basket: Basket) -> dict[str, Strategy]:
        page = self.strategies.in_basket(basket.user_id, basket.basket_id, limit=_MOST_STRATEGIES)
        return by_id([each for each in page.items if each.status is not StrategyStatus.ARCHIVED])


def _persist(attempt: Callable[[], T]) -> T:
    """Read, decide and write again when a row moved in between; the last try's error is told."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return attempt()
        except VersionMoved:
            continue
    return attempt()
