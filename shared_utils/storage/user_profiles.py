"""The user-profiles table."""

from dataclasses import dataclass

from shared_utils.domain.user_profiles import UserProfile
from shared_utils.storage.clients import DynamoClient, Item
from shared_utils.storage.documents import decode, encode
from shared_utils.storage.rows import Rows, to_item


@dataclass(frozen=True, slots=True)
class UserProfiles:
    client: DynamoClient
    table: str
    shard_count: int = 1

    @property
    def _rows(self) -> Rows[UserProfile]:
        return Rows(self.client, self.table, "profile", ("user_id",), _to_item, _from_item)

    def get(self, user_id: str) -> UserProfile | None:
        return self._rows.get(user_id)

    def create(self, profile: UserProfile) -> None:
        """Raises Conflict when it exists."""
        self._rows.create(profile)

    def save(self, profile: UserProfile) -> None:
        """Stored version must be `profile.version - 1`, else VersionMoved."""
        self._rows.save(profile)


def _to_item(profile: UserProfile) -> Item:
    return to_item({"user_id": profile.user_id}, profile.version, encode(profile))


def _from_item(item: Item) -> UserProfile:
    return decode(UserProfile, item["doc"]["S"])
