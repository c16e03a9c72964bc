"""`make test`: every test job in turn, each with its time, and one verdict at the end."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Job:
    name: str
    arguments: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()


JOBS = (
    Job("unit and conformance", ("tests/unit", "tests/conformance", "-n", "2")),
    Job("infrastructure", ("tests/infrastructure",)),
    Job("local cloud", ("tests/local",)),
    Job("authorization matrix", ("tests/authorization",)),
    Job("integration and flows", ("tests/integration", "tests/flows")),
    Job(
        "integration with IAM enforced",
        ("tests/integration", "-m", "iam"),
        (("LOCAL_ENFORCE_IAM", "1"),),
    ),
    # In the order of the file: what ends things is asked last.
    Job("fuzz", ("tests/fuzz", "-p", "no:randomly")),
    Job("simulation", ("tests/simulation",)),
)


def main() -> int:
    wanted = sys.argv[1:]
    results = [_run(job) for job in JOBS if not wanted or job.name in wanted]
    print("\nJobs of this run")
    for job, seconds, code in results:
        print(f"  {'ok    ' if code == 0 else 'FAILED'} {seconds:7.1f} s  {job.name}")
    return 1 if any(code for _, _, code in results) else 0


def _run(job: Job) -> tuple[Job, float, int]:
    print(f"\n=== {job.name}", flush=True)
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *job.arguments]
    code = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **dict(job.environment)}, check=False
    ).returncode
    return job, time.monotonic() - started, code


if __name__ == "__main__":
    raise SystemExit(main())
