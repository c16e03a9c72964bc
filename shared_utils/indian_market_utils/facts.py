"""Everything the platform believes about the market, dated: what the configuration says, typed.

`facts_from_config` takes the parsed `config/indian_market_config.json` (see `docs/market.md`) and
does no reading of its own. Build it once per process and pass it down.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from shared_utils.domain.instruments import Exchange, Underlying
from shared_utils.indian_market_utils.charge_facts import ChargeFacts, read_charges
from shared_utils.indian_market_utils.config_fields import (
    Node,
    read_dated,
    refuse,
    value_of,
)
from shared_utils.indian_market_utils.dated_values import Dated, in_force
from shared_utils.indian_market_utils.index_facts import IndexFacts, read_indices

SCHEMA_VERSION = 1


class SpecialKind(StrEnum):
    """A SPECIAL session is a trading day. A MUHURAT hour is not: expiries shift away from it."""

    SPECIAL = "SPECIAL"
    MUHURAT = "MUHURAT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """India time, from `start` to before `end`."""

    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialSession:
    """`hours` is None while the exchange has not said: that day is not tradeable."""

    day: date
    kind: SpecialKind
    name: str
    hours: Hours | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeCalendar:
    """A year counts as loaded only when its list is complete."""

    years: frozenset[int]
    holidays: Mapping[date, str]
    special_sessions: Mapping[date, SpecialSession]


@dataclass(frozen=True, slots=True, kw_only=True)
class BandRule:
    """A limit price may be `percentage` of the reference away, at least `minimum` rupees."""

    percentage: Decimal
    minimum: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLimitRule:
    """Limit and trigger may be `percentage` of a trigger above `above` apart, else `otherwise`."""

    percentage: Decimal
    above: Decimal
    otherwise: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketFacts:
    """The whole room's knowledge. All mappings are read-only and complete over their enums."""

    as_of: date
    sources: Mapping[str, str]
    indices: Mapping[Underlying, IndexFacts]
    calendars: Mapping[Exchange, ExchangeCalendar]
    pre_market: tuple[Dated[Hours], ...]
    regular: tuple[Dated[Hours], ...]
    post_market: tuple[Dated[Hours], ...]
    price_bands: Mapping[Exchange, tuple[Dated[BandRule], ...]]
    stop_limit_ranges: Mapping[Exchange, tuple[Dated[StopLimitRule], ...]]
    risk_parameters: Mapping[str, tuple[Dated[Decimal], ...]]
    charges: ChargeFacts


def facts_from_config(config: Mapping[str, object]) -> MarketFacts:
    """MarketFacts of the parsed JSON object (`json.load` as it is; decimals are texts in it).

    Anything unknown, missing or contradictory raises `Unavailable` MARKET_CONFIG_INVALID, whose
    sentence names the path.
    """
    root = Node(config, "config").only(*_SECTIONS)
    if root.field("schema_version").count() != SCHEMA_VERSION:
        raise refuse("config.schema_version", f"must be {SCHEMA_VERSION}")
    if root.field("timezone").text() != "Asia/Kolkata":
        raise refuse("config.timezone", "must be Asia/Kolkata")
    sources = root.field("sources")
    sessions = root.field("trading_sessions").only("pre_market", "regular", "post_market")
    return MarketFacts(
        as_of=root.field("as_of").day(),
        sources=MappingProxyType({k: sources.field(k).text() for k in sources.mapping()}),
        indices=read_indices(root.field("indices")),
        calendars=_read_calendars(root),
        pre_market=read_dated(sessions.field("pre_market"), _read_hours, "start", "end"),
        regular=read_dated(sessions.field("regular"), _read_hours, "start", "end"),
        post_market=read_dated(sessions.field("post_market"), _read_hours, "start", "end"),
        price_bands=_read_bands(root.field("price_bands")),
        stop_limit_ranges=_read_stop_ranges(root.field("stop_limit_ranges")),
        risk_parameters=_read_risk_parameters(root.field("risk_parameters")),
        charges=read_charges(root.field("charges")),
    )


def risk_parameter(facts: MarketFacts, name: str, on_day: date) -> Decimal:
    """One of `risk_parameters.*`; its unit is in the configuration's note and `docs/market.md`."""
    return in_force(facts.risk_parameters.get(name, ()), on_day, f"risk parameter {name}")


