"""The errors that DynamoDB and the network give, as botocore raises them."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError


class Crash(BaseException):
    """The process dies here. Not an Exception: nothing in the platform may catch it."""


class NotInTheFake(Exception):
    """The platform uses a form of a request that the fake does not know."""


def client_error(
    code: str,
    message: str,
    operation: str,
    *,
    status: int = 400,
    retries: int = 0,
    reasons: list[dict[str, object]] | None = None,
) -> ClientError:
    response: dict[str, object] = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "RetryAttempts": retries},
    }
    if reasons is not None:
        response["CancellationReasons"] = reasons
    return ClientError(response, operation)  # type: ignore[arg-type]  # the stubs' typed dict lacks reasons


def throttled(operation: str = "PutItem") -> ClientError:
    """Certainly not applied."""
    message = "The level of configured provisioned throughput for the table was exceeded."
    return client_error("ProvisionedThroughputExceededException", message, operation)


def server_fault(operation: str = "PutItem") -> ClientError:
    """HTTP 500: may be applied."""
    return client_error("InternalServerError", "Internal server error", operation, status=500)


def answer_lost() -> ReadTimeoutError:
    """Raised after a write: applied, but nobody was told."""
    return ReadTimeoutError(endpoint_url="https://dynamodb.ap-south-1.amazonaws.com")


def retry_met_own_write(operation: str = "PutItem") -> ClientError:
    """Raised after a write: botocore's second attempt found the first one's row."""
    return condition_failed(operation, retries=1)


def condition_failed(
    operation: str, item: Mapping[str, Any] | None = None, *, retries: int = 0
) -> ClientError:
    """`item` is the row as it is, for a request that asks to be shown it."""
    message = "The conditional request failed"
    error = client_error("ConditionalCheckFailedException", message, operation, retries=retries)
    if item is not None:
        error.response["Item"] = dict(item)  # type: ignore[typeddict-unknown-key]  # the stubs' typed dict lacks it
    return error


def transaction_conflict(writes: int) -> ClientError:
    """Another transaction is at one of the rows just now: certainly not applied."""
    reasons: list[dict[str, object]] = [{"Code": "TransactionConflict"}]
    reasons += [{"Code": "None"}] * (writes - 1)
    return cancelled(reasons)


def cancelled(reasons: list[dict[str, object]]) -> ClientError:
    codes = ", ".join(str(reason["Code"]) for reason in reasons)
    message = f"Transaction cancelled, please refer cancellation reasons [{codes}]"
    return client_error(
        "TransactionCanceledException", message, "TransactWriteItems", reasons=reasons
    )


def invalid(message: str, operation: str) -> ClientError:
    return client_error("ValidationException", message, operation)
