"""What a function is made of: enough to be imported, and nothing of its neighbours."""

import json
import re
import shutil
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from cdk_stack import (
    functions_of_auth_broker,
    functions_of_execution_engine,
    functions_of_options_platform,
    packaging,
)
from cdk_stack.function_specs import FunctionSpec, Weight
from cdk_stack.layers import layer
from cdk_stack.packaging import PackagingFailed, files_of, stage
from cdk_stack.settings import ROOT
from tests.infrastructure.assemblies import Assembly

SPECS: tuple[FunctionSpec, ...] = (
    *functions_of_auth_broker.FUNCTIONS,
    *functions_of_options_platform.FUNCTIONS,
    *functions_of_execution_engine.FUNCTIONS,
)
# What Lambda's Python brings along, and what those packages themselves need.
_RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
# The machine's number in the header of a shared library.
_AARCH64 = 0xB7
_READ = re.compile(r"\bsettings\.([a-z_]+)\b")
_ASKS_FOR = {
    "clock_from(settings": {"MARKET_CLOCK_URL"},
    "endpoints_of(settings": {"BROKER_ENDPOINTS"},
    "desk_from(settings": {
        "BROKER_ACCOUNTS_TABLE",
        "MARKET_DATA_TABLE",
        "TOKEN_KEY_ID",
        "BROKER_ENDPOINTS",
        "SIMULATED_MARKET_URL",
    },
}
# A desk without it opens no paper broker.
_OPTIONAL = {"PAPER_BROKER_TABLE"}
# These serve whoever asks; asking is what counts.
_MEANS = ("shared_utils/settings.py", "shared_utils/clock.py", "shared_utils/broker_desk.py")
# Settings' own verbs, and what every function is told.
_NOT_VARIABLES = {"text", "whole_number", "switch", "url", "values", "environment", "log_level"}


def package(spec: FunctionSpec) -> list[FunctionSpec]:
    return [each for each in SPECS if each.package == spec.package]


