"""What is heavy is loaded by those who need it."""

import subprocess
import sys

PACKAGE = "lambda_functions.options_platform.market_data_fetcher"


def loaded_by(module: str) -> set[str]:
    """What a fresh interpreter has imported after the module alone."""
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run(  # noqa: S603 - the module names stand in this file
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    return set(done.stdout.split())


def test_the_api_starts_without_numpy():
    assert "numpy" not in loaded_by(f"{PACKAGE}.on_api")


def test_the_recorder_needs_neither_numpy_nor_models_of_a_wire():
    assert {"numpy", "pydantic"}.isdisjoint(loaded_by(f"{PACKAGE}.on_schedule"))
