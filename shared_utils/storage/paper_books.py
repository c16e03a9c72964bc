"""The paper-broker table: what a paper broker keeps of an account, whole, by account."""

from dataclasses import dataclass, replace

from shared_utils.domain.paper_accounts import PaperState
from shared_utils.storage.clients import DynamoClient, Key
from shared_utils.storage.documents import decode, encode
from shared_utils.storage.rows import to_item
from shared_utils.storage.writes import Write, stored_item, write

_ITEM = "STATE"


@dataclass(frozen=True, slots=True)
class PaperBooks:
    """Implements `brokers.paper.ports.PaperBook`."""

    client: DynamoClient
    table: str
    shard_count: int = 1

    def load(self, account: str) -> PaperState | None:
        """As it is now; None when nothing was ever saved. `account` is `<user_id>#<client_id>`."""
        item = stored_item(self.client, self.table, _key(account))
        return None if item is None else decode(PaperState, item["doc"]["S"])

    def save(self, account: str, state: PaperState, expected_version: int) -> None:
        """As version `expected_version` + 1 if that is what is stored (0: nothing), else
        VersionMoved.
        """
        version = expected_version + 1
        doc = encode(replace(state, version=version))
        one = Write(
            table=self.table,
            key=_key(account),
            expected=expected_version,
            what="paper account",
            item=to_item({"account": account, "item": _ITEM}, version, doc),
        )
        write(self.client, one)


def _key(account: str) -> Key:
    return {"account": {"S": account}, "item": {"S": _ITEM}}
