"""A route's path, query and header parameters in the API's document: what each means, its unit."""

import re
from typing import Any

from shared_utils.api.openapi_words import ULID
from shared_utils.api.operations import Operation
from shared_utils.domain.ids import KIND_NAMES, Kind

Schema = dict[str, Any]

_IN_PATH = re.compile(r"\{(\w+)\}")
_KINDS = {f"{kind.name.lower()}_id": kind for kind in Kind}
_SYMBOL: Schema = {"type": "string", "pattern": "^[A-Z0-9]{1,40}$", "examples": ["NIFTY"]}
_PATHS: dict[str, tuple[str, Schema]] = {
    "client_id": (
        "The broker account, by the id its owner gave it.",
        {
            "type": "string",
            "minLength": 1,
            "maxLength": 64,
            "pattern": "^[A-Za-z0-9_-]+$",
            "examples": ["ZERODHA_CLIENT1"],
        },
    ),
    "broker": (
        "The broker's name: `zerodha`, as in `broker_name`.",
        {"type": "string", "minLength": 1, "maxLength": 40, "examples": ["zerodha"]},
    ),
    "symbol": ("The index: NIFTY, BANKNIFTY, FINNIFTY, MIDCPNIFTY or SENSEX.", _SYMBOL),
    "expiry": (
        "The contracts' expiry, a date in India: `2026-12-29`.",
        {"type": "string", "minLength": 1, "maxLength": 20, "examples": ["2026-12-29"]},
    ),
    "id": (
        "A strategy's id (`stg_…`) for all its positions, or a position's (`pos_…`) for one.",
        {
            "type": "string",
            "pattern": "^(stg|pos)_[0-9A-Z]{26}$",
            "examples": [f"stg_{ULID}"],
        },
    ),
}
_QUERIES = {
    "limit": "Items in a page, at most 100.",
    "cursor": "Where the page before ended: its `cursor`. Leave it out for the first page.",
    "state": "What the login's address carried; it is good once, for ten minutes.",
    "request_token": "The broker's token of this login; absent when the login was given up.",
    "finishBrokerLogin.status": "The broker's word for how the login went: `success`.",
    "client_id": "A broker account of the caller.",
    "strategy_id": "Only those of this strategy.",
    "listOrders.symbol": "Only those of this contract, by its trading symbol: `NIFTY26DEC26200CE`.",
    "listOrders.client_id": "Only those of this broker account.",
    "listPositions.status": "`OPEN` ones, or `ALL` with those that were closed.",
    "listBaskets.type": "`marketplace`: published ones of all creators. Else the caller's own.",
    "creator_type": "`ADMIN`: published ones of the platform's administrators.",
    "margin": "`ESTIMATE`, our own figure alone; `BROKER` asks each connected account's too.",
    "exchange": "Whose calendar: NSE or BSE.",
    "year": "A calendar year; this year's when left out.",
    "sort": "The order of the list; each order goes down from the best or the newest.",
    "browseMarketplace.category": "Only baskets of this category.",
    "creator": "Only baskets of this creator, by `creator_user_id`.",
    "fee_type": "Only baskets with this kind of fee.",
    "min_return": "Least total return, in percent.",
    "max_drawdown": "Largest drawdown, in percent of the peak.",
    "min_sharpe": "Least Sharpe ratio, a year.",
    "min_subscribers": "Least number of subscribers.",
    "max_amount": "Largest minimum investment, in rupees.",
    "listStrikes.type": "`CE` calls or `PE` puts; both when left out.",
    "range": "In (`ITM`), at (`ATM`) or out of (`OTM`) the money; all when left out.",
    "expiry": "The contracts' expiry, `2026-12-29`; the nearest one when left out.",
    "listInvoices.subscription_id": "Only those of this subscription.",
    "listSubscribers.basket_id": "Only subscribers to this basket of mine.",
    "listSubscribers.status": "Only subscriptions in this status.",
    "from": "The first month, `2026-11`; the last one when left out.",
    "to": "The last month, `2026-12`; this month when left out.",
    "listTemplates.category": "Only templates of this category.",
    "outlook": "Only templates for this view of the market.",
}
_KEY = (
    "Any text of the client's own, new for each thing it wants created: a request that is sent "
    "again with the same key and body gets the first answer again, and nothing is created twice. "
    "Kept for 24 hours."
)


def parameters_of(
    operation: Operation, query: Schema | None, schemas: dict[str, Schema]
) -> list[Schema]:
    """Raises ValueError for a parameter that nothing says the meaning of."""
    return [*_path(operation), *_query(operation, query, schemas), *_headers(operation)]


def _path(operation: Operation) -> list[Schema]:
    found = []
    for name in _IN_PATH.findall(operation.path):
        description, schema = _of_path(operation, name)
        found.append(
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": description,
                "schema": schema,
            }
        )
    return found


def _of_path(operation: Operation, name: str) -> tuple[str, Schema]:
    kind = _KINDS.get(name)
    if kind is not None:
        schema = {"type": "string", "pattern": f"^{kind}_[0-9A-Z]{{26}}$"}
        return f"The {KIND_NAMES[kind]}'s id.", {**schema, "examples": [f"{kind}_{ULID}"]}
    if name not in _PATHS:
        raise _unsaid(operation, name)
    return _PATHS[name]


def _query(operation: Operation, query: Schema | None, schemas: dict[str, Schema]) -> list[Schema]:
    if query is None:
        return []
    query = schemas[query["$ref"].rpartition("/")[2]] if "$ref" in query else query
    required = set(query.get("required", ()))
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": _meaning(operation, name, schema),
            "schema": _asked(schema),
        }
        for name, schema in query.get("properties", {}).items()
    ]


def _meaning(operation: Operation, name: str, schema: Schema) -> str:
    for said in (_QUERIES.get(f"{operation.operation_id}.{name}"), schema.get("description")):
        if said:
            return str(said)
    if name not in _QUERIES:
        raise _unsaid(operation, name)
    return _QUERIES[name]


def _asked(schema: Schema) -> Schema:
    """A query has no null: what may be left out is not required. A number in it is a number."""
    kept = {
        key: value
        for key, value in schema.items()
        if key not in {"anyOf", "title", "description"} and not (key == "default" and value is None)
    }
    choices = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    numbers = [each for each in choices if each.get("type") == "number"]
    chosen = numbers or choices
    if not chosen:
        return kept
    return {**chosen[0], **kept} if len(chosen) == 1 else {**kept, "anyOf": chosen}


def _headers(operation: Operation) -> list[Schema]:
    if not operation.idempotent:
        return []
    schema = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"}
    return [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": _KEY,
            "schema": {**schema, "examples": ["create-basket-7f3c"]},
        }
    ]


def _unsaid(operation: Operation, name: str) -> ValueError:
    return ValueError(
        f"{operation.operation_id}: nothing says what `{name}` means; say it in "
        "shared_utils/api/openapi_parameters.py"
    )
