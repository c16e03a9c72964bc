"""Reads a synthesised cloud assembly (cdk.out) and cuts from it what stays out locally."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

LEFT_OUT_FILE = Path(__file__).with_name("left_out.json")

Template = dict[str, Any]


class AssemblyError(Exception):
    """The assembly cannot be deployed locally; the sentence says what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file or directory that a template expects at bucket/key. Names may hold ${AWS::…}."""

    hash: str
    source: Path
    is_directory: bool
    bucket: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A stack as synthesised. artifact is its id in the manifest, name the one it deploys under."""

    artifact: str
    name: str
    template: Template
    assets: tuple[Asset, ...]
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What local leaves out, each with why: resource types, resources that have a property, and
    properties, the last two by resource type.
    """

    types: Mapping[str, str]
    resources_with: Mapping[str, Mapping[str, str]]
    properties: Mapping[str, Mapping[str, str]]

    def takes(self, resource: Mapping[str, Any]) -> bool:
        """Whether the whole resource goes."""
        unwanted = set(self.resources_with.get(resource["Type"], {}))
        return resource["Type"] in self.types or bool(
            unwanted & set(resource.get("Properties", {}))
        )


def read_left_out(path: Path = LEFT_OUT_FILE) -> LeftOut:
    content = json.loads(path.read_text())
    return LeftOut(
        types=content["resource_types"],
        resources_with=content["resources_with_property"],
        properties=content["properties"],
    )


def read_assembly(directory: Path) -> list[Stack]:
    """The stacks of the assembly, each after those it depends on.

    Raises:
        AssemblyError: there is no manifest.
    """
    manifest_file = directory / "manifest.json"
    if not manifest_file.exists():
        raise AssemblyError(f"{manifest_file} does not exist: synthesise first (make synth).")
    artifacts = json.loads(manifest_file.read_text())["artifacts"]
    order = TopologicalSorter(
        {name: artifact.get("dependencies", []) for name, artifact in artifacts.items()}
    ).static_order()
    return [
        _stack(directory, name, artifacts)
        for name in order
        if name in artifacts and artifacts[name]["type"] == "aws:cloudformation:stack"
    ]


def _stack(directory: Path, name: str, artifacts: Mapping[str, Any]) -> Stack:
    artifact = artifacts[name]
    properties = artifact["properties"]
    manifests = (
        artifacts[dependency]["properties"]["file"]
        for dependency in artifact.get("dependencies", [])
        if artifacts.get(dependency, {}).get("type") == "cdk:asset-manifest"
    )
    template_file = directory / properties["templateFile"]
    assets = (asset for manifest in manifests for asset in _assets(directory / manifest))
    return Stack(
        artifact=name,
        name=properties.get("stackName", name),
        template=json.loads(template_file.read_text()),
        assets=tuple(asset for asset in assets if asset.source != template_file),
        parameters=properties.get("parameters", {}),
    )


def _assets(manifest: Path) -> list[Asset]:
    files = json.loads(manifest.read_text()).get("files", {})
    return [
        Asset(
            hash=asset_hash,
            source=manifest.parent / entry["source"]["path"],
            is_directory=entry["source"]["packaging"] == "zip",
            bucket=destination["bucketName"],
            key=destination["objectKey"],
        )
        for asset_hash, entry in files.items()
        if "path" in entry["source"]
        for destination in entry["destinations"].values()
    ]


def resource_types(templates: Iterable[Template]) -> set[str]:
    return {
        resource["Type"]
        for template in templates
        for resource in template.get("Resources", {}).values()
    }


def undeployable_types(templates: Iterable[Template], left_out: LeftOut) -> set[str]:
    """The resource types that the emulator does not know and that nobody decided to leave out."""
    # Only here: importing the emulator's provisioners takes a good second.
    from ministack.services.cloudformation import provisioners  # noqa: PLC0415 - see above

    known = set(provisioners._RESOURCE_HANDLERS)  # noqa: SLF001 - there is no public list
    found = resource_types(templates) - set(left_out.types) - known
    return {name for name in found if not name.startswith("Custom::")}


def cut(template: Template, left_out: LeftOut) -> tuple[Template, list[str]]:
    """The template without what is left out, and one line for each thing that was cut.

    Raises:
        AssemblyError: something that stays refers to something that goes.
    """
    resources = template.get("Resources", {})
    gone = {name for name, resource in resources.items() if left_out.takes(resource)}
    lines = [f"{resources[name]['Type']} {name}" for name in sorted(gone)]
    kept: dict[str, Any] = {}
    for name, resource in resources.items():
        if name not in gone:
            kept[name], cut_properties = _cut_resource(resource, gone, left_out)
            lines += [f"{resource['Type']} {name}: {property_}" for property_ in cut_properties]
    outputs = {
        name: output
        for name, output in template.get("Outputs", {}).items()
        if not gone & set(_references(output))
    }
    for name, resource in kept.items():
        dangling = sorted(gone & set(_references(resource)))
        if dangling:
            raise AssemblyError(
                f"{name} ({resource['Type']}) refers to {', '.join(dangling)}, "
                f"which {LEFT_OUT_FILE.name} leaves out: only leaves can be left out."
            )
    return {**template, "Resources": kept, "Outputs": outputs}, lines


def _cut_resource(
    resource: dict[str, Any], gone: set[str], left_out: LeftOut
) -> tuple[dict[str, Any], list[str]]:
    unwanted = left_out.properties.get(resource["Type"], {})
    properties = resource.get("Properties", {})
    result = dict(resource)
    if properties:
        result["Properties"] = {k: v for k, v in properties.items() if k not in unwanted}
    depends = resource.get("DependsOn", [])
    depends = [depends] if isinstance(depends, str) else depends
    result["DependsOn"] = [name for name in depends if name not in gone]
    if not result["DependsOn"]:
        del result["DependsOn"]
    return result, [name for name in properties if name in unwanted]


def _references(value: Any) -> Iterable[str]:
    """Logical ids that a part of a template refers to by Ref, Fn::GetAtt or Fn::Sub."""
    if isinstance(value, list):
        for part in value:
            yield from _references(part)
    elif isinstance(value, dict):
        for key, part in value.items():
            if key == "Ref":
                yield part
            elif key == "Fn::GetAtt":
                yield part[0] if isinstance(part, list) else part.split(".")[0]
            elif key == "Fn::Sub":
                yield from _placeholders(part[0] if isinstance(part, list) else part)
                yield from _references(part[1:] if isinstance(part, list) else [])
            else:
                yield from _references(part)


def _placeholders(text: str) -> Iterable[str]:
    for piece in text.split("${")[1:]:
        yield piece.split("}")[0].split(".")[0]
