"""An example for every answer, made from its schema and the words a trader would see in it."""

import re
from typing import Any

from shared_utils.api.openapi_words import OF_ENDING, OF_FIELD, OF_NAME, ULID
from shared_utils.domain.ids import Kind

Schema = dict[str, Any]

_IDS = {f"{kind.name.lower()}_id": f"{kind}_{ULID}" for kind in Kind}
_OF_FORMAT = {
    "date": "2026-12-29",
    "date-time": "2026-11-24T04:00:00Z",
    "uri": "https://example.com/",
}
# What says nothing wrong without a word of its own: a count and a yes.
_OF_TYPE: dict[str, Any] = {"integer": 1, "boolean": True, "null": None}
_TYPES: dict[str, tuple[type, ...]] = {
    "number": (int, float),
    "integer": (int,),
    "string": (str,),
    "array": (list,),
    "boolean": (bool,),
    "null": (type(None),),
}
_UNKNOWN = object()


def example_of(schema: Schema, named: dict[str, Schema], name: str = "", owner: str = "") -> Any:
    """A value that fits `schema`. Raises ValueError for a text or a number that has no word."""
    if "$ref" in schema:
        model = schema["$ref"].rpartition("/")[2]
        return _worded(named[model], named, name, owner, model)
    return _worded(schema, named, name, owner, owner)


def _worded(schema: Schema, named: dict[str, Schema], name: str, owner: str, model: str) -> Any:
    given = _given(schema, name, owner)
    if given is not _UNKNOWN:
        return given
    word = _word_of(name)
    if word is not _UNKNOWN and _fits(word, schema, named):
        return word
    if schema.get("examples"):
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return example_of(_first(schema["anyOf"]), named, name, model)
    return _made(schema, named, name, model)


def _given(schema: Schema, name: str, owner: str) -> Any:
    """What the field's own word or its schema leave no choice about."""
    if f"{owner}.{name}" in OF_FIELD:
        return OF_FIELD[f"{owner}.{name}"]
    return next((schema[key] for key in ("example", "const", "default") if key in schema), _UNKNOWN)


def _word_of(name: str) -> Any:
    if name in _IDS:
        return _IDS[name]
    if name in OF_NAME:
        return OF_NAME[name]
    return next((word for ending, word in OF_ENDING if name.endswith(ending)), _UNKNOWN)


def _fits(word: Any, schema: Schema, named: dict[str, Schema]) -> bool:
    """Whether `schema` could be of the word's type; that it is valid, the document's test says."""
    if "$ref" in schema:
        return _fits(word, named[schema["$ref"].rpartition("/")[2]], named)
    if "anyOf" in schema:
        return any(_fits(word, each, named) for each in schema["anyOf"])
    if "enum" in schema:
        return word in schema["enum"]
    if isinstance(word, str) and "pattern" in schema:
        return re.search(schema["pattern"], word) is not None
    is_of_type = isinstance(word, _TYPES.get(schema.get("type", ""), ()))
    return is_of_type and _bounded(schema, word) == word


def _first(choices: list[Schema]) -> Schema:
    return next((each for each in choices if each.get("type") != "null"), choices[0])


def _made(schema: Schema, named: dict[str, Schema], name: str, model: str) -> Any:
    kind = schema.get("type", "string")
    if kind == "object":
        return {
            each: example_of(part, named, each, model)
            for each, part in schema.get("properties", {}).items()
        }
    if kind == "array":
        fixed = schema.get("prefixItems")
        if fixed:
            return [example_of(part, named, name, model) for part in fixed]
        return [example_of(schema.get("items", {}), named, name.removesuffix("s"), model)]
    if schema.get("format") in _OF_FORMAT:
        return _OF_FORMAT[schema["format"]]
    if kind not in _OF_TYPE:
        raise ValueError(
            f"{model}.{name} has no example: give it a word in shared_utils/api/openapi_words.py"
        )
    return _bounded(schema, _OF_TYPE[kind])


def _bounded(schema: Schema, value: Any) -> Any:
    least, most = schema.get("minimum"), schema.get("maximum")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if least is not None and value < least:
        return least
    if most is not None and value > most:
        return most
    return value
