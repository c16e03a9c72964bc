"""CPU of a fresh process to import each function entry and make its DynamoDB client, best of 7."""

import subprocess
import sys
from pathlib import Path

from bench.rows import Row

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 7
EVENT_MS, API_MS = 250.0, 450.0
_IMPORT = """
from time import process_time
began = process_time()
import {module}
import boto3
boto3.client("dynamodb", region_name="ap-south-1")
print((process_time() - began) * 1000)
"""


def run() -> list[Row]:
    entries = sorted((ROOT / "lambda_functions").rglob("on_*.py"))
    return [_row(entry.relative_to(ROOT)) for entry in entries]


def _row(entry: Path) -> Row:
    module = ".".join(entry.with_suffix("").parts)
    target = API_MS if entry.stem == "on_api" else EVENT_MS
    name = str(entry.relative_to("lambda_functions").with_suffix(""))
    return name, min(_once(module) for _ in range(ROUNDS)), target, "ms CPU"


def _once(module: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT.format(module=module)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONHASHSEED": "0", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"},
    )
    return float(done.stdout)
