"""`python -m tests.infrastructure.synthesise_all FOLDER`: every variant, in one process.

The CDK takes most of its time to start.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")

from cdk_stack.application import synthesise
from tests.infrastructure.assemblies import VARIANTS, settings_of

if __name__ == "__main__":
    for name in VARIANTS:
        synthesise(settings_of(name), Path(sys.argv[1]) / name)
