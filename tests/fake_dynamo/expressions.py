"""The expression forms that storage uses, parsed once each: conditions, key conditions, updates."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from tests.fake_dynamo.faults import NotInTheFake, invalid

Value = dict[str, Any]
Item = dict[str, Value]
Names = Mapping[str, str]
Values = Mapping[str, Value]

_NAME = r"(#?[A-Za-z_][\w]*)"
_VALUE = r"(:[\w]+)"
_TERM = re.compile(
    rf"\s*(?:(attribute_not_exists|attribute_exists)\({_NAME}\)"
    rf"|begins_with\({_NAME}\s*,\s*{_VALUE}\)"
    rf"|{_NAME}\s+BETWEEN\s+{_VALUE}\s+AND\s+{_VALUE}"
    rf"|{_NAME}\s*(<=|>=|=|<|>)\s*{_VALUE})\s*"
)
_CLAUSE = re.compile(r"\s*(SET|ADD|REMOVE)\s+(.*?)(?=\s+(?:SET|ADD|REMOVE)\s|$)")
_SET = re.compile(rf"\s*{_NAME}\s*=\s*{_VALUE}\s*")
_ADD = re.compile(rf"\s*{_NAME}\s+{_VALUE}\s*")


class Term(NamedTuple):
    """`operator` is a function's name, BETWEEN or a comparison; the rest are still placeholders."""

    operator: str
    name: str
    values: tuple[str, ...]


class Action(NamedTuple):
    verb: str
    name: str
    value: str


@lru_cache(maxsize=1024)
def terms_of(expression: str) -> tuple[Term, ...]:
    """Terms joined by AND; anything else is not in the fake."""
    terms, at = [], 0
    while True:
        match = _TERM.match(expression, at)
        if match is None:
            raise NotInTheFake(expression)
        terms.append(_term(match))
        at = match.end()
        if at == len(expression):
            return tuple(terms)
        if not expression.startswith("AND", at):
            raise NotInTheFake(expression)
        at += len("AND")


def _term(match: re.Match[str]) -> Term:
    function, argument, prefixed, prefix, ranged, low, high, name, operator, value = match.groups()
    if function:
        return Term(function, argument, ())
    if prefixed:
        return Term("begins_with", prefixed, (prefix,))
    if ranged:
        return Term("BETWEEN", ranged, (low, high))
    return Term(operator, name, (value,))


@lru_cache(maxsize=1024)
def actions_of(expression: str) -> tuple[Action, ...]:
    """An UpdateExpression of SET, ADD and REMOVE on top-level attributes."""
    actions = [
        _action(verb, part)
        for verb, body in _CLAUSE.findall(expression)
        for part in body.split(",")
    ]
    if not actions:
        raise NotInTheFake(expression)
    return tuple(actions)


def _action(verb: str, part: str) -> Action:
    if verb == "REMOVE":
        return Action(verb, part.strip(), "")
    match = (_SET if verb == "SET" else _ADD).fullmatch(part)
    if match is None:
        raise NotInTheFake(f"{verb} {part}")
    return Action(verb, match[1], match[2])


def name_of(token: str, names: Names) -> str:
    return names[token] if token.startswith("#") else token


def order_of(value: Value) -> Any:
    """What values of one type are compared by."""
    return Decimal(value["N"]) if "N" in value else value.get("S", value)


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def holds(expression: str | None, item: Item | None, names: Names, values: Values) -> bool:
    """Whether `item` (None: there is none) satisfies all terms of one of the alternatives."""
    if expression is None:
        return True
    return any(
        all(_holds(term, item or {}, names, values) for term in terms_of(alternative))
        for alternative in alternatives_of(expression)
    )


@lru_cache(maxsize=1024)
def alternatives_of(expression: str) -> tuple[str, ...]:
    """`a OR (b AND c)`: a, and b AND c. Powertools' idempotency writes that."""
    parts = (part.strip() for part in expression.split(" OR "))
    return tuple(
        part[1:-1] if part.startswith("(") and part.endswith(")") else part for part in parts
    )


def _holds(term: Term, item: Item, names: Names, values: Values) -> bool:
    attribute = item.get(name_of(term.name, names))
    if term.operator == "attribute_not_exists":
        return attribute is None
    if term.operator == "attribute_exists":
        return attribute is not None
    if attribute is None:
        return False
    bounds = [values[each] for each in term.values]
    if any(set(bound) != set(attribute) for bound in bounds):
        return False
    return matches(term.operator, order_of(attribute), [order_of(bound) for bound in bounds])


def matches(operator: str, found: Any, bounds: list[Any]) -> bool:
    if operator == "begins_with":
        return bool(found.startswith(bounds[0]))
    if operator == "BETWEEN":
        return bool(bounds[0] <= found <= bounds[1])
    return _COMPARE[operator](found, bounds[0])


def updated(item: Item, expression: str, names: Names, values: Values) -> Item:
    """The item after an update."""
    after = dict(item)
    for verb, token, value_token in actions_of(expression):
        name = name_of(token, names)
        if verb == "REMOVE":
            after.pop(name, None)
        elif verb == "SET":
            after[name] = values[value_token]
        else:
            after[name] = _sum(after.get(name), values[value_token])
    return after


def _sum(before: Value | None, addend: Value) -> Value:
    if "N" not in addend or (before is not None and "N" not in before):
        raise invalid("An operand in the update expression has an incorrect data type", "Update")
    start = Decimal(before["N"]) if before is not None else Decimal(0)
    return {"N": normal_number(str(start + Decimal(addend["N"])))}


def normal_number(text: str) -> str:
    """As DynamoDB gives a number back: no exponent, no zeros that say nothing."""
    if text.isascii() and text.isdecimal() and (text[0] != "0" or text == "0"):
        return text
    number = Decimal(text).normalize()
    return f"{number:f}" if number else "0"
