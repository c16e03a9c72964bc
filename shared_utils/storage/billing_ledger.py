"""The billing-ledger table: entries are added and read, nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from shared_utils.domain.ledger_entries import LedgerEntry
from shared_utils.storage.clients import DynamoClient, Item
from shared_utils.storage.documents import decode, encode
from shared_utils.storage.keys import time_key
from shared_utils.storage.rows import Index, Rows, Where, to_item
from shared_utils.storage.writes import Write

_OF_SUBSCRIPTION = Index(None, "subscription_id", "entry_key")
_BY_CREATOR = Index("LedgerByCreator", "creator_id", "posted_at")


@dataclass(frozen=True, slots=True)
class BillingLedger:
    client: DynamoClient
    table: str

    @property
    def _rows(self) -> Rows[LedgerEntry]:
        keys = ("subscription_id", "entry_key")
        return Rows(self.client, self.table, "ledger entry", keys, _to_item, _from_item)

    def get(self, subscription_id: str, entry_key: str) -> LedgerEntry | None:
        return self._rows.get(subscription_id, entry_key)

    def of_subscription(
        self, subscription_id: str, billing_key: str = ""
    ) -> tuple[LedgerEntry, ...]:
        """In the order they were posted; of one period of a membership where one is named."""
        sort = ("begins_with", f"{billing_key}#") if billing_key else None
        where = Where(index=_OF_SUBSCRIPTION, partition=subscription_id, sort=sort, consistent=True)
        return tuple(sorted(self._rows.all(where), key=lambda entry: entry.posted_at))

    def posted(self, creator_id: str, first: datetime, before: datetime) -> Iterator[LedgerEntry]:
        """About all baskets of a publisher, oldest first; may lag a write by moments."""
        since = Where(index=_BY_CREATOR, partition=creator_id, sort=(">=", time_key(first)))
        for item in self._rows.items(since):
            if item["posted_at"]["S"] >= time_key(before):
                return
            yield _from_item(item)

    def write_of(self, entry: LedgerEntry) -> Write:
        """The posting, to be made part of a transaction: refused where the entry exists."""
        return self._rows.write_of(entry, expected=0)


def _to_item(entry: LedgerEntry) -> Item:
    return to_item(
        {"subscription_id": entry.subscription_id, "entry_key": entry.entry_key},
        entry.version,
        encode(entry),
        creator_id=entry.creator_id,
        posted_at=time_key(entry.posted_at),
    )


def _from_item(item: Item) -> LedgerEntry:
    return decode(LedgerEntry, item["doc"]["S"])
