"""The emulator as a program: its command line and the whole of its environment."""

import os
import sys
from pathlib import Path

from local.ports import HOST, REGION, Port
from local.processes import Program

# With AUTH on, this key is the account's root: it may do all, as the deployer in the cloud may.
ROOT_KEY = "test"
ROOT_SECRET = "test"  # noqa: S105 - the emulator's published default, not a secret
ACCOUNT = "000000000000"

# What the stacks use; everything else answers that it is off.
SERVICES = (
    "apigateway",
    "backup",
    "cloudformation",
    "cognito-idp",
    "dynamodb",
    "dynamodbstreams",
    "events",
    "iam",
    "kms",
    "lambda",
    "lambda-core",
    "logs",
    "monitoring",
    "s3",
    "scheduler",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "sts",
    "tagging",
    "wafv2",
)


def emulator_program(
    *,
    port: Port,
    state: Path,
    persist: bool,
    enforce_iam: bool = False,
    stock: bool = False,
    ttl_sweep_seconds: float = 10,
) -> Program:
    """The emulator on a port. state holds its saved state (if it persists) and temporary files."""
    temporary = state / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    corrections = ["--stock"] if stock else ["--ttl-sweep-seconds", str(ttl_sweep_seconds)]
    return Program(
        name=port.name,
        command=[sys.executable, "-m", "local.emulator.launcher", *corrections],
        port=port,
        health="/_ministack/health",
        environment={
            **_environment(port, temporary),
            "AUTH": "true" if enforce_iam else "false",
            "PERSIST_STATE": "1" if persist else "0",
            "S3_PERSIST": "1" if persist else "0",
            "STATE_DIR": str(state / "cloud"),
            "S3_DATA_DIR": str(state / "cloud" / "s3"),
        },
    )


def _environment(port: Port, temporary: Path) -> dict[str, str]:
    """Functions inherit it, so nothing of the caller's shell goes in but the path."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(temporary),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONUNBUFFERED": "1",
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port.number),
        "MINISTACK_HOST": HOST,
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "SERVICES": ",".join(SERVICES),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
    }
