"""The platform as it is deployed here: what the stacks put out, and where the market is."""

import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from local.addresses import PREFIX
from local.api_client import Api
from local.clouds import Cloud
from local.deployer import deploy
from local.market import Market
from local.ports import ROOT, emulator_port, simulator_port

AUTH, OPTIONS, ENGINE = (
    f"{PREFIX}-{name}-stack" for name in ("auth-broker", "options-platform", "execution-engine")
)
# What a template or an asset is made of.
_SOURCES = ("app.py", "cdk.json", "cdk_stack", "lambda_functions", "shared_utils", "config")


@dataclass(frozen=True)
class Deployed:
    """`outputs` by stack and key, as CloudFormation gives them."""

    cloud: Cloud
    outputs: dict[str, dict[str, str]]
    market: Market

    @property
    def api(self) -> Api:
        auth = self.outputs[AUTH]["ApiUrl"].rstrip("/")
        return Api(
            {
                "auth": auth,
                "brokers": auth,
                "options": self.outputs[OPTIONS]["ApiUrl"].rstrip("/"),
                "execution": self.outputs[ENGINE]["ApiUrl"].rstrip("/"),
            }
        )

    @property
    def user_pool_id(self) -> str:
        return self.outputs[AUTH]["UserPoolId"]

    @property
    def callback_url(self) -> str:
        return f"{self.outputs[AUTH]['ApiUrl'].rstrip('/')}/brokers/oauth/zerodha/callback"


def local_overrides(emulator_url: str, simulator_url: str) -> dict[str, str]:
    """The local environment's endpoints, at the ports of this run."""
    return {
        "public_endpoint": emulator_url,
        "market_clock_url": f"{simulator_url}/clock",
        "simulated_market_url": f"{simulator_url}/market",
        "broker_endpoints.zerodha.api": simulator_url,
        "broker_endpoints.zerodha.login": f"{simulator_url}/connect/login",
    }


def synthesised(state: Path, overrides: dict[str, str], say: Callable[[str], None]) -> Path:
    """The local environment's assembly; made anew only when something it is made of has changed."""
    assembly, stamp = state / "cdk.out", state / "cdk.stamp"
    wanted = _fingerprint(overrides)
    if (assembly / "manifest.json").exists() and stamp.exists() and stamp.read_text() == wanted:
        say("  templates are up to date")
        return assembly
    command = [sys.executable, "-m", "cdk_stack.synthesise", "--environment", "local"]
    command += ["--out", str(assembly)]
    for key, value in overrides.items():
        command += ["--set", f"{key}={value}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"The templates could not be synthesised.\n{done.stderr[-3000:]}")
    stamp.write_text(wanted)
    return assembly


def deployed(state: Path, say: Callable[[str], None]) -> Deployed:
    """Synthesises what has changed and deploys it to the running emulator."""
    emulator, simulator = emulator_port().url, simulator_port().url
    assembly = synthesised(state, local_overrides(emulator, simulator), say)
    return deployed_from(assembly, Cloud(endpoint=emulator), Market(simulator), say)


def deployed_from(
    assembly: Path, cloud: Cloud, market: Market, say: Callable[[str], None]
) -> Deployed:
    """Deploys an assembly that was synthesised for this cloud and this market."""
    outputs = deploy(
        assembly,
        cloud,
        parameters={"AuthStackName": AUTH, "PlatformStackName": OPTIONS},
        say=say,
    )
    return Deployed(cloud=cloud, outputs=outputs, market=market)


def _fingerprint(overrides: dict[str, str]) -> str:
    digest = hashlib.sha256(repr(sorted(overrides.items())).encode())
    for path in _files():
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _files() -> Iterator[Path]:
    for name in _SOURCES:
        source = ROOT / name
        if source.is_file():
            yield source
        else:
            found = (path for path in source.rglob("*") if path.suffix in {".py", ".json"})
            yield from sorted(path for path in found if "__pycache__" not in path.parts)