_SECTIONS = (
    "schema_version",
    "as_of",
    "timezone",
    "sources",
    "indices",
    "trading_sessions",
    "market_holidays",
    "special_sessions",
    "price_bands",
    "stop_limit_ranges",
    "risk_parameters",
    "charges",
)

# The design document's names (section 6); further ones are welcome.
_REQUIRED_RISK_PARAMETERS = (
    "span_margin_multiplier",
    "exposure_margin_percentage",
    "max_position_concentration",
    "intraday_margin_benefit",
    "delivery_margin_requirement",
)


def _read_hours(item: Node) -> Hours:
    hours = Hours(start=item.field("start").wall_time(), end=item.field("end").wall_time())
    if hours.start >= hours.end:
        raise refuse(f"{item.path}.end", "must be after start")
    return hours


def _read_calendars(root: Node) -> Mapping[Exchange, ExchangeCalendar]:
    years: dict[Exchange, set[int]] = {exchange: set() for exchange in Exchange}
    holidays: dict[Exchange, dict[date, str]] = {exchange: {} for exchange in Exchange}
    specials: dict[Exchange, dict[date, SpecialSession]] = {exchange: {} for exchange in Exchange}
    for item in root.field("market_holidays").items():
        year, complete, days = _read_holidays(item)
        for exchange in _read_exchanges(item):
            if complete:
                years[exchange].add(year)
            holidays[exchange].update(days)
    for item in root.field("special_sessions").items():
        special = _read_special(item)
        for exchange in _read_exchanges(item):
            specials[exchange][special.day] = special
    return MappingProxyType(
        {
            exchange: ExchangeCalendar(
                years=frozenset(years[exchange]),
                holidays=MappingProxyType(holidays[exchange]),
                special_sessions=MappingProxyType(specials[exchange]),
            )
            for exchange in Exchange
        }
    )


def _read_exchanges(item: Node) -> list[Exchange]:
    return [exchange.one_of(Exchange) for exchange in item.field("exchanges").items()]


def _read_holidays(item: Node) -> tuple[int, bool, dict[date, str]]:
    item.only("from", "year", "exchanges", "complete", "confidence", "source", "note", "days")
    item.source()
    item.confidence()
    item.field("from").day()
    year = item.field("year").count()
    days: dict[date, str] = {}
    for holiday in item.field("days").items():
        day = holiday.only("date", "name").field("date").day()
        if day.year != year or day in days:
            raise refuse(f"{holiday.path}.date", f"must be a new day of {year}")
        days[day] = holiday.field("name").text()
    return year, item.field("complete").flag(), days


def _read_special(item: Node) -> SpecialSession:
    item.only("date", "kind", "name", "exchanges", "start", "end", "confidence", "source", "note")
    item.source()
    item.confidence()
    start, end = item.optional("start"), item.optional("end")
    if (start is None) is not (end is None):
        raise refuse(item.path, "must have both start and end, or neither")
    return SpecialSession(
        day=item.field("date").day(),
        kind=item.field("kind").one_of(SpecialKind),
        name=item.field("name").text(),
        hours=_read_hours(item) if start else None,
    )


def _read_bands(node: Node) -> Mapping[Exchange, tuple[Dated[BandRule], ...]]:
    def read(item: Node) -> BandRule:
        return BandRule(
            percentage=item.field("percentage").positive(),
            minimum=item.field("minimum").number(),
        )

    node.only(*Exchange)
    return MappingProxyType(
        {x: read_dated(node.field(x), read, "percentage", "minimum") for x in Exchange}
    )


def _read_stop_ranges(node: Node) -> Mapping[Exchange, tuple[Dated[StopLimitRule], ...]]:
    def read(item: Node) -> StopLimitRule:
        return StopLimitRule(
            percentage=item.field("percentage").positive(),
            above=item.field("above").number(),
            otherwise=item.field("otherwise").positive(),
        )

    fields = ("percentage", "above", "otherwise")
    node.only(*Exchange)
    return MappingProxyType({x: read_dated(node.field(x), read, *fields) for x in Exchange})


def _read_risk_parameters(node: Node) -> Mapping[str, tuple[Dated[Decimal], ...]]:
    for name in _REQUIRED_RISK_PARAMETERS:
        node.field(name)
    return MappingProxyType(
        {
            name: read_dated(node.field(name), value_of(Node.number), "value")
            for name in node.mapping()
        }
    )
