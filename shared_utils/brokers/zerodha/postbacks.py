"""Kite's postbacks: a signed hint that an order changed.

The checksum covers neither status nor quantity, so a postback only ever causes a look at the order
book. Source: kite.trade/docs/connect/v3/postbacks.
"""

import hashlib
import hmac
from dataclasses import dataclass

import msgspec

from shared_utils.brokers.zerodha.fields import Unreadable, maybe_text, row_of, text
from shared_utils.domain.errors import InvalidInput

LARGEST_POSTBACK = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Postback:
    """`client_id` is Kite's user id. Nothing else in it may be believed, signed or not."""

    client_id: str
    broker_order_id: str
    order_timestamp: str
    checksum: str
    tag: str | None

    def is_signed_with(self, api_secret: str) -> bool:
        """SHA-256 of order id, order timestamp and the app's secret, in constant time."""
        signed = f"{self.broker_order_id}{self.order_timestamp}{api_secret}"
        expected = hashlib.sha256(signed.encode()).hexdigest()
        return hmac.compare_digest(expected.encode(), self.checksum.encode())


def read_postback(body: bytes) -> Postback:
    """Raises InvalidInput for what is not a postback."""
    if len(body) > LARGEST_POSTBACK:
        raise InvalidInput("A postback is smaller than this.")
    try:
        row = row_of(msgspec.json.decode(body))
        return Postback(
            client_id=text(row, "user_id"),
            broker_order_id=text(row, "order_id"),
            order_timestamp=text(row, "order_timestamp"),
            checksum=text(row, "checksum"),
            tag=maybe_text(row, "tag"),
        )
    except (msgspec.MsgspecError, UnicodeError, RecursionError, Unreadable) as error:
        raise InvalidInput("This is not a postback of the broker.") from error
