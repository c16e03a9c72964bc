"""Writes docs/authorization.md, the rows as a page: `python -m tests.authorization.page`."""

from collections.abc import Iterator
from itertools import groupby

from tests.authorization.answers import (
    ADMINS_ONLY,
    DONE,
    DONE_WITHOUT,
    HIDDEN,
    SIGNED_IN,
    Row,
    Target,
)
from tests.authorization.cases import COMMON, PUBLISHED_TOO, owned_names, stand_ins_of
from tests.authorization.operations import ROOT, Operation, documented, rows_of

TARGET = ROOT / "docs" / "authorization.md"
# Where nearly every row says the same, the page says it once, above the table.
_SAID_ONCE = {Target.MISSING: HIDDEN, Target.OTHER_KIND: HIDDEN, Target.MIXED: HIDDEN}
_OPENING = """\
# Who may do what

Written by `make openapi` from the rows in `tests/authorization/`, whose tests ask every operation
of the deployed platform, as everybody. A caller's column says whose object he names and what he is
answered: the operation's success, or the refusal, with its code where it is not the usual one.

- **own** is the caller's object. **foreign** is somebody else's, private. **published**,
  **subscribers only** and **withdrawn** are of a basket that an admin published, by its visibility.
  The **owner** is that admin there, and a trader otherwise; the **admin** owns none of it.
- What does not exist is 404, as is an id of another kind, and somebody else's object below or
  beside an own one, unless the row says otherwise: nobody learns what others have.
- Anonymous callers, and those whose token has run out, are 401 everywhere but at **public**
  operations.
- What is refused has changed nothing that is stored, and no answer tells of what is another's.
"""


def page() -> str:
    operations = sorted(documented(), key=lambda each: (each.tag, each.path, each.method))
    parts = [_OPENING]
    for tag, of_tag in groupby(operations, key=lambda each: each.tag):
        parts.append(f"\n## {tag}\n\n| operation | {' | '.join(SIGNED_IN)} |\n")
        parts.append(f"| --- |{' --- |' * len(SIGNED_IN)}\n")
        parts += [_line(each, row) for each in of_tag for row in rows_of(each)]
    return "".join(parts)


def _line(operation: Operation, row: Row) -> str:
    cells = [", ".join(_answers(operation, row, index)) for index in range(len(SIGNED_IN))]
    public = " **public**" if row.public else ""
    asked = f"?{row.query}" if row.query else ""
    name = f"{operation.operation_id}{public}<br>`{operation.method} {operation.path}{asked}`"
    return f"| {name} | {' | '.join(cells)} |\n"


def _answers(operation: Operation, row: Row, index: int) -> Iterator[str]:
    """`own 200`, `foreign 404 NOT_FOUND`: what the page has not said above."""
    owned = {
        name for stand_ins in stand_ins_of(row) for name in owned_names(operation, row, stand_ins)
    }
    for target in Target:
        cell = row.cells.get(target)
        if cell is None or not _is_asked(target, operation, owned):
            continue
        answer = cell[SIGNED_IN[index]]
        if _SAID_ONCE.get(target) == answer:
            continue
        named = "" if target is Target.NONE else f"{target} "
        yield f"{named}{_in_words(answer, operation)}"


def _is_asked(target: Target, operation: Operation, owned: set[str]) -> bool:
    if target is Target.NONE:
        return not owned
    if target is Target.MISSING:
        return bool(owned or set(operation.parameters) & set(COMMON))
    if target is Target.MIXED:
        return len(owned) > 1
    if target in {Target.PUBLISHED, Target.SUBSCRIBERS_ONLY, Target.WITHDRAWN}:
        return bool(owned & PUBLISHED_TOO)
    return bool(owned)


def _in_words(answer: str, operation: Operation) -> str:
    """The usual 404 and 403 go without their codes."""
    words = {
        DONE: str(operation.success),
        DONE_WITHOUT: f"{operation.success} without contents",
        HIDDEN: "404",
        ADMINS_ONLY: "403",
    }
    return words.get(answer, answer)


def main() -> None:
    TARGET.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
