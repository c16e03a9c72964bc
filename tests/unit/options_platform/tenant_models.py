"""What baskets, strategies and subscriptions are in the model of the random tenants."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.api_events import ADMIN, OTHER, TRADER, Caller

SECOND_ADMIN = Caller("user-8", groups="admin")
EVERYBODY = (ADMIN, SECOND_ADMIN, TRADER, OTHER)
# Two of them have broker accounts, without which nothing is activated.
WITH_ACCOUNTS = {TRADER.user_id, OTHER.user_id}
PUBLISHERS = (ADMIN, SECOND_ADMIN)


@dataclass
class Held:
    """A strategy: how far off its first leg is, and that leg's id."""

    offset: int
    leg_id: str
    allocated: bool = False
    active: bool = False


@dataclass
class Joined:
    status: str
    version: int
    amount: int
    overrides: set[str] = field(default_factory=set)
    kinds: list[str] = field(default_factory=list)

    @property
    def live(self) -> bool:
        return self.status in {"ACTIVE", "PAUSED"}


@dataclass
class Folder:
    """A basket; `versions` are what was published, the first is 1: strategy id to offset."""

    basket_id: str
    owner: Caller
    held: dict[str, Held] = field(default_factory=dict)
    versions: list[dict[str, int]] = field(default_factory=list)
    shown_to: str = "PRIVATE"
    most: int | None = None
    joined: dict[str, Joined] = field(default_factory=dict)
    gone: bool = False

    @property
    def drafted(self) -> dict[str, int]:
        return {name: each.offset for name, each in self.held.items()}

    @property
    def places(self) -> list[Joined]:
        return [each for each in self.joined.values() if each.live]

    def seen_by(self, user: Caller) -> set[str] | None:
        """Strategy ids; None is a basket that is not there for him."""
        if self.gone:
            return None
        if user == self.owner:
            return set(self.held)
        mine = self.joined.get(user.user_id)
        if mine is not None and mine.live:
            return set(self.versions[mine.version - 1])
        if self.shown_to == "PRIVATE":
            return None
        return set(self.versions[-1]) if self.shown_to == "PUBLIC" else set()


class Subscribed(NamedTuple):
    user: Caller
    path: str
    folder: Folder
    mine: Joined


def counted(basket: Any) -> tuple[Any, ...]:
    return (
        basket["strategy_count"],
        basket["active_strategy_count"],
        basket["subscriber_count"],
        basket["total_aum"],
        basket["published_version"],
    )


def expected(folder: Folder) -> tuple[Any, ...]:
    return (
        len(folder.held),
        sum(each.active for each in folder.held.values()),
        len(folder.places),
        sum(each.amount for each in folder.places),
        len(folder.versions) or None,
    )
