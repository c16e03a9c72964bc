"""The broker-accounts table. Secrets in it are ciphertext (see `shared_utils.sealing`)."""

from dataclasses import dataclass

from shared_utils.domain.broker_accounts import BrokerAccount
from shared_utils.storage.clients import DynamoClient, Item
from shared_utils.storage.documents import decode, encode
from shared_utils.storage.rows import Index, Rows, Where, to_item

_MINE = Index(None, "user_id", "client_id")


@dataclass(frozen=True, slots=True)
class BrokerAccounts:
    """Accounts of a user: few, so they are not paged."""

    client: DynamoClient
    table: str
    shard_count: int = 1

    @property
    def _rows(self) -> Rows[BrokerAccount]:
        return Rows(
            self.client,
            self.table,
            "broker account",
            ("user_id", "client_id"),
            _to_item,
            _from_item,
        )

    def get(self, user_id: str, client_id: str) -> BrokerAccount | None:
        return self._rows.get(user_id, client_id)

    def of_user(self, user_id: str) -> tuple[BrokerAccount, ...]:
        return self._rows.all(Where(index=_MINE, partition=user_id, consistent=True))

    def create(self, account: BrokerAccount) -> None:
        """Raises Conflict when it exists."""
        self._rows.create(account)

    def save(self, account: BrokerAccount) -> None:
        """Stored version must be `account.version - 1`, else VersionMoved."""
        self._rows.save(account)

    def delete(self, account: BrokerAccount) -> None:
        self._rows.delete(account)


def _to_item(account: BrokerAccount) -> Item:
    return to_item(
        {"user_id": account.user_id, "client_id": account.client_id},
        account.version,
        encode(account),
    )


def _from_item(item: Item) -> BrokerAccount:
    return decode(BrokerAccount, item["doc"]["S"])
