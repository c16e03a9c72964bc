"""What the emulator's CloudFormation forgets about tables, corrected for ministack 1.5.33.

A table's TimeToLiveSpecification was accepted and dropped, so that nothing ever expired.
"""

from collections.abc import Callable
from typing import Any

from ministack.services import dynamodb
from ministack.services.cloudformation import provisioners


def apply() -> None:
    for type_ in ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"):
        handler = provisioners._RESOURCE_HANDLERS[type_]
        handler["create"] = _creating(handler["create"])
        handler["update"] = _updating(handler["update"])


def _creating(stock: Callable[..., Any]) -> Callable[..., Any]:
    def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        created = stock(logical_id, props, stack_name)
        _set_ttl(created[0], props)
        return created

    return create


def _updating(stock: Callable[..., Any]) -> Callable[..., Any]:
    def update(
        physical_id: str, old: dict[str, Any], new: dict[str, Any], *rest: Any, **named: Any
    ) -> Any:
        updated = stock(physical_id, old, new, *rest, **named)
        _set_ttl(updated[0] if isinstance(updated, tuple) else physical_id, new)
        return updated

    return update


def _set_ttl(table: str, props: dict[str, Any]) -> None:
    wanted = props.get("TimeToLiveSpecification") or {}
    # Templates may carry the flag as text; CloudFormation reads both.
    enabled = str(wanted.get("Enabled", False)).lower() == "true"
    attribute = wanted.get("AttributeName")
    if enabled and attribute:
        dynamodb._ttl_settings[table] = {
            "TimeToLiveStatus": "ENABLED",
            "AttributeName": attribute,
        }
    else:
        dynamodb._ttl_settings.pop(table, None)
