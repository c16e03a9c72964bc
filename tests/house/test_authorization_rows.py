"""Every operation says who may do it: a route without a row in the authorization matrix fails here.

What the rows say is asked of the deployed platform by tests/authorization/test_matrix.py.
"""

import pytest

from tests.authorization.answers import Target
from tests.authorization.cases import COMMON, PREFIX_OF
from tests.authorization.operations import ROWS, Operation, documented, rows_of, words_in
from tests.authorization.page import TARGET, page

OPERATIONS = documented()
HOW = """
{missing} has no row in the authorization matrix: who may do it, and to whose objects?
Add a line to tests/authorization/rows_of_<stack>.py, most often one of the policies as it is:

    "{missing}": OWNER_ONLY,          # names an object: others are told it is not there
    "{missing}": OWN_THINGS,          # a list of one's own, or a new object
    "{missing}": FOR_ALL_SIGNED_IN,   # the same for everybody
    "{missing}": ADMIN_ONLY,          # no object, admins alone
    "{missing}": PUBLIC,              # without signing in

then `make openapi`, which writes docs/authorization.md too, and
`.venv/bin/pytest tests/authorization -k {missing}`. A body other than the API document's example,
and other answers: tests/authorization/answers.py. An operation that was renamed: rename its row."""


def test_every_operation_has_a_row():
    missing = [each.operation_id for each in OPERATIONS if each.operation_id not in ROWS]
    assert not missing, "\n".join(HOW.format(missing=each) for each in missing)


def test_every_row_is_of_an_operation():
    unknown = sorted(set(ROWS) - {each.operation_id for each in OPERATIONS})
    assert not unknown, f"rows of no operation, in tests/authorization/: {', '.join(unknown)}"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.operation_id)
def test_somebody_has_everything_that_a_request_names(operation: Operation):
    known = {*PREFIX_OF, *COMMON, "email", "password", "new"}
    for row in rows_of(operation) if operation.operation_id in ROWS else ():
        words = {*operation.parameters, *words_in(row.query), *words_in(row.body)}
        unknown = sorted(words - known - set(row.path) - set(row.alternatives))
        assert not unknown, (
            f"{operation.operation_id} names {', '.join(unknown)}, which nobody in the matrix has: "
            "give everybody one in tests/authorization/people.py (settle, fresh) and list it in "
            "PREFIX_OF in cases.py; what is nobody's belongs to COMMON there, or to the row as "
            'asking(path={"…": "1"})'
        )


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.operation_id)
def test_the_rows_and_the_document_agree_on_what_needs_no_token(operation: Operation):
    for row in rows_of(operation) if operation.operation_id in ROWS else ():
        assert row.public is operation.public


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.operation_id)
def test_a_row_that_names_an_object_answers_for_own_foreign_and_missing(operation: Operation):
    for row in rows_of(operation) if operation.operation_id in ROWS else ():
        words = {*operation.parameters, *words_in(row.query), *words_in(row.body)}
        names_something = bool(words & (set(PREFIX_OF) | set(row.alternatives)))
        wanted = {Target.OWN, Target.FOREIGN, Target.MISSING} if names_something else {Target.NONE}
        assert wanted <= set(row.cells), f"no answer for {wanted - set(row.cells)}"


def test_the_page_is_written_from_the_rows():
    same = TARGET.exists() and TARGET.read_text(encoding="utf-8") == page()
    assert same, "docs/authorization.md has drifted from the rows: run `make openapi`"
