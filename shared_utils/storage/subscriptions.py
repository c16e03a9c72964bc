"""The basket-subscriptions table."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared_utils.domain.subscription_events import SubscriptionEvent
from shared_utils.domain.subscription_rules import may_trade
from shared_utils.domain.subscriptions import BasketSubscription, SubscriptionStatus
from shared_utils.storage.clients import DynamoClient, Item
from shared_utils.storage.documents import decode, encode
from shared_utils.storage.keys import shard_key, sharded, time_key
from shared_utils.storage.pages import Page
from shared_utils.storage.rows import Index, Rows, Where, to_item
from shared_utils.storage.subscription_events import SubscriptionEvents
from shared_utils.storage.writes import Write, write_together

_MINE = Index(None, "user_id", "subscription_id")
_BY_ID = Index("SubscriptionsById", "subscription_id")
_BY_BASKET = Index("SubscriptionsByBasket", "basket_id", "subscription_date")
_BY_CREATOR = Index("SubscriptionsByCreator", "basket_creator_id", "subscription_date")
_BILLED = Index("ActiveSubscriptions", "subscription_status", "next_billing_date")


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """Subscriptions of their subscribers to what others publish. `events_table` is needed where
    they change: subscription and audit record are then one transaction.
    """

    client: DynamoClient
    table: str
    shard_count: int
    events_table: str = ""

    @property
    def _rows(self) -> Rows[BasketSubscription]:
        return Rows(
            self.client,
            self.table,
            "subscription",
            ("user_id", "subscription_id"),
            self._to_item,
            _from_item,
        )

    def get(self, user_id: str, subscription_id: str) -> BasketSubscription | None:
        return self._rows.get(user_id, subscription_id)

    def by_id(self, subscription_id: str) -> BasketSubscription | None:
        """Whoever it belongs to; may lag a write by moments."""
        return self._rows.first(Where(index=_BY_ID, partition=subscription_id))

    def mine(
        self, user_id: str, limit: int = 50, cursor: str | None = None
    ) -> Page[BasketSubscription]:
        where = Where(index=_MINE, partition=user_id, consistent=True)
        return self._rows.page(where, limit=limit, cursor=cursor)

    def of_basket(self, basket_id: str) -> tuple[BasketSubscription, ...]:
        """Every subscriber's, oldest first; may lag a write by moments."""
        return self._rows.all(Where(index=_BY_BASKET, partition=basket_id))

    def trading(self, basket_id: str, now: datetime) -> dict[int, tuple[BasketSubscription, ...]]:
        """Those that may trade now, read now, by the version each consented to; oldest first.

        Who subscribed a moment ago may be missing; who paused, left or ran out is not among them.
        """
        found = self._rows.items(Where(index=_BY_BASKET, partition=basket_id))
        keys = [(each["user_id"]["S"], each["subscription_id"]["S"]) for each in found]
        pinned: dict[int, list[BasketSubscription]] = {}
        for each in self._rows.many(keys):
            if may_trade(each, now):
                pinned.setdefault(each.basket_version, []).append(each)
        return {version: tuple(held) for version, held in pinned.items()}

    def of_creator(
        self,
        creator_id: str,
        limit: int = 50,
        cursor: str | None = None,
        *,
        basket_id: str | None = None,
    ) -> Page[BasketSubscription]:
        """Of all baskets that he publishes, or of one of them, latest first."""
        only = {"basket_id": basket_id} if basket_id else {}
        where = Where(index=_BY_CREATOR, partition=creator_id, only=only, descending=True)
        return self._rows.page(where, limit=limit, cursor=cursor)

    def to_bill(
        self, status: SubscriptionStatus, shard: int, until: datetime
    ) -> tuple[tuple[str, str], ...]:
        """User and subscription of those whose next period has begun by then; may lag a write."""
        where = Where(
            index=_BILLED, partition=shard_key(status, shard), sort=("<=", time_key(until))
        )
        items = self._rows.items(where)
        return tuple((item["user_id"]["S"], item["subscription_id"]["S"]) for item in items)

    def save(
        self, subscription: BasketSubscription, event: SubscriptionEvent, *also: Write
    ) -> None:
        """With its audit record, and whatever else belongs to it, in one transaction.

        Stored version must be `subscription.version - 1`, version 1 is created. Raises
        WritesRefused when any of the rows has moved.
        """
        if (event.subscription_id, event.number) != (
            subscription.subscription_id,
            subscription.version,
        ):
            raise ValueError("A change is saved with the audit record of that very change.")
        record = SubscriptionEvents(self.client, self.events_table).write_of(event)
        write_together(self.client, [self._rows.write_of(subscription), record, *also])

    def save_figures(
        self, before: BasketSubscription, after: BasketSubscription, *also: Write
    ) -> None:
        """What was paid and earned, which a ledger of its own records, and until when it runs
        unpaid; nothing else may differ.

        Raises WritesRefused when any of the rows has moved.
        """
        same = replace(
            before,
            expiry_date=after.expiry_date,
            financial_details=after.financial_details,
            performance_tracking=after.performance_tracking,
            updated_at=after.updated_at,
            version=before.version + 1,
        )
        if same != after:
            raise ValueError("Only figures change without an audit record.")
        write_together(self.client, [self._rows.write_of(after), *also])

    def _to_item(self, subscription: BasketSubscription) -> Item:
        billing = subscription.financial_details.next_billing_date
        return to_item(
            {"user_id": subscription.user_id, "subscription_id": subscription.subscription_id},
            subscription.version,
            encode(subscription),
            basket_id=subscription.basket_id,
            basket_creator_id=subscription.basket_creator_id,
            subscription_date=time_key(subscription.subscription_date),
            subscription_status=sharded(
                subscription.subscription_status, subscription.subscription_id, self.shard_count
            ),
            # Nested in a map for the reader, mirrored here for the index (decisions 16).
            next_billing_date=None if billing is None else time_key(billing),
        )


def _from_item(item: Item) -> BasketSubscription:
    return decode(BasketSubscription, item["doc"]["S"])
