"""Every line our code logs comes out as one JSON object with the request's keys, without secrets.

Services log with `logging.getLogger(__name__)` and never import this: `start_logging` hangs one
handler on the two parent loggers.
"""

import json
import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

PARENTS = ("lambda_functions", "shared_utils")
MASK = "***"
_GUARDED = (
    "password|passwd|secret|access_?token|refresh_?token|id_?token|request_?token|public_?token"
    "|enctoken|jwt_?token|feed_?token|session_?token|security_?token|authorization|checksum"
    "|api_?key|ticket|totp|otp|pin|mpin|confirmation_?code|cookie|private_?key|signature"
)
# `api_secret_sealed`, `x-api-key`, `accessToken`: the word may have company on either side.
_SECRET_NAME = re.compile(
    rf"(?:^|[_\-.])(?:{_GUARDED})(?:$|[_\-.])|^tokens?$|"
    r"(?:access|refresh|id|request|jwt|feed|session)Token|apiKey|apiSecret|clientSecret",
    re.IGNORECASE,
)
# In sentences, URLs and tracebacks: name=value, "name": "value", and authorization headers.
_SECRET_TEXT = re.compile(
    rf"((?:\b|_)(?:{_GUARDED})(?:_\w+)?\b[\\\"']*\s*[=:]\s*[\\\"']*)"
    r"(?:(?:bearer|basic|token)\s+)?[^\\\"'\s&,;})]+",
    re.IGNORECASE,
)
_SCHEME_TEXT = re.compile(
    r"\b(bearer|basic|token)\s+(?=[\w\-.:+/=]*\d)[\w\-.:+/=]{12,}", re.IGNORECASE
)
_JWT_TEXT = re.compile(r"\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*")


def masked(value: Any, name: str = "") -> Any:
    """`value` as JSON can hold it, with what a secret's name or look gives away replaced."""
    if value is not None and name and _SECRET_NAME.search(name):
        return MASK
    if isinstance(value, Mapping):
        return {str(key): masked(item, str(key)) for key, item in value.items()}
    if isinstance(value, str):
        return _masked_text(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [masked(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _masked_text(str(value))


def _masked_text(text: str) -> str:
    text = _SECRET_TEXT.sub(rf"\1{MASK}", text)
    text = _SCHEME_TEXT.sub(rf"\1 {MASK}", text)
    return _JWT_TEXT.sub(MASK, text)


class MaskingFormatter(LambdaPowertoolsFormatter):
    """The last place every line passes: fields, sentence and traceback are masked together."""

    def serialize(self, log: Any) -> str:
        return json.dumps(masked(log), separators=(",", ":"), ensure_ascii=False)


def start_logging(service: str, level: str) -> Logger:
    """The function's Logger (for `inject_lambda_context`), its handler hung on our two parents.

    Calling it again replaces the handler; lines never come out twice.
    """
    formatter = MaskingFormatter(utc=True, use_rfc3339=True)
    logger = Logger(service=service, level=level, logger_formatter=formatter)
    for name in PARENTS:
        parent = logging.getLogger(name)
        parent.handlers = [logger.registered_handler]
        parent.setLevel(level)
        parent.propagate = False
    return logger
