"""The API's document (OpenAPI 3.1), made from the very declarations that serve it."""

import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import TypeAdapter

from shared_utils.api.bodies import MAX_BODY_BYTES, adapter_of
from shared_utils.api.errors import BodyTooLarge, TooManyRequests, Unauthenticated, status_of
from shared_utils.api.live_messages import LIVE_MESSAGES
from shared_utils.api.openapi_examples import example_of
from shared_utils.api.operations import Operation
from shared_utils.domain.errors import (
    Conflict,
    DomainError,
    InvalidInput,
    NotFound,
    RuleBroken,
    Unavailable,
)
from shared_utils.domain.ids import Kind

Schema = dict[str, Any]

_REF = "#/components/schemas/{model}"
_PATH_PARAMETER = re.compile(r"\{(\w+)\}")
_KINDS = {
    "basket_id": Kind.BASKET,
    "strategy_id": Kind.STRATEGY,
    "leg_id": Kind.LEG,
    "allocation_id": Kind.ALLOCATION,
    "subscription_id": Kind.SUBSCRIPTION,
    "execution_id": Kind.EXECUTION,
    "order_id": Kind.ORDER,
    "position_id": Kind.POSITION,
    "template_id": Kind.TEMPLATE,
}
_MEANINGS = {
    HTTPStatus.BAD_REQUEST: "A field has the wrong shape; the details name each one.",
    HTTPStatus.UNAUTHORIZED: "No valid token.",
    HTTPStatus.FORBIDDEN: "It may be seen, but not changed.",
    HTTPStatus.NOT_FOUND: "Missing, or somebody else's.",
    HTTPStatus.CONFLICT: "It exists already, or has moved on since it was read.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: f"A body has at most {MAX_BODY_BYTES // 1024} KB.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The shape is right, a rule is broken; all of them are named.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests; try again in a moment.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong on our side.",
    HTTPStatus.SERVICE_UNAVAILABLE: "What is needed to act safely is missing; nothing was changed.",
}
_ERROR_SCHEMA: Schema = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "details", "request_id"],
            "properties": {
                "code": {"type": "string", "description": "Stable: programs may branch on it."},
                "message": {"type": "string", "description": "One clear sentence."},
                "details": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["field", "problem"],
                        "properties": {
                            "field": {"type": "string"},
                            "problem": {"type": "string"},
                        },
                    },
                },
                "request_id": {"type": "string"},
            },
        }
    },
}


def document(operations: Sequence[Operation], *, title: str, version: str) -> Schema:
    """The whole document. Raises ValueError when two operations claim one route or one id."""
    _require_distinct(operations)
    refs, schemas = _schemas(operations)
    paths: Schema = {}
    for operation in sorted(operations, key=lambda each: (each.path, each.method)):
        described = _described(operation, refs, schemas)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": _INTRODUCTION},
        "security": [{"cognito": []}],
        "tags": [{"name": tag} for tag in sorted({each.tag for each in operations})],
        "paths": paths,
        "components": {
            "schemas": dict(sorted({**schemas, "Error": _ERROR_SCHEMA}.items())),
            "securitySchemes": {
                "cognito": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


_INTRODUCTION = (
    "Money is a JSON number with exactly two decimals (rupees), times are UTC ISO-8601; the times "
    "of a schedule are India time. Lists come in pages: pass `cursor` on until it is null. Creates "
    "accept an `Idempotency-Key`: the same key and body get the first answer again. The WebSocket "
    "sends the messages `OrderStatusMessage` and `PositionUpdateMessage`."
)


def _require_distinct(operations: Iterable[Operation]) -> None:
    seen: set[str] = set()
    for operation in operations:
        for claim in (f"{operation.method} {operation.path}", operation.operation_id):
            if claim in seen:
                raise ValueError(f"{claim} is declared twice")
            seen.add(claim)


def _schemas(operations: Iterable[Operation]) -> tuple[dict[str, Schema], dict[str, Schema]]:
    """Each model's schema or reference by operation and role, and the named schemas."""
    inputs: list[tuple[str, Any, TypeAdapter[Any]]] = []
    for each in operations:
        for role, model in (("request", each.request), ("query", each.query)):
            if model is not None:
                inputs.append((f"{each.operation_id}.{role}", "validation", adapter_of(model)))
        if each.response is not None:
            inputs.append(
                (f"{each.operation_id}.response", "serialization", adapter_of(each.response))
            )
    inputs += [(each.__name__, "serialization", adapter_of(each)) for each in LIVE_MESSAGES]
    found, definitions = TypeAdapter.json_schemas(inputs, ref_template=_REF)
    named: dict[str, Schema] = {
        name: _plain_numbers(schema) for name, schema in definitions.get("$defs", {}).items()
    }
    return {key: _plain_numbers(schema) for (key, _), schema in found.items()}, named


_BOUNDS = {
    "ge": "minimum",
    "le": "maximum",
    "gt": "exclusiveMinimum",
    "lt": "exclusiveMaximum",
}


def _plain_numbers(schema: Any) -> Any:
    """Decimal defaults are texts to pydantic; on the wire they are numbers. Bounds that it finds
    behind an annotation come out under its own words instead of the standard's.
    """
    if isinstance(schema, list):
        return [_plain_numbers(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {_standard(name, value): _plain_numbers(value) for name, value in schema.items()}
    if plain.get("type") == "number" and isinstance(plain.get("default"), str):
        plain["default"] = float(plain["default"])
    return plain


def _standard(name: str, value: Any) -> str:
    return _BOUNDS.get(name, name) if isinstance(value, int | float) else name


def _described(operation: Operation, refs: dict[str, Schema], schemas: dict[str, Schema]) -> Schema:
    described: Schema = {
        "operationId": operation.operation_id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": [
            *_path_parameters(operation),
            *_query_parameters(operation, refs, schemas),
            *_headers(operation),
        ],
        "responses": {
            str(operation.status): _success(operation, refs, schemas),
            **_failures(operation),
        },
    }
    if operation.public:
        described["security"] = []
    if operation.request is not None:
        schema = refs[f"{operation.operation_id}.request"]
        example = operation.example or example_of(schema, schemas)
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema, "example": example}},
        }
    return described


