"""`make stop` and `make reset`: by pid; the state stays unless it is to be forgotten."""

import shutil
import sys
from pathlib import Path

from local import processes
from local.ports import docs_port, emulator_port, simulator_port, state_directory


def stop_all(state: Path) -> list[str]:
    """The names of what was running."""
    names = (docs_port().name, emulator_port().name, simulator_port().name)
    return [name for name in names if processes.stop(name, state)]


def main() -> int:
    state = state_directory()
    stopped = stop_all(state)
    print(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")
    if "--forget" in sys.argv[1:]:
        shutil.rmtree(state, ignore_errors=True)
        print(f"The state in {state} is forgotten.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
