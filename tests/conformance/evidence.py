"""What can come back when a broker is sent an order message: each row of the outcome policy.

`docs/broker_outcomes.md` names these. Every adapter's rig must be able to provoke every one.
"""

from enum import StrEnum


class Evidence(StrEnum):
    ORDER_ID = "an order id"
    # structured refusals, said at the door
    INPUT_REFUSED = "a refusal of the order's fields"
    MARGIN_REFUSED = "a refusal for want of margin"
    NOT_PERMITTED = "a refusal of permission"
    SESSION_REFUSED = "a refusal of the session at the door"
    # our own checks
    EGRESS_MISSING = "our own rule: no registered address to leave from"
    UNSENDABLE = "our own rule: an order type that is never sent"
    # nothing left
    NO_CONNECTION = "no connection"
    # may have arrived
    READ_TIMEOUT = "a read timeout"
    RESET = "a reset connection"
    CUT_ANSWER = "an answer cut in the middle"
    EMPTY_ANSWER = "an empty 200"
    HTML_200 = "an unreadable 200"
    HTML_502 = "a gateway's HTML 502"
    SERVER_ERROR = "a structured 500"
    UNREACHABLE = "a structured 503"
    BAD_DATA = "a structured 502 about data"
    TOO_MANY = "a 429"
    ORDER_FAILED = "a refusal from behind the door"
    TIMED_OUT_400 = "a structured 400 that says 'timed out'"
    SESSION_DIED = "an expired session in mid-call"
    INPUT_500 = "a listed refusal with a server's status"
    UNLISTED = "an error nobody has seen before"
    NO_TYPE = "an error without a type"
    NO_ORDER_ID = "a success without an order id"
    NOT_AN_OBJECT = "a success that is not an object"
    REDIRECT = "a redirect"
    # about an order that exists
    NOT_FOUND = "order not found"
    ALREADY_COMPLETE = "order already complete"


REFUSED = {
    Evidence.INPUT_REFUSED: "ORDER_INVALID",
    Evidence.MARGIN_REFUSED: "MARGIN_SHORT",
    Evidence.NOT_PERMITTED: "NOT_PERMITTED",
    Evidence.SESSION_REFUSED: "TOKEN_EXPIRED",
    Evidence.EGRESS_MISSING: "EGRESS_MISSING",
    Evidence.UNSENDABLE: "ORDER_INVALID",
}
NEVER_SENT = {Evidence.EGRESS_MISSING, Evidence.UNSENDABLE}
UNDECIDED = [
    Evidence.NO_CONNECTION,
    Evidence.READ_TIMEOUT,
    Evidence.RESET,
    Evidence.CUT_ANSWER,
    Evidence.EMPTY_ANSWER,
    Evidence.HTML_200,
    Evidence.HTML_502,
    Evidence.SERVER_ERROR,
    Evidence.UNREACHABLE,
    Evidence.BAD_DATA,
    Evidence.TOO_MANY,
    Evidence.ORDER_FAILED,
    Evidence.TIMED_OUT_400,
    Evidence.SESSION_DIED,
    Evidence.INPUT_500,
    Evidence.UNLISTED,
    Evidence.NO_TYPE,
    Evidence.NO_ORDER_ID,
    Evidence.NOT_AN_OBJECT,
    Evidence.REDIRECT,
]
UNDECIDED_CHANGES = [*UNDECIDED, Evidence.NOT_FOUND, Evidence.ALREADY_COMPLETE]
FAILED_LOOKS = [
    Evidence.NO_CONNECTION,
    Evidence.READ_TIMEOUT,
    Evidence.RESET,
    Evidence.CUT_ANSWER,
    Evidence.EMPTY_ANSWER,
    Evidence.HTML_200,
    Evidence.HTML_502,
    Evidence.SERVER_ERROR,
    Evidence.TOO_MANY,
    Evidence.SESSION_REFUSED,
    Evidence.SESSION_DIED,
    Evidence.UNLISTED,
    Evidence.NOT_AN_OBJECT,
    Evidence.REDIRECT,
]
