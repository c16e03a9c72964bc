"""The basket-versions table: one partition a basket, rows that are created and never saved over.

    VERSION#00000003                       the head: words and terms
    STRATEGY#00000003#stg_01J…             one of its strategies

Fifty strategies of ten legs are 0.7 MB of JSON and an item holds 0.4: a strategy has its own row,
and a list of versions reads heads alone.
"""

from dataclasses import dataclass

from shared_utils.domain.basket_versions import BasketVersion, PublishedStrategy, VersionHead
from shared_utils.storage.clients import DynamoClient, Item
from shared_utils.storage.documents import decode, encode
from shared_utils.storage.keys import counted
from shared_utils.storage.pages import Page
from shared_utils.storage.rows import Index, Rows, Where, to_item
from shared_utils.storage.writes import Write, write_together

_PARTS = Index(None, "basket_id", "part")
_KEYS = ("basket_id", "part")
_HEADS = "VERSION#"


@dataclass(frozen=True, slots=True)
class BasketVersions:
    client: DynamoClient
    table: str

    def head(self, basket_id: str, number: int) -> VersionHead | None:
        return self._heads.get(basket_id, _head_key(number))

    def get(self, basket_id: str, number: int) -> BasketVersion | None:
        """Whole: what was published together is read together, being immutable."""
        head = self.head(basket_id, number)
        if head is None:
            return None
        where = _parts(basket_id, _strategy_key(number, ""))
        strategies = sorted(
            self._strategies(number).all(where), key=lambda each: each.strategy_number
        )
        return BasketVersion(head=head, strategies=tuple(strategies))

    def strategy(self, basket_id: str, number: int, strategy_id: str) -> PublishedStrategy | None:
        """One strategy of one version."""
        return self._strategies(number).get(basket_id, _strategy_key(number, strategy_id))

    def of_basket(
        self, basket_id: str, limit: int = 50, cursor: str | None = None
    ) -> Page[VersionHead]:
        """The latest first."""
        where = _parts(basket_id, _HEADS, descending=True)
        return self._heads.page(where, limit=limit, cursor=cursor)

    def create(self, version: BasketVersion, basket: Write) -> None:
        """In one transaction with the basket whose latest it becomes. Raises WritesRefused."""
        strategies = self._strategies(version.head.number)
        head = self._heads.write_of(version.head, expected=0)
        held = [strategies.write_of(each, expected=0) for each in version.strategies]
        write_together(self.client, [head, *held, basket])

    # -- below

    @property
    def _heads(self) -> Rows[VersionHead]:
        return Rows(self.client, self.table, "version", _KEYS, _head_item, _head_from)

    def _strategies(self, number: int) -> Rows[PublishedStrategy]:
        def item_of(strategy: PublishedStrategy) -> Item:
            key = _strategy_key(number, strategy.strategy_id)
            return _item(strategy.basket_id, key, encode(strategy))

        return Rows(self.client, self.table, "strategy", _KEYS, item_of, _strategy_from)


def _parts(basket_id: str, prefix: str, *, descending: bool = False) -> Where:
    return Where(
        index=_PARTS,
        partition=basket_id,
        sort=("begins_with", prefix),
        descending=descending,
        consistent=True,
    )


def _head_key(number: int) -> str:
    return f"{_HEADS}{counted(number)}"


def _strategy_key(number: int, strategy_id: str) -> str:
    return f"STRATEGY#{counted(number)}#{strategy_id}"


def _item(basket_id: str, part: str, doc: str) -> Item:
    """Never saved over: its row's version is 1 for good."""
    return to_item({"basket_id": basket_id, "part": part}, 1, doc)


def _head_item(head: VersionHead) -> Item:
    return _item(head.basket_id, _head_key(head.number), encode(head))


def _head_from(item: Item) -> VersionHead:
    return decode(VersionHead, item["doc"]["S"])


def _strategy_from(item: Item) -> PublishedStrategy:
    return decode(PublishedStrategy, item["doc"]["S"])
