"""The subscription-invoices table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from shared_utils.domain.invoices import Invoice, InvoiceStatus
from shared_utils.storage.clients import DynamoClient, Item
from shared_utils.storage.documents import decode, encode
from shared_utils.storage.keys import shard_key, sharded, time_key
from shared_utils.storage.pages import Page
from shared_utils.storage.rows import Index, Rows, Where, to_item
from shared_utils.storage.writes import Write

_BY_ID = Index("InvoicesById", "invoice_id")
_BY_USER = Index("InvoicesByUser", "user_id", "issued_at")
_OPEN = Index("OpenInvoices", "open_status", "next_attempt_at", keys_only=True)
_BY_CREATOR = Index("InvoicesByCreator", "creator_id", "issued_at")


@dataclass(frozen=True, slots=True)
class Invoices:
    """Invoices of subscribers, to them and to who publishes what they subscribe to."""

    client: DynamoClient
    table: str
    shard_count: int

    @property
    def _rows(self) -> Rows[Invoice]:
        keys = ("user_id", "invoice_id")
        return Rows(self.client, self.table, "invoice", keys, self._to_item, _from_item)

    def get(self, user_id: str, invoice_id: str) -> Invoice | None:
        return self._rows.get(user_id, invoice_id)

    def by_id(self, invoice_id: str) -> Invoice | None:
        """Whoever it belongs to; may lag a write by moments."""
        return self._rows.first(Where(index=_BY_ID, partition=invoice_id))

    def mine(
        self,
        user_id: str,
        limit: int = 50,
        cursor: str | None = None,
        *,
        subscription_id: str | None = None,
    ) -> Page[Invoice]:
        """Latest first; of one subscription where one is named."""
        only = {"subscription_id": subscription_id} if subscription_id else {}
        where = Where(index=_BY_USER, partition=user_id, only=only, descending=True)
        return self._rows.page(where, limit=limit, cursor=cursor)

    def issued(self, creator_id: str, first: datetime, before: datetime) -> Iterator[Invoice]:
        """A publisher's, of that time, oldest first; may lag a write by moments."""
        since = Where(index=_BY_CREATOR, partition=creator_id, sort=(">=", time_key(first)))
        for item in self._rows.items(since):
            if item["issued_at"]["S"] >= time_key(before):
                return
            yield _from_item(item)

    def due(self, shard: int, until: datetime) -> tuple[tuple[str, str], ...]:
        """User and invoice of the OPEN ones to be looked at by then; may lag a write by moments."""
        where = Where(
            index=_OPEN,
            partition=shard_key(InvoiceStatus.OPEN, shard),
            sort=("<=", time_key(until)),
        )
        items = self._rows.items(where)
        return tuple((item["user_id"]["S"], item["invoice_id"]["S"]) for item in items)

    def write_of(self, invoice: Invoice) -> Write:
        """The save (version 1 is created), to be made part of a transaction."""
        return self._rows.write_of(invoice)

    def save(self, invoice: Invoice) -> None:
        """Stored version must be `invoice.version - 1`, else VersionMoved."""
        self._rows.save(invoice)

    def _to_item(self, invoice: Invoice) -> Item:
        is_open = invoice.status is InvoiceStatus.OPEN and invoice.next_attempt_at is not None
        return to_item(
            {"user_id": invoice.user_id, "invoice_id": invoice.invoice_id},
            invoice.version,
            encode(invoice),
            subscription_id=invoice.subscription_id,
            creator_id=invoice.creator_id,
            issued_at=time_key(invoice.issued_at),
            # Only what is still to be collected stands in the index that the run reads.
            open_status=sharded(invoice.status, invoice.invoice_id, self.shard_count)
            if is_open
            else None,
            next_attempt_at=time_key(invoice.next_attempt_at)
            if is_open and invoice.next_attempt_at
            else None,
        )


def _from_item(item: Item) -> Invoice:
    return decode(Invoice, item["doc"]["S"])
