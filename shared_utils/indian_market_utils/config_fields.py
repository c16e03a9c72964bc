"""Reading single fields out of the parsed market configuration, with the path in every refusal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import TypeVar

from shared_utils.domain.errors import Problem, Unavailable
from shared_utils.indian_market_utils.dated_values import Confidence, Dated

CONFIG_INVALID = "MARKET_CONFIG_INVALID"

ResultT = TypeVar("ResultT")


def refuse(path: str, problem: str) -> Unavailable:
    """The one error of a configuration that cannot be trusted; nothing trades on half of it."""
    return Unavailable(
        f"The market configuration is not usable: {path} {problem}.",
        code=CONFIG_INVALID,
        details=(Problem(path, problem),),
    )


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the configuration and the path it was found under."""

    value: object
    path: str

    def mapping(self) -> Mapping[str, object]:
        if not isinstance(self.value, Mapping):
            raise refuse(self.path, "must be an object")
        return self.value

    def field(self, name: str) -> "Node":
        fields = self.mapping()
        if name not in fields:
            raise refuse(f"{self.path}.{name}", "is missing")
        return Node(fields[name], f"{self.path}.{name}")

    def optional(self, name: str) -> "Node | None":
        """The field, or None when it is absent or null."""
        value = self.mapping().get(name)
        return None if value is None else Node(value, f"{self.path}.{name}")

    def items(self) -> list["Node"]:
        if isinstance(self.value, str) or not isinstance(self.value, Sequence):
            raise refuse(self.path, "must be a list")
        return [Node(item, f"{self.path}[{n}]") for n, item in enumerate(self.value)]

    def only(self, *names: str) -> "Node":
        """Refuses names nobody reads: a misspelt fact must not be dropped in silence."""
        for name in self.mapping():
            if name not in names:
                raise refuse(f"{self.path}.{name}", "is not a known field")
        return self

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value:
            raise refuse(self.path, "must be a text")
        return self.value

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            raise refuse(self.path, "must be true or false")
        return self.value

    def count(self, minimum: int = 1) -> int:
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
            raise refuse(self.path, f"must be a whole number of at least {minimum}")
        return value

    def number(self, *, minimum: Decimal = Decimal(0)) -> Decimal:
        """Decimals are written as text ("0.05"): a binary float never enters."""
        try:
            value = Decimal(self.text())
        except InvalidOperation:
            raise refuse(self.path, 'must be a decimal number in quotes ("0.05")') from None
        if not value.is_finite() or value < minimum:
            raise refuse(self.path, f"must be a number of at least {minimum}")
        return value

    def positive(self) -> Decimal:
        value = self.number()
        if value == 0:
            raise refuse(self.path, "must be above zero")
        return value

    def day(self) -> date:
        try:
            return date.fromisoformat(self.text())
        except ValueError:
            raise refuse(self.path, 'must be a day such as "2026-11-23"') from None

    def wall_time(self) -> time:
        try:
            value = time.fromisoformat(self.text())
        except ValueError:
            raise refuse(self.path, 'must be a time such as "09:15"') from None
        if value.tzinfo is not None:
            raise refuse(self.path, "is India time and carries no zone")
        return value

    def one_of(self, kind: Callable[[str], ResultT]) -> ResultT:
        """A member of an enum, by its value."""
        text = self.text()
        try:
            return kind(text)
        except ValueError:
            raise refuse(self.path, f"has the unknown value {text!r}") from None

    def source(self) -> tuple[str, ...]:
        sources = tuple(item.text() for item in self.field("source").items())
        if not sources:
            raise refuse(f"{self.path}.source", "must name at least one source")
        return sources

    def confidence(self) -> Confidence:
        return self.field("confidence").one_of(Confidence)


DATED_FIELDS = ("from", "to", "confidence", "source", "note")


def read_dated(
    node: Node, read: Callable[[Node], ResultT], *fields: str
) -> tuple[Dated[ResultT], ...]:
    """A list of dated entries, oldest first. `read` gets the entry; `fields` are its own names."""
    entries = tuple(_read_entry(item, read, fields) for item in node.items())
    if not entries:
        raise refuse(node.path, "must have at least one entry")
    for earlier, later in pairwise(entries):
        if later.from_day <= earlier.from_day:
            raise refuse(node.path, f"must be in order of from; {later.from_day} is out of order")
    return entries


def _read_entry(
    item: Node, read: Callable[[Node], ResultT], fields: Sequence[str]
) -> Dated[ResultT]:
    item.only(*DATED_FIELDS, *fields)
    to = item.optional("to")
    entry = Dated(
        from_day=item.field("from").day(),
        to_day=to.day() if to else None,
        value=read(item),
        confidence=item.confidence(),
        source=item.source(),
    )
    if entry.to_day is not None and entry.to_day < entry.from_day:
        raise refuse(f"{item.path}.to", "must not be before from")
    return entry


def value_of(read: Callable[[Node], ResultT]) -> Callable[[Node], ResultT]:
    """Reads the entry's `value` field."""
    return lambda item: read(item.field("value"))


def value_or_unknown(read: Callable[[Node], ResultT]) -> Callable[[Node], ResultT | None]:
    """Reads the entry's `value` field, where null says that the value is not known."""

    def read_value(item: Node) -> ResultT | None:
        value = item.field("value")
        return None if value.value is None else read(value)

    return read_value
