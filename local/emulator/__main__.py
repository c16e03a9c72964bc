"""`python -m local.emulator start|stop|status`: this checkout's emulator, its state kept."""

import argparse
import shutil

from local import processes
from local.emulator.program import emulator_program
from local.ports import emulator_port, state_directory


def start() -> str:
    """Starts it and returns one line for the terminal. Raises what processes.start raises."""
    state = state_directory()
    port = emulator_port()
    if processes.running_pid(port.name, state) is None:
        # What functions unpacked there when the machine went down.
        shutil.rmtree(state / "tmp", ignore_errors=True)
    pid = processes.start(emulator_program(port=port, state=state, persist=True), state)
    return (
        f"The local cloud answers at {port.url} (pid {pid}); its log is {state / 'emulator.log'}."
    )


def stop() -> str:
    """Stops it, which saves its state, and returns one line for the terminal."""
    stopped = processes.stop(emulator_port().name, state_directory())
    return "The local cloud is stopped; its state is kept." if stopped else "It was not running."


def status() -> str:
    pid = processes.running_pid(emulator_port().name, state_directory())
    return "It is not running." if pid is None else f"It runs at {emulator_port().url} (pid {pid})."


def main() -> None:
    parser = argparse.ArgumentParser(description="Start and stop the local cloud.")
    actions = {"start": start, "stop": stop, "status": status}
    parser.add_argument("action", choices=actions)
    try:
        print(actions[parser.parse_args().action]())
    except processes.AlreadyRunning as running:
        print(running)
    except (processes.ProgramError, ValueError) as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
