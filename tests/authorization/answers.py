"""The words of the authorization matrix: who asks, whose object he names, what he is answered.

A row says it for one operation. Most rows are one of the policies below as it is:

    "pauseStrategy": OWNER_ONLY,
    "cancelOrder": OWNER_ONLY.where_own("409 ORDER_SETTLED"),
    "publishBasket": OWNER_ONLY.but(own=each("403 ADMIN_ONLY", admin=DONE)).asking(body=TERMS),

An answer is DONE (the success that the API document names) or a refusal by its status and its
code, `404 NOT_FOUND`. Whoever is not named in a cell gets its first answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any


class Caller(StrEnum):
    """`owner` is an admin where the object is published, a trader where it is not; `expired` is the
    owner with a token that has run out; `admin` owns none of it.
    """

    ANONYMOUS = "anonymous"
    EXPIRED = "expired"
    OTHER = "other user"
    SUBSCRIBER = "subscriber"
    LAPSED = "lapsed subscriber"
    ADMIN = "admin"
    OWNER = "owner"


SIGNED_IN = tuple(Caller)[2:]


class Target(StrEnum):
    """Whose object the request names. OWN is the caller's; FOREIGN somebody else's, private;
    the three after it are of a published basket, as they are told apart by their visibility.
    MIXED is an own object and, below or beside it, a foreign one.
    """

    NONE = "no object"
    OWN = "own"
    FOREIGN = "foreign"
    MIXED = "own with foreign"
    PUBLISHED = "published"
    SUBSCRIBERS_ONLY = "subscribers only"
    WITHDRAWN = "withdrawn"
    MISSING = "missing"
    OTHER_KIND = "of another kind"


OF_A_PUBLISHER = frozenset({Target.PUBLISHED, Target.SUBSCRIBERS_ONLY, Target.WITHDRAWN})

DONE = "done"
# Done, but what the row `shows` is kept from this caller.
DONE_WITHOUT = "done, contents hidden"
HIDDEN = "404 NOT_FOUND"
NOT_SIGNED_IN = "401 UNAUTHENTICATED"
ADMINS_ONLY = "403 FORBIDDEN"

Cell = Mapping[Caller, str]


def each(
    answer: str,
    *,
    other: str | None = None,
    subscriber: str | None = None,
    lapsed: str | None = None,
    admin: str | None = None,
    owner: str | None = None,
) -> Cell:
    """`answer` for everybody who is signed in, but for those who are named."""
    named = (other, subscriber, lapsed, admin, owner)
    return MappingProxyType(
        {caller: said or answer for caller, said in zip(SIGNED_IN, named, strict=True)}
    )


@dataclass(frozen=True, kw_only=True)
class Row:
    """What everybody gets of one operation.

    `body` is sent in place of the API document's example, `query` after the path. Words in braces
    in both stand for what somebody has, as they do in a path: `{basket_id}`, `{client_id}`,
    `{email}`. `path` fills a parameter of the path that names nobody's object (`version="1"`);
    `alternatives` are the things that a parameter may name, where it is not called after one.
    `shows`: of which of its things the answer to DONE must tell; DONE_WITHOUT must not.
    """

    cells: Mapping[Target, Cell] = field(default_factory=dict)
    public: bool = False
    body: Any = None
    query: str = ""
    path: Mapping[str, str] = field(default_factory=dict)
    alternatives: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shows: str | None = None

    def but(self, **cells: str | Cell) -> "Row":
        """The same with other answers: `own=…`, `foreign=…`, by the names of Target."""
        changed = {
            Target[name.upper()]: each(cell) if isinstance(cell, str) else cell
            for name, cell in cells.items()
        }
        return replace(self, cells={**self.cells, **changed})

    def where_own(self, answer: str) -> "Row":
        """Its owner is told this where he would otherwise be answered DONE."""
        return self.but(own=answer, published=each(HIDDEN, owner=answer))

    def asking(
        self,
        *,
        body: Any = None,
        query: str = "",
        path: Mapping[str, str] = MappingProxyType({}),
        alternatives: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> "Row":
        return replace(self, body=body, query=query, path=path, alternatives=alternatives)

    def showing(self, what: str) -> "Row":
        return replace(self, shows=what)


# Somebody else's is not there, whoever asks: not for admins, and not for subscribers.
OWNER_ONLY = Row().but(
    own=DONE,
    foreign=HIDDEN,
    mixed=HIDDEN,
    published=each(HIDDEN, owner=DONE),
    missing=HIDDEN,
    other_kind=HIDDEN,
)
# Names nobody's object: a list of one's own, or one's own profile. No answer tells of another.
OWN_THINGS = Row().but(none=DONE)
# The same for everybody who is signed in: the market, templates, calculators.
FOR_ALL_SIGNED_IN = Row().but(none=DONE, missing=HIDDEN)
# For admins, whoever's admin they are.
ADMIN_ONLY = Row().but(none=each(ADMINS_ONLY, admin=DONE))
# Without any token, or with one that has run out.
PUBLIC = replace(Row(), public=True).but(none=DONE)
