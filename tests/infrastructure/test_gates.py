"""The rules that every environment's templates are held to."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cdk_stack import acknowledgements
from cdk_stack.acknowledgements import Reasoned
from cdk_stack.settings import ROOT
from tests.infrastructure.assemblies import Assembly


def violations(assembly: Assembly) -> list[tuple[str, str, Any]]:
    return [
        (plugin["pluginName"], violation["ruleName"], violation["violatingConstructs"])
        for plugin in assembly.report["pluginReports"]
        for violation in plugin["violations"]
    ]


def test_no_rule_of_cdk_nag_is_broken_nor_warns(assembly: Assembly) -> None:
    assert {plugin["pluginName"] for plugin in assembly.report["pluginReports"]} >= {
        "AwsSolutions",
        "Serverless",
    }
    assert violations(assembly) == []


def test_each_acknowledgement_has_a_reason_and_a_use() -> None:
    entries = {
        name: entry for name, entry in vars(acknowledgements).items() if isinstance(entry, Reasoned)
    }
    sources = "\n".join(
        file.read_text() for file in sorted((ROOT / "cdk_stack").rglob("*.py"))
    )
    for name, entry in entries.items():
        assert len(entry.reason) > 40, name
        assert sources.count(name) > 1, f"{name} is not used"


@pytest.mark.parametrize("name", ["local", "dev-created", "staging", "production-created"])
def test_cfn_lint_finds_nothing(assemblies: dict[str, Assembly], name: str) -> None:
    files = sorted(str(file) for file in assemblies[name].folder.glob("*.template.json"))
    assert files
    # W3005: the CDK writes a dependency on the role beside the reference to it.
    command = [str(Path(sys.executable).parent / "cfn-lint"), "--ignore-checks", "W3005", "--"]
    done = subprocess.run([*command, *files], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_no_stack_comes_near_the_limit_of_five_hundred_resources(assembly: Assembly) -> None:
    for name, template in assembly.templates.items():
        assert len(template.body["Resources"]) < 450, name
