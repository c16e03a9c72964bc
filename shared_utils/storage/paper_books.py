"""The paper-broker table: what a paper broker keeps of an account, whole, by account."""

from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from shared_utils.storage.clients import DynamoClient, Item
from shared_utils.storage.documents import decode, encode
from shared_utils.storage.rows import to_item
from shared_utils.storage.writes import Write, stored_item, write

T = TypeVar("T")

_ITEM = "STATE"


@dataclass(frozen=True, slots=True)
class PaperBooks(Generic[T]):
    """`state_type` is the paper broker's own dataclass; all we ask of it is a `version`."""

    client: DynamoClient
    table: str
    state_type: type[T]

    def load(self, account: str) -> T | None:
        """As it is now; None when nothing was ever saved. `account` is `<user_id>#<client_id>`."""
        item = stored_item(self.client, self.table, _key(account))
        return None if item is None else decode(self.state_type, item["doc"]["S"])

    def save(self, account: str, state: T, expected_version: int) -> None:
        """As version `expected_version` + 1 if that is what is stored (0: nothing), else
        VersionMoved.
        """
        versioned: Any = state
        version = expected_version + 1
        doc = encode(replace(versioned, version=version))
        item: Item = to_item({"account": account, "item": _ITEM}, version, doc)
        write(
            self.client,
            Write(
                table=self.table,
                key=_key(account),
                expected=expected_version,
                what="paper account",
                item=item,
            ),
        )


def _key(account: str) -> Item:
    return {"account": {"S": account}, "item": {"S": _ITEM}}
