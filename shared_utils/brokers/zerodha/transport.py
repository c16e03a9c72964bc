"""Kite Connect v3 on the wire: headers, forms, one envelope, and reads that are tried again.

`{"status": "success", "data": …}` or `{"status": "error", "error_type": …, "message": …}`. Numbers
come as Decimal. Source: kite.trade/docs/connect/v3.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from shared_utils.brokers.wire import NoAnswer, Refused, Send, WireAnswer, WireError, WireRequest

API_VERSION = "3"
SUCCESS = 200
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

READ_TRIES = 3
_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 1.0
_SERVER_FAULT = 500
_TOO_MANY = 429

Params = Sequence[tuple[str, str]]
AnswerT = TypeVar("AnswerT")

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")


class KiteTransport:
    """Raises NotSent, NoAnswer or Refused. Writes go out exactly once."""

    def __init__(
        self, send: Send, api: str, authorization: str | None, sleep: Callable[[float], None]
    ) -> None:
        """`api` is the root address; `authorization` the whole header value, None before login."""
        self._send = send
        self._api = api.rstrip("/")
        self._authorization = authorization
        self._sleep = sleep

    def write(self, method: str, path: str, form: Params = ()) -> Any:
        """An order message; DELETE carries its parameters in the address, as Kite's client does."""
        body = urlencode(form).encode() if method != "DELETE" else None
        return data_of(self._exchange(method, path, body=body, content_type=FORM))

    def read(self, path: str, query: Params = ()) -> Any:
        suffix = f"?{urlencode(query)}" if query else ""
        return self._patiently(lambda: data_of(self._exchange("GET", path + suffix)))

    def ask(self, path: str, question: object) -> Any:
        """A POST that changes nothing (margins): asked again like a read."""
        body = _encoder.encode(question)
        return self._patiently(
            lambda: data_of(self._exchange("POST", path, body=body, content_type=JSON))
        )

    def table(self, path: str) -> bytes:
        """A CSV file."""
        return self._patiently(lambda: _table_of(self._exchange("GET", path)))

    def _exchange(
        self, method: str, path: str, *, body: bytes | None = None, content_type: str | None = None
    ) -> WireAnswer:
        headers = {"X-Kite-Version": API_VERSION, "User-Agent": "ql-algo-trading"}
        if self._authorization is not None:
            headers["Authorization"] = self._authorization
        if body is not None and content_type is not None:
            headers["Content-Type"] = content_type
        return self._send(
            WireRequest(method=method, url=self._api + path, headers=headers, body=body)
        )

    def _patiently(self, attempt: Callable[[], AnswerT]) -> AnswerT:
        """Up to three tries with growing pauses; a refusal of the request itself is final."""
        pause_s = _FIRST_PAUSE_S
        for _ in range(READ_TRIES - 1):
            try:
                return attempt()
            except WireError:
                pass
            except Refused as refused:
                if refused.status < _SERVER_FAULT and refused.status != _TOO_MANY:
                    raise
            self._sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        return attempt()


def segment(text: str) -> str:
    """One piece of a path."""
    return quote(text, safe="")


def data_of(answer: WireAnswer) -> Any:
    """What the envelope holds. Raises Refused for Kite's own error, NoAnswer for all else."""
    envelope = _decoded(answer)
    if not isinstance(envelope, dict):
        raise NoAnswer(f"HTTP {answer.status} with an answer that is not Kite's.")
    error_type = envelope.get("error_type")
    if envelope.get("status") == "error" or error_type:
        if not (isinstance(error_type, str) and error_type):
            raise NoAnswer(f"HTTP {answer.status} with an error that has no type.")
        raise Refused(error_type, _sentence(envelope), answer.status)
    if answer.status != SUCCESS or envelope.get("status") != "success" or "data" not in envelope:
        raise NoAnswer(f"HTTP {answer.status} with an answer that is not Kite's.")
    return envelope["data"]


def _sentence(envelope: Mapping[str, Any]) -> str:
    message = envelope.get("message")
    return message[:500] if isinstance(message, str) and message else "No reason was given."


def _decoded(answer: WireAnswer) -> Any:
    try:
        return _decoder.decode(answer.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ArithmeticError) as error:
        raise NoAnswer(f"HTTP {answer.status} with an answer that is not JSON.") from error


def _table_of(answer: WireAnswer) -> bytes:
    if answer.status == SUCCESS and "csv" in answer.content_type:
        return answer.body
    data_of(answer)
    raise NoAnswer("The broker answered with something that is not a table.")
