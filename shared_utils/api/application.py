"""The edge of every API function: an API Gateway event in, one of our answers out.

Routing, CORS and the search for an error's handler are Powertools'; parsing, encoding, the caller
and the error shape are ours, so that its (heavy) validation stays switched off.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol

from aws_lambda_powertools.event_handler.api_gateway import (
    APIGatewayRestResolver,
    CORSConfig,
    Response,
)
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from shared_utils.api.bodies import json_of, parse, parse_query
from shared_utils.api.errors import Unauthenticated, error_body, status_of, unexpected_body
from shared_utils.api.operations import Answer, Operation, Operations
from shared_utils.api.principals import principal_of
from shared_utils.api.requests import RequestContext
from shared_utils.api.responses import SECURITY_HEADERS, encode
from shared_utils.domain.errors import DomainError, NotFound

logger = logging.getLogger(__name__)

IDEMPOTENCY_HEADER = "idempotency-key"
_JSON = "application/json"
_CORS_HEADERS = ["Authorization", "Content-Type", "Idempotency-Key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A finished answer: what a replayed request gets again, to the byte."""

    status: int
    body: str
    headers: tuple[tuple[str, str], ...] = ()


class Replays(Protocol):
    """Runs a keyed request once; `shared_utils.api.idempotency` is it. `body` is what a second
    request must share with the first: where it goes and what it says.
    """

    def once(
        self, *, scope: str, key: str, body: str, run: Callable[[], Reply], lambda_context: Any
    ) -> Reply: ...


class Application:
    """Callable as a Lambda handler. `replays` is asked for only by a request with a key."""

    def __init__(
        self,
        operations: Operations,
        *,
        cors_origins: Sequence[str] = (),
        replays: Callable[[], Replays] | None = None,
    ) -> None:
        self._replays = replays
        self._resolver = APIGatewayRestResolver(cors=_cors(cors_origins))
        self._resolver.exception_handler(DomainError)(self._refused)
        self._resolver.exception_handler(Exception)(self._failed)
        self._resolver.not_found(self._no_such_route)
        for operation in operations.declared:
            self._serve(operation)

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        return self._resolver.resolve(event, context)

    def _serve(self, operation: Operation) -> None:
        rule = operation.path.replace("{", "<").replace("}", ">")

        def route(**path: str) -> Response[str]:
            return _response(self._answer(operation, path))

        self._resolver.route(rule=rule, method=operation.method)(route)

    def _answer(self, operation: Operation, path: Mapping[str, str]) -> Reply:
        event = self._resolver.current_event.raw_event
        context = _context_of(event, path)
        if not operation.public and context.caller is None:
            raise Unauthenticated("Sign in first: this needs a valid token.")
        key = context.headers.get(IDEMPOTENCY_HEADER)
        if not operation.idempotent or key is None or self._replays is None:
            return _run(operation, context, event)
        owner = context.caller.user_id if context.caller else "anyone"
        return self._replays().once(
            scope=f"{owner}#{operation.operation_id}",
            key=key,
            body=f"{event['path']}\n{event.get('body') or ''}",
            run=lambda: _run(operation, context, event),
            lambda_context=self._resolver.lambda_context,
        )

    def _refused(self, error: DomainError) -> Response[str]:
        status = status_of(type(error))
        request_id = _request_id(self._resolver.current_event.raw_event)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            extra = {"code": error.code, "request_id": request_id}
            logger.error("request could not be served", extra=extra)
        return _response(Reply(status=status, body=encode(error_body(error, request_id))))

    def _failed(self, error: Exception) -> Response[str]:
        request_id = _request_id(self._resolver.current_event.raw_event)
        logger.error(
            "request failed unexpectedly", exc_info=error, extra={"request_id": request_id}
        )
        body = encode(unexpected_body(request_id))
        return _response(Reply(status=HTTPStatus.INTERNAL_SERVER_ERROR, body=body))

    def _no_such_route(self, _: NotFoundError) -> Response[str]:
        return self._refused(NotFound("There is nothing at this address."))


def _run(operation: Operation, context: RequestContext, event: Mapping[str, Any]) -> Reply:
    if operation.request is not None:
        result = operation.function(context, parse(operation.request, json_of(event)))
    elif operation.query is not None:
        query = parse_query(operation.query, event.get("queryStringParameters"))
        result = operation.function(context, query)
    else:
        result = operation.function(context)
    answer = result if isinstance(result, Answer) else Answer(body=result)
    return Reply(
        status=answer.status or operation.status,
        body="" if answer.body is None else encode(answer.body),
        headers=answer.headers,
    )


def _context_of(event: Mapping[str, Any], path: Mapping[str, str]) -> RequestContext:
    headers = event.get("headers") or {}
    return RequestContext(
        request_id=_request_id(event),
        path=path,
        headers={name.lower(): value for name, value in headers.items()},
        caller=principal_of(event),
    )


def _request_id(event: Mapping[str, Any]) -> str:
    return str(event.get("requestContext", {}).get("requestId", ""))


def _response(reply: Reply) -> Response[str]:
    return Response(
        status_code=int(reply.status),
        content_type=_JSON,
        body=reply.body,
        headers={**SECURITY_HEADERS, **dict(reply.headers)},
    )


def _cors(origins: Sequence[str]) -> CORSConfig | None:
    """Exact origins from the settings; without any, no cross-origin page may read an answer."""
    if not origins:
        return None
    return CORSConfig(
        allow_origin=origins[0],
        extra_origins=list(origins[1:]),
        allow_headers=_CORS_HEADERS,
        expose_headers=["Idempotent-Replayed"],
        max_age=600,
    )
