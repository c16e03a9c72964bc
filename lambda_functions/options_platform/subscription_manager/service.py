"""What a trader does with his subscriptions.

Joining and leaving change the basket's counts and its version in the same transaction: a last place
is taken once, and counts are what is there, in whatever order requests come.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lambda_functions.options_platform.subscription_manager import audit_records
from lambda_functions.options_platform.subscription_manager.billing_service import (
    BillingService,
    log_posting,
)
from lambda_functions.options_platform.subscription_manager.fee_postings import (
    Posting,
    closing,
    opening,
)
from lambda_functions.options_platform.subscription_manager.subscription_plans import (
    Held,
    OverrideSpec,
    Subscriber,
    SubscriptionSpec,
    amount_problems,
    by_id,
    cancelled,
    consented,
    overridden,
    override_problems,
    places_held,
    subscribed,
    switched,
    to_overrides,
)
from shared_utils.api.errors import refuse
from shared_utils.clock import Clock
from shared_utils.domain.basket_versions import BasketVersion, VersionHead
from shared_utils.domain.baskets import Basket, SubscriptionConfig
from shared_utils.domain.errors import Conflict, NotFound, Problem, RuleBroken
from shared_utils.domain.marketplace import is_full, is_published
from shared_utils.domain.subscription_events import Cause, SubscriptionEvent
from shared_utils.domain.subscription_rules import LIVE, is_live, subscription_id_of
from shared_utils.domain.subscriptions import (
    BasketSubscription,
    StrategyOverride,
    SubscriptionStatus,
)
from shared_utils.storage.attempts import SeenVersionMoved, persist
from shared_utils.storage.basket_versions import BasketVersions
from shared_utils.storage.baskets import Baskets, with_subscribers
from shared_utils.storage.broker_accounts import BrokerAccounts
from shared_utils.storage.subscriptions import Subscriptions
from shared_utils.storage.writes import Write


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionService:
    """`cause.actor` is the user who asks: he finds his own subscriptions and no others."""

    subscriptions: Subscriptions
    baskets: Baskets
    versions: BasketVersions
    accounts: BrokerAccounts
    billing: BillingService
    clock: Clock
    paper_trading: bool

    def subscribe(self, cause: Cause, basket_id: str, spec: SubscriptionSpec) -> BasketSubscription:
        """To the basket's latest version, at its terms of now.

        Raises NotFound for what is not published, RuleBroken with every problem, Conflict
        ALREADY_SUBSCRIBED, BASKET_FULL or INVOICE_UNPAID. The first fee is charged with it, in the
        same transaction, and then collected.
        """
        user_id = cause.actor

        def attempt() -> BasketSubscription:
            basket, terms = self._published(user_id, basket_id)
            before = self.subscriptions.get(user_id, subscription_id_of(user_id, basket_id))
            now = self.clock.now()
            if is_live(before, now):
                raise Conflict("You subscribe to this basket already.", code="ALREADY_SUBSCRIBED")
            self.billing.require_nothing_owed(before)
            refuse(tuple(amount_problems(terms, spec.investment_amount)))
            version = self._head(basket)
            overrides = self._overrides(user_id, basket_id, version.number, spec.overrides, now)
            held = places_held(before)
            if is_full(basket) and not held.places:
                raise Conflict("All places of this basket are taken.", code="BASKET_FULL")
            after = subscribed(
                version,
                before,
                user_id=user_id,
                amount=spec.investment_amount,
                overrides=overrides,
                at=now,
            )
            record = audit_records.of_subscribing(after, version, terms, cause)
            posting = opening(after, terms, self.billing.policy, now)
            self._save(posting, record, self._counted(basket, after, held))
            return posting.subscription

        return self.billing.collect_now(persist(attempt), cause.request_id)

    def cancel(self, cause: Cause, subscription_id: str) -> None:
        """The place is free again, and what was paid for days to come goes back. Cancelling what
        has ended changes nothing.
        """

        def attempt() -> BasketSubscription:
            self.billing.bill_due(cause.actor, subscription_id, cause.request_id)
            subscription = self.mine(cause.actor, subscription_id)
            if subscription.subscription_status not in LIVE:
                return subscription
            after = cancelled(subscription, self.clock.now())
            basket, held = self._of(subscription), places_held(subscription)
            record = audit_records.of_cancelling(after, cause)
            posting = closing(after, self.billing.policy, after.updated_at)
            self._save(posting, record, self._counted(basket, after, held))
            return posting.subscription

        self.billing.collect_now(persist(attempt), cause.request_id)

    def pause(self, cause: Cause, subscription_id: str) -> BasketSubscription:
        """Nothing of it trades for this subscriber; his place stays his."""
        return self._switch(cause, subscription_id, SubscriptionStatus.PAUSED)

    def resume(self, cause: Cause, subscription_id: str) -> BasketSubscription:
        return self._switch(cause, subscription_id, SubscriptionStatus.ACTIVE)

    def override(
        self,
        cause: Cause,
        subscription_id: str,
        overrides: Mapping[str, OverrideSpec],
        version: int | None,
    ) -> BasketSubscription:
        """In place of all that were there, for strategies of the version that he consented to.

        Raises RuleBroken with every problem, Conflict for a subscription that has ended or is not
        as the caller saw it.
        """

        def attempt() -> BasketSubscription:
            subscription, now = self._live(cause.actor, subscription_id), self.clock.now()
            if version not in {None, subscription.version}:
                raise SeenVersionMoved("The subscription was changed meanwhile; read it again.")
            made = self._overrides(
                cause.actor, subscription.basket_id, subscription.basket_version, overrides, now
            )
            after = overridden(subscription, made, now)
            self.subscriptions.save(after, audit_records.of_overrides(after, cause))
            return after

        return persist(attempt)

    def consent(
        self, cause: Cause, subscription_id: str, number: int
    ) -> tuple[BasketSubscription, tuple[str, ...]]:
        """That version `number`, the latest, trades in place of the one he has; with the strategy
        ids whose overrides went, their strategies being gone.

        Consenting to the version he has changes nothing. Raises Conflict NEWER_VERSION for one
        that is not the latest, RuleBroken for one that was never published.
        """

        def attempt() -> tuple[BasketSubscription, tuple[str, ...]]:
            subscription = self._live(cause.actor, subscription_id)
            if number == subscription.basket_version:
                return subscription, ()
            latest = self._of(subscription).published_version or subscription.basket_version
            require_latest(number, latest)
            version = self._version(subscription.basket_id, number)
            after, dropped = consented(subscription, version, self.clock.now())
            names = self._names(subscription, dropped)
            record = audit_records.of_consent(subscription, after, names, cause)
            self.subscriptions.save(after, record)
            return after, dropped

        return persist(attempt)

    def mine(self, user_id: str, subscription_id: str) -> BasketSubscription:
        """Raises NotFound for what is missing or another's."""
        subscription = self.subscriptions.get(user_id, subscription_id)
        if subscription is None:
            raise NotFound(f"There is no subscription {subscription_id}.")
        return subscription

    # -- below

    def _save(self, posting: Posting, record: SubscriptionEvent, counted: Write) -> None:
        writes = self.billing.writes_of(posting)
        self.subscriptions.save(posting.subscription, record, counted, *writes)
        log_posting(posting)

    def _switch(
        self, cause: Cause, subscription_id: str, status: SubscriptionStatus
    ) -> BasketSubscription:
        def attempt() -> BasketSubscription:
            subscription = self._live(cause.actor, subscription_id)
            if subscription.subscription_status is status:
                return subscription
            after = switched(subscription, status, self.clock.now())
            self.subscriptions.save(after, audit_records.of_switch(after, cause))
            return after

        return persist(attempt)

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

    def _counted(self, basket: Basket, after: BasketSubscription, held: Held) -> Write:
        """The basket's counts with `after` in place of what it held before."""
        holds = places_held(after)
        counted = with_subscribers(
            basket,
            subscribers=holds.places - held.places,
            invested=holds.invested - held.invested,
            at=after.updated_at,
        )
        return self.baskets.write_of(counted)

    def _head(self, basket: Basket) -> VersionHead:
        number = basket.published_version
        found = None if number is None else self.versions.head(basket.basket_id, number)
        if found is None:
            raise NotFound(f"There is no published version of basket {basket.basket_id}.")
        return found

    def _names(self, subscription: BasketSubscription, strategy_ids: Sequence[str]) -> list[str]:
        """As the version that he leaves calls them."""
        basket_id, number = subscription.basket_id, subscription.basket_version
        found = [self.versions.strategy(basket_id, number, each) for each in strategy_ids]
        return [each.name for each in found if each is not None]

    def _version(self, basket_id: str, number: int) -> BasketVersion:
        found = self.versions.get(basket_id, number)
        if found is None:
            raise NotFound(f"There is no version {number} of basket {basket_id}.")
        return found

    def _overrides(
        self,
        user_id: str,
        basket_id: str,
        number: int,
        asked: Mapping[str, OverrideSpec],
        now: datetime,
    ) -> dict[str, StrategyOverride]:
        if not asked:
            return {}
        strategies = by_id(self._version(basket_id, number))
        accounts = {each.client_id: each for each in self.accounts.of_user(user_id)}
        subscriber = Subscriber(
            user_id=user_id, accounts=accounts, paper_trading=self.paper_trading
        )
        refuse(tuple(override_problems(asked, strategies, subscriber, now)))
        return to_overrides(asked, strategies, user_id, now)


def require_latest(number: int, latest: int) -> None:
    if number > latest:
        raise RuleBroken(
            f"There is no version {number}: the latest is {latest}.",
            details=[Problem("basket_version", f"is above {latest}, the latest published")],
        )
    if number < latest:
        raise Conflict(
            f"Version {latest} was published meanwhile; read its changes first.",
            code="NEWER_VERSION",
        )