def _path_parameters(operation: Operation) -> list[Schema]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _path_schema(name)}
        for name in _PATH_PARAMETER.findall(operation.path)
    ]


def _path_schema(name: str) -> Schema:
    kind = _KINDS.get(name)
    if kind is None:
        return {"type": "string", "minLength": 1}
    example = f"{kind}_01JD9G5FAVRZ3NDEKTSV4RRFFQ"
    return {"type": "string", "pattern": f"^{kind}_[0-9A-Z]{{26}}$", "examples": [example]}


def _query_parameters(
    operation: Operation, refs: dict[str, Schema], schemas: dict[str, Schema]
) -> list[Schema]:
    if operation.query is None:
        return []
    schema = refs[f"{operation.operation_id}.query"]
    schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    required = set(schema.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": each}
        for name, each in schema.get("properties", {}).items()
    ]


def _headers(operation: Operation) -> list[Schema]:
    if not operation.idempotent:
        return []
    schema = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"}
    return [{"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema}]


def _success(operation: Operation, refs: dict[str, Schema], schemas: dict[str, Schema]) -> Schema:
    described: Schema = {"description": operation.summary or "Done."}
    if operation.response is not None:
        schema = refs[f"{operation.operation_id}.response"]
        example = example_of(schema, schemas)
        described["content"] = {"application/json": {"schema": schema, "example": example}}
    return described


def _failures(operation: Operation) -> dict[str, Schema]:
    by_status: dict[HTTPStatus, type[DomainError]] = {}
    for error in _errors_of(operation):
        by_status.setdefault(status_of(error), error)
    return {
        str(int(status)): {
            "description": _MEANINGS[status],
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/Error"},
                    "example": _error_example(error, _MEANINGS[status]),
                }
            },
        }
        for status, error in sorted(by_status.items())
    }


def _errors_of(operation: Operation) -> list[type[DomainError]]:
    errors = [*operation.errors, TooManyRequests, DomainError, Unavailable]
    if operation.request is not None or operation.query is not None:
        errors.append(InvalidInput)
    if operation.request is not None:
        errors.append(BodyTooLarge)
    if operation.idempotent:
        errors += [InvalidInput, RuleBroken, Conflict]
    if not operation.public:
        errors.append(Unauthenticated)
    if "{" in operation.path:
        errors.append(NotFound)
    return errors


def _error_example(error: type[DomainError], meaning: str) -> Schema:
    details = []
    if issubclass(error, InvalidInput) and error is not BodyTooLarge:
        details = [{"field": "name", "problem": "is required"}]
    body = {"code": error.code, "message": meaning, "details": details, "request_id": "c6af9ac6"}
    return {"error": body}
