"""What the linters cannot say: rules of the house, each with the reason it exists."""

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdk_stack.layers import uv_program

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("cdk_stack", "lambda_functions", "shared_utils", "simulator", "local")
PURE = ("shared_utils/domain", "shared_utils/indian_market_utils", "shared_utils/risk_calculations")
TRIGGERS = {
    "on_api", "on_schedule", "on_queue", "on_stream", "on_postback", "on_websocket", "on_authorize",
}  # fmt: skip
VAGUE_NAMES = {"utils", "helpers", "common", "manager", "misc"}
MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 40


def _sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def _calls(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


def _said(found: list[str]) -> None:
    assert not found, "\n".join(found)


def test_no_module_is_longer_than_four_hundred_lines():
    _said(
        [
            f"{path.relative_to(ROOT)}: {lines} lines"
            for path in _sources(*ROOMS, "tests")
            if (lines := len(path.read_text().splitlines())) > MAX_MODULE_LINES
        ]
    )


def test_no_function_is_longer_than_forty_lines():
    found = []
    for path in _sources(*ROOMS):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MAX_FUNCTION_LINES:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {lines}")
    _said(found)


def test_init_files_are_empty_so_that_importing_a_package_imports_nothing():
    _said(
        [str(path) for path in _sources(*ROOMS) if path.name == "__init__.py" and path.read_text()]
    )


def test_no_file_has_a_name_that_says_nothing():
    _said([str(path) for path in _sources(*ROOMS) if path.stem in VAGUE_NAMES])


def test_only_the_clock_reads_the_time_and_only_entries_draw_ids_and_clients():
    banned = re.compile(
        r"(^|\.)(now|utcnow|today)$|^time\.(time|sleep|monotonic)$|^random\.|uuid4$"
        r"|^secrets\.|^os\.urandom$|^boto3\."
    )
    found = []
    for path in _sources("lambda_functions", "shared_utils"):
        if path.name == "clock.py" or path.stem in TRIGGERS:
            continue
        for call, line in _calls(ast.parse(path.read_text())):
            if banned.search(call) and not re.search(r"clock\.now$", call):
                found.append(f"{path.relative_to(ROOT)}:{line} {call}")
    _said(found)


def test_only_settings_reads_the_environment():
    _said(
        [
            str(path.relative_to(ROOT))
            for path in _sources("lambda_functions", "shared_utils")
            if path.name != "settings.py" and re.search(r"os\.environ|getenv", path.read_text())
        ]
    )


def test_nothing_is_imported_by_a_string():
    _said(
        [
            str(path.relative_to(ROOT))
            for path in _sources("lambda_functions", "shared_utils", "cdk_stack")
            if re.search(r"import_module|__import__", path.read_text())
        ]
    )


def test_every_suppression_says_why():
    pattern = re.compile(r"#\s*(noqa|type:\s*ignore)(?P<rest>.*)$")
    reason = re.compile(r"^(:\s*[A-Z0-9, ]+|\[[a-z\-, ]+\])\s*(-|#)\s*\S+")
    found = []
    for path in _sources(*ROOMS):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = pattern.search(line)
            if match and not reason.search(match["rest"].strip()):
                found.append(f"{path.relative_to(ROOT)}:{number} {line.strip()[:80]}")
    _said(found)


def test_money_is_never_a_float():
    """`float(` and float annotations do not stand beside the words of money in the domain."""
    money = re.compile(r"(price|premium|pnl|charges|amount|fee|capital|margin)\w*\s*:\s*float")
    found = []
    for path in _sources("shared_utils/domain", "shared_utils/storage", "lambda_functions"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if money.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number} {line.strip()}")
    _said(found)


def test_nothing_promises_to_be_done_later():
    words = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    _said(
        [
            f"{path.relative_to(ROOT)}:{number} {line.strip()}"
            for path in _sources(*ROOMS)
            for number, line in enumerate(path.read_text().splitlines(), 1)
            if words.search(line)
        ]
    )


def test_deployed_code_does_not_know_that_it_may_run_locally():
    pattern = re.compile(r"ministack|localhost|127\.0\.0\.1|is_local|emulator", re.IGNORECASE)
    _said(
        [
            f"{path.relative_to(ROOT)}:{number} {line.strip()}"
            for path in _sources("lambda_functions", "shared_utils")
            for number, line in enumerate(path.read_text().splitlines(), 1)
            if pattern.search(line)
        ]
    )


@pytest.mark.parametrize("package", sorted((ROOT / "lambda_functions").rglob("on_*.py")))
def test_a_trigger_is_one_of_the_known_ones(package: Path):
    assert package.stem in TRIGGERS


def test_the_exported_requirements_have_not_drifted_from_the_lock():
    exported = subprocess.run(  # noqa: S603 - our own tool, our own arguments
        [uv_program(), "export", "--locked", "--no-dev", "--format", "requirements-txt", "--quiet"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip

    def body(text: str) -> list[str]:
        return [line for line in text.splitlines() if not line.startswith("#")]

    assert body((ROOT / "requirements.txt").read_text()) == body(exported)


def test_somebody_looked_at_every_string_that_might_be_a_secret():
    results = json.loads((ROOT / ".secrets.baseline").read_text())["results"]
    _said(
        [
            f"{path}:{finding['line_number']} {finding['type']}: run `make secrets`"
            for path, findings in results.items()
            for finding in findings
            if finding.get("is_secret") is not False
        ]
    )
