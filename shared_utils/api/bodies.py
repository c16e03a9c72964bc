"""From the bytes of a request to a model, or to InvalidInput that lists every wrong field."""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

import msgspec
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from shared_utils.api.errors import BodyTooLarge, sentence_for
from shared_utils.domain.errors import InvalidInput, Problem

MAX_BODY_BYTES = 256 * 1024
_DECODER = msgspec.json.Decoder(float_hook=Decimal)

# What the rule says, in place of pydantic's words; {…} are the error's own context.
_SENTENCES = {
    "missing": "is required",
    "extra_forbidden": "is not a field of this request",
    "enum": "must be one of {expected}",
    "literal_error": "must be one of {expected}",
    "string_type": "must be a text",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dataclass_type": "must be an object",
    "string_too_short": "must have at least {min_length} character(s)",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "has characters that are not allowed here",
    "too_short": "must have {min_length} or more entries",
    "too_long": "must have at most {max_length} entries",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "decimal_max_places": "may have at most {decimal_places} decimals",
    "decimal_max_digits": "has too many digits",
    "decimal_whole_digits": "has too many digits",
    "finite_number": "must be a finite number",
}


@cache
def adapter_of(model: Any) -> TypeAdapter[Any]:
    """Built when first asked for: a function's cold start pays only for the route it serves."""
    return TypeAdapter(model)


def json_of(event: Mapping[str, Any]) -> Any:
    """The event's body as plain values, fractions as Decimal. No body is no value: None."""
    raw = event.get("body") or ""
    try:
        data = (
            base64.b64decode(raw, validate=True)
            if event.get("isBase64Encoded")
            else raw.encode("utf-8")
        )
    except (binascii.Error, UnicodeEncodeError):
        raise InvalidInput("The body could not be decoded.", code="INVALID_JSON") from None
    if len(data) > MAX_BODY_BYTES:
        raise BodyTooLarge(f"The body may have at most {MAX_BODY_BYTES // 1024} KB.")
    if not data.strip():
        return None
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, RecursionError, InvalidOperation, UnicodeDecodeError):
        raise _not_json(data) from None


def _not_json(data: bytes) -> InvalidInput:
    """JSON has no NaN and no Infinity, but many programs write them: their fields are named."""
    try:
        value = json.loads(data, parse_constant=_NotANumber)
    except (ValueError, RecursionError):
        return InvalidInput("The body is not valid JSON.", code="INVALID_JSON")
    problems = [
        Problem(field=path_of(where) or "body", problem=f"must be a number; {found} is none")
        for where, found in _not_numbers(value, ())
    ]
    sentence = sentence_for(problems) if problems else "The body is not valid JSON."
    return InvalidInput(sentence, code="INVALID_JSON", details=problems)


class _NotANumber(str):
    """`NaN`, `Infinity` or `-Infinity`, where a value should be."""

    __slots__ = ()


def _not_numbers(
    value: Any, where: tuple[int | str, ...]
) -> Iterator[tuple[tuple[int | str, ...], str]]:
    if isinstance(value, _NotANumber):
        yield where, str(value)
    elif isinstance(value, dict | list):
        for name, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _not_numbers(each, (*where, name))


def parse(model: Any, value: Any) -> Any:
    """`value` as `model`. Raises InvalidInput whose details name each field and the rule."""
    if value is None:
        raise InvalidInput("This request needs a JSON body.", code="BODY_MISSING")
    try:
        return adapter_of(model).validate_python(value)
    except ValidationError as error:
        details = error.errors(include_url=False)
        problems = [_problem(detail) for detail in details if not _is_only_spoiled(detail)]
        raise InvalidInput(sentence_for(problems), details=problems) from None


def parse_query(model: Any, query: Mapping[str, str] | None) -> Any:
    """Query parameters arrive as texts; whole numbers among them are read as such."""
    values = {name: _plain(text) for name, text in (query or {}).items()}
    return parse(model, values)


def _plain(text: str) -> str | int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text  # noqa: PLR2004 - longer digits are ids


def _is_only_spoiled(detail: ErrorDetails) -> bool:
    """A list that is long enough, but whose entries are wrong: pydantic counts the right ones, and
    what is wrong with the others is said beside it.
    """
    if detail["type"] != "too_short" or not isinstance(detail["input"], list | tuple):
        return False
    shortest: int = detail["ctx"]["min_length"]
    return len(detail["input"]) >= shortest


def _problem(detail: ErrorDetails) -> Problem:
    return Problem(field=path_of(detail["loc"]) or "body", problem=_sentence(detail))


def path_of(location: tuple[int | str, ...]) -> str:
    """`('legs', 0, 'option_config')` is `legs[0].option_config`."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else part
    return path


def _sentence(detail: ErrorDetails) -> str:
    template = _SENTENCES.get(detail["type"])
    if template is None:
        return detail["msg"].removeprefix("Value error, ")
    return template.format_map(detail.get("ctx", {}))
