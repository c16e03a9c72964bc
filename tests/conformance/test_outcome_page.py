"""docs/broker_outcomes.md names every row and its test; neither may be forgotten."""

import re
from pathlib import Path

import pytest

from tests.conformance.evidence import Evidence

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "broker_outcomes.md").read_text(encoding="utf-8")
TESTS = {
    name
    for file in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
}


@pytest.mark.parametrize("evidence", Evidence, ids=lambda each: each.name)
def test_every_row_of_the_policy_is_on_the_page(evidence):
    assert f"| {evidence} |" in PAGE


def test_every_test_that_the_page_names_exists():
    assert set(re.findall(r"`(test_\w+)`", PAGE)) <= TESTS
