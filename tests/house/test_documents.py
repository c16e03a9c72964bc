"""What the documents name exists: a page that points at nothing is worse than no page."""

import ast
import json
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
RECORDS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
ROOMS = (
    "bench", "cdk_stack", "config", "docs", "lambda_functions", "local", "shared_utils",
    "simulator", "tests",
)  # fmt: skip
# A page may leave out the folders that every reader knows by then.
STARTS = (
    "", "shared_utils", "lambda_functions", "lambda_functions/execution_engine",
    "lambda_functions/options_platform",
)  # fmt: skip
MADE_BY_A_COMMAND = {"cdk.out/", ".local/", "build/", ".venv/"}
MOST_RECORD_LINES = 25
MOST_README_LINES = 200

_FILE = re.compile(
    r"(?<![\w/.<>~{}-])((?:[\w.-]+/)*[\w-]+\.(?:py|json|md|toml|txt|lock))\b(?::([A-Za-z_][\w.]*\w))?"
)
_FOLDER = re.compile(r"`((?:[\w.-]+/)+)`")
_LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
_ROUTE = re.compile(r"`(GET|POST|PUT|DELETE) (/[\w/{}-]+)")


def pages(function):
    return pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))(
        function
    )


@pages
def test_every_file_and_function_that_a_page_names_exists(page):
    found = [_problem(path, name) for path, name in _FILE.findall(page.read_text())]
    _said(problem for problem in found if problem)


@pages
def test_every_folder_that_a_page_names_exists(page):
    named = set(_FOLDER.findall(page.read_text())) - MADE_BY_A_COMMAND
    _said(
        folder for folder in sorted(named) if not any((ROOT / s / folder).is_dir() for s in STARTS)
    )


@pages
def test_every_link_of_a_page_leads_somewhere(page):
    links = [link for link in _LINK.findall(page.read_text()) if "://" not in link]
    _said(link for link in links if not (page.parent / link).exists())


@pages
def test_every_test_that_a_page_names_exists(page):
    _said(sorted(set(re.findall(r"`(test_\w+)`", page.read_text())) - _tests()))


@pages
def test_every_make_target_that_a_page_names_exists(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(r"(?:`|^\$? ?)make ([a-z-]+)", page.read_text(), re.MULTILINE)
    _said(sorted(set(named) - targets))


@pages
def test_every_local_setting_that_a_page_names_is_read(page):
    sources = "".join(
        path.read_text() for room in ("local", "tests") for path in (ROOT / room).rglob("*.py")
    )
    named = set(re.findall(r"\bLOCAL_[A-Z_]+\b", page.read_text()))
    _said(sorted(name for name in named if name not in sources))


@pages
def test_every_code_that_a_page_names_is_said_by_the_code(page):
    sources = "".join(
        path.read_text()
        for room in ("shared_utils", "lambda_functions", "cdk_stack", "config")
        for path in (ROOT / room).rglob("*.*")
        if path.suffix in {".py", ".json"}
    )
    named = set(re.findall(r"`([A-Z]{2,}(?:_[A-Z]+)+)`", page.read_text()))
    _said(sorted(name for name in named if name not in sources and not name.startswith("LOCAL_")))


@pages
def test_every_route_that_a_page_names_is_served(page):
    served = {
        f"{method.upper()} {path}"
        for path, methods in json.loads((ROOT / "docs/openapi.json").read_text())["paths"].items()
        for method in methods
    }
    named = {f"{method} {path}" for method, path in _ROUTE.findall(page.read_text())}
    _said(sorted(named - served))


def test_the_runbook_has_a_line_for_every_alarm():
    sources = [ROOT / "cdk_stack/constructs/alarms.py", *(ROOT / "cdk_stack").glob("log_metrics*")]
    pattern = r'(?:self\._alarm\(\s*|\balarm=)f?"(?:\{name\})?([a-z-]+)"'
    alarms = [name for source in sources for name in re.findall(pattern, source.read_text())]
    assert alarms
    runbook = (ROOT / "docs/runbook.md").read_text()
    _said(name for name in alarms if name not in runbook)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_decision_is_a_short_record_that_says_why_and_where(record):
    text = record.read_text()
    assert len(text.splitlines()) <= MOST_RECORD_LINES
    for part in ("# ", "**Context.**", "**Ruling.**", "**Consequence.**", "**Where.**"):
        assert part in text, part


def test_the_index_of_decisions_lists_each_once():
    index = (ROOT / "docs/decisions/README.md").read_text()
    assert sorted(_LINK.findall(index)) == [record.name for record in RECORDS]


def test_the_readme_is_read_in_one_sitting():
    assert len((ROOT / "README.md").read_text().splitlines()) <= MOST_README_LINES


def _said(found) -> None:
    found = list(found)
    assert not found, "\n".join(found)


def _problem(path: str, name: str) -> str | None:
    files = _files_of(path)
    if not files:
        return f"{path} does not exist"
    if name and not any(name in _names_in(file) for file in files):
        return f"{path} has no {name}"
    return None


def _files_of(path: str) -> list[Path]:
    """A bare file name may stand for any file of that name."""
    named = [ROOT / start / path for start in STARTS]
    found = [file for file in named if file.is_file()]
    return found if found or "/" in path else _by_name().get(path, [])


@cache
def _by_name() -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for room in ROOMS:
        for file in (ROOT / room).rglob("*"):
            found.setdefault(file.name, []).append(file)
    return found


@cache
def _names_in(file: Path) -> frozenset[str]:
    """Functions, classes, their methods, and what a module assigns."""
    names: set[str] = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {
                f"{node.name}.{each.name}"
                for each in node.body
                if isinstance(each, ast.FunctionDef)
            }
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    # Route functions are declared inside `register…`.
    names |= {
        node.name
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    return frozenset(names)


@cache
def _tests() -> frozenset[str]:
    return frozenset(
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)
    )
