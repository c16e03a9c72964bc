"""What is dated about each index: lots, expiry weekdays, strikes, ticks, freeze quantities."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import IntEnum, StrEnum
from types import MappingProxyType

from shared_utils.domain.instruments import EXCHANGE_OF, Exchange, Underlying
from shared_utils.indian_market_utils.config_fields import (
    Node,
    read_dated,
    refuse,
    value_of,
    value_or_unknown,
)
from shared_utils.indian_market_utils.dated_values import Confidence, Dated


class IsoWeekday(IntEnum):
    """Numbers as `date.weekday()` has them."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4


class LotCycle(StrEnum):
    """Which contracts a lot entry is for; ALL is both."""

    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    ALL = "ALL"


@dataclass(frozen=True, slots=True, kw_only=True)
class LotSize:
    """Lot of the contracts of `cycle` that expire on or after `from_expiry`.

    Contracts listed long before (beyond the three serial months) change at the start of
    `long_dated_from`, a trading day; None means that they were listed with this lot.
    """

    from_expiry: date
    cycle: LotCycle
    value: int
    long_dated_from: date | None
    confidence: Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """How many contracts of each kind are listed at a time; 0 says that the kind does not exist."""

    weekly: int
    monthly: int
    quarterly: int
    half_yearly: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFacts:
    """Expiry rules are dated by expiry day, lots by expiry, the rest by trading day."""

    underlying: Underlying
    exchange: Exchange
    lot_sizes: tuple[LotSize, ...]
    weekly_expiry: tuple[Dated[IsoWeekday], ...]
    monthly_expiry: tuple[Dated[IsoWeekday], ...]
    strike_steps: tuple[Dated[Decimal], ...]
    long_dated_strike_steps: tuple[Dated[Decimal], ...]
    tick_sizes: tuple[Dated[Decimal], ...]
    listings: tuple[Dated[Listing], ...]
    freeze_quantities: tuple[Dated[int | None], ...]


def read_indices(node: Node) -> Mapping[Underlying, IndexFacts]:
    """The `indices` section: every underlying of the domain, and no other."""
    node.only(*Underlying)
    return MappingProxyType({u: _read_index(u, node.field(u)) for u in Underlying})


def _read_index(underlying: Underlying, node: Node) -> IndexFacts:
    node.only(
        "exchange",
        "lot_size",
        "weekly_expiry",
        "monthly_expiry",
        "strike_difference",
        "tick_size",
        "listed",
        "freeze_quantity",
    )
    exchange = node.field("exchange").one_of(Exchange)
    if exchange is not EXCHANGE_OF[underlying]:
        raise refuse(f"{node.path}.exchange", f"must be {EXCHANGE_OF[underlying]}")
    standard, long_dated = _read_strike_steps(node.field("strike_difference"))
    return IndexFacts(
        underlying=underlying,
        exchange=exchange,
        lot_sizes=_read_lot_sizes(node.field("lot_size")),
        weekly_expiry=read_dated(node.field("weekly_expiry"), _read_weekday, "value"),
        monthly_expiry=read_dated(node.field("monthly_expiry"), _read_last_weekday, "value"),
        strike_steps=standard,
        long_dated_strike_steps=long_dated,
        tick_sizes=read_dated(node.field("tick_size"), value_of(Node.positive), "value"),
        listings=read_dated(
            node.field("listed"), _read_listing, "weekly", "monthly", "quarterly", "half_yearly"
        ),
        freeze_quantities=read_dated(
            node.field("freeze_quantity"), value_or_unknown(Node.count), "value"
        ),
    )


def _read_lot_sizes(node: Node) -> tuple[LotSize, ...]:
    lots = tuple(_read_lot_size(item) for item in node.items())
    if not lots:
        raise refuse(node.path, "must have at least one entry")
    if list(lots) != sorted(lots, key=lambda lot: lot.from_expiry):
        raise refuse(node.path, "must be in order of from")
    return lots


def _read_lot_size(item: Node) -> LotSize:
    item.only("from", "cycle", "value", "long_dated_from", "confidence", "source", "note")
    item.source()
    switched = item.optional("long_dated_from")
    return LotSize(
        from_expiry=item.field("from").day(),
        cycle=item.field("cycle").one_of(LotCycle),
        value=item.field("value").count(),
        long_dated_from=switched.day() if switched else None,
        confidence=item.confidence(),
    )


def _weekday(node: Node, name: str) -> IsoWeekday:
    try:
        return IsoWeekday[name]
    except KeyError:
        raise refuse(node.path, f"has the unknown value {node.value!r}") from None


def _read_weekday(item: Node) -> IsoWeekday:
    value = item.field("value")
    return _weekday(value, value.text())


def _read_last_weekday(item: Node) -> IsoWeekday:
    value = item.field("value")
    if not value.text().startswith("LAST_"):
        raise refuse(value.path, 'must be such as "LAST_TUESDAY"')
    return _weekday(value, value.text().removeprefix("LAST_"))


def _read_strike_steps(
    node: Node,
) -> tuple[tuple[Dated[Decimal], ...], tuple[Dated[Decimal], ...]]:
    """Two lists in one: STANDARD for near contracts, LONG_DATED for half-yearlies."""
    steps: dict[str, list[object]] = {"STANDARD": [], "LONG_DATED": []}
    for item in node.items():
        cycle = item.field("cycle")
        if cycle.text() not in steps:
            raise refuse(cycle.path, f"has the unknown value {cycle.value!r}")
        steps[cycle.text()].append(item.value)
    read = value_of(Node.positive)
    standard = read_dated(Node(steps["STANDARD"], node.path), read, "cycle", "value")
    if not steps["LONG_DATED"]:
        return standard, ()
    return standard, read_dated(Node(steps["LONG_DATED"], node.path), read, "cycle", "value")


def _read_listing(item: Node) -> Listing:
    return Listing(
        weekly=item.field("weekly").count(0),
        monthly=item.field("monthly").count(),
        quarterly=item.field("quarterly").count(0),
        half_yearly=item.field("half_yearly").count(0),
    )
