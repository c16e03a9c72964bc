"""Starts the AWS emulator with our corrections: `python -m local.emulator.launcher`.

The corrections are written against the internals of one version. Any other version runs as it is,
with a warning, so that an upgrade is a deliberate step: run tests/local against it first.
"""

import argparse
import sys
from importlib.metadata import version

PATCHED_VERSION = "1.5.33"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="The local AWS emulator with corrected streams.")
    parser.add_argument("--stock", action="store_true", help="run the emulator uncorrected")
    parser.add_argument("--ttl-sweep-seconds", type=float, default=10.0)
    options = parser.parse_args(arguments)
    if not options.stock:
        _correct(version("ministack"), options.ttl_sweep_seconds)
    # The emulator reads its settings from the environment when it is imported; main() parses argv.
    from ministack.app import main as serve  # noqa: PLC0415 - only after the corrections

    sys.argv = sys.argv[:1]
    serve()


def _correct(installed: str, ttl_sweep_seconds: float) -> None:
    if installed != PATCHED_VERSION:
        print(
            f"WARNING: the corrections are for ministack {PATCHED_VERSION}, not {installed}: it "
            "runs uncorrected, and a failed stream record is lost locally.",
            file=sys.stderr,
        )
        return
    # Streams first: that import keeps the stock TTL thread from starting.
    from local.emulator import stream_patches  # noqa: I001, PLC0415 - imports ministack, in order
    from local.emulator import deployment_patches, speed_patches  # noqa: PLC0415 - likewise

    stream_patches.apply(ttl_sweep_seconds=ttl_sweep_seconds)
    deployment_patches.apply()
    speed_patches.apply()


if __name__ == "__main__":
    main()
