"""The API's document (OpenAPI 3.1), made from the very declarations that serve it."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import TypeAdapter

from shared_utils.api.bodies import adapter_of
from shared_utils.api.errors import BodyTooLarge, TooManyRequests, Unauthenticated, status_of
from shared_utils.api.live_messages import LIVE_MESSAGES
from shared_utils.api.openapi_examples import example_of
from shared_utils.api.openapi_parameters import parameters_of
from shared_utils.api.openapi_texts import INTRODUCTION, MEANINGS, TAGS
from shared_utils.api.openapi_words import OF_NAME
from shared_utils.api.operations import Operation
from shared_utils.domain.errors import (
    Conflict,
    DomainError,
    InvalidInput,
    NotFound,
    RuleBroken,
    Unavailable,
)

Schema = dict[str, Any]

_REF = "#/components/schemas/{model}"
_PAGE_EXAMPLE = "<!doctype html><title>Connected. You can close this window.</title>"
_REPLAYED: Schema = {
    "Idempotent-Replayed": {
        "description": "`true` where this is the first answer to the same key, again.",
        "schema": {"type": "string", "const": "true"},
    }
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


def document(
    operations: Sequence[Operation],
    *,
    title: str,
    version: str,
    servers: Mapping[str, Sequence[Schema]] | None = None,
) -> Schema:
    """The whole document; `servers` are by the first segment of the paths they serve.

    Raises ValueError when two operations claim one route or one id, when nothing says what a
    parameter means, and when a field has no example.
    """
    _require_distinct(operations)
    refs, schemas = _schemas(operations)
    paths: Schema = {}
    for operation in sorted(operations, key=lambda each: (each.path, each.method)):
        described = _described(operation, refs, schemas)
        path = paths.setdefault(operation.path, _servers_of(operation.path, servers or {}))
        path[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": INTRODUCTION},
        "security": [{"cognito": []}],
        "tags": _tags(operations),
        "paths": paths,
        "components": {
            "schemas": dict(sorted({**schemas, "Error": _ERROR_SCHEMA}.items())),
            "securitySchemes": {
                "cognito": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


def _servers_of(path: str, servers: Mapping[str, Sequence[Schema]]) -> Schema:
    found = servers.get(path.split("/")[1])
    return {"servers": list(found)} if found else {}


def _tags(operations: Iterable[Operation]) -> list[Schema]:
    return [
        {"name": tag, "description": TAGS[tag]} if tag in TAGS else {"name": tag}
        for tag in sorted({each.tag for each in operations})
    ]


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
    for message in LIVE_MESSAGES:
        schema = named[message.__name__]
        named[message.__name__] = {**schema, "examples": [example_of(schema, named)]}
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
        "parameters": parameters_of(
            operation, refs.get(f"{operation.operation_id}.query"), schemas
        ),
        "responses": {
            str(operation.status): _success(operation, refs, schemas),
            **_failures(operation, refs, schemas),
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


def _success(operation: Operation, refs: dict[str, Schema], schemas: dict[str, Schema]) -> Schema:
    described: Schema = {"description": operation.summary or "Done."}
    if operation.idempotent:
        described["headers"] = _REPLAYED
    if operation.response is not None:
        schema = refs[f"{operation.operation_id}.response"]
        described["content"] = _content(operation, schema, example_of(schema, schemas))
    return described


def _content(operation: Operation, schema: Schema, example: Any) -> Schema:
    content: Schema = {"application/json": {"schema": schema, "example": example}}
    if operation.shows_page:
        content["text/html"] = {"schema": {"type": "string"}, "example": _PAGE_EXAMPLE}
    return content


def _failures(
    operation: Operation, refs: dict[str, Schema], schemas: dict[str, Schema]
) -> dict[str, Schema]:
    by_status: dict[HTTPStatus, type[DomainError]] = {}
    for error in _errors_of(operation):
        by_status.setdefault(status_of(error), error)
    field = _a_field(operation, refs, schemas)
    schema = {"$ref": "#/components/schemas/Error"}
    return {
        str(int(status)): {
            "description": MEANINGS[status],
            "content": _content(operation, schema, _error_example(error, status, field)),
        }
        for status, error in sorted(by_status.items())
    }


def _a_field(operation: Operation, refs: dict[str, Schema], schemas: dict[str, Schema]) -> str:
    """One that a refusal of this operation could name."""
    for role in ("request", "query"):
        schema = refs.get(f"{operation.operation_id}.{role}", {})
        schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        for name in (*schema.get("required", ()), *schema.get("properties", ())):
            return str(name)
    return "Idempotency-Key" if operation.idempotent else "body"


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


def _error_example(error: type[DomainError], status: HTTPStatus, field: str) -> Schema:
    message, details = MEANINGS[status], []
    if status is HTTPStatus.BAD_REQUEST:
        message, details = f"{field} is required.", [{"field": field, "problem": "is required"}]
    if status is HTTPStatus.UNPROCESSABLE_ENTITY:
        details = [{"field": field, "problem": "breaks a rule, which is said here"}]
    code = "INTERNAL" if error is DomainError else error.code
    return {
        "error": {
            "code": code,
            "message": message,
            "details": details,
            "request_id": OF_NAME["request_id"],
        }
    }
