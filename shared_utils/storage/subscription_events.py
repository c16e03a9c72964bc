"""The subscription-events table: audit records, created with the change they tell of, for good."""

from dataclasses import dataclass

from shared_utils.domain.subscription_events import SubscriptionEvent
from shared_utils.storage.clients import DynamoClient, Item
from shared_utils.storage.documents import decode, encode
from shared_utils.storage.keys import counted
from shared_utils.storage.pages import Page
from shared_utils.storage.rows import Index, Rows, Where, to_item
from shared_utils.storage.writes import Write

_OF_SUBSCRIPTION = Index(None, "subscription_id", "event_number")


@dataclass(frozen=True, slots=True)
class SubscriptionEvents:
    client: DynamoClient
    table: str

    def of_subscription(
        self, subscription_id: str, limit: int = 50, cursor: str | None = None
    ) -> Page[SubscriptionEvent]:
        """The latest first."""
        where = Where(
            index=_OF_SUBSCRIPTION, partition=subscription_id, descending=True, consistent=True
        )
        return self._rows.page(where, limit=limit, cursor=cursor)

    def write_of(self, event: SubscriptionEvent) -> Write:
        """Its creation, to be made part of the change's transaction."""
        return self._rows.write_of(event, expected=0)

    @property
    def _rows(self) -> Rows[SubscriptionEvent]:
        keys = ("subscription_id", "event_number")
        return Rows(self.client, self.table, "record", keys, _to_item, _from_item)


def _to_item(event: SubscriptionEvent) -> Item:
    """Never saved over: its row's version is 1 for good."""
    keys = {"subscription_id": event.subscription_id, "event_number": counted(event.number)}
    return to_item(keys, 1, encode(event))


def _from_item(item: Item) -> SubscriptionEvent:
    return decode(SubscriptionEvent, item["doc"]["S"])
