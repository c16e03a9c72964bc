"""An error becomes an answer here, and nowhere else: one shape, one table of statuses.

`{"error": {"code", "message", "details": [{"field", "problem"}], "request_id"}}`
"""

from collections.abc import Sequence
from http import HTTPStatus

from shared_utils.domain.errors import (
    Conflict,
    DomainError,
    Forbidden,
    InvalidInput,
    NotFound,
    Problem,
    RuleBroken,
    Unavailable,
)

MAX_DETAILS = 50


class Unauthenticated(DomainError):
    """Nobody we know is asking: no token, or one that the authorizer did not pass."""

    code = "UNAUTHENTICATED"


class BodyTooLarge(InvalidInput):
    code = "BODY_TOO_LARGE"


class TooManyRequests(DomainError):
    code = "TOO_MANY_REQUESTS"


# The nearest class along an error's MRO decides, so a new branch of the tree needs no row here.
STATUS_OF: dict[type[DomainError], HTTPStatus] = {
    InvalidInput: HTTPStatus.BAD_REQUEST,
    BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    RuleBroken: HTTPStatus.UNPROCESSABLE_ENTITY,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    DomainError: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def status_of(error: type[DomainError]) -> HTTPStatus:
    for base in error.__mro__:
        if base in STATUS_OF:
            return STATUS_OF[base]
    return HTTPStatus.INTERNAL_SERVER_ERROR


def error_body(error: DomainError, request_id: str) -> dict[str, object]:
    return {
        "error": {
            "code": error.code,
            "message": error.message,
            "details": [
                {"field": detail.field, "problem": detail.problem}
                for detail in error.details[:MAX_DETAILS]
            ],
            "request_id": request_id,
        }
    }


def unexpected_body(request_id: str) -> dict[str, object]:
    """The answer to what we did not foresee: nothing of our insides, only where to look it up."""
    return {
        "error": {
            "code": "INTERNAL",
            "message": "Something went wrong on our side. Quote the request id when you report it.",
            "details": [],
            "request_id": request_id,
        }
    }


def sentence_for(problems: Sequence[Problem]) -> str:
    """The first problem is said; how many more there are, the details tell."""
    first, more = problems[0], len(problems) - 1
    said = f"{first.field} {first.problem}"
    return f"{said}; and {more} more, all in the details." if more else f"{said}."


def refuse(problems: Sequence[Problem], *, code: str | None = None) -> None:
    """Raise RuleBroken with every problem, if there are any."""
    if problems:
        raise RuleBroken(sentence_for(problems), code=code, details=problems)
