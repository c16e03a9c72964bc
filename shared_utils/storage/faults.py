"""What botocore raises, as what it means for us. The only place that knows its exceptions.

* ClientError
  + ConditionalCheckFailed      the condition does not hold             REFUSED
  + throttled, conflicting      certainly not written                   NOT_WRITTEN
  + HTTP 5xx                    may be written                          UNCERTAIN
  + anything else               our own mistake: raised as it is
* no answer (timeout, reset)    may be written                          UNCERTAIN

After a retry of botocore's own, REFUSED and NOT_WRITTEN become UNCERTAIN: the first attempt may
have been written although its answer was lost, and then the second one meets our own write.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NotConnected
from botocore.parsers import ResponseParserError

from shared_utils.domain.errors import Unavailable

_UNANSWERED = (HTTPClientError, NotConnected, ResponseParserError)
# What a call to the client may raise that is worth a second look.
CALL_FAULTS = (ClientError, BotoCoreError, ResponseParserError)

_THROTTLED = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
        "LimitExceededException",
        "ReplicatedWriteConflictException",
        "TransactionConflictException",
        "TransactionConflict",
        "TransactionInProgressException",
    }
)
_SERVER_FAULT = 500


class Fault(StrEnum):
    REFUSED = "REFUSED"
    NOT_WRITTEN = "NOT_WRITTEN"
    UNCERTAIN = "UNCERTAIN"


def fault_of(error: Exception) -> Fault:
    """What a failed write means. Raises `error` itself where it is a mistake of ours."""
    if isinstance(error, _UNANSWERED):
        return Fault.UNCERTAIN
    if not isinstance(error, ClientError):
        raise error
    certain = _certain_fault(error)
    if certain is not None and _attempts_before(error) == 0:
        return certain
    if certain is not None or _status(error) >= _SERVER_FAULT:
        return Fault.UNCERTAIN
    raise error


def refused_writes(error: Exception) -> tuple[int, ...]:
    """Which writes of a cancelled transaction found their condition broken."""
    return tuple(
        number for number, code in enumerate(_reasons(error)) if code == "ConditionalCheckFailed"
    )


def _certain_fault(error: ClientError) -> Fault | None:
    code = _code(error)
    if code == "ConditionalCheckFailedException":
        return Fault.REFUSED
    if code in _THROTTLED:
        return Fault.NOT_WRITTEN
    if code != "TransactionCanceledException":
        return None
    reasons = set(_reasons(error)) - {"None"}
    if "ConditionalCheckFailed" in reasons:
        return Fault.REFUSED
    return Fault.NOT_WRITTEN if reasons and reasons <= _THROTTLED else None


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def _reasons(error: Exception) -> tuple[str, ...]:
    response = getattr(error, "response", {})
    return tuple(reason.get("Code", "None") for reason in response.get("CancellationReasons", ()))


def _attempts_before(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0))


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


@contextmanager
def reading() -> Iterator[None]:
    """Around a read: a database that does not answer is Unavailable, whatever it said instead."""
    try:
        yield
    except CALL_FAULTS as error:
        fault_of(error)
        raise Unavailable("The database does not answer; nothing was changed.") from error


def is_no_such_table(error: Exception) -> bool:
    return isinstance(error, ClientError) and _code(error) == "ResourceNotFoundException"


def is_malformed(error: Exception) -> bool:
    """Whether the database could make nothing of the request, such as a forged start of a page."""
    return isinstance(error, ClientError) and _code(error) == "ValidationException"


def not_written() -> Unavailable:
    return Unavailable("The database is too busy; nothing was changed.")


def maybe_written() -> Unavailable:
    return Unavailable("The database did not confirm the change; read again before trying again.")
