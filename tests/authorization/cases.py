"""From an operation and its row to single cases: who asks for whose object, and what he gets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from tests.authorization.answers import (
    DONE,
    DONE_WITHOUT,
    NOT_SIGNED_IN,
    SIGNED_IN,
    Caller,
    Row,
    Target,
)
from tests.authorization.operations import Operation, words_in

# What people have, by the name it goes by in paths, and the prefix of its ids if it has one.
PREFIX_OF: Mapping[str, str | None] = {
    "basket_id": "bsk",
    "strategy_id": "stg",
    "leg_id": "leg",
    "allocation_id": "alc",
    "subscription_id": "sub",
    "execution_id": "exe",
    "order_id": "ord",
    "position_id": "pos",
    "invoice_id": "inv",
    "client_id": None,
    "zerodha_id": None,
}
# What everybody who publishes has of his published basket too.
PUBLISHED_TOO = frozenset(PREFIX_OF) - {"subscription_id", "client_id", "zerodha_id"}
# A parameter that names nobody's object: what is there, and what is not.
COMMON = {"symbol": ("NIFTY", "NOSUCH"), "broker": ("zerodha", "nosuch")}
COMMON |= {"template_id": ("{template}", "tpl_00000000000000000000000000")}
COMMON |= {"expiry": ("2026-08-11", "2026-08-12")}


@dataclass(frozen=True, kw_only=True)
class Case:
    """`sources`: whose each thing is that the request names, by its name. `stand_ins`: which thing
    a parameter names that is not called after one.
    """

    caller: Caller
    target: Target
    sources: Mapping[str, Target]
    stand_ins: Mapping[str, str]
    expected: str

    @property
    def is_done(self) -> bool:
        return self.expected in {DONE, DONE_WITHOUT}

    def __str__(self) -> str:
        named = ", ".join(f"{name} {source}" for name, source in self.sources.items())
        return f"{self.caller}, {self.target}{f' ({named})' if named else ''}"


def cases_of(operation: Operation, row: Row) -> Iterator[Case]:
    for stand_ins in stand_ins_of(row):
        owned = owned_names(operation, row, stand_ins)
        for target, sources in _namings(operation, row, owned):
            for caller in Caller:
                expected = _expected(row, caller, target)
                if expected is not None:
                    yield Case(
                        caller=caller,
                        target=target,
                        sources=sources,
                        stand_ins=stand_ins,
                        expected=expected,
                    )


def owned_names(operation: Operation, row: Row, stand_ins: Mapping[str, str]) -> tuple[str, ...]:
    """The things that the request names, those of its path first."""
    words = (*operation.parameters, *words_in(row.query), *words_in(row.body))
    names = [stand_ins.get(word, word) for word in words]
    return tuple(dict.fromkeys(name for name in names if name in PREFIX_OF))


def stand_ins_of(row: Row) -> Iterator[dict[str, str]]:
    for things in product(*row.alternatives.values()):
        yield dict(zip(row.alternatives, things, strict=True))


def _expected(row: Row, caller: Caller, target: Target) -> str | None:
    """None where a caller has no such object."""
    if caller in SIGNED_IN or row.public:
        # Whoever asks what is public gets one answer.
        return row.cells[target].get(caller, next(iter(row.cells[target].values())))
    return None if target is Target.OTHER_KIND else NOT_SIGNED_IN


def _namings(
    operation: Operation, row: Row, owned: tuple[str, ...]
) -> Iterator[tuple[Target, dict[str, Target]]]:
    """Every way to name the objects that the row has an answer for."""
    if not owned:
        yield Target.NONE, {}
        if Target.MISSING in row.cells and set(operation.parameters) & set(COMMON):
            yield Target.MISSING, {}
        return
    first, rest = owned[0], owned[1:]
    for target in (Target.OWN, Target.FOREIGN, Target.MISSING):
        yield target, dict.fromkeys(owned, target)
    if rest:
        # Somebody else's and what is not there are told alike, below an own object too.
        for target in (Target.FOREIGN, Target.MISSING):
            yield Target.MIXED, {first: Target.OWN, **dict.fromkeys(rest, target)}
        yield Target.FOREIGN, {first: Target.FOREIGN, **dict.fromkeys(rest, Target.OWN)}
    yield from _of_publishers(row, owned)
    yield from _of_other_kinds(row, owned)


def _of_other_kinds(row: Row, owned: tuple[str, ...]) -> Iterator[tuple[Target, dict[str, Target]]]:
    """One id at a time names a thing of another kind."""
    if Target.OTHER_KIND in row.cells:
        for name in owned:
            if PREFIX_OF[name] is not None:
                sources = {**dict.fromkeys(owned, Target.OWN), name: Target.OTHER_KIND}
                yield Target.OTHER_KIND, sources


def _of_publishers(row: Row, owned: tuple[str, ...]) -> Iterator[tuple[Target, dict[str, Target]]]:
    if not PUBLISHED_TOO & set(owned):
        return
    for target in (Target.PUBLISHED, Target.SUBSCRIBERS_ONLY, Target.WITHDRAWN):
        if target in row.cells:
            yield target, dict.fromkeys(owned, target)