def ids(spec: FunctionSpec) -> str:
    return spec.name


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages of Lambda's own Python and no other."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in _RUNTIME:
        found = find_spec(name)
        assert found is not None
        assert found.origin is not None
        origin = Path(found.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (folder / source.name).symlink_to(source)
    return folder


@cache
def layer_of_this_machine(weight: Weight) -> Path:
    return layer(weight, None) / "python"


@pytest.mark.parametrize("spec", SPECS, ids=ids)
def test_a_function_is_imported_from_its_asset_and_layer_alone(
    spec: FunctionSpec, runtime: Path
) -> None:
    asset = stage(spec.package, package(spec))
    paths = [asset, layer_of_this_machine(spec.weight), runtime]
    lines = [
        "import sys, importlib",
        f"sys.path[:0] = {[str(path) for path in paths]!r}",
        f"entry = importlib.import_module({spec.module!r})",
        "assert callable(entry.handler)",
        f"assert entry.__file__.startswith({str(asset)!r}), entry.__file__",
    ]
    done = subprocess.run(  # noqa: S603 - our own interpreter, without its site packages
        [sys.executable, "-I", "-S", "-c", "\n".join(lines)],
        cwd=asset,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("spec", SPECS, ids=ids)
def test_an_asset_has_nothing_of_another_package(spec: FunctionSpec) -> None:
    for file in files_of(package(spec)):
        if file.startswith("lambda_functions/") and not file.endswith("__init__.py"):
            assert file.startswith(f"lambda_functions/{spec.package}/"), file
        assert not file.startswith(("cdk_stack", "local", "tests", "simulator")), file


@pytest.mark.parametrize("spec", SPECS, ids=ids)
def test_a_function_is_told_exactly_what_it_asks_for(spec: FunctionSpec) -> None:
    asked: set[str] = set()
    for file in files_of([spec]):
        if not file.endswith(".py") or file in _MEANS:
            continue
        source = (ROOT / file).read_text()
        asked |= {name.upper() for name in _READ.findall(source) if name not in _NOT_VARIABLES}
        for call, names in _ASKS_FOR.items():
            asked |= names if call in source else set()
    told = {*spec.settings, *(grant.variable for grant in spec.tables)}
    told |= {f"{queue.upper()}_QUEUE_URL" for queue in spec.sends_to}
    assert told - _OPTIONAL == asked


@pytest.mark.parametrize("spec", SPECS, ids=ids)
def test_the_market_facts_are_with_those_who_read_them(spec: FunctionSpec) -> None:
    reads = any(
        "market_config()" in (ROOT / file).read_text()
        for file in files_of([spec])
        if file.endswith(".py") and file not in _MEANS
    )
    reads = reads or any(grant.variable in _OPTIONAL for grant in spec.tables)
    assert (functions_of_options_platform.MARKET_FACTS in spec.data_files) is reads


def test_the_same_files_have_the_same_asset() -> None:
    spec = SPECS[0]
    staged = stage(spec.package, package(spec))
    shutil.rmtree(staged)
    assert stage(spec.package, package(spec)) == staged
    assert sorted(str(file.relative_to(staged)) for file in staged.rglob("*.*")) == list(
        files_of(package(spec))
    )


def test_an_edit_changes_the_assets_of_those_who_import_the_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("lambda_functions", "shared_utils", "config"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("*.pyc"))
    monkeypatch.setattr(packaging, "ROOT", tmp_path)
    monkeypatch.setattr(packaging, "STAGED", tmp_path / "staged")
    edited = "shared_utils/storage/baskets.py"
    before = {spec.package: stage(spec.package, package(spec)).name for spec in SPECS}
    with (tmp_path / edited).open("a") as source:
        source.write("# edited\n")
    after = {spec.package: stage(spec.package, package(spec)).name for spec in SPECS}
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {spec.package for spec in SPECS if edited in files_of(package(spec))}
    assert changed != set(before)


def test_a_missing_handler_is_refused_by_name() -> None:
    ghost = FunctionSpec(
        package="auth", trigger="postback", weight=Weight.EVENT, memory_mb=128, timeout_s=1
    )
    with pytest.raises(PackagingFailed, match=r"auth-postback has no handler: .*on_postback\.py"):
        stage("auth", [ghost])


def test_a_missing_data_file_is_refused_by_name() -> None:
    spec = SPECS[0]
    reader = FunctionSpec(
        package=spec.package,
        trigger=spec.trigger,
        weight=spec.weight,
        memory_mb=128,
        timeout_s=1,
        data_files=("config/nowhere.json",),
    )
    with pytest.raises(PackagingFailed, match=r"missing: config/nowhere\.json"):
        stage(spec.package, [reader])


@pytest.mark.parametrize("weight", list(Weight))
def test_a_layer_is_compiled_for_the_lambda_platform(weight: Weight) -> None:
    folder = layer(weight)
    machines = {file.read_bytes()[18] for file in folder.rglob("*.so*")}
    assert machines == {_AARCH64}
    compiled = [file for file in folder.rglob("*.pyc") if "msgspec" in file.parts]
    assert compiled
    # Bytes 4 to 8: 1 is a hash that nobody checks again at import.
    assert {file.read_bytes()[4] for file in compiled} == {1}


def test_no_function_and_its_layer_come_near_lambdas_limit(production: Assembly) -> None:
    largest = max(
        sum(file.stat().st_size for file in layer(weight).rglob("*") if file.is_file())
        for weight in Weight
    )
    assets = [
        sum(file.stat().st_size for file in stage(spec.package, package(spec)).rglob("*.*"))
        for spec in SPECS
    ]
    assert largest + max(assets) < 200 * 1024 * 1024
    assert max(assets) < 2 * 1024 * 1024


def test_a_cloud_function_has_the_layer_of_its_weight(production: Assembly) -> None:
    for template, _, resource in production.of_type("AWS::Lambda::Function"):
        name = resource["Properties"]["FunctionName"].removeprefix(f"{production.prefix}-")
        spec = next(each for each in SPECS if each.name == name)
        (reference,) = resource["Properties"]["Layers"]
        described: Any = template.resource(reference)["Properties"]["Description"]
        assert described.endswith(str(spec.weight)), json.dumps(resource)
