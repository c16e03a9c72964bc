"""A domain object as one JSON attribute, `doc`: decoded straight into dataclasses by msgspec.

Decimals are strings and times RFC 3339, so nothing loses a digit. Fields that a newer release has
written are ignored; what is missing takes the dataclass's default.
"""

from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_encoder = msgspec.json.Encoder()
# Building a decoder costs more than a hundred decodings: each type's is built once.
_decoders: dict[type[Any], msgspec.json.Decoder[Any]] = {}


class DocumentUnreadable(Exception):
    """A stored document does not fit its type: a fault of ours, never of the caller's input."""


def encode(value: Any) -> str:
    """The same object gives the same text: two writes can be compared."""
    return _encoder.encode(value).decode()


def decode(cls: type[T], text: str) -> T:
    decoder = _decoders.get(cls)
    if decoder is None:
        decoder = _decoders[cls] = msgspec.json.Decoder(cls)
    try:
        value: T = decoder.decode(text)
    except msgspec.MsgspecError as error:
        raise DocumentUnreadable(f"A stored {cls.__name__} cannot be read: {error}") from error
    return value
