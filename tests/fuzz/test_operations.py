"""Whatever is asked of the deployed APIs, the answer is one that `docs/openapi.json` told of.

Every operation gets requests made from its own schemas, whole ones and broken ones, with ids that
exist and ids that do not, from a trader, an administrator and nobody. The examples are the same in
every run; FUZZ_EXAMPLES makes more of them (`make fuzz EXAMPLES=200`).
"""

import os
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.schemas import APIOperation

from local.addresses import local_addresses
from local.openapi import openapi
from tests.fuzz.documented import require_documented, require_honest
from tests.fuzz.worlds import Caller, World, populated
from tests.platforms import Platform

Operation = APIOperation[Any, Any, Any, Any]
pytestmark = [pytest.mark.emulator, pytest.mark.slow]

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "8"))
_SCHEMA = schemathesis.openapi.from_dict(openapi())
_TIMEOUT_S = 60
# What ends or stops things is asked last, so that the others still find them.
_ENDS = ("DELETE", "/disable", "/unpublish", "/cancel", "/pause")
_BODIES: dict[str, bytes] = {
    "no JSON": b"{",
    "nothing": b"",
    "null": b"null",
    "a number": b"1",
    "a list": b"[]",
    "a text": b'"text"',
    "not a number": b'{"version": NaN, "name": NaN, "capital": NaN}',
    "an infinite number": b'{"version": Infinity, "capital": -Infinity}',
    "a number beyond every float": b'{"version": 1e400, "capital": 1e999999999}',
    "a number of five thousand digits": b'{"version": ' + b"9" * 5000 + b"}",
    "nested deeply": b'{"name": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "a lone surrogate": b'{"name": "\\ud800", "email": "\\udfff@example.com"}',
    "a zero byte": b'{"name": "a\\u0000b", "client_id": "a\\u0000b"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a name twice": b'{"name": "a", "name": "b"}',
    "right to left, combined and far planes": '{"name": "\u202eA\u0301\U0001f4a9"}'.encode(),
}
# The gateway reads what is not UTF-8 as replacement characters; of two names, JSON's last counts.
_MAY_BE_TAKEN = {"not UTF-8", "a name twice", "right to left, combined and far planes"}


def operations() -> list[Any]:
    found = [each.ok() for each in _SCHEMA.get_all_operations()]
    found.sort(key=lambda each: (_ends(each), each.label))
    return [pytest.param(each, id=each.label) for each in found]


def _ends(operation: Operation) -> bool:
    return operation.label.startswith(_ENDS) or operation.path.endswith(_ENDS)


@pytest.fixture(scope="module")
def world(platform: Platform) -> World:
    return populated(platform)


@pytest.fixture(scope="module")
def addresses(platform: Platform) -> dict[str, str]:
    return local_addresses(platform.deployed.cloud.endpoint)


@pytest.fixture(scope="module")
def http() -> requests.Session:
    return requests.Session()


_BOUNDED = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("operation", operations())
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_what_is_made_from_the_document_is_answered_as_documented(
    operation: Operation,
    mode: GenerationMode,
    world: World,
    addresses: dict[str, str],
    http: requests.Session,
) -> None:
    base = addresses[operation.path.split("/")[1]]

    @_BOUNDED
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def ask(case: Case[Any], data: st.DataObject) -> None:
        caller = data.draw(st.sampled_from([world.trader, world.trader, world.admin, world.nobody]))
        knows = data.draw(st.sampled_from([True, True, False]))
        if knows:
            _name_what_exists(case, caller)
        answer = _asked(case, base, caller, http)
        # With a known id in its place, what broke the document may be gone.
        require_documented(case, answer, refused=mode is GenerationMode.NEGATIVE and not knows)

    ask()


@pytest.mark.parametrize("operation", [each for each in operations() if each.values[0].body])
def test_a_hostile_body_is_refused_in_our_words(
    operation: Operation, world: World, addresses: dict[str, str], http: requests.Session
) -> None:
    base = addresses[operation.path.split("/")[1]]
    path = operation.path.format_map(_Known(world.trader.known))
    for what, body in _BODIES.items():
        headers = _headers(world.trader) | {"Content-Type": "application/json"}
        answer = http.request(
            operation.method, base + path, data=body, headers=headers, timeout=_TIMEOUT_S
        )
        statuses = set(operation.definition.raw["responses"])
        assert str(answer.status_code) in statuses, (what, answer.text)
        assert answer.status_code >= 400 or what in _MAY_BE_TAKEN, (what, answer.text)
        require_honest(answer)


class _Known(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "missing"


def _name_what_exists(case: Case[Any], caller: Caller) -> None:
    for name in case.path_parameters or {}:
        if name in caller.known:
            case.path_parameters[name] = caller.known[name]


def _headers(caller: Caller) -> dict[str, str]:
    return {"Authorization": f"Bearer {caller.api.token}"} if caller.api.token else {}


def _asked(case: Case[Any], base: str, caller: Caller, http: requests.Session) -> requests.Response:
    sent = case.as_transport_kwargs(base_url=base, headers=_headers(caller))
    return http.request(**sent, timeout=_TIMEOUT_S, allow_redirects=False)
