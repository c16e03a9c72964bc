"""Every operation, asked by everybody for what is his, somebody else's and nobody's.

The rows say what each is answered: rows_of_auth_broker.py, rows_of_options_platform.py,
rows_of_execution_engine.py. What is not answered as DONE must have changed nothing that is stored,
and no answer may tell of what is another's.
"""

import re
import time
from collections.abc import Iterator

import pytest

from shared_utils.domain.ids import KIND_NAMES
from tests.authorization.answers import DONE, HIDDEN, NOT_SIGNED_IN, Row, Target
from tests.authorization.cases import Case, cases_of
from tests.authorization.operations import Operation, documented, filled, rows_of
from tests.authorization.world import World, built_on
from tests.integration.http_answers import Answer, ask
from tests.platforms import Platform, eventually
from tests.tokens import parts_of

pytestmark = [pytest.mark.emulator]

_KIND_NAMED = re.compile(f"is not the id of an? ({'|'.join(KIND_NAMES.values())})")


@pytest.fixture(scope="module")
def world(platform: Platform) -> World:
    world = built_on(platform)
    expires = parts_of(world.expired.token or "")[1]["exp"]
    eventually(lambda: time.time() > expires, "the expired token expires", within_s=10)
    # The streams of what was built are read to their end first.
    eventually(lambda: platform.stored() == platform.stored(), "nothing moves any more")
    return world


@pytest.mark.parametrize("operation", documented(), ids=lambda each: each.operation_id)
def test_everybody_gets_what_the_rows_say(world: World, operation: Operation) -> None:
    asked = [(row, case) for row in rows_of(operation) for case in cases_of(operation, row)]
    before = world.at_rest()
    wrong = [
        problem
        for row, case in asked
        if not case.is_done
        for problem in problems_of(world, operation, row, case)
    ]
    changed = [name for name, rows in world.platform.stored().items() if rows != before[name]]
    wrong += [f"a refused call changed {name}" for name in changed]
    wrong += [
        problem
        for row, case in asked
        if case.is_done
        for problem in problems_of(world, operation, row, case)
    ]
    assert not wrong, f"{operation.method} {operation.path}\n" + "\n".join(wrong)


def problems_of(world: World, operation: Operation, row: Row, case: Case) -> Iterator[str]:
    """One call, and everything about its answer that is not as its row says."""
    fresh = case.is_done and not operation.changes_nothing
    values = world.values(case, fresh=fresh) | dict(row.path)
    path = filled(operation.path, values)
    if row.query:
        path += f"?{filled(row.query, values)}"
    body = filled(operation.example if row.body is None else row.body, values)
    answer = ask(world.api_of(case), operation.method, path, body)
    asker, sent = world.asker(case), f"{path} {body}"
    shown = (asker.has | values)[row.shows] if row.shows else None
    told = [each for each in world.secrets_from(asker) if each in answer.text]
    for problem in (
        *_wrong_answer(case, operation.success, answer),
        *_wrong_contents(case, shown, answer.text),
        *(f"tells of another's {each}" for each in told if each not in sent),
    ):
        yield f"  {case}: {problem}: {path} {answer.text[:300]}"


def _wrong_answer(case: Case, success: int, answer: Answer) -> Iterator[str]:
    if case.is_done and answer.status != success:
        yield f"{answer.status} instead of {success}"
    if not case.is_done:
        got = f"{answer.status} {answer.code if answer.status >= 400 else ''}".strip()
        if got not in _meant(case.expected):
            yield f"{got} instead of {case.expected}"
    told_as_missing = case.target is Target.OTHER_KIND and case.expected == HIDDEN
    if told_as_missing and not _KIND_NAMED.search(answer.text):
        yield "does not say of which kind the id must be"


def _wrong_contents(case: Case, shown: str | None, text: str) -> Iterator[str]:
    if case.is_done and shown is not None:
        tells = shown in text
        if tells is not (case.expected == DONE):
            yield f"{'tells' if tells else 'does not tell'} of {shown}"


def _meant(expected: str) -> set[str]:
    """API Gateway says it of a token that has run out in its own words."""
    return {expected, "401 TOKEN_EXPIRED"} if expected == NOT_SIGNED_IN else {expected}
