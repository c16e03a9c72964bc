"""The walk of docs/walk.sh: from sign-up to an invoice with curl alone, as it is printed there."""

import os
import subprocess
from urllib.parse import urlsplit

import pytest

from local.ports import ROOT
from tests.platforms import Platform

pytestmark = [pytest.mark.emulator, pytest.mark.slow]


def test_the_walk_goes_from_sign_up_to_an_invoice_and_back(platform: Platform) -> None:
    port = urlsplit(platform.deployed.cloud.endpoint).port
    done = subprocess.run(  # noqa: S603 - our own script
        [str(ROOT / "docs" / "walk.sh")],
        env={**os.environ, "LOCAL_EMULATOR_PORT": str(port)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    assert done.stdout.endswith("Walked from sign-up to invoice and back.\n")
