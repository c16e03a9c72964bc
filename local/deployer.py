"""Deploys a synthesised cloud assembly to the local cloud: `python -m local.deployer cdk.out`.

The same templates as the cloud gets, minus what left_out.json names, each time said aloud. Assets
whose hash is there already are not published again, so a second deployment takes a moment.
"""

import argparse
import hashlib
import io
import json
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.assemblies import (
    AssemblyError,
    Asset,
    Stack,
    Template,
    cut,
    read_assembly,
    read_left_out,
    undeployable_types,
)
from local.clouds import Cloud
from local.ports import ROOT, emulator_port

Say = Callable[[str], None]
# Each stack's outputs by key, by stack name.
Outputs = dict[str, dict[str, str]]

_BOOTSTRAP_VERSION = "30"
_WAIT_SECONDS = 120
_LOOK_EVERY_SECONDS = 0.05
# A stack that never came up cannot be updated; it is removed first.
_UNUSABLE = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}


class DeploymentFailed(Exception):
    """A stack did not come up; the sentence names the resource and the reason."""


def deploy(
    assembly: Path,
    cloud: Cloud,
    *,
    parameters: Mapping[str, str] | None = None,
    only: Sequence[str] = (),
    say: Say = print,
) -> Outputs:
    """Deploys the assembly's stacks (or only those named) in the order of their dependencies.

    parameters go to each stack that declares them, such as AuthStackName. Returns the outputs.

    Raises:
        AssemblyError: a resource type is neither deployable here nor left out on purpose.
        DeploymentFailed: a stack did not come up.
    """
    stacks = [stack for stack in read_assembly(assembly) if not only or stack.name in only]
    left_out = read_left_out()
    unknown = undeployable_types((stack.template for stack in stacks), left_out)
    if unknown:
        raise AssemblyError(
            f"The local cloud cannot deploy {', '.join(sorted(unknown))}: use another resource, "
            "or leave it out on purpose in local/left_out.json."
        )
    outputs: Outputs = {}
    for stack in stacks:
        began = time.monotonic()
        template, lines = cut(stack.template, left_out)
        for line in lines:
            say(f"  left out of {stack.name}: {line}")
        published = _publish(stack, template, cloud)
        values = _parameter_values(stack, template, {**stack.parameters, **(parameters or {})})
        outcome = StackDeployment(stack.name, cloud).run(template, values)
        outputs[stack.name] = _outputs(cloud, stack.name)
        seconds = time.monotonic() - began
        say(f"  {stack.name}: {outcome}, {published} assets published ({seconds:.1f} s)")
    return outputs


def _publish(stack: Stack, template: Template, cloud: Cloud) -> int:
    """Puts the assets that the template still refers to where it expects them. Returns how many."""
    s3 = cloud.client("s3")
    text = json.dumps(template)
    account = cloud.client("sts").get_caller_identity()["Account"]
    published = 0
    for asset in stack.assets:
        if asset.hash not in text and asset.key not in text:
            continue
        bucket, key = (_filled(name, account, cloud.region) for name in (asset.bucket, asset.key))
        _ensure_bucket(s3, bucket, cloud.region)
        if not _exists(s3, bucket, key):
            s3.put_object(Bucket=bucket, Key=key, Body=_content(asset))
            published += 1
    return published


def _filled(name: str, account: str, region: str) -> str:
    return (
        name.replace("${AWS::AccountId}", account)
        .replace("${AWS::Region}", region)
        .replace("${AWS::Partition}", "aws")
    )


def _content(asset: Asset) -> bytes:
    # The emulator takes a function without code and answers for it: never let that happen.
    if not asset.source.exists():
        raise AssemblyError(f"The asset {asset.source} does not exist: synthesise again.")
    if not asset.is_directory:
        return asset.source.read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(asset.source.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(asset.source))
    return buffer.getvalue()


def _ensure_bucket(s3: Any, bucket: str, region: str) -> None:
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})


def _exists(s3: Any, bucket: str, key: str) -> bool:
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError:
        return False
    return True


def _parameter_values(
    stack: Stack, template: Template, values: Mapping[str, str]
) -> list[dict[str, str]]:
    declared = template.get("Parameters", {})
    missing = [
        name for name, about in declared.items() if "Default" not in about and name not in values
    ]
    if missing:
        raise DeploymentFailed(f"{stack.name} needs a value for {', '.join(sorted(missing))}.")
    return [
        {"ParameterKey": name, "ParameterValue": values[name]}
        for name in declared
        if name in values
    ]


