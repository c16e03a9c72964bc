"""The synthesised stacks as data, for assertions."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cdk_stack.settings import Settings

# The environments as they are deployed; production with our own stack 1, which it imports.
VARIANTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "local": ("local", {}),
    "dev": ("dev", {}),
    "staging": ("staging", {}),
    "production": ("production", {"auth_broker.mode": "create"}),
}
COMPLETE = ("local", "production")

Resource = Mapping[str, Any]


def settings_of(variant: str) -> Settings:
    environment, overrides = VARIANTS[variant]
    return Settings.read(environment, overrides)


@dataclass(frozen=True)
class Template:
    """One stack's CloudFormation template."""

    name: str
    body: Mapping[str, Any]

    def of_type(self, kind: str) -> dict[str, Resource]:
        """Resources of a type such as AWS::SQS::Queue, by logical id."""
        return {
            logical_id: resource
            for logical_id, resource in self.body["Resources"].items()
            if resource["Type"] == kind
        }

    def properties(self, kind: str) -> list[Mapping[str, Any]]:
        return [resource.get("Properties", {}) for resource in self.of_type(kind).values()]

    def resource(self, reference: Any) -> Resource:
        """What a Ref or Fn::GetAtt points to."""
        logical_id = reference.get("Ref") or reference["Fn::GetAtt"][0]
        found: Resource = self.body["Resources"][logical_id]
        return found


class Assembly:
    """A folder written by the CDK for one environment."""

    def __init__(self, folder: Path, environment: str) -> None:
        self.folder = folder
        self.environment = environment
        self.prefix = f"ql-algo-trading-{environment}"

    @cached_property
    def templates(self) -> dict[str, Template]:
        """By the stack's short name: auth-broker, options-platform, execution-engine."""
        found = {}
        for file in sorted(self.folder.glob("*.template.json")):
            name = file.name.removesuffix(".template.json")
            short = name.removeprefix(f"{self.prefix}-").removesuffix("-stack")
            found[short] = Template(name=name, body=json.loads(file.read_text()))
        return found

    def of_type(self, kind: str) -> Iterator[tuple[Template, str, Resource]]:
        for template in self.templates.values():
            for logical_id, resource in template.of_type(kind).items():
                yield template, logical_id, resource

    def properties(self, kind: str) -> list[Mapping[str, Any]]:
        return [resource.get("Properties", {}) for _, _, resource in self.of_type(kind)]

    @cached_property
    def report(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json.loads((self.folder / "validation-report.json").read_text())
        return found


def statements(template: Template, role: Resource) -> list[Mapping[str, Any]]:
    """Everything a role may do: its own policies and those attached to it."""
    found = [
        statement
        for policy in role["Properties"].get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    for policy in template.properties("AWS::IAM::Policy"):
        if any(template.resource(reference) is role for reference in policy["Roles"]):
            found += policy["PolicyDocument"]["Statement"]
    return found


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
