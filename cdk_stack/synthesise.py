"""`python -m cdk_stack.synthesise --environment dev --out cdk.out`: templates without the CLI."""

import argparse
import os
from pathlib import Path

# jsii warns at its import that Node 20 is old; the platform asks for it, and it works.
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")

from cdk_stack.application import synthesise
from cdk_stack.settings import Settings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--environment", default="dev")
    parser.add_argument("--out", type=Path, default=Path("cdk.out"))
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="overrides a setting of the environment, such as auth_broker.mode=create",
    )
    arguments = parser.parse_args()
    overrides = dict(text.split("=", 1) for text in arguments.set)
    synthesise(Settings.read(arguments.environment, overrides), arguments.out)


if __name__ == "__main__":
    main()
