"""Every change of a row is conditional on its version (architecture §6), alone or with others.

time   us                         the database
  |    put version 4 if 3  ---->  written
  |    (no answer)          x---
  |    put again            ---->  refused: version is 4
  |    read, consistently   ---->  version 4, our very document: it was us
  v
What cannot be settled by reading is Unavailable: the caller starts again from a read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared_utils.domain.errors import VersionMoved
from shared_utils.storage.clients import DynamoClient, Item, Key
from shared_utils.storage.faults import (
    CALL_FAULTS,
    Fault,
    fault_of,
    maybe_written,
    not_written,
    reading,
    refused_writes,
)

MOST_PER_TRANSACTION = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Put `item` (or, without one, delete the row) if the stored version is `expected`.

    `expected` 0 means: there is no such row. `what` is the trader's word for the row.
    """

    table: str
    key: Key
    expected: int
    what: str
    item: Item | None = None

    def request(self) -> dict[str, Any]:
        target = {"Key": self.key} if self.item is None else {"Item": self.item}
        return {"TableName": self.table, **target, **self._condition()}

    def _condition(self) -> dict[str, Any]:
        if self.expected == 0:
            return {
                "ConditionExpression": "attribute_not_exists(#k)",
                "ExpressionAttributeNames": {"#k": next(iter(self.key))},
            }
        return {
            "ConditionExpression": "#v = :v",
            "ExpressionAttributeNames": {"#v": "version"},
            "ExpressionAttributeValues": {":v": {"N": str(self.expected)}},
        }

    def is_done(self, stored: Item | None) -> bool:
        """Whether what is stored is what this very write leaves behind."""
        if self.item is None or stored is None:
            return self.item is None and stored is None
        return stored["doc"] == self.item["doc"] and version_of(stored) == version_of(self.item)

    def may_still_come(self, stored: Item | None) -> bool:
        """Whether the row is as it was before this write."""
        return version_of(stored) == self.expected

    def refusal(self) -> VersionMoved:
        if self.expected == 0:
            return VersionMoved(f"This {self.what} exists already.", code="ALREADY_EXISTS")
        return VersionMoved(f"The {self.what} was changed by somebody else; read it again.")


class WritesRefused(VersionMoved):
    """Nothing of a transaction was written; `refused` numbers the writes whose rows had moved."""

    def __init__(self, refusal: VersionMoved, refused: tuple[int, ...]) -> None:
        super().__init__(refusal.message, code=refusal.code)
        self.refused = refused


def version_of(item: Item | None) -> int:
    return 0 if item is None else int(item["version"]["N"])


def stored_item(client: DynamoClient, table: str, key: Key) -> Item | None:
    """The row as it is now (a consistent read)."""
    with reading():
        answer = client.get_item(TableName=table, Key=key, ConsistentRead=True)
    item: Item | None = answer.get("Item")
    return item


def write(client: DynamoClient, one: Write) -> None:
    """Raises VersionMoved (with code ALREADY_EXISTS for what must be new) and Unavailable."""
    call = client.delete_item if one.item is None else client.put_item
    try:
        call(**one.request())
    except CALL_FAULTS as error:
        fault = fault_of(error)
        if fault is Fault.NOT_WRITTEN:
            raise not_written() from error
        if fault is Fault.UNCERTAIN:
            _settle(client, [one], error)
            return
        raise one.refusal() from error


def write_together(client: DynamoClient, writes: Sequence[Write]) -> None:
    """All or nothing, at most 100, the row that nobody else writes first. Raises WritesRefused
    and Unavailable.
    """
    try:
        client.transact_write_items(TransactItems=[_entry(each) for each in writes])
    except CALL_FAULTS as error:
        fault = fault_of(error)
        if fault is Fault.NOT_WRITTEN:
            raise not_written() from error
        if fault is Fault.UNCERTAIN:
            _settle(client, writes, error)
            return
        refused = refused_writes(error)
        raise WritesRefused(writes[refused[0]].refusal(), refused) from error


def _entry(one: Write) -> dict[str, Any]:
    return {"Delete" if one.item is None else "Put": one.request()}


def _settle(client: DynamoClient, writes: Sequence[Write], error: Exception) -> None:
    """An answer was lost: what is stored tells whether it was written. All or none of them are.

    The first row of a transaction is the one that tells: two claimants of one execution may well
    leave the very same strategy behind.
    """
    stored = [stored_item(client, each.table, each.key) for each in writes]
    if writes[0].is_done(stored[0]):
        return
    moved = tuple(
        number
        for number, (each, row) in enumerate(zip(writes, stored, strict=True))
        if not each.may_still_come(row)
    )
    if not moved:
        raise maybe_written() from error
    refusal = writes[moved[0]].refusal()
    raise (WritesRefused(refusal, moved) if len(writes) > 1 else refusal) from error
