"""The launcher corrects the version it knows and no other, and binds to loopback only."""

import socket
import urllib.request

import pytest

from local.emulator import launcher
from local.emulator.program import SERVICES
from tests.emulator import Emulator


def test_another_version_runs_uncorrected_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    launcher._correct("1.6.0", 10)

    assert "for ministack 1.5.33, not 1.6.0: it runs uncorrected" in capsys.readouterr().err


@pytest.mark.emulator
def test_it_listens_on_loopback_only_with_the_other_services_off(emulator: Emulator) -> None:
    number = emulator.port.number
    address = f"{emulator.cloud.endpoint}/_ministack/health"
    with urllib.request.urlopen(address) as answer:  # noqa: S310 - our own loopback address
        text = answer.read().decode()
    outside = socket.gethostbyname(socket.gethostname())

    assert all(f'"{name}"' in text for name in SERVICES)
    assert '"ec2"' not in text
    if not outside.startswith("127."):
        with socket.socket() as probe:
            assert probe.connect_ex((outside, number)) != 0