class StackDeployment:
    """Creates or updates one stack and waits for it."""

    def __init__(self, name: str, cloud: Cloud) -> None:
        self._name = name
        self._cloud = cloud
        self._api = cloud.client("cloudformation")

    def run(self, template: Template, parameters: list[dict[str, str]]) -> str:
        self._note_bootstrap_version(template)
        request = {
            "StackName": self._name,
            "TemplateURL": self._upload(template),
            "Parameters": parameters,
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        }
        status = self._status()
        try:
            if status in _UNUSABLE:
                self._api.delete_stack(StackName=self._name)
                self._wait()
                status = None
            if status is None:
                self._api.create_stack(**request)
            else:
                self._api.update_stack(**request)
        except ClientError as error:
            reason = error.response["Error"]["Message"]
            if "No updates are to be performed" in reason:
                return "unchanged"
            raise DeploymentFailed(f"{self._name}: {reason}") from error
        self._wait()
        return "created" if status is None else "updated"

    def _wait(self) -> None:
        deadline = time.monotonic() + _WAIT_SECONDS
        status = self._status()
        while status is not None and status.endswith("_IN_PROGRESS"):
            if time.monotonic() > deadline:
                raise DeploymentFailed(f"{self._name} is still {status} after {_WAIT_SECONDS} s.")
            time.sleep(_LOOK_EVERY_SECONDS)
            status = self._status()
        if status not in {None, "CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"}:
            raise DeploymentFailed(f"{self._name} ended in {status}. {self._first_failure()}")

    def _status(self) -> str | None:
        try:
            found = self._api.describe_stacks(StackName=self._name)["Stacks"]
        except ClientError:
            return None
        status = str(found[0]["StackStatus"]) if found else None
        return None if status == "DELETE_COMPLETE" else status

    def _first_failure(self) -> str:
        events = self._api.describe_stack_events(StackName=self._name)["StackEvents"]
        failed = [
            event
            for event in events
            if event["ResourceStatus"].endswith("_FAILED")
            and "cancelled" not in event.get("ResourceStatusReason", "")
        ]
        if not failed:
            return "No resource reported a failure."
        first = min(failed, key=lambda event: event["Timestamp"])
        reason = first.get("ResourceStatusReason", "no reason given")
        return f"{first['LogicalResourceId']} ({first['ResourceType']}): {reason}"

    def _upload(self, template: Template) -> str:
        """By address, because a template sent in the request may have 51,200 bytes at most."""
        s3 = self._cloud.client("s3")
        body = json.dumps(template, indent=1).encode()
        key = f"{self._name}/{hashlib.sha256(body).hexdigest()}.json"
        _ensure_bucket(s3, "local-templates", self._cloud.region)
        s3.put_object(Bucket="local-templates", Key=key, Body=body)
        return f"{self._cloud.endpoint}/local-templates/{key}"

    def _note_bootstrap_version(self, template: Template) -> None:
        """What `cdk bootstrap` leaves behind and the templates of the CDK ask for."""
        parameter = template.get("Parameters", {}).get("BootstrapVersion", {}).get("Default")
        if parameter:
            self._cloud.client("ssm").put_parameter(
                Name=parameter, Value=_BOOTSTRAP_VERSION, Type="String", Overwrite=True
            )


def _outputs(cloud: Cloud, stack_name: str) -> dict[str, str]:
    described = cloud.client("cloudformation").describe_stacks(StackName=stack_name)
    return {
        output["OutputKey"]: output["OutputValue"]
        for output in described["Stacks"][0].get("Outputs", [])
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Deploy a cloud assembly to the local cloud.")
    parser.add_argument("assembly", type=Path, nargs="?", default=ROOT / "cdk.out")
    parser.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--stack", action="append", default=[], help="only this stack")
    options = parser.parse_args()
    parameters = dict(pair.split("=", 1) for pair in options.parameter)
    try:
        outputs = deploy(
            options.assembly,
            Cloud(endpoint=emulator_port().url),
            parameters=parameters,
            only=options.stack,
        )
    except (AssemblyError, DeploymentFailed) as error:
        raise SystemExit(f"Not deployed. {error}") from None
    print(json.dumps(outputs, indent=2))


if __name__ == "__main__":
    main()
