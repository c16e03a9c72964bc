"""The options-baskets table."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from shared_utils.domain.baskets import Basket, BasketStatus, shown_to_others
from shared_utils.domain.marketplace import is_listed
from shared_utils.storage.clients import DynamoClient, Item
from shared_utils.storage.documents import decode, encode
from shared_utils.storage.keys import number_key, shard_key, time_key
from shared_utils.storage.pages import Page
from shared_utils.storage.rows import Index, Rows, Where, to_item
from shared_utils.storage.writes import Write

_MINE = Index(None, "user_id", "basket_id")
_BY_ID = Index("BasketsById", "basket_id")
# What is listed is written seldom and read often: a shard more would be a read more on each page.
LISTED_STATUS = shard_key(BasketStatus.ACTIVE, 0)


@dataclass(frozen=True, slots=True)
class Baskets:
    """Baskets of their creators. A read for a user takes his id: a foreign basket is None."""

    client: DynamoClient
    table: str

    @property
    def rows(self) -> Rows[Basket]:
        return Rows(
            self.client, self.table, "basket", ("user_id", "basket_id"), self._to_item, basket_from
        )

    def get(self, user_id: str, basket_id: str) -> Basket | None:
        return self.rows.get(user_id, basket_id)

    def by_id(self, basket_id: str) -> Basket | None:
        """Whoever it belongs to; may lag a write by moments."""
        return self.rows.first(Where(index=_BY_ID, partition=basket_id))

    def many(self, keys: Sequence[tuple[str, str]]) -> tuple[Basket, ...]:
        """As they are now, by owner and id, in this order; what is gone is left out."""
        return self.rows.many(keys)

    def mine(self, user_id: str, limit: int = 50, cursor: str | None = None) -> Page[Basket]:
        where = Where(index=_MINE, partition=user_id, consistent=True)
        return self.rows.page(where, limit=limit, cursor=cursor)

    def create(self, basket: Basket) -> None:
        self.rows.create(basket)

    def save(self, basket: Basket) -> None:
        """Stored version must be `basket.version - 1`, else VersionMoved."""
        self.rows.save(basket)

    def deletion_of(self, basket: Basket) -> Write:
        """To be made part of a transaction."""
        return self.rows.deletion_of(basket)

    def write_of(self, basket: Basket) -> Write:
        """The save, to be made part of a transaction."""
        return self.rows.write_of(basket)

    def _to_item(self, basket: Basket) -> Item:
        """The marketplace's indexes hold what it lists and nothing else: browsing costs what it
        shows, however many private baskets there are.
        """
        listed = is_listed(basket)
        item = to_item(
            {"user_id": basket.user_id, "basket_id": basket.basket_id},
            basket.version,
            encode(basket),
            visibility=basket.visibility if listed else None,
            created_at=time_key(basket.created_at),
            created_by_type=basket.created_by_type if listed else None,
            category=shown_to_others(basket).category if listed else None,
            status=LISTED_STATUS if listed else None,
        )
        # Nested in a map for the reader, mirrored here for the indexes (decisions 16).
        item["total_return"] = {"N": number_key(basket.performance_metrics.total_return)}
        item["sharpe_ratio"] = {"N": number_key(basket.performance_metrics.sharpe_ratio)}
        item["subscriber_count"] = {"N": number_key(basket.subscriber_count)}
        return item


def with_counts(basket: Basket, *, strategies: int, active: int, at: datetime) -> Basket:
    """The basket's next version, after so many strategies more (or fewer)."""
    return replace(
        basket,
        strategy_count=basket.strategy_count + strategies,
        active_strategy_count=basket.active_strategy_count + active,
        updated_at=at,
        version=basket.version + 1,
    )


def with_subscribers(
    basket: Basket, *, subscribers: int, invested: Decimal, at: datetime
) -> Basket:
    """The basket's next version, after so many subscribers and rupees more (or fewer)."""
    return replace(
        basket,
        subscriber_count=basket.subscriber_count + subscribers,
        total_aum=basket.total_aum + invested,
        updated_at=at,
        version=basket.version + 1,
    )


def basket_from(item: Item) -> Basket:
    return decode(Basket, item["doc"]["S"])
