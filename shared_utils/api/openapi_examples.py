"""An example for every answer, made from its schema and the words a trader would see in it."""

from typing import Any

Schema = dict[str, Any]

_ULID = "01JD9G5FAVRZ3NDEKTSV4RRFFQ"
_PREFIXES = {
    "basket_id": "bsk",
    "strategy_id": "stg",
    "leg_id": "leg",
    "allocation_id": "alc",
    "execution_id": "exe",
    "order_id": "ord",
    "position_id": "pos",
}
_WORDS: dict[str, Any] = {
    "client_id": "ZERODHA_CLIENT1",
    "name": "NIFTY Weekly Iron Condor",
    "description": "Conservative weekly iron condor on NIFTY",
    "creator_name": "Asha",
    "user_id": "5f0c1d9e-1c1f-4a53-9a53-7c2c9f3b1a10",
    "creator_user_id": "5f0c1d9e-1c1f-4a53-9a53-7c2c9f3b1a10",
    "symbol": "NIFTY26DEC26000CE",
    "lot_size": 65,
    "weekly_expiry_day": "TUESDAY",
    "monthly_expiry_day": "LAST_TUESDAY",
    "leg_purpose": "Sold call",
    "sentence": "The legs are complete and their contracts are listed.",
    "timezone": "Asia/Kolkata",
    "cursor": None,
    "version": 1,
}
_OF_TYPE: dict[str, Any] = {"integer": 1, "number": 0.0, "boolean": True, "string": "text"}


def example_of(schema: Schema, named: dict[str, Schema], name: str = "") -> Any:
    """A value that fits `schema`; optional values are shown where they are not null by default."""
    if "$ref" in schema:
        schema = named[schema["$ref"].rpartition("/")[2]]
    for given in ("example", "const", "default"):
        if given in schema:
            return schema[given]
    if schema.get("examples"):
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return example_of(_first(schema[choice]), named, name)
    return _made(schema, named, name)


def _first(choices: list[Schema]) -> Schema:
    return next((each for each in choices if each.get("type") != "null"), choices[0])


def _made(schema: Schema, named: dict[str, Schema], name: str) -> Any:
    kind = schema.get("type", "string")
    if kind == "object":
        return {
            each: example_of(part, named, each)
            for each, part in schema.get("properties", {}).items()
        }
    if kind == "array":
        fixed = schema.get("prefixItems")
        if fixed:
            return [example_of(part, named) for part in fixed]
        return [example_of(schema.get("items", {}), named, name.removesuffix("s"))]
    if name in _PREFIXES:
        return f"{_PREFIXES[name]}_{_ULID}"
    if name in _WORDS:
        return _WORDS[name]
    return _bounded(schema, _OF_TYPE.get(kind))


def _bounded(schema: Schema, value: Any) -> Any:
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    if isinstance(value, int | float) and not isinstance(value, bool) and least is not None:
        return max(value, least)
    return value
