"""`make test`: every test job in turn, each with its time, and one verdict at the end."""

import os
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import cast

ROOT = Path(__file__).resolve().parents[1]
# Tests run in another order each time; TEST_SEED gives an order that failed once more.
SEED = int(os.environ.get("TEST_SEED") or secrets.randbelow(2**32))


@dataclass(frozen=True)
class Job:
    name: str
    arguments: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def is_shuffled(self) -> bool:
        return "no:randomly" not in self.arguments


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
    for job, seconds, code, _ in results:
        print(f"  {'ok    ' if code == 0 else 'FAILED'} {seconds:7.1f} s  {job.name}")
    # Last, because whoever keeps only the end of a long log needs these lines of it.
    for job, _, code, lines in results:
        if code:
            print(f"\n{job.name}{_order(job)}: pytest ended with {code}", *lines, sep="\n  ")
    return 1 if any(code for _, _, code, _ in results) else 0


def _order(job: Job) -> str:
    return f" (TEST_SEED={SEED})" if job.is_shuffled else ""


def _run(job: Job) -> tuple[Job, float, int, list[str]]:
    """The lines are pytest's own short ones: which tests failed, and the first line of why."""
    print(f"\n=== {job.name}{_order(job)}", flush=True)
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *job.arguments]
    if job.is_shuffled:
        command.append(f"--randomly-seed={SEED}")
    lines: list[str] = []
    with subprocess.Popen(
        command,
        cwd=ROOT,
        # As wide as a message needs: pytest cuts its short lines at the terminal's edge.
        env={**os.environ, "COLUMNS": "160", **dict(job.environment)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        # As it comes, so that a waiting person sees the dots come.
        line = b""
        output = cast(BufferedReader, process.stdout)
        while piece := output.read1(4096):
            sys.stdout.buffer.write(piece)
            sys.stdout.flush()
            *ended, line = (line + piece).split(b"\n")
            lines += [
                text.decode(errors="replace")
                for text in ended
                if text.startswith((b"FAILED ", b"ERROR "))
            ]
    return job, time.monotonic() - started, process.returncode, lines


if __name__ == "__main__":
    raise SystemExit(main())
