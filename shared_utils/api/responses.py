"""From a model to the bytes of an answer: exact decimals, UTC times with Z, safe headers."""

from typing import Any

import msgspec
from pydantic import BaseModel

_ENCODER = msgspec.json.Encoder(decimal_format="number")

# An API's answers are for programs: never cached, never framed, never sniffed, TLS only.
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def encode(body: Any) -> str:
    """JSON text. Decimals are written digit by digit as numbers, never through a float."""
    value = body.model_dump() if isinstance(body, BaseModel) else body
    return _ENCODER.encode(value).decode()
