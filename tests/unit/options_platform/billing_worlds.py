"""A basket, its subscribers and their profits, a provider with its own mind, months to play."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from lambda_functions.options_platform.subscription_manager.billing_run import BillingRun
from lambda_functions.options_platform.subscription_manager.billing_service import BillingService
from lambda_functions.options_platform.subscription_manager.fee_postings import (
    FeePolicy,
    closing,
    opening,
)
from shared_utils.domain.baskets import (
    Basket,
    BasketCategory,
    CreatorType,
    FeeType,
    SubscriptionConfig,
    Visibility,
)
from shared_utils.domain.invoices import Invoice
from shared_utils.domain.ledger_entries import LedgerEntry
from shared_utils.domain.subscription_events import Cause, SubscriptionEventKind, event_of
from shared_utils.domain.subscription_rules import subscription_id_of
from shared_utils.domain.subscriptions import (
    BasketSubscription,
    PerformanceTracking,
    StrategyResult,
    SubscriptionStatus,
)
from shared_utils.storage.baskets import Baskets, with_subscribers
from shared_utils.storage.billing_ledger import BillingLedger
from shared_utils.storage.invoices import Invoices
from shared_utils.storage.subscriptions import Subscriptions
from tests.clocks import MONDAY_0900_IST, TurnedClock
from tests.fake_dynamo.client import FakeDynamo
from tests.fake_dynamo.tables import schemas, table_name
from tests.payment_providers import ScriptedProvider

SHARDS = 2
CAUSE = Cause(actor="user-1", request_id="request-1")
BASKET, CREATOR, USER = "bsk_1", "admin-1", "user-1"
SUBSCRIPTION = subscription_id_of(USER, BASKET)
MONTHLY = SubscriptionConfig(type=FeeType.PAID, monthly_fee=Decimal("999.00"))
SHARED = SubscriptionConfig(type=FeeType.PERFORMANCE_BASED, performance_fee_percentage=Decimal(10))
BOTH = replace(SHARED, monthly_fee=Decimal("300.00"))
POLICY = FeePolicy(
    payment_method="LEDGER", charges=True, performance_fees=True, grace=timedelta(days=7)
)


@dataclass
class World:
    policy: FeePolicy = POLICY
    at: datetime = MONDAY_0900_IST
    dynamo: FakeDynamo = field(default_factory=lambda: FakeDynamo(schemas()))
    provider: Any = field(default_factory=ScriptedProvider)

    def __post_init__(self) -> None:
        self.clock = TurnedClock(self.at)
        self.subscriptions = Subscriptions(
            self.dynamo,
            table_name("basket-subscriptions"),
            SHARDS,
            table_name("subscription-events"),
        )
        self.invoices = Invoices(self.dynamo, table_name("subscription-invoices"), SHARDS)
        self.ledger = BillingLedger(self.dynamo, table_name("billing-ledger"))
        self.baskets = Baskets(self.dynamo, table_name("options-baskets"))
        self.baskets.create(a_published_basket(self.at))

    @property
    def billing(self) -> BillingService:
        return BillingService(
            subscriptions=self.subscriptions,
            invoices=self.invoices,
            ledger=self.ledger,
            baskets=self.baskets,
            provider=self.provider,
            clock=self.clock,
            policy=self.policy,
        )

    def run(self) -> dict[str, int]:
        return BillingRun(billing=self.billing, shard_count=SHARDS).run("run-1")

    # -- what people do

    def join(
        self, terms: SubscriptionConfig = MONTHLY, *, user_id: str = USER, collect: bool = True
    ) -> BasketSubscription:
        """As the API does it, without its checks."""
        now = self.clock.now()
        before = self.subscriptions.get(user_id, subscription_id_of(user_id, BASKET))
        joined = BasketSubscription(
            user_id=user_id,
            subscription_id=subscription_id_of(user_id, BASKET),
            basket_id=BASKET,
            basket_creator_id=CREATOR,
            subscription_status=SubscriptionStatus.ACTIVE,
            subscription_date=now,
            created_at=now,
            updated_at=now,
            version=before.version + 1 if before else 1,
        )
        if before:
            joined = replace(
                joined,
                financial_details=before.financial_details,
                performance_tracking=before.performance_tracking,
            )
        posting = opening(joined, terms, self.policy, now)
        counted = with_subscribers(self.basket(), subscribers=1, invested=Decimal(1000), at=now)
        record = replace(posting.subscription.performance_tracking, total_invested=Decimal(1000))
        joined = replace(posting.subscription, performance_tracking=record)
        self.subscriptions.save(
            joined,
            event_of(joined, SubscriptionEventKind.SUBSCRIBED, "Subscribed.", CAUSE),
            self.baskets.write_of(counted),
            *self.billing.writes_of(posting),
        )
        if collect:
            self.collect_all(user_id)
        return self.subscription(user_id)

    def leave(self, user_id: str = USER, *, collect: bool = True) -> BasketSubscription:
        now = self.clock.now()
        self.billing.bill_due(user_id, subscription_id_of(user_id, BASKET), "request-1")
        before = self.subscription(user_id)
        ended = replace(
            before,
            subscription_status=SubscriptionStatus.CANCELLED,
            updated_at=now,
            version=before.version + 1,
        )
        posting = closing(ended, self.policy, now)
        counted = with_subscribers(self.basket(), subscribers=-1, invested=Decimal(-1000), at=now)
        left = posting.subscription
        self.subscriptions.save(
            left,
            event_of(left, SubscriptionEventKind.CANCELLED, "Cancelled.", CAUSE),
            self.baskets.write_of(counted),
            *self.billing.writes_of(posting),
        )
        if collect:
            self.collect_all(user_id)
        return self.subscription(user_id)

    def collect_all(self, user_id: str = USER) -> None:
        for each in self.subscription(user_id).financial_details.unpaid_invoices:
            self.billing.collect(user_id, each, "request-1")

    def earns(self, total: str | Decimal, user_id: str = USER) -> None:
        """As the performance run leaves it: his net profit with the basket up to now."""
        before = self.subscription(user_id)
        result = {"stg_1": StrategyResult(pnl=Decimal(total))}
        record = replace(before.performance_tracking, strategy_performance=result)
        after = replace(before, performance_tracking=record, version=before.version + 1)
        self.subscriptions.save_figures(before, after)

    def pass_days(self, days: float) -> None:
        self.clock.advance(days * 86_400)

    # -- what is there

    def subscription(self, user_id: str = USER) -> BasketSubscription:
        found = self.subscriptions.get(user_id, subscription_id_of(user_id, BASKET))
        assert found is not None
        return found

    def record_of(self, user_id: str = USER) -> PerformanceTracking:
        return self.subscription(user_id).performance_tracking

    def basket(self) -> Basket:
        found = self.baskets.get(CREATOR, BASKET)
        assert found is not None
        return found

    def entries(self, user_id: str = USER) -> tuple[LedgerEntry, ...]:
        return self.ledger.of_subscription(subscription_id_of(user_id, BASKET))

    def kinds(self, user_id: str = USER) -> list[str]:
        return [str(entry.kind) for entry in self.entries(user_id)]

    def all_invoices(self, user_id: str = USER) -> list[Invoice]:
        return sorted(
            self.invoices.mine(user_id, limit=100).items, key=lambda each: each.billing_key
        )


def a_published_basket(at: datetime) -> Basket:
    return Basket(
        user_id=CREATOR,
        basket_id=BASKET,
        created_by_type=CreatorType.ADMIN,
        creator_name="Admin",
        creator_user_id=CREATOR,
        visibility=Visibility.PUBLIC,
        is_marketplace_enabled=True,
        subscription_config=MONTHLY,
        name="Income",
        category=BasketCategory.INCOME,
        created_at=at,
        updated_at=at,
    )


def promises(world: World, user_id: str = USER) -> None:
    """What is true after any history: the ledger, the invoices, the totals and the money agree."""
    entries, invoices = world.entries(user_id), world.all_invoices(user_id)
    details = world.subscription(user_id).financial_details
    owed = sum((each.amount_due for each in invoices), Decimal(0))
    assert sum((each.amount for each in entries), Decimal(0)) == owed
    moved = [each for each in entries if each.kind in {"PAYMENT", "REFUND"}]
    paid = -sum((each.amount for each in moved), Decimal(0))
    assert paid == details.total_fees_paid == world.record_of(user_id).fees_paid_to_date
    shares = -sum((each.performance_part for each in moved), Decimal(0))
    assert details.subscription_fee_paid == paid - shares >= 0
    assert sum((each.set_off for each in invoices), Decimal(0)) == 0
    for invoice in invoices:
        lines = [each for each in entries if each.invoice_id == invoice.invoice_id]
        charged = [each.amount for each in lines if each.kind in {"CHARGE", "CREDIT"}]
        assert sum(charged, Decimal(0)) == invoice.total
        assert (invoice.amount_due == 0) == invoice.is_settled
    unpaid = {each.invoice_id for each in invoices if not each.is_settled}
    assert set(details.unpaid_invoices) == unpaid
    assert len({(each.subscription_id, each.entry_key) for each in entries}) == len(entries)
